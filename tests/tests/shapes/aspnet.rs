//! ASP.NET Core Identity, on Entity Framework.

use crudauth::user::UsernameCase;
use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("aspnet/user.rs");
}

mod on_sqlite {
    user!("aspnet/sqlite.rs");
}

/// Of `PASSWORD`, as `PasswordHasher` writes it.
const PBKDF2: &str =
    "AQAAAAIAAAPoAAAAEHNlYXNhbHQ4Ynl0ZXNBQUEJnz7Mia5S6ztjSFQ4/pWC+FNJqlZGhO8hLzasME/owQ==";

fn shape() -> Shape {
    let row = |id: &str, name: &str, lockout_end: &str, two_factor: bool| {
        let capitals = name.to_uppercase();
        format!(
            "INSERT INTO \"AspNetUsers\" VALUES ('{id}', '{name}', '{capitals}', \
             '{name}@example.com', '{capitals}@EXAMPLE.COM', TRUE, '{PBKDF2}', 'stamp of {name}', \
             '{id}', NULL, FALSE, {two_factor}, {lockout_end}, TRUE, 2)"
        )
    };
    Shape {
        table: "\"AspNetUsers\"",
        email: "\"Email\"",
        hash: "PasswordHash",
        by_name: true,
        case: UsernameCase::Ignored,
        more: json!({}),
        rows: vec![
            row("72ba7fef-ce6c-4c66-984b-fca4729e9184", "grace", "NULL", false),
            row("83cb8e0f-df7d-4d77-895c-0db583afa295", "alan", "'2024-05-01 10:00:00'", true),
        ],
        written: vec![
            ("UserName", "'ada'"),
            ("NormalizedUserName", "'ADA'"),
            ("Email", "'ada@example.com'"),
            ("NormalizedEmail", "'ADA@EXAMPLE.COM'"),
            ("LockoutEnd", "NULL"),
        ],
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("aspnet" "sqlite"), by on_sqlite through over_identity;
    postgres: Postgres ddl!("aspnet" "postgres"), by user through over_identity;
    mariadb: Mariadb ddl!("aspnet" "mysql"), by user through over_identity;
}
