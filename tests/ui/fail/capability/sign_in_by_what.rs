//! A sign-in is told who signs in, and what it gives.
// mistakes: 2

use crudauth::{AuthUser, CrudAuth, SessionOptions};
use http::request::Parts;

async fn log_in<U: AuthUser>(auth: CrudAuth<U>, user: U, request: Parts) {
    let _ = auth.sign_in("ada", &request, SessionOptions::default()).await;
    let _ = auth.sign_in(user, &request, "session").await;
}

fn main() {}
