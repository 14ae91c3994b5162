//! Passwords, their stored hashes, and the policy for new ones.
//!
//! - [`Password`] is the text that was typed, [`PasswordHash`] the text that is stored.
//! - [`PasswordHasher`] is the port between the two; [`Argon2id`] is the one that is built in. It
//!   also verifies the hashes of other systems ([`legacy`]), so that their users can log in.
//! - [`HashingPool`] runs a hasher off the async threads, bounded in processor time and memory.
//! - [`PasswordPolicy`] says which passwords are accepted at sign-up and at a change, and
//!   [`breach`] asks whether one is known from a data breach.

mod argon2id;
pub mod breach;
mod common;
mod cost;
mod hash;
mod hasher;
#[cfg(feature = "legacy-hashes")]
pub mod legacy;
mod memory_pool;
mod plaintext;
mod policy;
mod pool;
mod slow_build;
mod workers;

pub use self::argon2id::{Argon2id, Argon2idError};
pub use self::hash::{PasswordHash, Scheme};
pub use self::hasher::{HashError, PasswordHasher, Verdict};
pub use self::plaintext::Password;
pub use self::policy::{
    CharacterClass, PasswordContext, PasswordPolicy, PasswordRefusal, PasswordRule,
    PasswordValidator, UnsatisfiablePolicy,
};
pub use self::pool::{HashingLimits, HashingPool};
