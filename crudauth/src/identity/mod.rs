//! What people log in with, in the one form in which it is stored and looked up.

mod email;
mod username;

pub use self::email::{EmailError, canonical_email, lookup_email};
pub use self::username::{UsernameError, canonical_username, lookup_username};
