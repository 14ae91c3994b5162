use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[diesel(table_name = archived_users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {}
