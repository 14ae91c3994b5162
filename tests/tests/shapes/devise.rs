//! Rails with Devise: confirmable and lockable.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("devise/user.rs");
}

/// Of `PASSWORD`, as the gem `bcrypt` writes it.
const BCRYPT: &str = "$2a$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

fn shape() -> Shape {
    let row = |id: u32, name: &str, hash: &str| {
        format!(
            "INSERT INTO users (id, email, encrypted_password, reset_password_token, \
             remember_created_at, confirmation_token, confirmed_at, created_at, updated_at) \
             VALUES ({id}, '{name}@example.com', '{hash}', 'token of {name}', \
             '2024-05-01 10:00:00.123456', 'sent to {name}', '2024-05-01 10:00:00', \
             '2024-05-01 09:00:00.000001', '2024-05-01 10:00:00.654321')"
        )
    };
    Shape {
        table: "users",
        email: "email",
        hash: "encrypted_password",
        more: json!({}),
        rows: vec![row(1_000, "grace", BCRYPT), row(1_001, "alan", "")],
        written: vec![
            ("reset_password_token", "NULL"),
            ("confirmed_at", "NULL"),
            ("locked_at", "NULL"),
            ("created_at", "'2027-01-15 08:00:00"),
            ("updated_at", "'2027-01-15 08:00:00"),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("devise" "sqlite"), by user;
    postgres: Postgres ddl!("devise" "postgres"), by user;
    mariadb: Mariadb ddl!("devise" "mysql"), by user;
}
