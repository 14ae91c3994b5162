//! Tokens that were issued for a sign-in, on their way to the client.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};

use super::answer::Answer;
use crate::login::Also;
use crate::transport::bearer::IssuedTokens;
use crate::user::{AuthUser, StoredUser};

/// The tokens of a sign-in. As a response they are that of `POST /token`, with the refresh token in
/// its cookie or in the body. As a part of another response they add the cookies alone.
///
/// [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) makes it. `Debug` shows whose it is alone.
#[must_use = "the client is signed in once it has the tokens: return this, or what is in it"]
pub struct NewTokens<U> {
    user: Arc<StoredUser<U>>,
    tokens: IssuedTokens,
    answer: Answer,
    cookies: Vec<HeaderValue>,
    also: Also,
}

impl<U: AuthUser> NewTokens<U> {
    pub(super) fn new(
        user: Arc<StoredUser<U>>,
        tokens: IssuedTokens,
        answer: Answer,
        cookies: Vec<HeaderValue>,
    ) -> Self {
        Self { user, tokens, answer, cookies, also: Also::default() }
    }

    /// The same, with what else the answer has.
    pub(super) fn telling(self, also: Also) -> Self {
        Self { also, ..self }
    }

    /// Whose they are.
    #[must_use]
    pub fn user(&self) -> &Arc<StoredUser<U>> {
        &self.user
    }

    /// The tokens.
    #[must_use]
    pub fn tokens(&self) -> &IssuedTokens {
        &self.tokens
    }

    /// The tokens, for an answer of the application's own.
    pub fn into_tokens(self) -> IssuedTokens {
        self.tokens
    }
}

impl<U> IntoResponseParts for NewTokens<U> {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        for cookie in self.cookies {
            headers.append(SET_COOKIE, cookie);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(parts)
    }
}

impl<U: AuthUser> IntoResponse for NewTokens<U> {
    fn into_response(self) -> Response {
        let body = self.answer.of(&self.tokens, self.user.id(), &self.also);
        (self, body).into_response()
    }
}

impl<U: AuthUser> fmt::Debug for NewTokens<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = format_args!("{}", self.user.id());
        f.debug_struct("NewTokens").field("user", &user).finish_non_exhaustive()
    }
}
