//! The browser that a flow belongs to.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::secret::{RandomError, random};

/// The characters of 32 bytes.
const LENGTH: usize = 43;

/// The secret by which a browser shows that a flow is its own. One browser has one for all its flows,
/// so that flows in several tabs do not disturb each other.
#[derive(Clone)]
pub struct Browser(Zeroizing<String>);

impl Browser {
    /// A new one.
    ///
    /// # Errors
    ///
    /// Where there is no randomness.
    pub fn new() -> Result<Self, RandomError> {
        let bytes = Zeroizing::new(random::<32>()?);
        Ok(Self(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes))))
    }

    /// The one that a browser has brought back; `None` for what was not made here.
    #[must_use]
    pub fn read(shown: &str) -> Option<Self> {
        let is_one = shown.len() == LENGTH && Base64UrlUnpadded::decode_vec(shown).is_ok();
        is_one.then(|| Self(Zeroizing::new(shown.to_owned())))
    }

    /// What the browser keeps. Only its digest is kept here.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser(..)")
    }
}
