//! A generic request gate whose capability the struct has not.
// told: 2
// An `async fn` is checked at its argument and at its body.

use crudauth::user::HasSuperuser;
use crudauth::{Authorized, AuthUser, GateRequest, Principal, Rejection, RequestGate};

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

impl<U: HasSuperuser> RequestGate<U> for Backstage {
    type State = ();

    async fn check(_: &Principal<U>, _: GateRequest<'_, ()>) -> Result<(), Rejection> {
        Ok(())
    }
}

async fn board(_: Authorized<User, Backstage>) {}

fn main() {}
