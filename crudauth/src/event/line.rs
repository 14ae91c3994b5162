//! An event as fields.

use std::time::Duration;

use super::{Plain, SecurityEvent};

/// The fields that an event can have. All events have the same names for the same things, so that
/// a log can be searched by them.
#[derive(Default)]
pub(super) struct Line<'a> {
    pub(super) user: Option<&'a Plain>,
    pub(super) session: Option<&'a Plain>,
    pub(super) family: Option<&'a Plain>,
    pub(super) name: Option<&'a Plain>,
    pub(super) recipient: Option<&'a Plain>,
    pub(super) reason: Option<&'static str>,
    pub(super) link: Option<&'static str>,
    pub(super) kind: Option<&'static str>,
    pub(super) channel: Option<&'a Plain>,
    pub(super) via: Option<&'static str>,
    pub(super) gate: Option<&'static str>,
    pub(super) action: Option<&'static str>,
    pub(super) caller: Option<&'a Plain>,
    pub(super) known_device: Option<bool>,
    pub(super) replayed: Option<bool>,
    pub(super) revoked: Option<u64>,
    pub(super) attempts: Option<u32>,
    pub(super) retry_after: Option<Duration>,
}

impl<'a> Line<'a> {
    pub(super) fn of(event: &'a SecurityEvent) -> Self {
        use SecurityEvent as E;
        let line = Self::default();
        match event {
            E::SignUpRefused => Self { reason: Some("taken"), ..line },
            E::SignUpVetoed
            | E::CrossSiteLogin
            | E::CrossSiteLogout
            | E::SessionForged
            | E::AccessTokenForged => line,
            E::SignedUp { user }
            | E::PasswordSet { user }
            | E::RecoveryVerified { user }
            | E::PasswordReset { user }
            | E::EmailChanged { user }
            | E::Deactivated { user }
            | E::Reactivated { user }
            | E::Forgotten { user } => Self { user: Some(user), ..line },
            E::LoginSucceeded { user, known_device } => {
                Self { user: Some(user), known_device: Some(*known_device), ..line }
            }
            E::LoginFailed { user, name, reason } => Self {
                user: user.as_ref(),
                name: Some(name),
                reason: Some(reason.as_str()),
                ..line
            },
            E::LoginLockedOut { user, name, retry_after } => Self {
                user: user.as_ref(),
                name: Some(name),
                retry_after: Some(*retry_after),
                ..line
            },
            E::LoginFailuresInARow { user, name, failures, retry_after } => Self {
                user: user.as_ref(),
                name: name.as_ref(),
                attempts: Some(*failures),
                retry_after: Some(*retry_after),
                ..line
            },
            E::LoggedOut { user, session }
            | E::SessionRevoked { user, session }
            | E::SessionAmbiguous { user, session }
            | E::CsrfRotated { user, session }
            | E::SudoGranted { user, session }
            | E::SudoDropped { user, session }
            | E::SudoFailed { user, session } => {
                Self { user: Some(user), session: Some(session), ..line }
            }
            E::SessionsRevoked { user, revoked } | E::AllTokensRevoked { user, revoked } => {
                Self { user: Some(user), revoked: Some(*revoked), ..line }
            }
            E::CsrfRefused { user, session, reason } => Self {
                user: Some(user),
                session: Some(session),
                reason: Some(reason.as_str()),
                ..line
            },
            E::GateDenied { user, via, gate } => {
                Self { user: Some(user), via: Some(via), gate: Some(gate), ..line }
            }
            E::SudoLockedOut { user, session, retry_after } => Self {
                user: Some(user),
                session: Some(session),
                retry_after: Some(*retry_after),
                ..line
            },
            E::Outage { needed, refused } => Self {
                action: Some(needed.as_str()),
                reason: Some(if *refused { "refused" } else { "let_through" }),
                ..line
            },
            E::RateLimited { action, caller } => {
                Self { action: Some(action), caller: Some(caller), ..line }
            }
            E::PasswordChanged { user, session } => {
                Self { user: Some(user), session: session.as_ref(), ..line }
            }
            E::PasswordChangeRefused { user, reason } | E::PasswordSetRefused { user, reason } => {
                Self { user: Some(user), reason: Some(reason.as_str()), ..line }
            }
            E::LinkRequested { link, user, recipient, withheld } => Self {
                link: Some(link.as_str()),
                user: user.as_ref(),
                recipient: Some(recipient),
                reason: withheld.map(super::Withheld::as_str),
                ..line
            },
            E::LinkRefused { link, user, reason } => Self {
                link: Some(link.as_str()),
                user: user.as_ref(),
                reason: Some(reason.as_str()),
                ..line
            },
            E::EmailChangeRefused { user, reason } => {
                Self { user: Some(user), reason: Some(reason.as_str()), ..line }
            }
            E::NoticeRequested { kind, user, recipient, withheld } => Self {
                kind: Some(kind),
                user: user.as_ref(),
                recipient: Some(recipient),
                reason: withheld.map(super::Withheld::as_str),
                ..line
            },
            E::MessageSent { kind, channel, recipient } => Self {
                kind: Some(kind),
                channel: Some(channel),
                recipient: Some(recipient),
                ..line
            },
            E::MessageGivenUp { kind, channel, recipient, attempts } => Self {
                kind: Some(kind),
                channel: Some(channel),
                recipient: Some(recipient),
                attempts: Some(*attempts),
                ..line
            },
            E::TokensIssued { user, family }
            | E::RefreshReused { user, family }
            | E::TokensRevoked { user, family } => {
                Self { user: Some(user), family: Some(family), ..line }
            }
            E::TokensRefreshed { user, family, replayed } => {
                Self { user: Some(user), family: Some(family), replayed: Some(*replayed), ..line }
            }
            E::RefreshRefused { user, family, reason } => Self {
                user: user.as_ref(),
                family: family.as_ref(),
                reason: Some(reason.as_str()),
                ..line
            },
        }
    }

    /// All fields but the user, by name, as a table keeps them.
    pub(super) fn details(&self) -> impl Iterator<Item = (&'static str, String)> {
        let plain = |plain: Option<&Plain>| plain.map(ToString::to_string);
        let text = |text: Option<&str>| text.map(str::to_owned);
        let fields = [
            ("session", plain(self.session)),
            ("family", plain(self.family)),
            ("name", plain(self.name)),
            ("recipient", plain(self.recipient)),
            ("reason", text(self.reason)),
            ("link", text(self.link)),
            ("kind", text(self.kind)),
            ("channel", plain(self.channel)),
            ("via", text(self.via)),
            ("gate", text(self.gate)),
            ("action", text(self.action)),
            ("caller", plain(self.caller)),
            ("known_device", self.known_device.map(|it| it.to_string())),
            ("replayed", self.replayed.map(|it| it.to_string())),
            ("revoked", self.revoked.map(|it| it.to_string())),
            ("attempts", self.attempts.map(|it| it.to_string())),
            ("retry_after_seconds", self.retry_after.map(|it| it.as_secs_f64().to_string())),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}
