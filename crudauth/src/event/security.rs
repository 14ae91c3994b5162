use std::time::Duration;

use super::{
    CsrfFailure, EmailChangeFailure, LinkFailure, LinkKind, LoginFailure, Needed, PasswordFailure,
    Plain, RefreshFailure, Withheld,
};

/// One thing that happened to the security of an account or of a request.
///
/// A *family* is a sign-in by tokens, with all the refresh tokens that follow one another. It is
/// named by the beginning of the keyed digest under which it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityEvent {
    /// Somebody signed up.
    SignedUp {
        /// The new user's id.
        user: Plain,
    },
    /// A sign-up was refused because a unique value is taken.
    SignUpRefused,
    /// A hook of the application refused a sign-up.
    SignUpVetoed,
    /// Somebody signed in by password.
    LoginSucceeded {
        /// Whose account it is.
        user: Plain,
        /// Whether the device has signed in to it before.
        known_device: bool,
    },
    /// A sign-in by password was refused. The client is not told which of the reasons it was.
    LoginFailed {
        /// Whose account was named, if it exists.
        user: Option<Plain>,
        /// The name as typed, as a keyed digest.
        name: Plain,
        /// Why.
        reason: LoginFailure,
    },
    /// A sign-in was refused unchecked.
    LoginLockedOut {
        /// Whose account was named, if it exists.
        user: Option<Plain>,
        /// The name as typed, as a keyed digest.
        name: Plain,
        /// How long the lock still lasts.
        retry_after: Duration,
    },
    /// So many tries at the password of one account have failed since its last success that those
    /// who try are locked out for long: somebody guesses, patiently.
    LoginFailuresInARow {
        /// Whose account it is, if it exists.
        user: Option<Plain>,
        /// The name as typed, as a keyed digest; `None` where a client that is signed in tries.
        name: Option<Plain>,
        /// How many.
        failures: u32,
        /// How long those are locked out now from whom they came.
        retry_after: Duration,
    },
    /// A page of another site tried to sign its visitor in.
    CrossSiteLogin,
    /// Somebody signed out.
    LoggedOut {
        /// Who.
        user: Plain,
        /// The handle of the session that ended.
        session: Plain,
    },
    /// A page of another site tried to sign its visitor out.
    CrossSiteLogout,
    /// One session was ended from another place than itself, or by its handle.
    SessionRevoked {
        /// Whose it was.
        user: Plain,
        /// Its handle.
        session: Plain,
    },
    /// A user's sign-ins were ended together: sessions, and those by tokens unless they were kept.
    SessionsRevoked {
        /// Whose they were.
        user: Plain,
        /// How many.
        revoked: u64,
    },
    /// A session cookie in our form whose seal is not ours.
    SessionForged,
    /// A request showed more than one session that counts, and was served as that of nobody. There
    /// is one event for each of them.
    SessionAmbiguous {
        /// Whose session it is.
        user: Plain,
        /// Its handle.
        session: Plain,
    },
    /// A session got another CSRF token.
    CsrfRotated {
        /// Whose session it is.
        user: Plain,
        /// Its handle.
        session: Plain,
    },
    /// A request with a live session was not proved to come from the application's own pages.
    CsrfRefused {
        /// Whose session it is.
        user: Plain,
        /// Its handle.
        session: Plain,
        /// What was wrong.
        reason: CsrfFailure,
    },
    /// A gate did not let an authenticated user pass.
    GateDenied {
        /// Who.
        user: Plain,
        /// The transport that carried the proof.
        via: &'static str,
        /// The type of the gate.
        gate: &'static str,
    },
    /// A user proved to be present, and has the elevated rights of the sudo mode.
    SudoGranted {
        /// Who.
        user: Plain,
        /// The session that is elevated.
        session: Plain,
    },
    /// The elevated rights of a session were given back before their end.
    SudoDropped {
        /// Who.
        user: Plain,
        /// The session.
        session: Plain,
    },
    /// The proof for the sudo mode was wrong.
    SudoFailed {
        /// Who.
        user: Plain,
        /// The session that asked.
        session: Plain,
    },
    /// The sudo mode was refused after too many attempts.
    SudoLockedOut {
        /// Who.
        user: Plain,
        /// The session that asked.
        session: Plain,
        /// How long the lock still lasts.
        retry_after: Duration,
    },
    /// A rate limit held a call back.
    RateLimited {
        /// The limited action.
        action: &'static str,
        /// The caller, as the keyed digest under which calls are counted.
        caller: Plain,
    },
    /// A user changed the password; the sessions and tokens from before have ended.
    PasswordChanged {
        /// Who.
        user: Plain,
        /// The session that stays, if one asked.
        session: Option<Plain>,
    },
    /// A change of password was refused.
    PasswordChangeRefused {
        /// Who asked.
        user: Plain,
        /// Why.
        reason: PasswordFailure,
    },
    /// A user without a password set a first one.
    PasswordSet {
        /// Who.
        user: Plain,
    },
    /// A first password was refused.
    PasswordSetRefused {
        /// Who asked.
        user: Plain,
        /// Why.
        reason: PasswordFailure,
    },
    /// Somebody asked for a link. The client is not told whether one was sent.
    LinkRequested {
        /// What it is good for.
        link: LinkKind,
        /// Whose account it concerns, if there is one.
        user: Option<Plain>,
        /// The address, as a keyed digest.
        recipient: Plain,
        /// Why no link was sent; `None` where one is on its way.
        withheld: Option<Withheld>,
    },
    /// A link did no work.
    LinkRefused {
        /// What it was shown for.
        link: LinkKind,
        /// For whose account it was made, where it is genuine.
        user: Option<Plain>,
        /// Why.
        reason: LinkFailure,
    },
    /// A link proved the recovery factor of an account.
    RecoveryVerified {
        /// Whose.
        user: Plain,
    },
    /// A link led to a new password; all sessions and tokens from before have ended.
    PasswordReset {
        /// Whose.
        user: Plain,
    },
    /// A link gave an account another e-mail address.
    EmailChanged {
        /// Whose.
        user: Plain,
    },
    /// The request for another e-mail address was refused.
    EmailChangeRefused {
        /// Who asked.
        user: Plain,
        /// Why.
        reason: EmailChangeFailure,
    },
    /// The owner of an address is to be told something.
    NoticeRequested {
        /// The kind of the message.
        kind: &'static str,
        /// Whose account it concerns, if there is one.
        user: Option<Plain>,
        /// The address, as a keyed digest.
        recipient: Plain,
        /// Why it is not written; `None` where it is on its way.
        withheld: Option<Withheld>,
    },
    /// A channel took a message.
    MessageSent {
        /// The kind of the message.
        kind: &'static str,
        /// The name of the channel.
        channel: Plain,
        /// The address, as a keyed digest.
        recipient: Plain,
    },
    /// A message was given up, and never arrives.
    MessageGivenUp {
        /// The kind of the message.
        kind: &'static str,
        /// The name of the channel.
        channel: Plain,
        /// The address, as a keyed digest.
        recipient: Plain,
        /// How often it was tried.
        attempts: u32,
    },
    /// A sign-in by tokens began.
    TokensIssued {
        /// Whose.
        user: Plain,
        /// Its family.
        family: Plain,
    },
    /// A refresh token was replaced by its successor.
    TokensRefreshed {
        /// Whose.
        user: Plain,
        /// Its family.
        family: Plain,
        /// Whether it had a successor already, and got the same one again within the grace.
        replayed: bool,
    },
    /// A refresh token was refused.
    RefreshRefused {
        /// Whose it is, where it is genuine.
        user: Option<Plain>,
        /// Its family, where it is genuine.
        family: Option<Plain>,
        /// Why.
        reason: RefreshFailure,
    },
    /// A refresh token was used again after its time: somebody has a copy. Its family has ended.
    RefreshReused {
        /// Whose.
        user: Plain,
        /// Its family.
        family: Plain,
    },
    /// A sign-in by tokens was ended.
    TokensRevoked {
        /// Whose it was.
        user: Plain,
        /// Its family.
        family: Plain,
    },
    /// A user's sign-ins by tokens were ended together.
    AllTokensRevoked {
        /// Whose they were.
        user: Plain,
        /// How many.
        revoked: u64,
    },
    /// A bearer token that was not made here, or is no access token.
    AccessTokenForged,
    /// An account may not sign in any more, and all that it held has ended: the application
    /// deactivated it, or a credential of an account was shown that had been deactivated.
    Deactivated {
        /// Whose.
        user: Plain,
    },
    /// An account may sign in again. What has ended stays ended.
    Reactivated {
        /// Whose.
        user: Plain,
    },
    /// All that was kept of a user was removed.
    Forgotten {
        /// Who it was.
        user: Plain,
    },
    /// Something that a decision needs could not be asked. Told once a minute, however many requests
    /// meet it.
    Outage {
        /// What.
        needed: Needed,
        /// Whether the request was refused, as the policy says for it; else it was let through.
        refused: bool,
    },
}

