use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// What is to be said to a user, before it has words.
///
/// Its `Debug` form has neither the link, nor the code, nor the recipient.
///
/// ```
/// use std::time::Duration;
/// use crudauth::message::{Message, MessageKind};
///
/// let message = Message::new(MessageKind::ResetPassword, "ada@example.com")
///     .with_link("https://app.example.com/reset-password?token=t0k3n")
///     .with_expires_in(Duration::from_secs(3600));
/// assert!(!format!("{message:?}").contains("t0k3n"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    kind: MessageKind,
    recipient: String,
    link: Option<Zeroizing<String>>,
    code: Option<Zeroizing<String>>,
    claims: bool,
    expires_in: Option<Duration>,
}

impl Message {
    /// A message of `kind` to `recipient`: an e-mail address, a telephone number, or whatever else
    /// the application recovers accounts by.
    pub fn new(kind: MessageKind, recipient: impl Into<String>) -> Self {
        let recipient = recipient.into();
        Self { kind, recipient, link: None, code: None, claims: false, expires_in: None }
    }

    /// The same with a link. It carries a token, and is a secret.
    #[must_use]
    pub fn with_link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(Zeroizing::new(link.into()));
        self
    }

    /// Adds a code to type. It is a secret.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(Zeroizing::new(code.into()));
        self
    }

    /// Notes that following the message takes the account from the person who made it, since its address is
    /// not proved yet. The text warns of that. Default: it does not.
    #[must_use]
    pub fn with_claim(mut self, claims: bool) -> Self {
        self.claims = claims;
        self
    }

    /// The same, good for `expires_in` only. It is not delivered after that.
    #[must_use]
    pub fn with_expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Whom it is for.
    #[must_use]
    pub fn recipient(&self) -> &str {
        &self.recipient
    }

    /// The link in it.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.link.as_ref().map(|link| link.as_str())
    }

    /// The code in it.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_ref().map(|code| code.as_str())
    }

    /// Whether following it [takes the account](Self::with_claim) from the person who made it.
    #[must_use]
    pub fn claims(&self) -> bool {
        self.claims
    }

    /// How long it is still good for.
    #[must_use]
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// What a [`Message`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// Follow the link to prove that the e-mail address is yours.
    VerifyEmail,
    /// Follow the link to prove that the address or number that recovers the account is yours.
    VerifyRecovery,
    /// Follow the link to choose a new password.
    ResetPassword,
    /// Follow the link to make this the address of the account. Goes to the new address.
    ChangeEmail,
    /// Follow the link to sign in.
    MagicLink,
    /// Follow the link to get an account and to sign in to it.
    SignUpLink,
    /// Type the code to sign in.
    EmailCode,
    /// Someone tried to sign up with the address of an account that exists.
    ExistingAccount,
    /// The account has another address now. Goes to the old one.
    EmailChanged,
    /// The account has another password now.
    PasswordChanged,
    /// Somebody can sign in to the account by a provider, too.
    ProviderLinked,
    /// A way to sign in to the account by a provider was taken off.
    ProviderUnlinked,
    /// The account has a second factor now.
    MfaEnabled,
    /// The account has no second factor any more.
    MfaDisabled,
    /// Few recovery codes are left.
    RecoveryCodesFew,
    /// The recovery codes are others now.
    RecoveryCodesReplaced,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::VerifyEmail,
        Self::VerifyRecovery,
        Self::ResetPassword,
        Self::ChangeEmail,
        Self::MagicLink,
        Self::SignUpLink,
        Self::EmailCode,
        Self::ExistingAccount,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::ProviderLinked,
        Self::ProviderUnlinked,
        Self::MfaEnabled,
        Self::MfaDisabled,
        Self::RecoveryCodesFew,
        Self::RecoveryCodesReplaced,
    ];

    /// Its name, as in `reset_password`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::VerifyRecovery => "verify_recovery",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::MagicLink => "magic_link",
            Self::SignUpLink => "sign_up_link",
            Self::EmailCode => "email_code",
            Self::ExistingAccount => "existing_account",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::ProviderLinked => "provider_linked",
            Self::ProviderUnlinked => "provider_unlinked",
            Self::MfaEnabled => "mfa_enabled",
            Self::MfaDisabled => "mfa_disabled",
            Self::RecoveryCodesFew => "recovery_codes_few",
            Self::RecoveryCodesReplaced => "recovery_codes_replaced",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it is about an e-mail address, and so goes to channels that send e-mail only.
    #[must_use]
    pub const fn is_about_email(self) -> bool {
        matches!(
            self,
            Self::VerifyEmail
                | Self::ChangeEmail
                | Self::EmailChanged
                | Self::MagicLink
                | Self::SignUpLink
                | Self::EmailCode
        )
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_has_no_secret_and_no_address() {
        let message = Message::new(MessageKind::ResetPassword, "ada@example.com")
            .with_link("https://app.example.com/?token=t0k3n")
            .with_code("123456")
            .with_expires_in(Duration::from_secs(60));
        assert_eq!(
            format!("{message:?}"),
            "Message { kind: ResetPassword, expires_in: Some(60s), .. }"
        );
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in MessageKind::ALL {
            assert_eq!(MessageKind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(MessageKind::named("welcome"), None);
    }
}
