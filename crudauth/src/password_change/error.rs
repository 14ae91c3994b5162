use crate::core::ServiceFailure;
use crate::event::PasswordFailure;
use crate::password::PasswordRefusal;

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordChangeError {
    /// The account has no password to change.
    #[error("the account has no password")]
    NoPassword,
    /// The account has a password, and a first one cannot be set.
    #[error("the account has a password")]
    HasPassword,
    /// The current password is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The sign-in is not fresh enough and not elevated, or not by a session.
    #[error("the sign-in is not fresh enough")]
    NotFresh,
    /// The policy refuses the new password.
    #[error("the policy refuses the new password")]
    Refused(PasswordRefusal),
    /// Something else keeps it from being done.
    #[error(transparent)]
    Failed(ServiceFailure),
}

impl PasswordChangeError {
    /// What the event of a refusal says. Failed hashing and a failed store are no refusals.
    pub(super) fn reason(&self) -> Option<PasswordFailure> {
        match self {
            Self::NoPassword => Some(PasswordFailure::NoPassword),
            Self::HasPassword => Some(PasswordFailure::HasPassword),
            Self::WrongPassword => Some(PasswordFailure::WrongPassword),
            Self::NotFresh => Some(PasswordFailure::NotFresh),
            Self::Refused(_) => Some(PasswordFailure::Policy),
            Self::Failed(_) => None,
        }
    }
}

impl<E: Into<ServiceFailure>> From<E> for PasswordChangeError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
