use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::config::SudoConfig;
use super::elevated::Elevated;
use super::error::SudoError;
use crate::core::{Checked, CodeChecked, Core, ServiceFailure, Takes};
#[cfg(feature = "oauth")]
use crate::core::{Elevate, Elevating, Given};
use crate::event::{Events, LogSafe, Needed, RequestInfo, SecurityEvent};
use crate::factors::Code;
use crate::hooks::{HookContext, HookUser};
use crate::lockout::ExtraLimit;
use crate::password::Password;
use crate::principal::{Bearer, Gate, Principal, TransportName};
use crate::proofs::Factor;
use crate::store::StoreError;
use crate::user::{AuthUser, StoredUser};

/// Gives and takes the elevated rights of the sudo mode.
pub struct SudoService<U: AuthUser> {
    core: Arc<Core<U>>,
    config: SudoConfig,
}

/// What proves that the user is there. As the last argument of a handler it is read from the body,
/// `{"password": ".."}` or `{"code": ".."}`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Proof {
    /// The account's password.
    Password(Password),
    /// A code of the authenticator app of the account, as it was typed. A recovery code is refused, and
    /// costs an attempt like every wrong proof.
    Code(Password),
}

impl<U: AuthUser> SudoService<U> {
    pub(crate) fn new(core: Arc<Core<U>>, config: SudoConfig) -> Self {
        Self { core, config }
    }

    /// Checks `proof`, and gives the session of `principal` elevated rights for
    /// [`SudoConfig::window`]. They end then, however active the session is, with the session, and
    /// with a change of the password. An account with a second factor proves that: its password alone gives
    /// no rights.
    ///
    /// The session gets another id, whose cookie is in the answer. The cookie from before counts for
    /// another ten seconds, without the rights, for what is under way.
    ///
    /// An attempt is counted before it is checked, by user over all sessions, so that parallel
    /// guesses share the budget; and with all other tries at the password of the account, as
    /// [`lockout`](crate::lockout) says. The last wrong one of the budget takes the rights of the
    /// session away and locks the sudo mode; signing in is not affected.
    ///
    /// # Errors
    ///
    /// Where the principal has no session, the proof is wrong, there were too many of them,
    /// hashing is at its limit, or the store fails. As a [`Rejection`](crate::Rejection) it
    /// is the answer to send.
    pub async fn elevate<G: Gate<U>>(
        &self,
        principal: &Principal<U, G>,
        proof: Proof,
    ) -> Result<Elevated, SudoError> {
        self.elevate_under(principal, proof, &HookContext::default()).await
    }

    /// As [`elevate`](Self::elevate), and tells the hook and the security events under which
    /// circumstances: those of a request are [`HookContext::from_parts`] its head.
    ///
    /// # Errors
    ///
    /// As [`elevate`](Self::elevate).
    pub async fn elevate_under<G: Gate<U>>(
        &self,
        principal: &Principal<U, G>,
        proof: Proof,
        context: &HookContext,
    ) -> Result<Elevated, SudoError> {
        let session = principal.session().ok_or(SudoError::NoSession)?;
        let user = principal.id().to_string();
        let attempt = Attempt { events: &self.core.events, user, session, context };
        let factor = match self.prove(&principal.user, proof, &attempt).await? {
            Proved::Right(factor) => factor,
            Proved::Locked { retry_after } => {
                self.take_away(attempt.session).await?;
                return Err(attempt.locked_out(retry_after));
            }
        };
        let (elevated, handle) = self.give(&attempt, factor).await?;
        let attempt = Attempt { session: &handle, ..attempt };
        attempt.emit(|user, session| SecurityEvent::SudoGranted { user, session });
        let context = context.clone().via(principal.via()).in_session(&*handle);
        self.core.hooks.on_after_sudo(HookUser::new(Arc::clone(&principal.user)), &context);
        Ok(elevated)
    }

