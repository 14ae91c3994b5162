//! A second factor that is set up must end the sessions before it.
use crudauth::AuthUser;
use crudauth::user::SecondFactorsEndSessions;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(second_factor), without(token_version))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
}

fn mounts<U: SecondFactorsEndSessions>() {}

fn main() {
    mounts::<User>();
}
