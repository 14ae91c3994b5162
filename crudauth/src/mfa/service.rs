//! The second factor of a signed-in user, without HTTP.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::error::MfaError;
use crate::chain::chain;
use crate::core::second_factor::{Accepted, Confirmation};
use crate::core::{CodeChecked, Core, SecondFactorPolicy, ServiceFailure, Takes};
use crate::event::{LogSafe, SecurityEvent};
use crate::factors::{Code, RecoveryCodes, Setup};
use crate::hooks::HookContext;
use crate::message::MessageKind;
use crate::password::{Password, PasswordHash};
use crate::store::{Changed, StoreError};
use crate::transport::session::RenewedSession;
use crate::user::{AuthUser, Change, StoredUser};

/// With how many recovery codes left the owner is told by mail.
const FEW: usize = 3;
/// Each lost race means that somebody else has moved the epoch on.
const TRIES: usize = 32;

/// Sets up second factors, and takes them off.
pub struct MfaService<U: AuthUser> {
    core: Arc<Core<U>>,
    policy: Arc<SecondFactorPolicy<U>>,
    /// How old a session may be that sets up a factor for an account without a password.
    fresh: Duration,
}

/// What `GET /mfa` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Status {
    enabled: bool,
    required: bool,
    recovery_codes_remaining: usize,
}

impl<U: AuthUser> MfaService<U> {
    pub(crate) fn new(
        core: Arc<Core<U>>,
        policy: Arc<SecondFactorPolicy<U>>,
        fresh: Duration,
    ) -> Self {
        Self { core, policy, fresh }
    }

    pub(crate) async fn status(&self, user: &StoredUser<U>) -> Result<Status, StoreError> {
        let enrolment = self.policy.factors.of(user).await?;
        Ok(Status {
            enabled: enrolment.is_enabled(),
            required: self.policy.is_required_of(user),
            recovery_codes_remaining: enrolment.recovery_codes_remaining(),
        })
    }

    /// Whether `user` needs a second factor and has not set one up.
    pub(crate) async fn has_to_enrol(&self, user: &StoredUser<U>) -> Result<bool, StoreError> {
        if !self.policy.is_required_of(user) {
            return Ok(false);
        }
        Ok(!self.policy.factors.of(user).await?.is_enabled())
    }

    /// Begins the set-up of an authenticator app, in place of one that was begun before. An account with
    /// a password proves it; one without needs a fresh `session`, or one with elevated rights.
    pub(crate) async fn setup(
        &self,
        user: &StoredUser<U>,
        password: Option<Password>,
        session: Option<&str>,
        context: &HookContext,
    ) -> Result<Setup, MfaError> {
        let stored = user.logical().hashed_password;
        let stored = stored.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        if stored.is_some_and(|hash| hash.is_usable()) {
            if !self.core.check_password(user, password, context, None).await?.is_right() {
                return Err(MfaError::WrongPassword);
            }
        } else {
            let Some(session) = session else { return Err(MfaError::NotFresh) };
            if !self.core.sessions.vouches(&user.id().to_string(), session, self.fresh).await? {
                return Err(MfaError::NotFresh);
            }
        }
        let factors = &self.policy.factors;
        let secret = factors.new_secret()?;
        match factors.start_setup(user, &secret).await? {
            true => Ok(factors.otpauth(user, &secret)),
            false => Err(MfaError::AlreadyEnabled),
        }
    }

    /// Confirms the app by a code of it. All other sign-ins of the user end; the session with the handle
    /// `keep` gets another id.
    pub(crate) async fn confirm(
        &self,
        user: &StoredUser<U>,
        code: &Code,
        keep: Option<&str>,
        context: &HookContext,
    ) -> Result<(RecoveryCodes, RenewedSession), MfaError> {
        let Core { sessions, stamps, .. } = &*self.core;
        let id = user.id().to_string();
        // The session that stays is ready before the change is made, so that none of its requests
        // finds neither the one before nor the one after.
        let succession = match keep {
            Some(handle) => sessions.prepare(&id, handle, stamps.of_next_epoch(user)).await?,
            None => None,
        };
        let confirmed = self.policy.factors.confirm(user, code).await;
        let refusal = match confirmed {
            Ok(Confirmation::Confirmed { codes, user: now }) => {
                self.enrolled(&now, false, context).await;
                let stamp = stamps.of(&*now);
                if let Err(error) = sessions.succeed(&id, stamp, succession.as_ref()).await {
                    tracing::error!(
                        error = chain(&error),
                        "the sessions from before a second factor stay in the store"
                    );
                }
                if let Err(error) = self.core.families.end_before(&id, stamp).await {
                    tracing::error!(
                        error = chain(&error),
                        "sign-ins by tokens from before a second factor stay in the store"
                    );
                }
                let issued = succession.map(|succession| sessions.issue(&succession));
                let cookies = issued.as_ref().map(|issued| self.core.cookies.issued(issued));
                return Ok((codes, RenewedSession::new(issued, cookies.unwrap_or_default())));
            }
            Ok(Confirmation::WrongCode) => MfaError::WrongCode,
            Ok(Confirmation::AlreadyEnabled) => MfaError::AlreadyEnabled,
            Ok(Confirmation::NonePending) => MfaError::NonePending,
            Err(failure) => failure.into(),
        };
        if let Some(succession) = &succession {
            sessions.abandon(succession).await?;
        }
        if matches!(refusal, MfaError::WrongCode) {
            let user = LogSafe::new(&id);
            self.core.events.emit(context, SecurityEvent::MfaFailed { user });
        }
        Err(refusal)
    }

