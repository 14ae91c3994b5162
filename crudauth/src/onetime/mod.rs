//! One-time tokens: what a link in a mail carries.
//!
//! A token is stateless: it names the user, the purpose and the expiry under a MAC, and no store
//! keeps it. So a request costs the same whether or not the account exists, no database leaks
//! tokens, and nothing has to be cleaned up.
//!
//! The account itself makes it work only *once*. The token carries a keyed digest of the state that
//! it was made for (the address, the stored hash and the credential epoch), and it is spent by one
//! conditional [`Change`](crate::user::Change) that expects that very state and ends it. Of any
//! number of parallel attempts, and of any number of links of one account, one works.
//!
//! Each purpose has another key, so a token for one purpose never serves another.

mod redirect;
mod token;

pub use self::redirect::RedirectTargets;
pub(crate) use self::token::{Lifetimes, OneTimeTokens, Purpose, VerifiedToken};
