// mistakes: 2
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        blocked -> Bool,
        email_proof -> Nullable<Text>,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(null))]
    blocked: bool,
    #[auth(logical = "email_verified", when(not_null))]
    email_proof: Option<String>,
    token_version: i32,
}

fn main() {}
