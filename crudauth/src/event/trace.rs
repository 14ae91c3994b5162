//! Events as lines of [`tracing`].

use std::time::Duration;

use super::{CsrfFailure, LoginFailure, Occurrence, Plain, SecurityEvent};

/// The fields that a line can have. All lines have the same names for the same things, so that a
/// log can be searched by them.
#[derive(Default)]
struct Line<'a> {
    event: &'static str,
    refused: bool,
    user: Option<&'a Plain>,
    session: Option<&'a Plain>,
    name: Option<&'a Plain>,
    reason: Option<&'static str>,
    via: Option<&'static str>,
    gate: Option<&'static str>,
    action: Option<&'static str>,
    caller: Option<&'a Plain>,
    known_device: Option<bool>,
    revoked: Option<u64>,
    retry_after: Option<Duration>,
}

/// Successes are `INFO`, refusals `WARN`.
pub(super) fn write(occurrence: &Occurrence) {
    let line = Line::of(&occurrence.event);
    macro_rules! write_at {
        ($level:ident) => {
            tracing::$level!(
                target: "crudauth::security",
                event = line.event,
                address = occurrence.address.as_ref().map(Plain::as_str),
                user = line.user.map(Plain::as_str),
                session = line.session.map(Plain::as_str),
                name = line.name.map(Plain::as_str),
                reason = line.reason,
                via = line.via,
                gate = line.gate,
                action = line.action,
                caller = line.caller.map(Plain::as_str),
                known_device = line.known_device,
                revoked = line.revoked,
                retry_after_seconds = line.retry_after.map(|wait| wait.as_secs_f64()),
            )
        };
    }
    if line.refused {
        write_at!(warn);
    } else {
        write_at!(info);
    }
}

impl<'a> Line<'a> {
    fn done(event: &'static str) -> Self {
        Self { event, ..Self::default() }
    }

    fn refused(event: &'static str) -> Self {
        Self { event, refused: true, ..Self::default() }
    }

    fn of(event: &'a SecurityEvent) -> Self {
        use SecurityEvent as E;
        match event {
            E::SignedUp { user } => Self { user: Some(user), ..Self::done("signed_up") },
            E::SignUpRefused => Self { reason: Some("taken"), ..Self::refused("sign_up_refused") },
            E::LoginSucceeded { user, known_device } => Self {
                user: Some(user),
                known_device: Some(*known_device),
                ..Self::done("login_succeeded")
            },
            E::LoginFailed { user, name, reason } => Self {
                user: user.as_ref(),
                name: Some(name),
                reason: Some(reason.as_str()),
                ..Self::refused("login_failed")
            },
            E::LoginLockedOut { user, name, retry_after } => Self {
                user: user.as_ref(),
                name: Some(name),
                retry_after: Some(*retry_after),
                ..Self::refused("login_locked_out")
            },
            E::CrossSiteLogin => Self::refused("cross_site_login"),
            E::LoggedOut { user, session } => Self::done("logged_out").in_session(user, session),
            E::SessionRevoked { user, session } => {
                Self::done("session_revoked").in_session(user, session)
            }
            E::SessionsRevoked { user, revoked } => {
                Self { user: Some(user), revoked: Some(*revoked), ..Self::done("sessions_revoked") }
            }
            E::SessionForged => Self::refused("session_forged"),
            E::CsrfRotated { user, session } => {
                Self::done("csrf_rotated").in_session(user, session)
            }
            E::CsrfRefused { user, session, reason } => {
                Self { reason: Some(reason.as_str()), ..Self::refused("csrf_refused") }
                    .in_session(user, session)
            }
            E::GateDenied { user, via, gate } => Self {
                user: Some(user),
                via: Some(via),
                gate: Some(gate),
                ..Self::refused("gate_denied")
            },
            E::SudoGranted { user, session } => {
                Self::done("sudo_granted").in_session(user, session)
            }
            E::SudoFailed { user, session } => {
                Self::refused("sudo_failed").in_session(user, session)
            }
            E::SudoLockedOut { user, session, retry_after } => {
                Self { retry_after: Some(*retry_after), ..Self::refused("sudo_locked_out") }
                    .in_session(user, session)
            }
            E::RateLimited { action, caller } => {
                Self { action: Some(action), caller: Some(caller), ..Self::refused("rate_limited") }
            }
        }
    }

    fn in_session(self, user: &'a Plain, session: &'a Plain) -> Self {
        Self { user: Some(user), session: Some(session), ..self }
    }
}

impl LoginFailure {
    fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Inactive => "inactive",
        }
    }
}

impl CsrfFailure {
    fn as_str(self) -> &'static str {
        match self {
            Self::CrossSite => "cross_site",
            Self::MissingToken => "missing_token",
            Self::WrongToken => "wrong_token",
        }
    }
}
