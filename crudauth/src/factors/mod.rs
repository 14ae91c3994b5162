//! Second factors as such: time-based codes, recovery codes, and how their secrets rest in the columns
//! of a users table. No store and no user is known here.
//!
//! Codes are those of RFC 6238 with SHA-1, six digits and steps of 30 seconds, which every
//! authenticator app takes.

mod base32;
mod code;
mod fernet;
mod recovery_codes;
mod setup;
mod totp;

pub(crate) use self::code::Code;
pub(crate) use self::code::Typed;
pub(crate) use self::fernet::FernetKeys;
pub use self::recovery_codes::RecoveryCodes;
pub(crate) use self::recovery_codes::{Digests, digest};
pub use self::setup::Setup;
pub(crate) use self::totp::TotpSecret;
