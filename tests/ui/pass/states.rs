//! Each kind of state from which a principal can be extracted.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::get;
use crudauth::{AuthUser, CrudAuth, Principal};

diesel::table! {
    accounts {
        id -> BigInt,
        email -> Text,
        username -> Text,
        password_hash -> Nullable<Text>,
        is_active -> Bool,
        is_superuser -> Bool,
        email_verified -> Bool,
        token_version -> BigInt,
    }
}

#[derive(Clone, diesel::Queryable, diesel::Selectable, AuthUser)]
#[diesel(table_name = accounts)]
struct Account {
    id: i64,
    email: String,
    username: String,
    #[auth(logical = "hashed_password")]
    password_hash: Option<String>,
    is_active: bool,
    is_superuser: bool,
    email_verified: bool,
    token_version: i64,
}

#[derive(Clone, FromRef)]
struct Derived {
    auth: CrudAuth<Account>,
}

struct ByHand(CrudAuth<Account>);

impl FromRef<ByHand> for CrudAuth<Account> {
    fn from_ref(state: &ByHand) -> Self {
        state.0.clone()
    }
}

/// An application that is generic over what it works with.
struct Generic<R> {
    auth: CrudAuth<Account>,
    _repository: R,
}

impl<R> FromRef<Generic<R>> for CrudAuth<Account> {
    fn from_ref(state: &Generic<R>) -> Self {
        state.auth.clone()
    }
}

async fn me(me: Principal<Account>) -> String {
    me.id().to_string()
}

async fn maybe<S>(State(_): State<S>, me: Option<Principal<Account>>) -> String {
    me.is_some().to_string()
}

fn routes<R: Send + Sync + 'static>() -> Router<Arc<Generic<R>>> {
    Router::new().route("/", get(me)).route("/maybe", get(maybe::<Arc<Generic<R>>>))
}

fn main() {
    let _: Router<CrudAuth<Account>> = Router::new().route("/", get(me));
    let _: Router<Arc<CrudAuth<Account>>> = Router::new().route("/", get(me));
    let _: Router<Derived> = Router::new().route("/", get(me)).route("/maybe", get(maybe::<Derived>));
    let _: Router<Arc<Derived>> = Router::new().route("/", get(me));
    let _: Router<Arc<ByHand>> = Router::new().route("/", get(me));
    let _ = routes::<Vec<u8>>();
}
