//! The secret key, and the keyed digests under which secrets rest.

mod digest;
mod key;

pub(crate) use self::digest::hex;
pub use self::digest::{Digest, Digester};
pub use self::key::{SecretKey, SecretKeyError};
