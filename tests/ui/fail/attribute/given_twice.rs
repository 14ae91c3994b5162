// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login(email), login(email))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register, register)]
    full_name: Option<String>,
    #[auth(column = "a")]
    #[auth(column = "b")]
    nick: Option<String>,
}

fn main() {}
