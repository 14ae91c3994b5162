use crate::message::MessageKind;
use crate::store::StoreError;

/// A message was not taken for delivery.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// No channel is there for messages of this kind. [`Outbox::reaches`](super::Outbox::reaches)
    /// tells so at start-up.
    #[error("no channel delivers messages of the kind `{0}`")]
    NoChannel(MessageKind),
    /// The store is away, full or broken.
    #[error(transparent)]
    Store(#[from] StoreError),
}
