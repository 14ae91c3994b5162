use crudauth::AuthUser;
use uuid::Uuid;

diesel::table! {
    #[sql_name = "user"]
    users (id) {
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        is_superuser -> Bool,
        is_verified -> Bool,
        id -> crudauth::store::UuidText,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(token_version))]
pub struct User {
    id: Uuid,
    email: String,
    hashed_password: String,
    is_active: bool,
    is_superuser: bool,
    #[auth(logical = "email_verified")]
    is_verified: bool,
}
