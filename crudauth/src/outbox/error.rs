use crate::message::MessageKind;
use crate::secret::{RandomError, SealError};
use crate::store::{StoreError, StoreErrorKind};

/// The outbox could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// No channel is there for messages of this kind. [`Outbox::reaches`](super::Outbox::reaches)
    /// tells so at start-up.
    #[error("no channel delivers messages of the kind `{0}`")]
    NoChannel(MessageKind),
    /// The system gave no random bytes to encrypt a message with.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store is away, full or broken.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SealError> for OutboxError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Random(error) => Self::Random(error),
            too_long @ SealError::TooLong => {
                Self::Store(StoreError::of_kind(StoreErrorKind::Unfit, too_long))
            }
        }
    }
}
