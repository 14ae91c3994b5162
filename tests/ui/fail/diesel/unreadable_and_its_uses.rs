//! A field of a wrong type is one error, and one where the store is chosen.

use crudauth::user::NewUser;
use crudauth::{AuthUser, CrudAuth};
use axum::Router;
use axum::routing::get;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        full_name -> Integer,
        tier -> Integer,
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
    #[auth(register)]
    full_name: Option<String>,
    #[auth(provisioned)]
    tier: i32,
}

async fn serve() -> Option<Router> {
    let auth = CrudAuth::<User>::builder(crudauth::Sqlite::open("app.db").ok()?, crudauth::SecretKey::from_env("SECRET_KEY").ok()?)
        .new_user_fields(|_| async { Ok(UserProvisioned { tier: 1 }) })
        .build()
        .await
        .ok()?;
    Some(auth.protect(Router::new().route("/me", get(me))).merge(auth.router()).with_state(auth))
}

async fn me(me: crudauth::Principal<User>) -> String {
    let id: i32 = *me.user.id();
    format!("{id} {}", me.user.email)
}

fn sign_up(new: NewUser<User>) -> (String, Option<String>, i32) {
    (new.register.email, new.register.full_name, new.provisioned.tier)
}

fn gate<U: AuthUser>() {}

fn main() {
    gate::<User>();
}
