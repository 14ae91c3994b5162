use std::time::Duration;

use super::field::{Field, FieldValue};
use super::{
    CsrfFailure, EmailChangeFailure, LinkFailure, LinkKind, LogSafe, LoginFailure, Needed,
    OAuthFailure, Occurrence, PasswordFailure, RefreshFailure, Withheld,
};

/// Declares [`SecurityEvent`] as a table of its variants: the name of each, whether it is a refusal,
/// and its fields. An event is `refused and counted` where the refusal comes before any work, so that
/// nothing else bounds how often it happens; see [`Repeats`](super::repeats::Repeats).
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $Variant:ident = $name:literal $(, $refused:ident $(and $counted:ident)?)?
            $({ $($(#[$field_doc:meta])* $field:ident: $Type:ty,)+ })?;
    )+) => {
        /// One thing that happened to the security of an account or of a request.
        ///
        /// The log has its [name](Self::name) and its fields, by the names that they have here. A
        /// duration is in seconds.
        ///
        /// A *family* is a sign-in by tokens, with all the refresh tokens that follow one another.
        /// It is named by the beginning of the keyed digest under which it rests.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum SecurityEvent {
            $($(#[$doc])* $Variant $({ $($(#[$field_doc])* $field: $Type,)+ })?,)+
        }

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
                    $(Self::$Variant { .. } => events!(@is $($refused)?),)+
                }
            }

            /// Whether it is a refusal that costs its sender nothing.
            pub(super) const fn is_counted(&self) -> bool {
                match self {
                    $(Self::$Variant { .. } => events!(@is $($($counted)?)?),)+
                }
            }

            /// Shows each field that has a value, with its name.
            pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'static str, FieldValue<'a>)) {
                match self {
                    $(Self::$Variant $({ $($field,)+ })? => {
                        $($(
                            if let Some(value) = $field.value() {
                                visit(stringify!($field), value.into());
                            }
                        )+)?
                    })+
                }
            }
        }

        impl Occurrence {
            /// Writes it to the log: successes as `INFO`, refusals as `WARN`.
            pub(super) fn log(&self) {
                match &self.event {
                    $(SecurityEvent::$Variant $({ $($field,)+ })? => {
                        const LEVEL: tracing::Level = level(events!(@is $($refused)?));
                        tracing::event!(
                            target: "crudauth::security",
                            LEVEL,
                            event = $name,
                            times = (self.times > 1).then_some(self.times),
                            address = self.address.value(),
                            user_agent = self.user_agent.value(),
                            request_id = self.request_id.value(),
                            $($($field = $field.value(),)+)?
                        );
                    })+
                }
            }
        }
    };
    (@is) => { false };
    (@is refused) => { true };
    (@is counted) => { true };
}

const fn level(is_refusal: bool) -> tracing::Level {
    if is_refusal { tracing::Level::WARN } else { tracing::Level::INFO }
}

impl SecurityEvent {
    /// The user whom it is about.
    pub(super) fn user(&self) -> Option<&str> {
        let mut user = None;
        self.visit(&mut |name, value| {
            if let ("user", FieldValue::Text(id)) = (name, value) {
                user = Some(id);
            }
        });
        user
    }
}

