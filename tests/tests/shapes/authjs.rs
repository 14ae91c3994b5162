//! Auth.js, on Prisma, with a password for its provider `Credentials`.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("authjs/user.rs");
}

mod in_milliseconds {
    user!("authjs/milliseconds.rs");
}

/// What a row has in `emailVerified`, `createdAt` and `updatedAt`, and a new one in `createdAt`.
type Moments = [&'static str; 4];

const TEXT: Moments = [
    "'2024-05-01 10:00:00.123'",
    "'2024-05-01 09:00:00.456'",
    "'2024-05-01 10:00:00.789'",
    "'2027-01-15 08:00:00",
];
const NUMBERS: Moments = ["1714557600123", "1714554000456", "1714557600789", "1800000000000"];

/// Of `PASSWORD`, as `bcryptjs` writes it.
const BCRYPT: &str = "$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

fn shape([verified, created, updated, new]: Moments) -> Shape {
    let row = |id: &str, name: &str, hash: &str| {
        format!(
            "INSERT INTO \"User\" VALUES ('{id}', NULL, '{name}@example.com', {verified}, \
             'https://example.com/{name}.png', {hash}, {created}, {updated})"
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
            ("createdAt", new),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("authjs" "sqlite"), by user of TEXT;
    sqlite_in_milliseconds: Sqlite ddl!("authjs" "sqlite"), by in_milliseconds of NUMBERS;
    postgres: Postgres ddl!("authjs" "postgres"), by user of TEXT;
    mariadb: Mariadb ddl!("authjs" "mysql"), by user of TEXT;
}
