//! What can go wrong in a flow.

use super::Refusal;
use crate::error::Rejection;
use crate::providers::ProviderError;
use crate::secret::{RandomError, SealError};
use crate::store::StoreError;

/// A flow was refused, or could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthError {
    /// No provider has this name.
    #[error("no provider has the name")]
    UnknownProvider,
    /// It is no sign-in.
    #[error("the flow is no sign-in")]
    Refused(#[source] Refusal),
    /// The provider did not say who it is. The client is told [`Refusal::Failed`].
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What the flow needs here failed: a store, a hook, too many flows at once.
    #[error("the flow could not be done")]
    Failed(#[source] Rejection),
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<RandomError> for OAuthError {
    fn from(error: RandomError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SealError> for OAuthError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Random(error) => error.into(),
            SealError::TooLong => Refusal::Failed.into(),
        }
    }
}
