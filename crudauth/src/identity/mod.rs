//! What people log in with, in the one form in which it is stored and looked up.
//!
//! Writing is strict and reading is lenient. What a sign-up or a change of address stores has passed
//! [`canonical_email`] or [`canonical_username`]. What somebody types to sign in or to recover an
//! account, and what is in the table, need not have passed anything: both are compared in the form of
//! [`lookup_email`] and [`lookup_username`] ([`folded_username`] where case does not count), so that
//! a row from another system finds its owner. The application does not start where it would not.

mod email;
mod twins;
mod username;

pub use self::email::{EmailError, canonical_email, lookup_email, readable_email};
pub(crate) use self::twins::{look_alike, shape, spellings};
pub(crate) use self::username::looks_like_an_address;
pub use self::username::{UsernameError, canonical_username, folded_username, lookup_username};
