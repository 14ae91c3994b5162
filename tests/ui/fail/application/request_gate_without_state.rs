//! A request gate that does not say its state.

use crudauth::{AuthUser, GateRequest, Principal, Rejection, RequestGate};

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

struct Backstage;

impl RequestGate<User> for Backstage {
    async fn check(_: &Principal<User>, _: GateRequest<'_, ()>) -> Result<(), Rejection> {
        Ok(())
    }
}

fn main() {}
