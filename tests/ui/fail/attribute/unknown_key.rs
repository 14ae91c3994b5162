// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(logn(email))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(regster)]
    full_name: Option<String>,
    #[auth(immutable)]
    tier: i32,
}

fn main() {}
