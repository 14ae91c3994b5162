//! The port to a password hashing scheme.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use super::{Password, PasswordHash};

/// A way to hash passwords and to verify them.
///
/// The functions block for as long as a hash takes (tens of milliseconds), so they are called
/// through a [`HashingPool`](super::HashingPool) and never on an async thread.
///
/// # Contract
///
/// - `verify` fails closed: what cannot be read, is too costly or goes wrong is a
///   [`Mismatch`](Verdict::Mismatch).
/// - A stored text that is unusable or of unknown form costs one verification of the
///   [`decoy`](Self::decoy), so that the time of an answer does not tell which accounts have a
///   password.
///
/// # Example
///
/// A hasher for users of a system whose hashes crudauth does not know. Its [`verify`](Self::verify)
/// recognises them by their mark; all else is left to [`Argon2id`](super::Argon2id).
///
/// ```
/// use crudauth::password::{Argon2id, HashError, Password, PasswordHash, PasswordHasher, Verdict};
/// # fn verify_acme(password: &str, digest: &str) -> bool { digest == "of-x" && password == "x" }
///
/// #[derive(Debug, Default)]
/// struct WithAcme(Argon2id);
///
/// impl PasswordHasher for WithAcme {
///     fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
///         self.0.hash(password)
///     }
///
///     fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
///         let Some(digest) = stored.as_stored().strip_prefix("acme:") else {
///             return self.0.verify(password, stored);
///         };
///         if verify_acme(password.expose(), digest) {
///             Verdict::MatchOutdated // the next sign-in finds a hash of argon2id
///         } else {
///             Verdict::Mismatch
///         }
///     }
///
///     fn decoy(&self) -> &PasswordHash {
///         self.0.decoy()
///     }
/// }
///
/// let hasher = WithAcme::default();
/// let stored = PasswordHash::from_stored("acme:of-x".to_owned());
/// assert_eq!(hasher.verify(&Password::new("x"), &stored), Verdict::MatchOutdated);
/// assert_eq!(hasher.verify(&Password::new("y"), &stored), Verdict::Mismatch);
/// ```
pub trait PasswordHasher: Debug + Send + Sync + 'static {
    /// Hashes `password` with a fresh random salt.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] if random bytes or memory cannot be had.
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Whether `password` is the one that `stored` was made from.
    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict;

    /// A hash of the current parameters that no password matches. It is verified in place of the
    /// hash of a user who does not exist, and never stored.
    fn decoy(&self) -> &PasswordHash;

    /// The memory that one hash takes, in bytes, by which a [`HashingPool`](super::HashingPool)
    /// keeps within [`HashingLimits::memory`](super::HashingLimits::memory). Default: none worth
    /// counting.
    fn memory(&self) -> u64 {
        0
    }
}

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Verdict {
    /// The password is right.
    Match,
    /// The password is right, and its hash is not of the current scheme and parameters: hash it
    /// anew and store that.
    MatchOutdated,
    /// The password is wrong.
    Mismatch,
}

impl Verdict {
    /// Whether the password is right.
    #[must_use]
    pub fn is_match(self) -> bool {
        matches!(self, Self::Match | Self::MatchOutdated)
    }
}

/// A password could not be hashed or verified. It says nothing about the password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Every thread is hashing, and the queue is full or does not move. Over HTTP: 503 with
    /// `Retry-After`.
    #[error("too many passwords are being hashed; try again shortly")]
    Busy,
    /// The machine gave no memory or no random bytes, or the hasher panicked. The cause is for the
    /// log.
    #[error("the password could not be hashed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl HashError {
    /// Wraps a hasher's own error.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }

    /// How long a client should wait before it tries again: one second if
    /// [`Busy`](Self::Busy), else `None`.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(Duration::from_secs(1))
    }
}
