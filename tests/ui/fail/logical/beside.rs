// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(is_active, token_version, email, email_verified), without(is_active))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
}

fn main() {}
