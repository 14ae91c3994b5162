use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        github_id -> Nullable<Text>,
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
    github_id: Option<String>,
}

fn main() {}
