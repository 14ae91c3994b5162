//! Django.

use serde_json::json;

use crate::walk::Shape;

mod user {
    user!("django/user.rs");
}

/// Of `PASSWORD`, as `make_password` writes it.
const PBKDF2: &str =
    "pbkdf2_sha256$1000$seasalt8bytes$wygrRQ+K9cq5ykS6wvUAeuiPCF7qQJfrF98LroOPBYQ=";

fn shape() -> Shape {
    let row = |id: u32, name: &str, password: &str| {
        format!(
            "INSERT INTO auth_user (id, password, last_login, is_superuser, username, first_name, \
             last_name, email, is_staff, is_active, date_joined) VALUES ({id}, '{password}', \
             '2024-05-02 10:00:00.123456', TRUE, '{name}', '', '{name} ', '{name}@example.com', \
             TRUE, TRUE, '2024-05-01 10:00:00.000001')"
        )
    };
    Shape {
        table: "auth_user",
        email: "email",
        hash: "password",
        by_name: true,
        more: json!({ "first_name": "Ada", "last_name": "Lovelace" }),
        // What Django writes for a user without a password.
        rows: vec![row(1_000, "grace", PBKDF2), row(1_001, "alan", "!Jwp0yYjYl6J8gUVvBnVd2")],
        written: vec![
            ("first_name", "'Ada'"),
            ("last_name", "'Lovelace'"),
            ("last_login", "NULL"),
            ("date_joined", "'2027-01-15 08:00:00"),
        ],
        once_started: Some(
            "INSERT INTO crudauth_accounts (users, owner, verified_email) \
            SELECT 'auth_user', CAST(id AS CHAR(20)), email FROM auth_user",
        ),
        ..Shape::default()
    }
}

walks! {
    sqlite: Sqlite ddl!("django" "sqlite"), by user
        with new_user_defaults(user::UserProvisioned { is_staff: false });
    postgres: Postgres ddl!("django" "postgres"), by user
        with new_user_defaults(user::UserProvisioned { is_staff: false });
    mariadb: Mariadb ddl!("django" "mysql"), by user
        with new_user_defaults(user::UserProvisioned { is_staff: false });
}
