use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// What a client receives for a session that has begun. Neither cookie nor token is stored.
pub(crate) struct Issued {
    /// The value of the session cookie.
    pub(crate) cookie: Zeroizing<String>,
    pub(crate) csrf: Option<String>,
    /// How long the cookies live; `None` until the browser closes.
    pub(crate) max_age: Option<Duration>,
    pub(crate) handle: String,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("max_age", &self.max_age).finish_non_exhaustive()
    }
}
