//! Asked of a principal in a handler's body.

use crudauth::{AuthUser, Principal, Superuser};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

async fn admin(me: Principal<User>) -> bool {
    me.pass::<Superuser>().await.is_ok()
}

fn main() {
    let _ = admin;
}

// told: 4
// rustc asks for the bound of a generic async method of the method, its arguments, its future
// and the `.await`.