    /// Checks a proof of the user of a sign-in by tokens, which events call `family`: the factor that was
    /// proved.
    pub(super) async fn step_up(
        &self,
        user: &Arc<StoredUser<U>>,
        family: &str,
        proof: Proof,
        context: &HookContext,
    ) -> Result<Factor, SudoError> {
        let id = user.id().to_string();
        let attempt = Attempt { events: &self.core.events, user: id, session: family, context };
        match self.prove(user, proof, &attempt).await? {
            Proved::Locked { retry_after } => Err(attempt.locked_out(retry_after)),
            Proved::Right(factor) => {
                attempt.emit(|user, session| SecurityEvent::SudoGranted { user, session });
                let context = context.clone().via(Bearer::NAME);
                self.core.hooks.on_after_sudo(HookUser::new(Arc::clone(user)), &context);
                Ok(factor)
            }
        }
    }

    /// Checks a proof of `user`, and counts the attempt. The factor that was proved; the last wrong
    /// proof of the budget locks.
    async fn prove(
        &self,
        user: &StoredUser<U>,
        proof: Proof,
        attempt: &Attempt<'_>,
    ) -> Result<Proved, SudoError> {
        let has_factor = self.has_factor(user).await?;
        if has_factor && !self.may_prove(&proof) {
            return Err(SudoError::SecondFactor);
        }
        let (factor, wrong) = match proof {
            Proof::Password(_) => (Factor::Password, SudoError::WrongProof),
            Proof::Code(_) => (Factor::Totp, SudoError::WrongCode),
        };
        match self.check(user, has_factor, proof, attempt.context).await {
            Ok(Checked::Right) => Ok(Proved::Right(factor)),
            Ok(Checked::Wrong { locked }) => {
                attempt.emit(|user, session| SecurityEvent::SudoFailed { user, session });
                let retry_after = locked.ok_or(wrong)?;
                Ok(Proved::Locked { retry_after })
            }
            Err(ServiceFailure::LockedOut { retry_after }) => Err(attempt.locked_out(retry_after)),
            Err(failure) => {
                // Without its counters no proof is looked at.
                if let ServiceFailure::Store(_) = failure {
                    self.core.events.outage(Needed::Sudo, true);
                }
                Err(failure.into())
            }
        }
    }

    /// Whether the account of `user` has a second factor, also where nothing can ask for it.
    async fn has_factor(&self, user: &StoredUser<U>) -> Result<bool, StoreError> {
        match &self.core.second_factors {
            Some(policy) => Ok(policy.factors.of(user).await?.is_enabled()),
            None => Ok(user.logical().needs_second_factor()),
        }
    }

    /// Whether an account with a second factor can prove something by `proof`.
    fn may_prove(&self, proof: &Proof) -> bool {
        matches!(proof, Proof::Code(_)) && self.core.second_factors.is_some()
    }

    /// Checks a proof: a code where the account has a factor, else the password, for which a code is a
    /// wrong one.
    async fn check(
        &self,
        user: &StoredUser<U>,
        has_factor: bool,
        proof: Proof,
        context: &HookContext,
    ) -> Result<Checked, ServiceFailure> {
        let limit = Some(ExtraLimit::sudo(self.config.max_attempts, self.config.lockout));
        let code = match (proof, &self.core.second_factors) {
            (Proof::Code(code), Some(policy)) if has_factor => (Code::new(code.expose()), policy),
            (Proof::Code(_), _) => {
                return self.core.check_password(user, None, context, limit).await;
            }
            (Proof::Password(password), _) => {
                return self.core.check_password(user, Some(password), context, limit).await;
            }
        };
        let (code, policy) = code;
        let seen = policy.factors.of(user).await?;
        let claim = async { policy.factors.accept(user, &seen, &code).await };
        let of = (&code, Takes::TotpOnly);
        Ok(match self.core.check_code(user, of, context, limit, claim).await? {
            CodeChecked::Right(_) => Checked::Right,
            CodeChecked::Wrong { locked } => Checked::Wrong { locked },
        })
    }

    /// Takes the elevated rights of the principal's session away, before they end by themselves.
    ///
    /// # Errors
    ///
    /// Where the store fails; the session may still have them.
    pub async fn drop_rights<G: Gate<U>>(
        &self,
        principal: &Principal<U, G>,
    ) -> Result<(), StoreError> {
        let Some(session) = principal.session() else { return Ok(()) };
        if self.take_away(session).await? {
            let (user, session) = (LogSafe::from_display(principal.id()), LogSafe::new(session));
            self.core.events.emit(RequestInfo::NONE, SecurityEvent::SudoDropped { user, session });
        }
        Ok(())
    }

