//! The answer that hands tokens to a client.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::login::Also;
use crate::transport::bearer::IssuedTokens;

/// What the answer has beside the access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// The refresh token, which otherwise is in a cookie.
    pub(super) refresh_token: bool,
    /// How long the access token lives, for what it is good, and for whom.
    pub(super) details: bool,
}

#[derive(Serialize)]
struct Body<'a, Id> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(flatten)]
    details: Option<Details<'a, Id>>,
    #[serde(flatten)]
    also: &'a Also,
}

#[derive(Serialize)]
struct Details<'a, Id> {
    expires_in: u64,
    scope: String,
    user_id: &'a Id,
}

impl Answer {
    pub(super) fn of<Id: Serialize>(
        self,
        issued: &IssuedTokens,
        user_id: &Id,
        also: &Also,
    ) -> Response {
        let details = || Details {
            expires_in: issued.access_ttl.as_secs(),
            scope: issued.scopes.join(" "),
            user_id,
        };
        Json(Body {
            access_token: issued.access.as_str(),
            token_type: "bearer",
            refresh_token: self.refresh_token.then(|| issued.refresh.as_str()),
            details: self.details.then(details),
            also,
        })
        .into_response()
    }
}
