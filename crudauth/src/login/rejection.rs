//! What a sign-in that failed is over HTTP.

use axum::response::{IntoResponse, Response};

use super::{LoginError, SignInError};
use crate::error::{Rejection, RejectionKind};

impl From<LoginError> for Rejection {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::BadCredentials => RejectionKind::BadCredentials.into(),
            LoginError::LockedOut { retry_after } => {
                RejectionKind::LockedOut { retry_after }.into()
            }
            LoginError::SecondFactor => RejectionKind::SecondFactorRequired.into(),
            LoginError::Vetoed(veto) => veto.into(),
            LoginError::Hashing(error) => error.into(),
            LoginError::Random(error) => error.into(),
            LoginError::UnknownTenant(_) => RejectionKind::UnknownTenant.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}

impl From<SignInError> for Rejection {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::NotAdmitted(refused) => refused.into(),
            SignInError::SecondFactor(challenge) => {
                Self::with_body(RejectionKind::SecondFactorDue, &challenge)
            }
            SignInError::Refused(rejection) => rejection,
        }
    }
}

impl IntoResponse for SignInError {
    fn into_response(self) -> Response {
        Rejection::from(self).into_response()
    }
}