    /// Gives the session its rights and another id, and says how it is called then.
    async fn give(
        &self,
        attempt: &Attempt<'_>,
        factor: Factor,
    ) -> Result<(Elevated, String), SudoError> {
        let Core { sessions, cookies, clock, .. } = &*self.core;
        let window = u64::try_from(self.config.window.as_millis()).unwrap_or(u64::MAX);
        let until = clock.now_ms().saturating_add(window);
        let now = clock.now();
        let rotated = sessions.rotate(&attempt.user, attempt.session, |record| {
            record.standing.elevated_until = Some(until);
            record.proofs = Some(record.proofs().and(factor, now).to_text());
        });
        // A session that has ended, or that a transport made up, cannot be elevated.
        let rotated = rotated.await?.ok_or(SudoError::NoSession)?;
        let cookies = rotated.issued.iter().flat_map(|issued| cookies.issued(issued)).collect();
        let until = UNIX_EPOCH.checked_add(Duration::from_millis(until)).unwrap_or(UNIX_EPOCH);
        Ok((Elevated { until, cookies }, rotated.handle))
    }

    /// Gives a session its rights whose user has proved to be there by other means, and tells of it.
    #[cfg(feature = "oauth")]
    async fn give_proved(
        &self,
        user: &Arc<StoredUser<U>>,
        session: &str,
        context: &HookContext,
    ) -> Result<Given, SudoError> {
        if self.has_factor(user).await? {
            return Err(SudoError::SecondFactor);
        }
        let id = user.id().to_string();
        let attempt = Attempt { events: &self.core.events, user: id, session, context };
        let factor = Factor::Provider { second_factor: false };
        let (elevated, handle) = self.give(&attempt, factor).await?;
        let attempt = Attempt { session: &handle, ..attempt };
        attempt.emit(|user, session| SecurityEvent::SudoGranted { user, session });
        let context = context.clone().in_session(&*handle);
        self.core.hooks.on_after_sudo(HookUser::new(Arc::clone(user)), &context);
        let Elevated { until, cookies } = elevated;
        Ok(Given { until, cookies })
    }

    /// Whether there were any.
    async fn take_away(&self, session: &str) -> Result<bool, StoreError> {
        let had_rights = AtomicBool::new(false);
        let changed = self.core.sessions.amend(session, |record| {
            let has_rights = record.standing.elevated_until.take().is_some();
            had_rights.store(has_rights, Ordering::Relaxed);
            has_rights
        });
        Ok(changed.await?.is_some() && had_rights.into_inner())
    }
}

#[cfg(feature = "oauth")]
impl<U: AuthUser> Elevate<U> for SudoService<U> {
    fn elevate<'a>(
        &'a self,
        user: &'a Arc<StoredUser<U>>,
        session: &'a str,
        context: &'a HookContext,
    ) -> Elevating<'a> {
        Box::pin(async move { Ok(self.give_proved(user, session, context).await?) })
    }
}

/// What a check of a proof came to.
enum Proved {
    Right(Factor),
    /// It was the last wrong one of the budget.
    Locked {
        retry_after: Duration,
    },
}

/// Who tries, and from which session.
struct Attempt<'a> {
    events: &'a Events,
    user: String,
    session: &'a str,
    context: &'a HookContext,
}

impl Attempt<'_> {
    fn emit(&self, event: impl FnOnce(LogSafe, LogSafe) -> SecurityEvent) {
        let event = event(LogSafe::new(&self.user), LogSafe::new(self.session));
        self.events.emit(self.context, event);
    }

    fn locked_out(&self, retry_after: Duration) -> SudoError {
        self.emit(|user, session| SecurityEvent::SudoLockedOut { user, session, retry_after });
        ServiceFailure::LockedOut { retry_after }.into()
    }
}

impl<U: AuthUser> fmt::Debug for SudoService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SudoService").field("config", &self.config).finish_non_exhaustive()
    }
}
