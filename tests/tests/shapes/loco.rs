//! loco, on SeaORM, which has it on SQLite and PostgreSQL.

use serde_json::json;

use crate::walk::Shape;

mod on_sqlite {
    user!("loco/sqlite.rs");
}

mod on_postgres {
    user!("loco/postgres.rs");
}

/// Of `PASSWORD`, as `loco_rs::hash` writes it.
const ARGON2: &str =
    "$argon2id$v=19$m=1024,t=2,p=1$c2Vhc2FsdDhieXRlcw$65MMNmTuhJvNzFuTJSYDrDxGQTTguR1u5Ztb8RAZHcM";

fn shape(pid: fn(u32) -> String) -> Shape {
    let row = |id: u32, name: &str, verified_at: &str| {
        let pid = pid(id);
        format!(
            "INSERT INTO users (id, pid, email, password, api_key, name, reset_token, \
             reset_sent_at, email_verified_at, created_at, updated_at) VALUES ({id}, {pid}, \
             '{name}@example.com', '{ARGON2}', 'lo-{id}', '{name}', '', \
             '2024-05-01T08:00:00+00:00', {verified_at}, \
             '2024-05-01T09:00:00+00:00', '2024-05-01T10:00:00.654321+00:00')"
        )
    };
    Shape {
        table: "users",
        email: "email",
        hash: "password",
        more: json!({ "name": "Ada" }),
        rows: vec![
            row(1_000, "grace", "'2024-05-01T10:00:00.123456+00:00'"),
            row(1_001, "alan", "NULL"),
        ],
        written: vec![
            ("name", "'Ada'"),
            ("email_verified_at", "NULL"),
            ("magic_link_token", "NULL"),
            ("created_at", "'2027-01-15 08:00:00+00"),
        ],
        ..Shape::default()
    }
}

fn as_blob(id: u32) -> String {
    format!("x'0e4d5c6b7a894b1c9d2e3f405162{id}'")
}

fn as_uuid(id: u32) -> String {
    format!("'0e4d5c6b-7a89-4b1c-9d2e-3f405162{id}'")
}

walks! {
    sqlite: Sqlite ddl!("loco" "sqlite"), by on_sqlite of as_blob
        with new_user_fields(|_| async { Ok(on_sqlite::new_user()) });
    postgres: Postgres ddl!("loco" "postgres"), by on_postgres of as_uuid
        with new_user_fields(|_| async { Ok(on_postgres::new_user()) });
}
