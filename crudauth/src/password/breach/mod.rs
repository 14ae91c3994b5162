//! Passwords that are known from data breaches.
//!
//! Passwords that leaked from one service are tried on others, so NIST SP 800-63B-4 §3.1.1.2 and
//! OWASP ASVS 6.2.12 ask to refuse them. A [`BreachCheck`] asks a [`BreachedPasswords`] service
//! without telling it the password: it sends the first five hexadecimal digits of its SHA-1 digest,
//! gets every known digest that begins so (k-anonymity), and compares here. The port never sees
//! more than those five digits.
//!
//! The check runs where a password is chosen: at sign-up, change, set and reset. It comes after
//! all other rules of the [`PasswordPolicy`](super::PasswordPolicy), so that a password which they
//! refuse costs no request; and at a sign-up before anything is asked of the users, so that a free
//! address and a taken one cost the same.
//!
//! # If the service is unavailable
//!
//! By default the password is refused, with 503 and `Retry-After`. [`BreachCheck::fail_open`] lets
//! it through instead, since the list of common passwords and the other rules have been met, for an
//! application whose sign-up should not depend on a third party. In both cases a line
//! at `WARN` with the cause goes to [`tracing`] under the target `crudauth::security` with
//! `event = "breach_check_unavailable"`, and the sinks hear of an
//! [`Outage`](crate::SecurityEvent::Outage).
#![cfg_attr(
    feature = "breach-reqwest",
    doc = r#"
# Asking over HTTP

[`RangeApi`] asks the service of Have I Been Pwned, or one of the same interface:

```
use std::time::Duration;
use crudauth::PasswordPolicy;
use crudauth::password::breach::{BreachCheck, RangeApi};

let check = BreachCheck::new(RangeApi::pwned_passwords()?).timeout(Duration::from_secs(1));
let policy = PasswordPolicy::nist().breach_check(check);
# let _ = policy;
# Ok::<(), crudauth::StartupError>(())
```
"#
)]
//!
//! # Using another list
//!
//! ```
//! use crudauth::password::breach::{
//!     BreachCheck, BreachRange, BreachedPasswords, HashPrefix, RangeLookup,
//! };
//! use crudauth::password::{Password, PasswordContext, PasswordPolicy, PasswordRefusal};
//!
//! /// Knows one password.
//! #[derive(Debug)]
//! struct OneLeak;
//!
//! impl BreachedPasswords for OneLeak {
//!     fn range<'a>(&'a self, prefix: &'a HashPrefix) -> RangeLookup<'a> {
//!         Box::pin(async move {
//!             Ok(match prefix.as_str() {
//!                 "ABF7A" => BreachRange::parse("AD6438836DBE526AA231ABDE2D0EEF74D42:3")?,
//!                 _ => BreachRange::default(),
//!             })
//!         })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let policy = PasswordPolicy::default().breach_check(BreachCheck::new(OneLeak));
//! let nobody = PasswordContext::default();
//! let leaked = Password::new("correct horse battery staple");
//! assert!(matches!(policy.admit(&leaked, &nobody).await, Err(PasswordRefusal::Unmet(_))));
//! let other = Password::new("incorrect horse battery staple");
//! assert!(policy.admit(&other, &nobody).await.is_ok());
//! # }
//! ```

#[cfg(feature = "breach-reqwest")]
mod api;
mod check;
mod range;

#[cfg(feature = "breach-reqwest")]
pub use self::api::RangeApi;
pub use self::check::BreachCheck;
pub(super) use self::check::Screened;
pub use self::range::{BreachRange, HashPrefix, InvalidRange};

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A service that knows the digests of leaked passwords.
pub trait BreachedPasswords: fmt::Debug + Send + Sync + 'static {
    /// Every digest that begins with `prefix`. A range that is not known is an error: an empty
    /// answer means that no password of it has leaked.
    fn range<'a>(&'a self, prefix: &'a HashPrefix) -> RangeLookup<'a>;
}

/// What [`BreachedPasswords::range`] returns.
pub type RangeLookup<'a> =
    Pin<Box<dyn Future<Output = Result<BreachRange, BreachLookupError>> + Send + 'a>>;

/// A range could not be fetched. The text goes to the log.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct BreachLookupError(Box<dyn Error + Send + Sync>);

impl BreachLookupError {
    /// The failure that `cause` describes.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl From<InvalidRange> for BreachLookupError {
    fn from(error: InvalidRange) -> Self {
        Self::new(error)
    }
}
