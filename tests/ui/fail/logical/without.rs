// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(is_active, token_version, email))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
}

fn main() {}
