//! Laravel.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("laravel/user.rs");
}

/// Of `PASSWORD`, as `Hash::make` writes it.
const BCRYPT: &str = "$2y$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

fn shape() -> Shape {
    let row = |id: u32, name: &str, verified_at: &str| {
        format!(
            "INSERT INTO users VALUES ({id}, '{name} ', '{name}@example.com', \
             {verified_at}, '{BCRYPT}', 'remember {name}', NULL, '2024-05-01 10:00:00')"
        )
    };
    Shape {
        table: "users",
        email: "email",
        hash: "password",
        more: json!({ "name": "Ada Lovelace" }),
        rows: vec![row(1_000, "grace", "'2024-05-01 10:00:00'"), row(1_001, "alan", "NULL")],
        written: vec![
            ("name", "'Ada Lovelace'"),
            ("email_verified_at", "NULL"),
            ("remember_token", "NULL"),
            ("created_at", "'2027-01-15 08:00:00"),
            ("updated_at", "'2027-01-15 08:00:00"),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("laravel" "sqlite"), by user;
    postgres: Postgres ddl!("laravel" "postgres"), by user;
    mariadb: Mariadb ddl!("laravel" "mysql"), by user;
}
