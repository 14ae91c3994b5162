//! What the routes answer: who called, and how that was proved.

use axum::Json;
use crudauth::{Gate, Principal};
use serde::Serialize;

use crate::model::Account;

/// The caller of a route; both are null where the call is anonymous.
#[derive(Default, Serialize)]
pub(crate) struct Caller {
    user_id: Option<i32>,
    via: Option<&'static str>,
}

impl<G: Gate<Account>> From<Principal<Account, G>> for Caller {
    fn from(me: Principal<Account, G>) -> Self {
        Self { user_id: Some(*me.id()), via: Some(me.via()) }
    }
}

/// For those whom the gate `G` lets pass; without one, for all who are signed in.
pub(crate) async fn whoever<G: Gate<Account>>(me: Principal<Account, G>) -> Json<Caller> {
    Json(me.into())
}

/// For everybody. A session that has ended is anonymous; a token that was tampered with is refused.
pub(crate) async fn anybody(me: Option<Principal<Account>>) -> Json<Caller> {
    Json(me.map(Caller::from).unwrap_or_default())
}
