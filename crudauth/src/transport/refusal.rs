use axum::response::{IntoResponse, Response};
use http::header::{SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::error::Rejection;

/// Why a request was not let in: the answer, and the cookies that it takes away.
#[derive(Debug)]
pub struct Refusal {
    rejection: Rejection,
    cookies: Vec<HeaderValue>,
    challenges: Vec<HeaderValue>,
    or_anonymous: bool,
}

impl Refusal {
    /// Refuses only where a principal is required. Where the request may be anonymous, it is: for a
    /// credential that a browser sends by itself, and that will never work again.
    #[must_use]
    pub fn or_anonymous(mut self) -> Self {
        self.or_anonymous = true;
        self
    }

    /// Also sends this `Set-Cookie`, to take away a credential that will never work again.
    #[must_use]
    pub fn and_clear(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }

    /// Also says, where it is a 401, how the request could have proved who makes it.
    #[must_use]
    pub fn and_challenge(mut self, challenge: HeaderValue) -> Self {
        self.challenges.push(challenge);
        self
    }

    pub(super) fn allows_anonymous(&self) -> bool {
        self.or_anonymous
    }

    /// The `Set-Cookie` headers that it sends.
    pub(super) fn cookies(&self) -> &[HeaderValue] {
        &self.cookies
    }

    /// The answer.
    #[must_use]
    pub fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

/// Whatever is a [`Rejection`] over HTTP.
impl<E: Into<Rejection>> From<E> for Refusal {
    fn from(error: E) -> Self {
        let (cookies, challenges) = (Vec::new(), Vec::new());
        Self { rejection: error.into(), cookies, challenges, or_anonymous: false }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.rejection.into_response();
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            for challenge in self.challenges {
                response.headers_mut().append(WWW_AUTHENTICATE, challenge);
            }
        }
        response
    }
}
