//! The application's own routes on `/`: the gate of each is a type.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth::sudo::{Elevated, Proof};
use crudauth::{
    Action, Authorized, Bearer, CrudAuth, Gate, GateRequest, KeyBy, Principal, RateLimit,
    Rejection, RejectionKind, RequestGate, Scope, Session, Sudo, Superuser, Verified, Via,
};
use serde::{Deserialize, Serialize};

use crate::caller::{Caller, anybody, whoever};
use crate::model::Account;
use crate::site::ReportsRead;

pub(crate) fn router(auth: CrudAuth<Account>) -> Router {
    let routes = Router::new()
        .route("/dashboard", get(whoever::<()>))
        .route("/optional", get(anybody).post(anybody))
        .route("/admin", get(whoever::<Superuser>))
        .route("/verified", get(whoever::<Verified>))
        .route("/reports", get(whoever::<Scope<ReportsRead>>))
        .route("/session-only", get(whoever::<Via<Session>>))
        .route("/bearer-only", get(whoever::<Via<Bearer>>))
        .route("/french", get(whoever::<French>))
        .route("/users/{user_id}/notes", get(notes_of))
        .route(
            "/notes",
            post(add_note).put(whoever::<()>).patch(whoever::<()>).delete(whoever::<()>),
        )
        .route("/limited/ip", get(limited).layer(auth.rate_limit::<PerAddress>()))
        .route("/limited/user", get(limited).layer(auth.rate_limit::<PerUser>()))
        .route("/sudo", post(sudo))
        .route("/danger", post(whoever::<Sudo>))
        .merge(auth.router());
    auth.wrap(routes).with_state(auth)
}

/// A gate of the application's own: passes those who asked for French at sign-up.
enum French {}

impl Gate<Account> for French {
    async fn check(me: &Principal<Account>) -> Result<(), Rejection> {
        let locale = me.user.locale.as_deref().unwrap_or_default();
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        language
            .eq_ignore_ascii_case("fr")
            .then_some(())
            .ok_or_else(|| RejectionKind::AccessDenied.into())
    }
}

/// A gate that sees the request: passes the one whose id is in the path, and superusers.
enum Oneself {}

#[derive(Deserialize)]
struct OfUser {
    user_id: i32,
}

impl RequestGate<Account> for Oneself {
    type State = ();

    async fn check(
        me: &Principal<Account>,
        mut request: GateRequest<'_, ()>,
    ) -> Result<(), Rejection> {
        let OfUser { user_id } = request.path().await?;
        match user_id == *me.id() || me.is_superuser() {
            true => Ok(()),
            // Whether there is such a user is nobody's business.
            false => Err(RejectionKind::NotFound.into()),
        }
    }
}

/// The gate comes first: what it does not let pass is not read.
async fn notes_of(me: Authorized<Account, Oneself>, Path(user_id): Path<i32>) -> String {
    format!("the notes of {user_id}, for {}", me.id())
}

/// Asks for the CSRF token of a session by itself, since it is not a GET.
async fn add_note(me: Principal<Account>) -> (StatusCode, Json<Caller>) {
    (StatusCode::CREATED, Json(me.into()))
}

enum PerAddress {}

impl Action for PerAddress {
    const NAME: &'static str = "limited_by_address";
    const LIMIT: RateLimit = RateLimit::per_hour(3);
}

enum PerUser {}

impl Action for PerUser {
    const NAME: &'static str = "limited_by_user";
    const LIMIT: RateLimit = RateLimit::per_hour(3);
    const KEY: KeyBy = KeyBy::User;
}

#[derive(Serialize)]
struct RateLimitStatus {
    ok: bool,
}

async fn limited() -> Json<RateLimitStatus> {
    Json(RateLimitStatus { ok: true })
}

/// Elevated rights for five minutes, for a fresh proof that the user is there.
async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}
