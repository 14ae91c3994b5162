//! What an application says to its users, and the ways on which it reaches them.
//!
//! A [`Message`] says what to tell a user, before it has words. A [`Channel`] delivers it: e-mail
//! is one ([`EmailChannel`], which renders [`Templates`] and hands the result to an
//! [`EmailSender`]), an application writes others. Messages do not go to a channel directly: the
//! [`Outbox`](crate::outbox::Outbox) keeps them until they are delivered.
//!
//! An SMS channel, whole:
//!
//! ```
//! use crudauth::message::{Channel, Delivery, DeliveryError, Message};
//!
//! #[derive(Debug)]
//! struct Sms;
//!
//! impl Channel for Sms {
//!     fn name(&self) -> &str {
//!         "sms"
//!     }
//!
//!     fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a> {
//!         Box::pin(async move {
//!             let link = message.link().unwrap_or_default();
//!             gateway(message.recipient(), &format!("Your link: {link}"))
//!                 .await
//!                 .map_err(DeliveryError::temporary)
//!         })
//!     }
//! }
//! # async fn gateway(_: &str, _: &str) -> Result<(), std::io::Error> { Ok(()) }
//! ```

mod channel;
mod console;
mod content;
mod email;
mod file;
#[cfg(feature = "smtp")]
mod smtp;
mod templates;
#[cfg(feature = "webhook")]
mod webhook;

pub use self::channel::{Channel, Delivery, DeliveryError};
pub use self::console::ConsoleSender;
pub use self::content::{Message, MessageKind};
pub use self::email::{Email, EmailChannel, EmailSender};
pub use self::file::FileSender;
#[cfg(feature = "smtp")]
pub use self::smtp::{SmtpConfig, SmtpSender};
pub use self::templates::Templates;
#[cfg(feature = "webhook")]
pub use self::webhook::WebhookSender;
