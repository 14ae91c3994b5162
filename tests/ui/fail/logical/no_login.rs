use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {}
