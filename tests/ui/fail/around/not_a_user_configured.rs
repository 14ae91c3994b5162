//! Without the derive, a whole configuration says so once.

use crudauth::{CrudAuth, SecretKey, Sqlite};

struct Account;

async fn serve() -> Option<axum::Router> {
    let auth = CrudAuth::<Account>::builder(Sqlite::open("app.db").ok()?, SecretKey::from_env("SECRET_KEY").ok()?)
        .build()
        .await
        .ok()?;
    Some(auth.router())
}

fn main() {
    let _ = serve;
}
