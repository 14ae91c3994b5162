//! Sign-in by mail: a link to follow, or a code to type.
//!
//! A mailbox is one factor: an account with a second factor is asked for that too. The first proof of a
//! mailbox takes the account from the person who made it without owning the mailbox: password, linked
//! identities, passkeys, second factors, keys and sign-ins end with it.
//!
//! A request has one answer, after the same work, whether or not there is an account. The link has its
//! token in the fragment, which reaches no server. Nothing but a `POST` uses a link up: mail scanners and
//! previews open links. What rests in the store is keyed digests, and records that are sealed.
//!
//! ```
//! use crudauth::user::{HasEmail, HasRecovery};
//! use crudauth::{Builder, EmailCodes, MagicLinks};
//!
//! fn configure<U: HasRecovery + HasEmail, Db, N>(builder: Builder<U, Db, N>) -> Builder<U, Db, N> {
//!     builder.magic_links(MagicLinks::new()).email_codes(EmailCodes::new())
//! }
//! # fn ignore<U: HasRecovery + HasEmail, Db, N>() { let _ = configure::<U, Db, N>; }
//! ```

mod codes;
mod config;
mod cookie;
mod error;
mod links;
mod rejection;
mod routes;
mod service;
mod ticket;
mod whose;

pub use self::config::{EmailCodes, MagicLinks};
pub(crate) use self::routes::MailSignIn;
pub(crate) use self::service::MailSignInService;
