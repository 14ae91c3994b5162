//! Who somebody is to a provider.

use std::fmt;

use super::{Fault, ProviderError, Tokens};

/// The most characters of a subject (OpenID Connect Core §2).
const MAX_SUBJECT: usize = 255;

/// Who has signed in at a provider, as the provider says it.
///
/// The issuer and the subject are the identity. All else may change, and identifies nobody.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    issuer: String,
    subject: String,
    /// The address, and whether the provider vouches for it.
    pub email: EmailClaim,
    /// What the provider calls its user: `octocat`.
    pub username: Option<String>,
    /// The first name.
    pub given_name: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// Whether the provider says that it has asked for two factors.
    second_factor: bool,
    /// What may be kept of the exchange. Hooks never see it.
    tokens: Option<Tokens>,
}

impl Profile {
    /// The account `subject` at `issuer`. Default: no names.
    ///
    /// # Errors
    ///
    /// Where the subject is no text of 1 to 255 characters of ASCII (OpenID Connect Core §2), or has
    /// control characters.
    pub fn new(
        issuer: impl Into<String>,
        subject: impl Into<String>,
        email: EmailClaim,
    ) -> Result<Self, ProviderError> {
        let (issuer, subject) = (issuer.into(), subject.into());
        let is_plain = |byte: u8| byte.is_ascii() && !byte.is_ascii_control();
        if !(1..=MAX_SUBJECT).contains(&subject.len()) || !subject.bytes().all(is_plain) {
            return Err(Fault::Subject.into());
        }
        Ok(Self {
            issuer,
            subject,
            email,
            username: None,
            given_name: None,
            name: None,
            picture: None,
            second_factor: false,
            tokens: None,
        })
    }

    /// With the tokens that the code was exchanged for, in case that they are to be
    /// [kept](crate::oauth::OAuthConfig::keep_tokens_of).
    #[must_use]
    pub fn with_tokens(self, tokens: Tokens) -> Self {
        Self { tokens: Some(tokens), ..self }
    }

    /// The same, of a user whom the provider has asked for two factors. It counts where
    /// [`OAuthConfig::trust_provider_mfa`](crate::oauth::OAuthConfig::trust_provider_mfa) says so.
    #[must_use]
    pub fn with_second_factor(self, second_factor: bool) -> Self {
        Self { second_factor, ..self }
    }

    /// Whether the provider says that it has asked for two factors.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.second_factor
    }

    /// The profile without tokens, and the tokens.
    pub(crate) fn apart(mut self) -> (Self, Option<Tokens>) {
        let tokens = self.tokens.take();
        (self, tokens)
    }

    /// Who says it: the issuer of an OpenID provider, or the address of another one.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's own name of the account. It never changes, and its case counts.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Shows the issuer alone.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a provider says of the e-mail address of its user.
#[derive(Clone, PartialEq, Eq)]
pub enum EmailClaim {
    /// The provider has made sure that its user owns the address.
    Verified(String),
    /// The user has told the provider an address, which may be that of somebody else.
    Unverified(String),
    /// The provider says none.
    None,
}

impl EmailClaim {
    /// The address with what the provider says of it.
    pub(super) fn of(address: Option<String>, is_verified: bool) -> Self {
        match address {
            Some(address) if is_verified => Self::Verified(address),
            Some(address) => Self::Unverified(address),
            None => Self::None,
        }
    }
}

/// Without the address.
impl fmt::Debug for EmailClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified(_) => "Verified(..)",
            Self::Unverified(_) => "Unverified(..)",
            Self::None => "None",
        })
    }
}
