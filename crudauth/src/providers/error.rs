//! Why a provider's answer is not accepted.

use http::StatusCode;
use serde_json::Value;

use super::oidc::IdTokenFault;

/// What is said of a refresh token that does not count any more (RFC 6749 §5.2). The second one is GitHub's.
const ENDED: [&str; 2] = ["invalid_grant", "bad_refresh_token"];

/// The provider did not say who somebody is, or not in a way that is accepted.
///
/// Neither the text nor a cause has a code, a token, an address or a body in it.
#[derive(Debug, thiserror::Error)]
#[error("the provider did not say who signs in: {fault}")]
pub struct ProviderError {
    fault: Fault,
    /// Whether the grant that was shown does not count any more.
    says_no: bool,
    #[source]
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The kinds of [`ProviderError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It could not be called, or did not answer in time.
    #[error("it does not answer")]
    Unreachable,
    /// Its answer has another status than 200, but for those of [`Withheld`](Self::Withheld).
    #[error("it refuses")]
    Refused,
    /// Its answer is 403 or 404: it does not let the application see this.
    #[error("it does not let the application see this")]
    Withheld,
    /// Its answer is larger than is read.
    #[error("its answer is too large")]
    TooLarge,
    /// Its answer is not what the protocol says.
    #[error("its answer is not what the protocol says")]
    Malformed,
    /// An address that it names is not `https`, or has parts that none of its addresses has.
    #[error("it names an address that must not be called")]
    Address,
    /// The metadata is that of another issuer.
    #[error("its metadata is that of another issuer")]
    Metadata,
    /// The authorization response came from another issuer (RFC 9207).
    #[error("the response is that of another issuer")]
    Issuer,
    /// The subject is no text of 1 to 255 characters.
    #[error("it names no subject")]
    Subject,
    /// The ID token is not accepted.
    #[error("its ID token is not accepted: {0}")]
    IdToken(IdTokenFault),
    /// The userinfo is about somebody else than the ID token.
    #[error("its userinfo is about somebody else")]
    OtherUser,
    /// The account is not of the domain that was asked for.
    #[error("the account is of another domain")]
    OtherDomain,
    /// There is no randomness.
    #[error("there is no randomness")]
    Random,
}

impl ProviderError {
    /// An error with its cause, in which no secret may be.
    pub fn new(fault: Fault, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { fault, says_no: false, cause: Some(cause.into()) }
    }

    /// An answer with this status.
    pub(super) fn refused(status: StatusCode) -> Self {
        Self::new(Fault::Refused, format!("status {status}"))
    }

    /// The error of the protocol that is in an answer.
    pub(super) fn with_error(self, error: &Value) -> Self {
        let says_no = error.as_str().is_some_and(|error| ENDED.contains(&error));
        Self { says_no, ..self }
    }

    /// There is no refresh token that the provider takes.
    pub(super) fn takes_none() -> Self {
        Self { says_no: true, ..Fault::Refused.into() }
    }

    /// Whether the grant does not count any more, and the provider is not just out of order.
    pub(crate) fn says_no(&self) -> bool {
        self.says_no
    }

    /// What is wrong.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.fault
    }
}

impl From<Fault> for ProviderError {
    fn from(fault: Fault) -> Self {
        Self { fault, says_no: false, cause: None }
    }
}

impl From<IdTokenFault> for ProviderError {
    fn from(fault: IdTokenFault) -> Self {
        Fault::IdToken(fault).into()
    }
}
