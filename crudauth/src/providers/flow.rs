//! One trip to a provider and back.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Fault, ProviderError};
use crate::secret::random;

/// One trip to a provider and back: what it is recognised by. It is kept on the server until the
/// browser comes back, and serves once.
///
/// `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Flow {
    pub(super) state: Zeroizing<String>,
    pub(super) verifier: Zeroizing<String>,
    pub(super) nonce: Zeroizing<String>,
    pub(super) redirect_uri: String,
    /// In seconds since the Unix epoch.
    pub(super) asked_anew_at: Option<u64>,
    /// When it was begun, in seconds since the Unix epoch, if that is known.
    pub(crate) begun_at: Option<u64>,
    pub(super) keeps_tokens: bool,
}

impl Flow {
    /// A new one, with random values, whose way back is `redirect_uri`.
    ///
    /// # Errors
    ///
    /// Where there is no randomness.
    pub fn new(redirect_uri: impl Into<String>) -> Result<Self, ProviderError> {
        Ok(Self {
            state: text::<32>()?,
            // 86 characters, of 128 that RFC 7636 §4.1 allows.
            verifier: text::<64>()?,
            nonce: text::<32>()?,
            redirect_uri: redirect_uri.into(),
            asked_anew_at: None,
            begun_at: None,
            keeps_tokens: false,
        })
    }

    /// A flow as it was, from what was kept of it.
    #[must_use]
    pub fn kept(state: String, verifier: String, nonce: String, redirect_uri: String) -> Self {
        let [state, verifier, nonce] = [state, verifier, nonce].map(Zeroizing::new);
        Self {
            state,
            verifier,
            nonce,
            redirect_uri,
            asked_anew_at: None,
            begun_at: None,
            keeps_tokens: false,
        }
    }

    /// The same, begun at this moment in seconds since the Unix epoch. No proof of the provider's is
    /// older.
    pub(crate) fn begun_at(mut self, at: u64) -> Self {
        self.begun_at = Some(at);
        self
    }

    /// The same, in which the user has to sign in anew, after this moment in seconds since the Unix
    /// epoch.
    #[must_use]
    pub fn asking_anew(mut self, at: u64) -> Self {
        self.asked_anew_at = Some(at);
        self
    }

    /// Since when, in seconds since the Unix epoch, the user has to have signed in at the provider; `None`
    /// where any sign-in of the user there will do.
    #[must_use]
    pub fn asked_anew_at(&self) -> Option<u64> {
        self.asked_anew_at
    }

    /// The same, whose tokens are kept.
    pub(crate) fn keeping_tokens(mut self) -> Self {
        self.keeps_tokens = true;
        self
    }

    /// Whether the tokens are [kept](crate::oauth::OAuthConfig::keep_tokens_of), so that the provider is asked
    /// for some that count while the user is away.
    #[must_use]
    pub fn keeps_tokens(&self) -> bool {
        self.keeps_tokens
    }

    /// What the provider gives back with the code (RFC 6749 §10.12).
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// What the code is exchanged with (RFC 7636). It never leaves the server but for the exchange.
    #[must_use]
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// What the ID token repeats (OpenID Connect Core §3.1.2.1).
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Where the provider sends the browser.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The digest of the verifier, by the method `S256` (RFC 7636 §4.2).
    #[must_use]
    pub fn challenge(&self) -> String {
        Base64UrlUnpadded::encode_string(&Sha256::digest(self.verifier.as_bytes()))
    }
}

fn text<const N: usize>() -> Result<Zeroizing<String>, ProviderError> {
    let bytes = Zeroizing::new(random::<N>().map_err(|it| ProviderError::new(Fault::Random, it))?);
    Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes)))
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flow(..)")
    }
}

/// What the browser brings back.
#[derive(Clone, Copy)]
pub struct Grant<'a> {
    /// The code, which the provider exchanges once.
    pub code: &'a str,
    /// The parameter `iss` of the response (RFC 9207).
    pub iss: Option<&'a str>,
}

impl fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grant(..)")
    }
}
