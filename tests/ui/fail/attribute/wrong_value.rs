// mistakes: 5
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login = "email", recovery("email"))]
struct User {
    id: i32,
    email: String,
    is_active: bool,
    token_version: i32,
    #[auth(column = 5)]
    hashed_password: String,
    #[auth(column = nick_name)]
    nick: Option<String>,
    #[auth(register, rename = "")]
    bio: Option<String>,
}

fn main() {}
