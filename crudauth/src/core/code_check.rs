//! Checks codes of second factors.
//!
//! All routes check codes here, so that wrong codes are counted together: an authenticator app has at most
//! 100 wrong codes in a row (NIST SP 800-63B-4 §3.2.2). From then on it proves nothing until a recovery
//! code is used or an administrator resets the factor.

use std::future::Future;
use std::time::Duration;

use super::{Core, ServiceFailure};
use crate::error::{Rejection, RejectionKind};
use crate::event::{LogSafe, Needed, SecurityEvent};
use crate::factors::{Code, Typed};
use crate::hooks::HookContext;
use crate::lockout::{Attempt, Client, ExtraLimit, FailureStreak};
use crate::password::Password;
use crate::principal::{Gate, Principal};
use crate::store::{Add, Step, StoreError};
use crate::user::{AuthUser, StoredUser};

/// How many codes of an app may be wrong in a row.
const MOST_IN_A_ROW: i64 = 100;
/// How long they are remembered after the last one.
const REMEMBERED: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Which codes prove something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Codes of the app, and recovery codes.
    Any,
    /// Codes of the app alone.
    TotpOnly,
}

/// What a check came to.
#[derive(Debug)]
pub(crate) enum CodeChecked<T> {
    Right(T),
    Wrong {
        /// How long the limit beside those of the account is locked by it, if it is.
        locked: Option<Duration>,
    },
}

impl<U: AuthUser> Core<U> {
    /// Checks a code of a user who is signed in. The attempt is counted like one at the password.
    /// `claim` accepts the code; it runs only if the code is of a kind that is taken.
    pub(crate) async fn check_code<T>(
        &self,
        user: &StoredUser<U>,
        (code, takes): (&Code, Takes),
        context: &HookContext,
        extra: Option<ExtraLimit>,
        claim: impl Future<Output = Result<Option<T>, ServiceFailure>> + Send,
    ) -> Result<CodeChecked<T>, ServiceFailure> {
        let account = self.subject_keys.account(&user.id().to_string());
        let networks = self.subject_keys.networks(&context.networks());
        let attempt = Attempt { account: &account, networks: &networks, client: Client::SignedIn };
        let begun = self.lockout.begin_within(&attempt, extra).await;
        let begun = begun.inspect_err(|_| self.events.outage(Needed::Lockout, true))?;
        let pending = begun
            .map_err(|locked| ServiceFailure::LockedOut { retry_after: locked.retry_after })?;
        let is_taken = takes == Takes::Any || matches!(code.typed(), Typed::Totp(_));
        let claimed = match is_taken {
            true => match self.accept_code(user, code, claim).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    // It was not checked, so it is not one that failed.
                    self.lockout.forgive(&pending).await?;
                    return Err(error);
                }
            },
            false => None,
        };
        if let Some(claimed) = claimed {
            self.lockout.succeed(&pending).await?;
            return Ok(CodeChecked::Right(claimed));
        }
        let failed = self.lockout.fail(&pending).await?;
        self.tell_streak(user, failed.in_a_row, context);
        Ok(CodeChecked::Wrong { locked: failed.locked })
    }

    /// Runs `claim`, which accepts a code of `user` once. A code of an app is counted before it is compared.
    pub(crate) async fn accept_code<T>(
        &self,
        user: &StoredUser<U>,
        code: &Code,
        claim: impl Future<Output = Result<Option<T>, ServiceFailure>> + Send,
    ) -> Result<Option<T>, ServiceFailure> {
        let row = self.row_of_codes(user);
        if matches!(code.typed(), Typed::Totp(_)) {
            let (ttl, at_most) = (REMEMBERED, Some(MOST_IN_A_ROW));
            let add = Step::Add(Add { key: &row, by: 1, ttl, extends: true, at_most });
            if self.stores.state.batch(&[add]).await?.is_err() {
                return Ok(None);
            }
        }
        let claimed = claim.await?;
        if claimed.is_some() {
            self.stores.state.remove(&row).await?;
        }
        Ok(claimed)
    }

    /// Requires elevated rights or a code for a change of the password or the address, if the account has a
    /// second factor and
    /// [`MfaConfig::guard_account_changes`](crate::mfa::MfaConfig::guard_account_changes) is on.
    pub(crate) async fn guard_change<G: Gate<U>>(
        &self,
        me: &Principal<U, G>,
        code: Option<&Password>,
        context: &HookContext,
    ) -> Result<(), Rejection> {
        let policy = self.second_factors.as_ref().filter(|policy| policy.guards_changes());
        let Some(policy) = policy.filter(|_| !me.is_elevated()) else { return Ok(()) };
        let seen = policy.factors.of(&me.user).await?;
        if !seen.is_enabled() {
            return Ok(());
        }
        let Some(code) = code.map(|code| Code::new(code.expose())) else {
            return Err(RejectionKind::SecondFactorRequired.into());
        };
        let claim = async { policy.factors.accept(&me.user, &seen, &code).await };
        match self.check_code(&me.user, (&code, Takes::Any), context, None, claim).await? {
            CodeChecked::Right(_) => Ok(()),
            CodeChecked::Wrong { .. } => Err(RejectionKind::InvalidCode.into()),
        }
    }

    /// Forgets the wrong codes of `user`, whose factor is a new one.
    pub(crate) async fn forget_codes(&self, user: &StoredUser<U>) -> Result<(), StoreError> {
        self.stores.state.remove(&self.row_of_codes(user)).await.map(drop)
    }

    fn row_of_codes(&self, user: &StoredUser<U>) -> String {
        format!("mfa:row:{}", self.subject_keys.account(&user.id().to_string()))
    }

    /// Tells that many attempts at the account of `user` were wrong in a row.
    pub(crate) fn tell_streak(
        &self,
        user: &StoredUser<U>,
        streak: Option<FailureStreak>,
        context: &HookContext,
    ) {
        let Some(FailureStreak { failures, retry_after, .. }) = streak else { return };
        let user = Some(LogSafe::from_display(user.id()));
        let event = SecurityEvent::LoginFailuresInARow { user, name: None, failures, retry_after };
        self.events.emit(context, event);
    }
}
