//! A request gate whose state is not there.

use axum::extract::State;
use crudauth::{Authorized, AuthUser, CrudAuth, GateRequest, Principal, Rejection, RequestGate, Sqlite};

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

struct MemberOfTeam;

impl RequestGate<User> for MemberOfTeam {
    type State = State<Sqlite>;

    async fn check(_: &Principal<User>, _: GateRequest<'_, State<Sqlite>>) -> Result<(), Rejection> {
        Ok(())
    }
}

#[axum::debug_handler(state = CrudAuth<User>)]
async fn board(me: Authorized<User, MemberOfTeam>) -> String {
    me.user.email.clone()
}

fn main() {}
