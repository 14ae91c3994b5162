//! The answer that hands tokens to a client.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::transport::bearer::IssuedTokens;

/// What the answer has beside the access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// The refresh token, which otherwise is in a cookie.
    pub(super) refresh_token: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl Answer {
    pub(super) fn of(self, issued: &IssuedTokens) -> Response {
        Json(Body {
            access_token: issued.access.as_str(),
            token_type: "bearer",
            refresh_token: self.refresh_token.then(|| issued.refresh.as_str()),
        })
        .into_response()
    }
}
