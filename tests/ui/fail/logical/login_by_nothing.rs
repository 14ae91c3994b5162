use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login(handle))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    username: String,
}

fn main() {}
