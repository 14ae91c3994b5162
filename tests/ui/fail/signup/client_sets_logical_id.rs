use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    id: i32,
}

fn main() {}
