//! An extractor of a bearer token as an application writes it: a signature, an expiry, the user
//! from memory, and the user's epoch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use super::ours::TOKEN_SECRET;
use super::{Me, Proof};

#[derive(Clone)]
struct User {
    id: i64,
    username: String,
    email: String,
    epoch: i64,
}

#[derive(Clone)]
struct App {
    key: Arc<DecodingKey>,
    validation: Arc<Validation>,
    users: Arc<Mutex<HashMap<String, User>>>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    ver: i64,
    token_type: String,
    scopes: Vec<String>,
}

struct Signed {
    user: User,
    scopes: Vec<String>,
}

impl FromRequestParts<App> for Signed {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let header = parts.headers.get(AUTHORIZATION).ok_or(StatusCode::UNAUTHORIZED)?;
        let header = header.to_str().map_err(|_| StatusCode::UNAUTHORIZED)?;
        let token = header.strip_prefix("Bearer ").ok_or(StatusCode::UNAUTHORIZED)?;
        let claims = decode::<Claims>(token, &app.key, &app.validation)
            .map_err(|_| StatusCode::UNAUTHORIZED)?
            .claims;
        let user = app.users.lock().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        let user = user.get(&claims.sub).cloned().ok_or(StatusCode::UNAUTHORIZED)?;
        if claims.token_type != "access" || user.epoch != claims.ver {
            return Err(StatusCode::UNAUTHORIZED);
        }
        Ok(Self { user, scopes: claims.scopes })
    }
}

pub fn router(token: &str) -> (Router, Proof) {
    let user = User { id: 1, username: "ada".into(), email: "ada@example.com".into(), epoch: 0 };
    let app = App {
        key: Arc::new(DecodingKey::from_secret(TOKEN_SECRET.as_bytes())),
        validation: Arc::new(Validation::new(Algorithm::HS256)),
        users: Arc::new(Mutex::new(HashMap::from([("1".to_owned(), user)]))),
    };
    let router = Router::new().route("/me", get(me)).with_state(app);
    (router, Some(("authorization", format!("Bearer {token}"))))
}

async fn me(Signed { user, scopes }: Signed) -> Response {
    if !scopes.is_empty() {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(Me { id: user.id, username: &user.username, email: &user.email }).into_response()
}
