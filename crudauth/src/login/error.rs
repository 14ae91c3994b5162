use std::time::Duration;

use super::challenge::Challenge;
use crate::error::Rejection;
use crate::hooks::Veto;
use crate::password::HashError;
use crate::secret::RandomError;
use crate::store::StoreError;
use crate::transport::NotAdmitted;
use crate::user::UnknownTenant;

/// Why a sign-in failed. It does not tell whether the account exists.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Unknown user, wrong password, disabled account, or one with a second factor that nothing asks
    /// for.
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// Too many attempts before this one.
    #[error("too many attempts")]
    LockedOut {
        /// When the next attempt may succeed.
        retry_after: Duration,
    },
    /// The password is right, and a second factor is due. Give
    /// [`Credentials`](super::Credentials) to [`CrudAuth::sign_in`](crate::CrudAuth::sign_in), which asks
    /// for it.
    #[error("a second factor is due")]
    SecondFactor,
    /// The credentials are right, and a hook of the application says no.
    #[error(transparent)]
    Vetoed(Veto),
    /// The password could not be verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes for a device token.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Nothing says which tenant is meant, or there is no such tenant.
    #[error(transparent)]
    UnknownTenant(#[from] UnknownTenant),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) signed nobody in. It is a response, that of
/// `POST /login`, and becomes a [`Rejection`] by `?`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The user whom the application has authenticated may not sign in. As a response it is that
    /// of wrong credentials, or of a hook that vetoes.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// A second factor is due. As a response it is the [`Challenge`], which the client answers at
    /// `POST /mfa/verify`; a page of the application's own sends its [`token`](Challenge::token) there.
    #[error("a second factor is due")]
    SecondFactor(Challenge),
    /// The request is refused: its [`kind`](Rejection::kind) says why.
    #[error(transparent)]
    Refused(#[from] Rejection),
}
