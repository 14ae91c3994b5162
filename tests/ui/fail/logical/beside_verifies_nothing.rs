// mistakes: 1
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(is_active, token_version, email_verified))]
struct User {
    id: i32,
    username: String,
    hashed_password: String,
}

fn main() {}
