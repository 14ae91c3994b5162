// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth]
    plan: String,
    #[auth()]
    nick: String,
    #[auth = "register"]
    bio: String,
}

fn main() {}
