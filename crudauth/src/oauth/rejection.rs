//! What a flow that was refused is over HTTP.

use super::{OAuthError, Refusal};
use crate::error::{Rejection, RejectionKind};

impl From<OAuthError> for Rejection {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::UnknownProvider => unknown(""),
            OAuthError::CannotAskAnew => told(
                "The provider cannot confirm a fresh sign-in.".to_owned(),
                "reauthentication_unsupported",
            ),
            OAuthError::Failed(rejection) => rejection,
            error => error.refusal().unwrap_or(Refusal::Failed).into(),
        }
    }
}

/// In the words of the wire contract.
impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        let detail = match refusal {
            Refusal::InvalidState => "Invalid or expired OAuth state",
            refusal => refusal.code(),
        };
        told(detail.to_owned(), refusal.code())
    }
}

/// Quoted as the wire contract has it. A name that no provider can have is not repeated.
pub(super) fn unknown(provider: &str) -> Rejection {
    let detail = match crate::providers::check_name(provider) {
        Ok(()) => format!("Unknown or unconfigured OAuth provider: '{provider}'"),
        Err(_) => "Unknown or unconfigured OAuth provider".to_owned(),
    };
    told(detail, "unknown_provider")
}

fn told(detail: String, code: &'static str) -> Rejection {
    Rejection::from(RejectionKind::BadRequest { detail: detail.into() }).with_code(code)
}
