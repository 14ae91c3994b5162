// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    password: String,
    #[auth(register, rename = "email")]
    mail: String,
    #[auth(register)]
    nick: String,
    #[auth(register, rename = "nick")]
    alias: String,
}

fn main() {}
