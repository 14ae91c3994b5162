// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login(email, is_active, level))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(default)]
    level: i32,
}

fn main() {}
