//! The message says what the column is, and which type fits.
// mistakes: 3
use crudauth::AuthUser;
use uuid::Uuid;

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        public_id -> Nullable<Text>,
        tenant -> Binary,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    public_id: Option<Uuid>,
    #[auth(provisioned)]
    tenant: Uuid,
}

fn main() {}
