// mistakes: 6
//! SQL types that PostgreSQL has and SQLite lacks, in a struct that says nothing of backends.

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Citext,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        tags -> Array<Text>,
        network -> Nullable<Inet>,
        settings -> Nullable<Jsonb>,
        updated_at -> Timestamptz,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: uuid::Uuid,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    tags: Vec<String>,
    network: Option<String>,
    settings: Option<String>,
    updated_at: std::time::SystemTime,
}

fn main() {}