/// The name of each event, and whether it is a refusal.
macro_rules! names {
    ($($Variant:ident => $name:literal $(, $refused:ident)?;)+) => {
        impl SecurityEvent {
            /// The names of all events.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// Its name in logs and tables.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Variant { .. } => $name,)+
                }
            }

            /// Whether something was refused, or failed.
            #[must_use]
            pub const fn is_refusal(&self) -> bool {
                match self {
                    $(Self::$Variant { .. } => names!(@is $($refused)?),)+
                }
            }
        }
    };
    (@is refused) => { true };
    (@is) => { false };
}

names! {
    SignedUp => "signed_up";
    SignUpRefused => "sign_up_refused", refused;
    SignUpVetoed => "sign_up_vetoed", refused;
    LoginSucceeded => "login_succeeded";
    LoginFailed => "login_failed", refused;
    LoginLockedOut => "login_locked_out", refused;
    LoginFailuresInARow => "login_failures_in_a_row", refused;
    CrossSiteLogin => "cross_site_login", refused;
    LoggedOut => "logged_out";
    CrossSiteLogout => "cross_site_logout", refused;
    SessionRevoked => "session_revoked";
    SessionsRevoked => "sessions_revoked";
    SessionForged => "session_forged", refused;
    SessionAmbiguous => "session_ambiguous", refused;
    CsrfRotated => "csrf_rotated";
    CsrfRefused => "csrf_refused", refused;
    GateDenied => "gate_denied", refused;
    SudoGranted => "sudo_granted";
    SudoDropped => "sudo_dropped";
    SudoFailed => "sudo_failed", refused;
    SudoLockedOut => "sudo_locked_out", refused;
    RateLimited => "rate_limited", refused;
    PasswordChanged => "password_changed";
    PasswordChangeRefused => "password_change_refused", refused;
    PasswordSet => "password_set";
    PasswordSetRefused => "password_set_refused", refused;
    LinkRequested => "link_requested";
    LinkRefused => "link_refused", refused;
    RecoveryVerified => "recovery_verified";
    PasswordReset => "password_reset";
    EmailChanged => "email_changed";
    EmailChangeRefused => "email_change_refused", refused;
    NoticeRequested => "notice_requested";
    MessageSent => "message_sent";
    MessageGivenUp => "message_given_up", refused;
    TokensIssued => "tokens_issued";
    TokensRefreshed => "tokens_refreshed";
    RefreshRefused => "refresh_refused", refused;
    RefreshReused => "refresh_reused", refused;
    TokensRevoked => "tokens_revoked";
    AllTokensRevoked => "all_tokens_revoked";
    AccessTokenForged => "access_token_forged", refused;
    Deactivated => "deactivated";
    Reactivated => "reactivated";
    Forgotten => "forgotten";
    Outage => "outage", refused;
}
