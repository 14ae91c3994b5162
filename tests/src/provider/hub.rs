//! The part of a provider that is a server of GitHub Enterprise.

use std::collections::HashMap;

use axum::extract::{Form, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::{CLIENT, SECRET, Shared, exchanged, header, instead};

/// Where it is below the provider: two providers never have one issuer.
pub(super) const BASE: &str = "/hub";
/// Its token endpoint, among the paths of [`Said::instead`](super::Said::instead) and [`Said::calls`](super::Said::calls).
pub const HUB_TOKEN: &str = "/hub/login/oauth/access_token";
/// Where it says who somebody is.
pub const HUB_USER: &str = "/hub/api/v3/user";
/// Where it says the addresses of somebody.
pub const HUB_EMAILS: &str = "/hub/api/v3/user/emails";

/// What it says of its user. The address in it is a text of the user's choice.
pub(super) fn user() -> Value {
    json!({
        "id": 583_231,
        "login": "octocat",
        "name": "Ada Lovelace",
        "email": "public@example.com",
    })
}

/// The addresses of its user.
pub(super) fn emails() -> Value {
    json!([
        { "email": "old@example.com", "primary": false, "verified": true },
        { "email": "ada@example.com", "primary": true, "verified": true },
    ])
}

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route(HUB_TOKEN, any(token))
        .route(
            HUB_USER,
            get(|said: State<Shared>, request: Request| about(HUB_USER, said, request)),
        )
        .route(
            HUB_EMAILS,
            get(|said: State<Shared>, request: Request| about(HUB_EMAILS, said, request)),
        )
}

async fn token(
    State(said): State<Shared>,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut said = said.lock().expect("no panic");
    said.calls.push((HUB_TOKEN.to_owned(), fields.clone(), None));
    if let Some(answer) = instead(&said, HUB_TOKEN) {
        return answer;
    }
    exchanged(&said, &fields);
    assert_eq!((&*fields["client_id"], &*fields["client_secret"]), (CLIENT, SECRET));
    let mut answer = json!({
        "access_token": said.access,
        "token_type": "bearer",
        "scope": "read:user,user:email",
    });
    (said.answer)(&mut answer);
    Json(answer).into_response()
}

/// What it says at `path`. It refuses a call without `User-Agent`.
async fn about(path: &'static str, State(said): State<Shared>, request: Request) -> Response {
    let mut said = said.lock().expect("no panic");
    said.calls.push((path.to_owned(), HashMap::new(), None));
    let agent = header(&request, "user-agent").unwrap_or_default();
    let knows = header(&request, "authorization") == Some(format!("Bearer {}", said.access));
    if !knows || !agent.starts_with("crudauth/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    if let Some(answer) = instead(&said, path) {
        return answer;
    }
    match path {
        HUB_USER => Json(said.user.clone()).into_response(),
        _ if request.uri().query() == Some("per_page=100") => {
            Json(said.emails.clone()).into_response()
        }
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}
