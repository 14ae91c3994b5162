//! Auth.js, on Prisma, with a password for its provider `Credentials`.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("authjs/user.rs");
}

/// Of `PASSWORD`, as `bcryptjs` writes it.
const BCRYPT: &str = "$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

fn shape() -> Shape {
    let row = |id: &str, name: &str, hash: &str| {
        format!(
            "INSERT INTO \"User\" VALUES ('{id}', NULL, '{name}@example.com', \
             '2024-05-01 10:00:00.123', 'https://example.com/{name}.png', {hash}, \
             '2024-05-01 09:00:00.456', '2024-05-01 10:00:00.789')"
        )
    };
    Shape {
        table: "\"User\"",
        email: "email",
        hash: "password",
        more: json!({ "name": "Ada" }),
        // Who has signed in by a provider alone has no password.
        rows: vec![
            row("clvnq1x2y0000qzrm7h3k9d2f", "grace", &format!("'{BCRYPT}'")),
            row("clvnq1x2y0001qzrmb5c8e1ga", "alan", "NULL"),
        ],
        written: vec![
            ("name", "'Ada'"),
            ("emailVerified", "NULL"),
            ("image", "NULL"),
            ("createdAt", "'2027-01-15 08:00:00"),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("authjs" "sqlite"), by user;
    postgres: Postgres ddl!("authjs" "postgres"), by user;
    mariadb: Mariadb ddl!("authjs" "mysql"), by user;
}
