// mistakes: 2
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(is_active, token_version))]
struct User {
    id: i32,
    email_address: String,
    password_hash: String,
}

fn main() {}
