//! The kinds of proof.

/// The kind of one proof: a successful check of a password, a code or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Factor {
    /// The password of the account.
    Password,
    /// A code of an authenticator app (RFC 6238).
    Totp,
    /// A recovery code, each of which works once.
    RecoveryCode,
    /// A passkey.
    Passkey {
        /// Whether the authenticator has verified its user, by a PIN or a finger.
        user_verified: bool,
        /// Whether the key may be on several devices, which its maker keeps the same.
        synced: bool,
    },
    /// A link or a code that was sent to the address of the account.
    Mailbox,
    /// A provider, such as Google.
    Provider {
        /// Whether the provider says that it has asked for two factors itself, and is trusted in
        /// that.
        second_factor: bool,
    },
    /// Whatever the application has asked for before it called
    /// [`sign_in`](crate::CrudAuth::sign_in).
    Application,
}

impl Factor {
    /// All of them. The place of each is its number in records, so that new ones come last.
    pub(super) const ALL: [Self; 11] = [
        Self::Password,
        Self::Totp,
        Self::RecoveryCode,
        Self::Passkey { user_verified: false, synced: false },
        Self::Passkey { user_verified: true, synced: false },
        Self::Passkey { user_verified: false, synced: true },
        Self::Passkey { user_verified: true, synced: true },
        Self::Mailbox,
        Self::Provider { second_factor: false },
        Self::Provider { second_factor: true },
        Self::Application,
    ];

    pub(super) fn number(self) -> usize {
        match self {
            Self::Password => 0,
            Self::Totp => 1,
            Self::RecoveryCode => 2,
            Self::Passkey { user_verified, synced } => {
                3 + usize::from(user_verified) + 2 * usize::from(synced)
            }
            Self::Mailbox => 7,
            Self::Provider { second_factor } => 8 + usize::from(second_factor),
            Self::Application => 10,
        }
    }

    /// What `amr` says of it (RFC 8176 §2). The values that begin with `x-` are crudauth's own.
    pub(super) fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Totp => &["otp"],
            Self::RecoveryCode => &["otp", "x-recovery"],
            Self::Passkey { user_verified: true, synced: false } => &["hwk", "user"],
            Self::Passkey { user_verified: true, synced: true } => &["swk", "user"],
            Self::Passkey { user_verified: false, synced: false } => &["hwk"],
            Self::Passkey { user_verified: false, synced: true } => &["swk"],
            Self::Mailbox => &["x-mail"],
            Self::Provider { .. } => &["x-fed"],
            Self::Application => &["x-app"],
        }
    }

    /// Whether it proves two kinds by itself.
    pub(super) fn is_two(self) -> bool {
        matches!(
            self,
            Self::Passkey { user_verified: true, .. } | Self::Provider { second_factor: true }
        )
    }

    /// The kind of what it proves; two factors of one kind are one.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Password => Kind::Knows,
            Self::Totp | Self::RecoveryCode | Self::Passkey { .. } => Kind::Has,
            Self::Mailbox => Kind::Mailbox,
            Self::Provider { .. } | Self::Application => Kind::Other,
        }
    }
}

/// What a proof shows of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The user knows something.
    Knows,
    /// The user has something.
    Has,
    /// The user reads a mailbox. It is not a second factor beside a password, which the same mailbox
    /// resets.
    Mailbox,
    /// A third party vouches for the user.
    Other,
}
