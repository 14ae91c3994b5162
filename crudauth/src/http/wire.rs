//! Turns the mistakes and faults of the inner layers into HTTP answers. The texts of whole answers
//! are in the table of [`RejectionKind`].

use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};
use std::convert::Infallible;
use std::time::Duration;

use crate::error::{FieldError, Location, Rejection, RejectionKind};
use crate::identity::{EmailError, UsernameError};
use crate::password::{CharacterClass, HashError, PasswordRefusal, PasswordRule};
use crate::rate_limit::{RateLimitExceeded, RateLimitStatus};
use crate::secret::RandomError;
use crate::store::{StoreError, StoreErrorKind};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const AGAIN_SOON: RejectionKind =
    RejectionKind::Unavailable { retry_after: Duration::from_secs(1) };
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// If the fault is temporary, the client is told to retry after a second.
impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Unavailable => AGAIN_SOON,
            StoreErrorKind::Broken => RejectionKind::Internal,
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
    fn from(throttled: RateLimitExceeded) -> Self {
        let RateLimitExceeded { retry_after, limit, .. } = throttled;
        RejectionKind::RateLimitExceeded { retry_after, limit: limit.into() }.into()
    }
}

/// The entry of a 422 for a text in the field `at` that is no e-mail address.
pub(crate) fn email(error: &EmailError, at: &'static str) -> FieldError {
    FieldError::value_error(at, error.to_string()).with("reason", error.reason())
}

/// The entry of a 422 for a text in the field `at` that is no user name.
pub(crate) fn username(error: &UsernameError, at: &'static str) -> FieldError {
    match error {
        UsernameError::TooShort => FieldError::too_short(at, 1),
        UsernameError::TooLong => FieldError::too_long(at, UsernameError::MAX_LENGTH),
        other => FieldError::value_error(at, other.to_string()),
    }
}

/// The entry of a 422 for a password in the field `at` that does not meet this rule.
pub(crate) fn password(rule: &PasswordRule, at: &'static str) -> FieldError {
    let requirement = match rule {
        PasswordRule::TooShort { min_length } => return FieldError::too_short(at, *min_length),
        PasswordRule::TooLong { max_length } => return FieldError::too_long(at, *max_length),
        PasswordRule::Refused(_) => None,
        PasswordRule::Lacks(CharacterClass::Uppercase) => Some("uppercase"),
        PasswordRule::Lacks(CharacterClass::Lowercase) => Some("lowercase"),
        PasswordRule::Lacks(CharacterClass::Digit) => Some("digit"),
        PasswordRule::Lacks(CharacterClass::Special) => Some("special"),
        PasswordRule::Common => Some("uncommon"),
        PasswordRule::Breached => Some("unbreached"),
        PasswordRule::ContainsNul => Some("no_nul"),
    };
    let entry = FieldError::new(at, "password_policy", rule.to_string());
    match requirement {
        Some(requirement) => entry.with("requirement", requirement),
        None => entry,
    }
}

/// The answer to a sign-up whose recovery factor, in the field `name`, somebody has.
pub(crate) fn factor_registered(name: &str) -> Rejection {
    let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
    let detail = format!("{}{rest} already registered", first.to_uppercase());
    RejectionKind::FactorRegistered { detail }.into()
}

/// The answer to a new password, in the field `at`, that is not taken.
pub(crate) fn not_taken(at: &'static str, refusal: &PasswordRefusal) -> Rejection {
    match refusal {
        PasswordRefusal::Unmet(rules) => {
            rules.iter().map(|rule| password(rule, at)).collect::<Vec<_>>().into()
        }
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
    use crate::identity::{canonical_email, canonical_username};

    fn json(entry: &FieldError) -> String {
        serde_json::to_string(entry).unwrap()
    }

    #[test]
    fn the_entry_of_an_address_carries_the_reason() {
        assert_eq!(
            json(&email(&canonical_email("alice").unwrap_err(), "email")),
            concat!(
                r#"{"type":"value_error","loc":["body","email"],"#,
                r#""msg":"value is not a valid email address: An email address must have an @-sign.","#,
                r#""ctx":{"reason":"An email address must have an @-sign."}}"#
            )
        );
    }

    #[test]
    fn the_entry_of_a_name_stands_at_the_name_on_the_wire() {
        let entry =
            |name: &str| json(&username(&canonical_username(name, true).unwrap_err(), "nickname"));
        assert_eq!(
            entry(&"a".repeat(65)),
            r#"{"type":"string_too_long","loc":["body","nickname"],"msg":"String should have at most 64 characters","ctx":{"max_length":64}}"#
        );
        assert_eq!(
            entry("a@b"),
            r#"{"type":"value_error","loc":["body","nickname"],"msg":"Username should not be an email address"}"#
        );
    }

    #[test]
    fn the_entry_of_a_password_has_the_figure_or_the_requirement() {
        let entry = |rule| json(&password(&rule, "password"));
        assert_eq!(
            entry(PasswordRule::TooLong { max_length: 64 }),
            r#"{"type":"string_too_long","loc":["body","password"],"msg":"String should have at most 64 characters","ctx":{"max_length":64}}"#
        );
        assert_eq!(
            entry(PasswordRule::TooShort { min_length: 1 }),
            r#"{"type":"string_too_short","loc":["body","password"],"msg":"String should have at least 1 character","ctx":{"min_length":1}}"#
        );
        for (rule, requirement) in [
            (PasswordRule::Lacks(CharacterClass::Uppercase), "uppercase"),
            (PasswordRule::Lacks(CharacterClass::Lowercase), "lowercase"),
            (PasswordRule::Lacks(CharacterClass::Digit), "digit"),
            (PasswordRule::Lacks(CharacterClass::Special), "special"),
            (PasswordRule::Common, "uncommon"),
            (PasswordRule::Breached, "unbreached"),
            (PasswordRule::ContainsNul, "no_nul"),
        ] {
            let (msg, entry) = (rule.to_string(), entry(rule));
            let expected = format!(
                r#"{{"type":"password_policy","loc":["body","password"],"msg":"{msg}","ctx":{{"requirement":"{requirement}"}}}}"#
            );
            assert_eq!(entry, expected);
        }
        assert_eq!(
            entry(PasswordRule::Refused("not for you".to_owned())),
            r#"{"type":"password_policy","loc":["body","password"],"msg":"not for you"}"#
        );
    }

    #[test]
    fn missing_random_bytes_are_said_to_be_missing_and_are_tried_again() {
        let error = RandomError(getrandom::Error::UNSUPPORTED);
        let told = chain(&error);
        assert!(told.starts_with("the system gave no random bytes: "), "{told}");
        assert_eq!(Rejection::from(error).kind(), &AGAIN_SOON);
    }
}
