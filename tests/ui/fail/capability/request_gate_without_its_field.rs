//! A gate that sees the request, and needs a logical field of the user as well.

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

struct OwnerOrAdmin;

impl<U: HasSuperuser> RequestGate<U> for OwnerOrAdmin {
    type State = ();

    async fn check(_: &Principal<U>, _: GateRequest<'_, ()>) -> Result<(), Rejection> {
        Ok(())
    }
}

type Owner = Authorized<User, OwnerOrAdmin>;

fn settings(_: Owner) {}

fn main() {
    let _ = settings;
}
