// mistakes: 3
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(register)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(login(nick))]
    nick: String,
    #[auth(db_defualt(bio))]
    bio: String,
}

fn main() {}
