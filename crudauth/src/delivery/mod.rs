//! Messages to users: links with one-time tokens, and notices.
//!
//! Nothing is sent inside a request. A request puts one message into the [outbox](crate::outbox),
//! whether or not there is an account to write to. Without one, the message is a decoy of the same
//! kind and length, so that the store does the same work in both cases.

mod config;
mod links;
mod mailer;
mod recipient;

pub(crate) use self::config::Compiled;
pub use self::config::{DeliveryConfig, EmailConfig};
pub(crate) use self::links::Links;
pub(crate) use self::mailer::{Mailer, SignInMessage, SignInSecret};
pub(crate) use self::recipient::Recipient;
