//! What the flows tell users, on its way out: links with one-time tokens, and notices.
//!
//! Nothing is sent inside a request. A request puts one message into the
//! [outbox](crate::outbox), whether or not there is somebody to write to: for nobody it is a decoy
//! of the same kind and length. So the store does the same work for an account that exists and for
//! one that does not.

mod config;
mod links;
mod mailer;
mod recipient;

pub(crate) use self::config::Compiled;
pub use self::config::{DeliveryConfig, EmailConfig};
pub(crate) use self::links::Links;
pub(crate) use self::mailer::Mailer;
pub(crate) use self::recipient::Recipient;
