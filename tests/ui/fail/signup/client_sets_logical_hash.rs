use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    hashed_password: String,
}

fn main() {}