    /// Tells that `user` has a second factor now. What was counted of another one is forgotten.
    pub(crate) async fn enrolled(
        &self,
        user: &StoredUser<U>,
        at_sign_in: bool,
        context: &HookContext,
    ) {
        if let Err(error) = self.core.forget_codes(user).await {
            tracing::error!(error = chain(&error), "the wrong codes of an earlier factor count on");
        }
        let id = LogSafe::from_display(user.id());
        self.core.events.emit(context, SecurityEvent::MfaEnrolled { user: id, at_sign_in });
        self.tell(MessageKind::MfaEnabled, user, context).await;
    }

    /// Tells of a recovery code that was used.
    pub(crate) async fn used(
        &self,
        accepted: Accepted,
        user: &StoredUser<U>,
        context: &HookContext,
    ) {
        let Accepted::RecoveryCode { left } = accepted else { return };
        let id = LogSafe::from_display(user.id());
        let count = u32::try_from(left).unwrap_or(u32::MAX);
        self.core
            .events
            .emit(context, SecurityEvent::MfaRecoveryCodeUsed { user: id, left: count });
        if left <= FEW {
            self.tell(MessageKind::RecoveryCodesFew, user, context).await;
        }
    }

    /// Takes the second factor off, given a code. No sign-in ends.
    pub(crate) async fn disable(
        &self,
        user: &StoredUser<U>,
        code: Code,
        context: &HookContext,
    ) -> Result<(), MfaError> {
        if self.policy.is_required_of(user) {
            return Err(MfaError::Required);
        }
        let factors = &self.policy.factors;
        let seen = factors.of(user).await?;
        let claim = async { factors.accept(user, &seen, &code).await };
        let accepted = self.check(user, &code, context, claim).await?;
        self.used(accepted, user, context).await;
        if !factors.disable(user, &seen).await? {
            return Err(MfaError::WrongCode);
        }
        let id = LogSafe::from_display(user.id());
        self.core.events.emit(context, SecurityEvent::MfaDisabled { user: id });
        self.tell(MessageKind::MfaDisabled, user, context).await;
        Ok(())
    }

    /// Replaces the recovery codes, given a code. No sign-in ends.
    pub(crate) async fn regenerate(
        &self,
        user: &StoredUser<U>,
        code: Code,
        context: &HookContext,
    ) -> Result<RecoveryCodes, MfaError> {
        let factors = &self.policy.factors;
        let seen = factors.of(user).await?;
        let claim = async { factors.regenerate(user, &seen, &code).await };
        let (accepted, codes) = self.check(user, &code, context, claim).await?;
        if let Accepted::RecoveryCode { .. } = accepted {
            // Those that are left were replaced.
            self.used(Accepted::RecoveryCode { left: codes.iter().len() }, user, context).await;
        }
        let id = LogSafe::from_display(user.id());
        self.core.events.emit(context, SecurityEvent::MfaRecoveryCodesReplaced { user: id });
        self.tell(MessageKind::RecoveryCodesReplaced, user, context).await;
        Ok(codes)
    }

    async fn check<T>(
        &self,
        user: &StoredUser<U>,
        code: &Code,
        context: &HookContext,
        claim: impl Future<Output = Result<Option<T>, ServiceFailure>> + Send,
    ) -> Result<T, MfaError> {
        match self.core.check_code(user, (code, Takes::Any), context, None, claim).await? {
            CodeChecked::Right(claimed) => Ok(claimed),
            CodeChecked::Wrong { .. } => {
                let user = LogSafe::from_display(user.id());
                self.core.events.emit(context, SecurityEvent::MfaFailed { user });
                Err(MfaError::WrongCode)
            }
        }
    }

    /// Removes the second factor of a user who has lost it. An administrator calls it after verifying the
    /// person; `by` names the administrator in the security events. All sign-ins of the user end, and the
    /// owner is told. The password stays as it is. `false` if there is no such user, or no factor.
    ///
    /// # Errors
    ///
    /// Where the store fails. Call it again then.
    pub async fn reset(&self, user: &U::Id, by: &str) -> Result<bool, ServiceFailure> {
        for _ in 0..TRIES {
            let Some(found) = self.core.stores.users.find_by_id(user).await? else {
                return Ok(false);
            };
            let had = self.policy.factors.of(&found).await?;
            if !had.is_enabled() && !had.is_pending() {
                return Ok(false);
            }
            // First the epoch: a sign-in that waits for the factor ends with it.
            let change = Change::end_credentials(found.logical().epoch(), self.core.clock.now());
            if self.core.stores.users.change(user, change).await? != Changed::Applied {
                continue;
            }
            self.policy.factors.reset(&found).await?;
            // The factor is gone and the epoch has moved, so that what fails from here on is logged.
            let ended = async {
                self.core.forget_codes(&found).await?;
                self.core.ending.all_of(user).await
            };
            if let Err(error) = ended.await {
                tracing::error!(error = chain(&error), "what a reset has ended stays in the store");
            }
            let context = HookContext::default();
            let (id, by) = (LogSafe::from_display(user), LogSafe::new(by));
            self.core.events.emit(&context, SecurityEvent::MfaReset { user: id, by });
            self.tell(MessageKind::MfaDisabled, &found, &context).await;
            return Ok(true);
        }
        let busy = "the credentials of an account changed faster than its factor could be reset";
        Err(StoreError::new(busy).into())
    }

    async fn tell(&self, kind: MessageKind, user: &StoredUser<U>, context: &HookContext) {
        if let Some(mailer) = &self.core.mailer {
            mailer.notice(kind, user, user.logical().recovery, context).await;
        }
    }
}

impl<U: AuthUser> fmt::Debug for MfaService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaService").field("policy", &self.policy).finish_non_exhaustive()
    }
}
