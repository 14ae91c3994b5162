//! Of a struct that cannot be derived, its uses say nothing.
// mistakes: 2

use crudauth::user::{HasEmailVerified, HasSuperuser, NewUser};
use crudauth::{AuthUser, CrudAuth};
use axum::Router;
use axum::routing::get;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(registr)]
    full_name: Option<String>,
    #[auth(provisioned, default)]
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

async fn without_a_hook(database: crudauth::Sqlite, key: crudauth::SecretKey) -> Option<CrudAuth<User>> {
    CrudAuth::<User>::builder(database, key).build().await.ok()
}

async fn me(me: crudauth::Principal<User>) -> String {
    let id: i32 = *me.user.id();
    format!("{id} {}", me.user.email)
}

fn sign_up(new: NewUser<User>) -> (String, Option<String>, i32) {
    (new.register.email, new.register.full_name, new.provisioned.tier)
}

fn gate<U: HasEmailVerified + HasSuperuser>() {}

fn main() {
    gate::<User>();
}
