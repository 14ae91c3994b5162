use crudauth::AuthUser;

diesel::table! {
    users (uid) {
        uid -> Integer,
        number -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(db_default(uid))]
struct User {
    #[auth(column = "number")]
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {}
