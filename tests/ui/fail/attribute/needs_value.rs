// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login)]
struct User {
    id: i32,
    email: String,
    is_active: bool,
    token_version: i32,
    #[auth(column)]
    hashed_password: String,
    #[auth(rename =, register)]
    nick: Option<String>,
}

fn main() {}
