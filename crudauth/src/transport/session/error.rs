use crate::secret::RandomError;
use crate::store::StoreError;

/// A session could not be given an id, or not be stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
