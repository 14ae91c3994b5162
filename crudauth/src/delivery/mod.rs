//! What the flows tell users, on its way out: links with one-time tokens, and notices.
//!
//! Nothing is sent inside a request. A request puts one message into the
//! [outbox](crate::outbox), whether or not there is somebody to write to: for nobody it is a
//! message without a recipient, of the same kind and length, that is dropped where it would be
//! sent. So the store does the same work for an account that exists and for one that does not.

mod config;
mod links;
mod post;

pub use self::config::{DeliveryConfig, EmailConfig};
pub(crate) use self::links::Links;
pub(crate) use self::post::{Outgoing, Post};

use crate::message::{Channel, Delivery, Message};

/// A channel that drops what has no recipient.
#[derive(Debug)]
pub(crate) struct Discreet(pub(crate) Box<dyn Channel>);

impl Channel for Discreet {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sends_email(&self) -> bool {
        self.0.sends_email()
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a> {
        if message.recipient().is_empty() {
            return Box::pin(std::future::ready(Ok(())));
        }
        self.0.deliver(message)
    }
}
