//! The secret key, and the keyed digests and encryption under which secrets rest.

mod digest;
mod error;
mod guess;
mod inspect;
mod key;
mod published;
mod random;
#[cfg(feature = "app")]
mod sealer;
#[cfg(test)]
mod tests;

pub(crate) use self::digest::Hex;
pub use self::digest::{Digest, Digester};
pub use self::error::SecretKeyError;
pub use self::key::SecretKey;
pub use self::random::RandomError;
pub(crate) use self::random::{fill_random, random};
#[cfg(feature = "app")]
pub(crate) use self::sealer::{SealError, Sealer};
pub(crate) use const_hex::encode as hex;
