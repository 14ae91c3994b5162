//! What a tired hand writes.
// mistakes: 10
use crudauth::AuthUser;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(table_name = users)]
struct User {
    id: i32,
    email: String,
    password_hash: String,
    is_active: bool,
    token_version: i32,
    #[auth(Register)]
    full_name: Option<String>,
    #[auth("register")]
    nick: Option<String>,
    #[auth(register column = "biography")]
    bio: Option<String>,
    #[auth(column = "plan_id"; default)]
    plan: i32,
    #[auth(column = tier_id)]
    tier: Option<i32>,
    #[auth(admin)]
    root: bool,
    #[auth(logical = "mail")]
    post: Option<String>,
    #[auth(input_only)]
    code: Option<String>,
    #[auth(skip)]
    note: Option<String>,
}

fn main() {}
