//! FastAPI-users, on SQLAlchemy.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("fastapi_users/user.rs");
}

mod on_postgres {
    user!("fastapi_users/postgres.rs");
}

/// Of `PASSWORD`, as `pwdlib` writes it.
const ARGON2: &str =
    "$argon2id$v=19$m=1024,t=2,p=1$c2Vhc2FsdDhieXRlcw$65MMNmTuhJvNzFuTJSYDrDxGQTTguR1u5Ztb8RAZHcM";

fn shape() -> Shape {
    let row = |id: &str, name: &str, is_active: bool| {
        format!(
            "INSERT INTO \"user\" (email, hashed_password, is_active, is_superuser, is_verified, \
             id) VALUES ('{name}@example.com', '{ARGON2}', {is_active}, TRUE, TRUE, '{id}')"
        )
    };
    Shape {
        table: "\"user\"",
        email: "email",
        hash: "hashed_password",
        more: json!({}),
        rows: vec![
            row("0e4d5c6b-7a89-4b1c-9d2e-3f4051627384", "grace", true),
            row("1f5e6d7c-8b9a-4c2d-8e3f-405162738495", "alan", false),
        ],
        written: vec![("email", "'ada@example.com'")],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("fastapi_users" "sqlite"), by user;
    postgres: Postgres ddl!("fastapi_users" "postgres"), by on_postgres;
    mariadb: Mariadb ddl!("fastapi_users" "mysql"), by user;
}
