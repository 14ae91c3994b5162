//! A gate that sees the request, after one that needs a logical field of the user.

use crudauth::{Authorized, AuthUser, GateRequest, Principal, Rejection, RequestGate, Superuser};

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

struct SameOffice;

impl RequestGate<User> for SameOffice {
    type State = ();

    async fn check(_: &Principal<User>, _: GateRequest<'_, ()>) -> Result<(), Rejection> {
        Ok(())
    }
}

fn settings(_: Authorized<User, SameOffice, Superuser>) {}

fn main() {
    let _ = settings;
}
