//! The secret key, and the keyed digests and encryption under which secrets rest.

mod digest;
mod key;
mod sealer;

pub(crate) use self::digest::Hex;
pub use self::digest::{Digest, Digester};
pub use self::key::{SecretKey, SecretKeyError};
pub(crate) use self::sealer::Sealer;
pub(crate) use const_hex::encode as hex;
