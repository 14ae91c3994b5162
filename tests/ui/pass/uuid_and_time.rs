//! A UUID as the id, in a column type that only SQLite has, and the timestamps of `time`.
#![deny(warnings)]

use crudauth::AuthUser;
use time::PrimitiveDateTime;
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use crudauth::store::sqlite::UuidText;

    users (id) {
        id -> UuidText,
        username -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        organisation -> UuidText,
        created_at -> Timestamp,
        updated_at -> Nullable<Timestamp>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct User {
    id: Uuid,
    username: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(provisioned)]
    organisation: Uuid,
    created_at: PrimitiveDateTime,
    updated_at: Option<PrimitiveDateTime>,
}

fn main() {
    let _ = UserProvisioned { organisation: Uuid::nil() };
}
