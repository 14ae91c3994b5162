// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(rename = "mail")]
    email: String,
    #[auth(rename = "root")]
    is_superuser: bool,
    #[auth(rename = "nickName", default)]
    nick: String,
}

fn main() {}
