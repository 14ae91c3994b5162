//! Proving an address, resetting a password, changing an e-mail address.
//!
//! The requests for links are answered alike, after the same work, whether or not there is an
//! account: one look for it, one count against the address that is written to, one message into
//! the [outbox](crate::outbox), real or a decoy. The links are [one-time tokens](crate::onetime).

mod error;
mod rejection;
mod routes;
mod service;

pub use self::error::RecoveryError;
pub(crate) use self::routes::{Asker, Recovery, read_factor};
pub use self::service::{Confirmed, RecoveryService};
