//! Phoenix, by `mix phx.gen.auth`.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("phoenix/user.rs");
}

mod on_postgres {
    user!("phoenix/postgres.rs");
}

/// Of `PASSWORD`, as `bcrypt_elixir` writes it.
const BCRYPT: &str = "$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

fn shape() -> Shape {
    let row = |id: u32, email: &str, hash: &str| {
        format!(
            "INSERT INTO users VALUES ({id}, '{email}@example.com', {hash}, \
             '2024-05-01 10:00:00', '2024-05-01 09:00:00', '2024-05-01 10:00:00')"
        )
    };
    Shape {
        table: "users",
        email: "email",
        hash: "hashed_password",
        more: json!({}),
        // Whose address is compared without case, and who signs in by mail alone.
        rows: vec![row(1_000, "Grace", &format!("'{BCRYPT}'")), row(1_001, "alan", "NULL")],
        written: vec![
            ("email", "'ada@example.com'"),
            ("confirmed_at", "NULL"),
            ("inserted_at", "'2027-01-15 08:00:00"),
            ("updated_at", "'2027-01-15 08:00:00"),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("phoenix" "sqlite"), by user;
    postgres: Postgres ddl!("phoenix" "postgres"), by on_postgres;
    mariadb: Mariadb ddl!("phoenix" "mysql"), by user;
}
