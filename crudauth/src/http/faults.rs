//! What faults of the layers below are over HTTP.

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use std::convert::Infallible;
use std::time::Duration;

use serde_json::Value;

use crate::error::{FieldError, Location, Rejection, RejectionKind};
use crate::password::{HashError, PasswordRefusal, PasswordRule};
use crate::rate_limit::{RateLimitExceeded, RateLimitStatus};
use crate::secret::RandomError;
use crate::store::{StoreError, StoreErrorKind};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const AGAIN_SOON: RejectionKind =
    RejectionKind::Unavailable { retry_after: Duration::from_secs(1) };
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// Where the fault passes, the client comes back in a second.
impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Unavailable => AGAIN_SOON,
            StoreErrorKind::Broken => RejectionKind::StoreBroken,
            StoreErrorKind::Unfit => {
                RejectionKind::Fields { errors: vec![FieldError::unfit(Location::body())] }
            }
        };
        Self::because_of(error, kind)
    }
}

impl From<RandomError> for Rejection {
    fn from(error: RandomError) -> Self {
        Self::because_of(error, AGAIN_SOON)
    }
}

impl From<HashError> for Rejection {
    fn from(error: HashError) -> Self {
        match error.retry_after() {
            Some(retry_after) => RejectionKind::Unavailable { retry_after }.into(),
            None => Self::because_of(error, RejectionKind::Internal),
        }
    }
}

impl From<RateLimitExceeded> for Rejection {
    fn from(exceeded: RateLimitExceeded) -> Self {
        let RateLimitExceeded { retry_after, limit, .. } = exceeded;
        RejectionKind::RateLimitExceeded { retry_after, limit: limit.into() }.into()
    }
}

/// The entries of a 422 for a password that the policy refuses, in the field `at`.
pub(crate) fn refused_password(at: &'static str, rules: &[PasswordRule]) -> Vec<FieldError> {
    let entry = |rule: &PasswordRule| {
        let entry = FieldError::new(at, rule.kind(), rule.message().into_owned());
        let figures = rule.ctx().into_iter().filter_map(|ctx| match ctx {
            Value::Object(figures) => Some(figures),
            _ => None,
        });
        figures.flatten().fold(entry, |entry, (name, figure)| entry.with(&name, figure))
    };
    rules.iter().map(entry).collect()
}

/// The answer to a new password, in the field `at`, that is not taken.
pub(crate) fn not_taken(at: &'static str, refusal: &PasswordRefusal) -> Rejection {
    match refusal {
        PasswordRefusal::Unmet(rules) => refused_password(at, rules).into(),
        PasswordRefusal::Unscreened => {
            RejectionKind::Unavailable { retry_after: Duration::from_secs(5) }.into()
        }
    }
}

/// `X-RateLimit-Limit` and `X-RateLimit-Remaining` of a call that passed. Where two limits apply,
/// the tighter one shows.
impl IntoResponseParts for RateLimitStatus {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = response.headers_mut();
        let shown = headers.get(REMAINING).and_then(|it| it.to_str().ok()?.parse::<u32>().ok());
        if shown.is_none_or(|shown| self.remaining < shown) {
            headers.insert(LIMIT, HeaderValue::from(self.limit));
            headers.insert(REMAINING, HeaderValue::from(self.remaining));
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::chain;

    #[test]
    fn missing_random_bytes_are_said_to_be_missing_and_are_tried_again() {
        let error = RandomError(getrandom::Error::UNSUPPORTED);
        let told = chain(&error);
        assert!(told.starts_with("the system gave no random bytes: "), "{told}");
        assert_eq!(Rejection::from(error).kind(), &AGAIN_SOON);
    }
}
