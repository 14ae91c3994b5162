// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register, default)]
    colour: String,
    #[auth(provisioned, register)]
    shade: i32,
}

fn main() {}
