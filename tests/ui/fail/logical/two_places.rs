use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(second_factor))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
}

fn main() {}
