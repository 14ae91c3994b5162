//! One-time tokens: what a link in a mail carries.
//!
//! A token is stateless: it says whose it is, for what and until when, under a keyed seal, and
//! nothing of it rests in a store. So a request for an account that does not exist costs what one
//! for an account that does costs, nothing can be read out of a database, and nothing has to be
//! cleaned up.
//!
//! What makes it work *once* is the account itself. The token carries a keyed digest of the state
//! that it was made for (the address, the stored hash and the credential epoch), and it is spent by
//! one conditional [`Change`](crate::user::Change) that expects that very state and ends it. Of any number of
//! parallel attempts, and of any number of links of one account, one works.
//!
//! Each purpose has a key of its own: a token for one never serves another.

mod redirect;
mod token;

pub use self::redirect::RedirectTargets;
pub(crate) use self::token::{Lifetimes, OneTimeTokens, Purpose, VerifiedToken};