events! {
    /// Somebody signed up.
    SignedUp = "signed_up" {
        /// The new user's id.
        user: LogSafe,
    };

    /// A sign-up was refused because a unique value is taken.
    SignUpRefused = "sign_up_refused", refused;

    /// A hook of the application refused a sign-up.
    SignUpVetoed = "sign_up_vetoed", refused;

    /// Somebody signed in by password, by a link, or by a code.
    LoginSucceeded = "login_succeeded" {
        /// Whose account it is.
        user: LogSafe,
        /// Whether the device has signed in to it before.
        known_device: bool,
    };

    /// Somebody signed in by a provider.
    OAuthSignedIn = "oauth_signed_in" {
        /// Whose account it is.
        user: LogSafe,
        /// The provider.
        provider: LogSafe,
        /// Whether the device has signed in to it before.
        known_device: bool,
    };

    /// A flow at a provider was refused: a sign-in, a link, or a proof that the user is there. The client is
    /// told less than the reason.
    OAuthRefused = "oauth_refused", refused and counted {
        /// The provider.
        provider: LogSafe,
        /// Why.
        reason: OAuthFailure,
    };

    /// A first sign-in by a provider created an account.
    OAuthAccountCreated = "oauth_account_created" {
        /// The new user's id.
        user: LogSafe,
        /// The provider.
        provider: LogSafe,
    };

    /// An identity at a provider was linked to an account.
    OAuthLinked = "oauth_linked" {
        /// Whose account it is.
        user: LogSafe,
        /// The provider.
        provider: LogSafe,
    };

    /// An identity at a provider was taken off an account; the sign-ins by it have ended.
    OAuthUnlinked = "oauth_unlinked" {
        /// Whose account it is.
        user: LogSafe,
        /// The provider.
        provider: LogSafe,
    };

    /// The owner of an address signed in by a provider and took over the account that had the address
    /// without having proved it.
    OAuthAccountClaimed = "oauth_account_claimed" {
        /// Whose account it is.
        user: LogSafe,
        /// The provider.
        provider: LogSafe,
    };

    /// The address of an account was proved for the first time, by a link or a code to sign in or by a
    /// reset. The person who had made the account has lost it.
    AccountClaimed = "account_claimed" {
        /// Whose account it is.
        user: LogSafe,
    };

    /// A sign-in by password was refused. The client is not told which of the reasons it was.
    LoginFailed = "login_failed", refused {
        /// Whose account was named, if it exists.
        user: Option<LogSafe>,
        /// The name as typed, as a keyed digest. Where the application has authenticated the user, the
        /// user name of the row, or its address.
        name: LogSafe,
        /// Why.
        reason: LoginFailure,
    };

    /// A sign-in was refused unchecked.
    LoginLockedOut = "login_locked_out", refused and counted {
        /// Whose account was named, if it exists.
        user: Option<LogSafe>,
        /// The name as typed, as a keyed digest.
        name: LogSafe,
        /// How long the lock still lasts.
        retry_after: Duration,
    };

    /// So many tries at the password of one account have failed since its last success that those
    /// who try are locked out for long: somebody guesses, patiently.
    LoginFailuresInARow = "login_failures_in_a_row", refused {
        /// Whose account it is, if it exists.
        user: Option<LogSafe>,
        /// The name as typed, as a keyed digest; `None` where a client that is signed in tries.
        name: Option<LogSafe>,
        /// How many.
        failures: u32,
        /// How long those are locked out now from whom they came.
        retry_after: Duration,
    };

    /// A page of another site tried to sign its visitor in.
    CrossSiteLogin = "cross_site_login", refused and counted;

    /// Somebody signed out.
    LoggedOut = "logged_out" {
        /// Who.
        user: LogSafe,
        /// The handle of the session that ended.
        session: LogSafe,
    };

    /// A page of another site tried to sign its visitor out.
    CrossSiteLogout = "cross_site_logout", refused and counted;

    /// One session was ended from another place than itself, or by its handle.
    SessionRevoked = "session_revoked" {
        /// Whose it was.
        user: LogSafe,
        /// Its handle.
        session: LogSafe,
    };

    /// A user's sign-ins were ended together: sessions, and those by tokens unless they were kept.
    SessionsRevoked = "sessions_revoked" {
        /// Whose they were.
        user: LogSafe,
        /// How many.
        revoked: u64,
    };

    /// A session cookie in our form whose seal is not ours.
    SessionForged = "session_forged", refused and counted;

    /// A request showed more than one session that counts, and was served as that of nobody. There
    /// is one event for each of them.
    SessionAmbiguous = "session_ambiguous", refused {
        /// Whose session it is.
        user: LogSafe,
        /// Its handle.
        session: LogSafe,
    };

    /// A session got another CSRF token.
    CsrfRotated = "csrf_rotated" {
        /// Whose session it is.
        user: LogSafe,
        /// Its handle.
        session: LogSafe,
    };

    /// A request with a live session was not proved to come from the application's own pages.
    CsrfRefused = "csrf_refused", refused and counted {
        /// Whose session it is.
        user: LogSafe,
        /// Its handle.
        session: LogSafe,
        /// What was wrong.
        reason: CsrfFailure,
    };

    /// A gate did not let an authenticated user pass.
    GateDenied = "gate_denied", refused and counted {
        /// Who.
        user: LogSafe,
        /// The transport that carried the proof.
        via: &'static str,
        /// The type of the gate.
        gate: &'static str,
    };

    /// A user proved to be present, and has the elevated rights of the sudo mode.
    SudoGranted = "sudo_granted" {
        /// Who.
        user: LogSafe,
        /// The session that is elevated.
        session: LogSafe,
    };

    /// The elevated rights of a session were given back before their end.
    SudoDropped = "sudo_dropped" {
        /// Who.
        user: LogSafe,
        /// The session.
        session: LogSafe,
    };

    /// An account has a second factor now; all sessions and tokens from before have ended.
    MfaEnrolled = "mfa_enrolled" {
        /// Whose.
        user: LogSafe,
        /// Whether that was at a sign-in, so that its password alone has vouched for it.
        at_sign_in: bool,
    };

    /// The second factor was taken off by its owner.
    MfaDisabled = "mfa_disabled" {
        /// Whose.
        user: LogSafe,
    };

    /// A first factor was right, and a second one is asked for.
    MfaChallenged = "mfa_challenged" {
        /// Whose account it is.
        user: LogSafe,
        /// Whether the account has to set one up.
        enrols: bool,
    };

    /// A code of a second factor was wrong.
    MfaFailed = "mfa_failed", refused {
        /// Whose account it is.
        user: LogSafe,
    };

    /// A recovery code was used.
    MfaRecoveryCodeUsed = "mfa_recovery_code_used" {
        /// Whose.
        user: LogSafe,
        /// How many are left.
        left: u32,
    };

    /// The recovery codes were replaced.
    MfaRecoveryCodesReplaced = "mfa_recovery_codes_replaced" {
        /// Whose.
        user: LogSafe,
    };

    /// An administrator has removed the second factor; all sessions and tokens have ended.
    MfaReset = "mfa_reset_by_admin" {
        /// Whose.
        user: LogSafe,
        /// Who did it, as the application says.
        by: LogSafe,
    };

    /// The proof for the sudo mode was wrong.
    SudoFailed = "sudo_failed", refused {
        /// Who.
        user: LogSafe,
        /// The session that asked.
        session: LogSafe,
    };

    /// The sudo mode was refused after too many attempts.
    SudoLockedOut = "sudo_locked_out", refused and counted {
        /// Who.
        user: LogSafe,
        /// The session that asked.
        session: LogSafe,
        /// How long the lock still lasts.
        retry_after: Duration,
    };

    /// A rate limit held a call back.
    RateLimited = "rate_limited", refused and counted {
        /// The limited action.
        action: &'static str,
        /// The caller, as the keyed digest under which calls are counted.
        caller: LogSafe,
    };

    /// A user changed the password; the sessions and tokens from before have ended.
    PasswordChanged = "password_changed" {
        /// Who.
        user: LogSafe,
        /// The session that stays, if one asked.
        session: Option<LogSafe>,
    };

    /// A change of password was refused.
    PasswordChangeRefused = "password_change_refused", refused {
        /// Who asked.
        user: LogSafe,
        /// Why.
        reason: PasswordFailure,
    };

    /// A user without a password set a first one.
    PasswordSet = "password_set" {
        /// Who.
        user: LogSafe,
    };

    /// A first password was refused.
    PasswordSetRefused = "password_set_refused", refused {
        /// Who asked.
        user: LogSafe,
        /// Why.
        reason: PasswordFailure,
    };

    /// Somebody asked for a link. The client is not told whether one was sent.
    LinkRequested = "link_requested" {
        /// What it is good for.
        link: LinkKind,
        /// Whose account it concerns, if there is one.
        user: Option<LogSafe>,
        /// The address, as a keyed digest.
        recipient: LogSafe,
        /// Why no link was sent; `None` where one is on its way.
        withheld: Option<Withheld>,
    };

    /// A link did no work.
    LinkRefused = "link_refused", refused and counted {
        /// What it was shown for.
        link: LinkKind,
        /// For whose account it was made, where it is genuine.
        user: Option<LogSafe>,
        /// Why.
        reason: LinkFailure,
    };

    /// A link proved the recovery factor of an account.
    RecoveryVerified = "recovery_verified" {
        /// Whose.
        user: LogSafe,
    };

    /// A link led to a new password; all sessions and tokens from before have ended.
    PasswordReset = "password_reset" {
        /// Whose.
        user: LogSafe,
    };

    /// A link gave an account another e-mail address.
    EmailChanged = "email_changed" {
        /// Whose.
        user: LogSafe,
    };

    /// The request for another e-mail address was refused.
    EmailChangeRefused = "email_change_refused", refused {
        /// Who asked.
        user: LogSafe,
        /// Why.
        reason: EmailChangeFailure,
    };

    /// The owner of an address is to be told something.
    NoticeRequested = "notice_requested" {
        /// The kind of the message.
        kind: &'static str,
        /// Whose account it concerns, if there is one.
        user: Option<LogSafe>,
        /// The address, as a keyed digest.
        recipient: LogSafe,
        /// Why it is not written; `None` where it is on its way.
        withheld: Option<Withheld>,
    };

    /// A channel took a message.
    MessageSent = "message_sent" {
        /// The kind of the message.
        kind: &'static str,
        /// The name of the channel.
        channel: LogSafe,
        /// The address, as a keyed digest.
        recipient: LogSafe,
    };

    /// A message was given up, and never arrives.
    MessageGivenUp = "message_given_up", refused {
        /// The kind of the message.
        kind: &'static str,
        /// The name of the channel.
        channel: LogSafe,
        /// The address, as a keyed digest.
        recipient: LogSafe,
        /// How often it was tried.
        attempts: u32,
    };

    /// A sign-in by tokens began.
    TokensIssued = "tokens_issued" {
        /// Whose.
        user: LogSafe,
        /// Its family.
        family: LogSafe,
    };

    /// A refresh token was replaced by its successor.
    TokensRefreshed = "tokens_refreshed" {
        /// Whose.
        user: LogSafe,
        /// Its family.
        family: LogSafe,
        /// Whether it had a successor already, and got the same one again within the grace.
        replayed: bool,
    };

    /// A refresh token was refused.
    RefreshRefused = "refresh_refused", refused and counted {
        /// Whose it is, where it is genuine.
        user: Option<LogSafe>,
        /// Its family, where it is genuine.
        family: Option<LogSafe>,
        /// Why.
        reason: RefreshFailure,
    };

    /// A refresh token was used again after its time: somebody has a copy. Its family has ended.
    RefreshReused = "refresh_reused", refused {
        /// Whose.
        user: LogSafe,
        /// Its family.
        family: LogSafe,
    };

    /// A sign-in by tokens was ended.
    TokensRevoked = "tokens_revoked" {
        /// Whose it was.
        user: LogSafe,
        /// Its family.
        family: LogSafe,
    };

    /// A user's sign-ins by tokens were ended together.
    AllTokensRevoked = "all_tokens_revoked" {
        /// Whose they were.
        user: LogSafe,
        /// How many.
        revoked: u64,
    };

    /// A bearer token that was not made here, or is no access token.
    AccessTokenForged = "access_token_forged", refused and counted;

    /// An account may not sign in any more, and all that it held has ended: the application
    /// deactivated it, or a credential of an account was shown that had been deactivated.
    Deactivated = "deactivated" {
        /// Whose.
        user: LogSafe,
    };

    /// An account may sign in again. What has ended stays ended.
    Reactivated = "reactivated" {
        /// Whose.
        user: LogSafe,
    };

    /// All that was kept of a user was removed.
    Forgotten = "forgotten" {
        /// Who it was.
        user: LogSafe,
    };

    /// A sign-up sent fields that no client can set, such as `is_superuser`. They were left alone.
    PrivilegedFieldsSent = "privileged_fields_sent", refused and counted {
        /// The names of these fields, which are columns of the users table.
        fields: LogSafe,
    };

    /// Something that a decision needs could not be asked. Told once a minute, however many requests
    /// meet it.
    Outage = "outage", refused {
        /// What.
        needed: Needed,
        /// Whether the request was refused, as the policy says for it; else it was let through.
        refused: bool,
    };
}
