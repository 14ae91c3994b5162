use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use super::Message;

/// A way to reach a user: e-mail, SMS, a push service.
///
/// Deliveries run in the background, never inside a request, and each within a time-out of the
/// outbox. The same message can come twice after a crash.
pub trait Channel: Debug + Send + Sync + 'static {
    /// The name of the channel. Unique within an application, and stable: messages that wait are
    /// kept under it.
    fn name(&self) -> &str;

    /// Whether recipients are e-mail addresses. Messages about an e-mail address go to such
    /// channels only. Default: `false`.
    fn sends_email(&self) -> bool {
        false
    }

    /// Says `message`. It has arrived, as far as this process can know, when the answer is `Ok`.
    fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a>;
}

/// A delivery under way: a boxed future, so that a channel can be a trait object.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>>;

/// A message was not delivered.
///
/// The cause goes to the log: it must not quote the link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// Try again later: the other side is away, slow or busy.
    #[error("not delivered for now")]
    Temporary(#[source] Box<dyn Error + Send + Sync>),
    /// Trying again will not help: the message itself is refused.
    #[error("not deliverable")]
    Permanent(#[source] Box<dyn Error + Send + Sync>),
}

impl DeliveryError {
    /// It may work later.
    pub fn temporary(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Temporary(cause.into())
    }

    /// It will never work.
    pub fn permanent(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Permanent(cause.into())
    }

    /// Whether trying again is pointless.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Permanent(_))
    }
}
