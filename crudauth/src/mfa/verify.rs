//! The second step of a sign-in.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::response::Response;
use http::request::Parts;

use super::service::MfaService;
use crate::chain::chain;
use crate::core::extract::{LogIn, SameOrigin};
use crate::core::second_factor::{Accepted, Confirmation};
use crate::core::{Core, ProviderLinks, SecondFactorPolicy, ServiceFailure};
use crate::error::{Rejection, RejectionKind};
use crate::event::{LogSafe, Needed, SecurityEvent};
use crate::factors::{Code, RecoveryCodes, Setup, TotpSecret};
use crate::hooks::HookContext;
use crate::lockout::{Attempt, Client, Pending};
use crate::login::{Admitted, Also, BeginTokens, Finish, LoginService, Open};
use crate::principal::{Bearer, Session, TransportName};
use crate::proofs::Factor;
use crate::transport::Halted;
use crate::transport::session::SessionId;
use crate::user::AuthUser;

/// Completes sign-ins that wait for a second factor.
pub(crate) struct Verifier<U: AuthUser> {
    pub(crate) core: Arc<Core<U>>,
    pub(crate) policy: Arc<SecondFactorPolicy<U>>,
    pub(crate) mfa: Arc<MfaService<U>>,
    pub(crate) login: Arc<LoginService<U>>,
    /// `None` if the application has no sign-in by tokens.
    pub(crate) tokens: Option<Arc<dyn BeginTokens<U>>>,
    /// `None` if the application has no sign-in by providers.
    pub(crate) links: Option<Arc<dyn ProviderLinks<U>>>,
}

/// A code that was accepted.
struct Proved<U: AuthUser> {
    halted: Halted<U>,
    by: Factor,
    recovery_codes: Option<RecoveryCodes>,
}

impl<U: AuthUser> Verifier<U> {
    /// What the app of a sign-in is set up with, where the account has to set one up. No attempt is
    /// counted.
    pub(crate) async fn setup_of(
        &self,
        challenge: &str,
        context: &HookContext,
    ) -> Result<Option<Setup>, Rejection> {
        let found = self.login.challenges().find(challenge).await?;
        let open = found.ok_or(RejectionKind::InvalidMfaChallenge)?;
        let halted = self.resume(&open, context).await?;
        let halted = halted.ok_or(RejectionKind::InvalidMfaChallenge)?;
        let secret = secret_of(&open);
        Ok(secret.map(|secret| self.policy.factors.otpauth(halted.user(), &secret)))
    }

    /// Completes a sign-in, if the code is right.
    pub(crate) async fn verify(
        &self,
        (challenge, code): (&str, Code),
        head: &Parts,
        context: HookContext,
    ) -> Result<Response, Rejection> {
        let challenges = self.login.challenges();
        let found = challenges.find(challenge).await?;
        let open = found.ok_or(RejectionKind::InvalidMfaChallenge)?;
        let context = match &open.record.finish {
            Finish::Session { .. } => context.via(Session::NAME),
            Finish::Tokens { .. } => context.via(Bearer::NAME),
        };
        if self.sets_cookies(&open.record.finish) {
            SameOrigin::<LogIn>::check(&self.core, head)?;
        }
        let replaced = self.core.replaced(&head.headers)?;
        let open = challenges.attempt(open).await?.ok_or(RejectionKind::InvalidMfaChallenge)?;
        let pending = self.begin(&open).await?;
        let resumed = match self.resume(&open, &context).await {
            Ok(Some(resumed)) => resumed,
            refused => {
                self.core.lockout.forgive(&pending).await?;
                refused?;
                challenges.end(&open).await?;
                return Err(RejectionKind::InvalidMfaChallenge.into());
            }
        };
        let user = Arc::clone(resumed.user());
        let proved = match secret_of(&open) {
            Some(secret) => self.enrol(&open, resumed, &secret, &code, &context).await,
            None => self.accept(&open, resumed, &code, &context).await,
        };
        let proved = match proved {
            Ok(proved) => proved,
            Err(error) => {
                // The code was right, or was not checked, so it is not one that failed.
                self.core.lockout.forgive(&pending).await?;
                return Err(error);
            }
        };
        let Some(proved) = proved else {
            let failed = self.core.lockout.fail(&pending).await?;
            self.core.tell_streak(&user, failed.in_a_row, &context);
            challenges.end_if_used_up(&open).await?;
            let user = LogSafe::from_display(user.id());
            self.core.events.emit(&context, SecurityEvent::MfaFailed { user });
            return Err(RejectionKind::InvalidCode.into());
        };
        let Proved { halted, by, recovery_codes } = proved;
        let device = open.record.lockouts.device.as_deref();
        let admitted = self.login.complete(halted, by, (pending, device), &context).await?;
        let redirect_to = open.record.redirect_to.clone();
        let also = Also { recovery_codes, redirect_to };
        let by = admitted.signed_in().pass().login().cloned();
        let answer =
            self.begin_sign_in(&open, (admitted, also), &replaced, (head, &context)).await?;
        // The identity may have been unlinked while the client was asked.
        if let (Some(links), Some(login)) = (&self.links, by)
            && !links.is_still_linked(&user, &login).await?
        {
            return Err(RejectionKind::InvalidMfaChallenge.into());
        }
        Ok(answer)
    }

    /// Begins what the first step has asked for.
    async fn begin_sign_in(
        &self,
        open: &Open,
        (admitted, also): (Admitted<U>, Also),
        replaced: &[SessionId],
        (head, context): (&Parts, &HookContext),
    ) -> Result<Response, Rejection> {
        match &open.record.finish {
            Finish::Session { remember } => {
                let session = self.login.begin_session(admitted, *remember, replaced, context);
                Ok(session.await?.answer_with(&also))
            }
            Finish::Tokens { scopes } => match &self.tokens {
                Some(tokens) => {
                    let told = (scopes.as_deref(), also);
                    tokens.begin(admitted, told, &head.headers, context).await
                }
                None => Err(RejectionKind::InvalidMfaChallenge.into()),
            },
        }
    }

    /// Whether a page of another site could sign a browser in.
    fn sets_cookies(&self, finish: &Finish) -> bool {
        match finish {
            Finish::Session { .. } => true,
            Finish::Tokens { .. } => self.tokens.as_ref().is_some_and(|tokens| tokens.by_cookie()),
        }
    }

    /// Counts the attempt against the account, the address and the device of the first step.
    async fn begin(&self, open: &Open) -> Result<Pending, Rejection> {
        let lockouts = &open.record.lockouts;
        let client = lockouts.device.as_deref().map_or(Client::Unknown, Client::Device);
        let (account, networks) = (&*lockouts.account, &*lockouts.networks);
        let begun = self.core.lockout.begin(&Attempt { account, networks, client }).await;
        match begun.inspect_err(|_| self.core.events.outage(Needed::Lockout, true))? {
            Ok(pending) => Ok(pending),
            Err(locked) => {
                self.login.challenges().end(open).await?;
                let retry_after = locked.retry_after;
                Err(RejectionKind::LockedOut { retry_after }.into())
            }
        }
    }

    /// The sign-in, if its user may still sign in and has the same credentials.
    async fn resume(
        &self,
        open: &Open,
        context: &HookContext,
    ) -> Result<Option<Halted<U>>, Rejection> {
        let parked = &open.record.parked;
        let Ok(id) = U::Id::from_str(parked.user()) else { return Ok(None) };
        let user = self.core.stores.users.find_by_id(&id).await?;
        // A challenge of one tenant goes on there alone.
        let Some(user) = user.filter(|user| context.is_for(&**user)) else { return Ok(None) };
        Ok(self.core.door.resume(parked, Arc::new(user)).await?)
    }

    /// Accepts a code of the factor that the account has. Of parallel calls with right codes one uses the
    /// challenge up.
    async fn accept(
        &self,
        open: &Open,
        halted: Halted<U>,
        code: &Code,
        context: &HookContext,
    ) -> Result<Option<Proved<U>>, Rejection> {
        let (factors, user) = (&self.policy.factors, halted.user());
        let seen = factors.of(user).await?;
        let claim = async { factors.accept(user, &seen, code).await };
        let Some(accepted) = self.core.accept_code(user, code, claim).await? else {
            return Ok(None);
        };
        self.mfa.used(accepted, user, context).await;
        self.take(open).await?;
        let by = match accepted {
            Accepted::Totp => Factor::Totp,
            Accepted::RecoveryCode { .. } => Factor::RecoveryCode,
        };
        Ok(Some(Proved { halted, by, recovery_codes: None }))
    }

    /// Sets up the factor whose secret the challenge holds. It takes a code of that secret alone.
    async fn enrol(
        &self,
        open: &Open,
        halted: Halted<U>,
        secret: &TotpSecret,
        code: &Code,
        context: &HookContext,
    ) -> Result<Option<Proved<U>>, Rejection> {
        // The change is made for the credentials that the password was right for, and if no factor
        // was confirmed meanwhile: so of parallel calls one sets it up.
        let enrolled = self.policy.factors.enrol(halted.user(), secret, code).await;
        let (codes, now) =
            match enrolled.map_err(|failure: ServiceFailure| Rejection::from(failure))? {
                Confirmation::Confirmed { codes, user } => (codes, user),
                Confirmation::WrongCode => return Ok(None),
                Confirmation::AlreadyEnabled | Confirmation::NonePending => {
                    self.login.challenges().end(open).await?;
                    return Err(RejectionKind::InvalidMfaChallenge.into());
                }
            };
        // The recovery codes are shown now or never: what fails from here on is logged. The challenge and
        // the sign-ins from before count no more, since the epoch has moved; this removes them.
        let ended = async {
            self.login.challenges().end(open).await?;
            self.core.ending.all_of(now.id()).await
        };
        if let Err(error) = ended.await {
            tracing::error!(
                error = chain(&error),
                "what a second factor has ended stays in the store"
            );
        }
        self.mfa.enrolled(&now, true, context).await;
        let stamp = self.core.stamps.of(&*now);
        let halted = halted.enrolled(now, stamp);
        Ok(Some(Proved { halted, by: Factor::Totp, recovery_codes: Some(codes) }))
    }

    async fn take(&self, open: &Open) -> Result<(), Rejection> {
        match self.login.challenges().take(open).await? {
            true => Ok(()),
            false => Err(RejectionKind::InvalidMfaChallenge.into()),
        }
    }
}

/// The secret that a sign-in sets up.
fn secret_of(open: &Open) -> Option<TotpSecret> {
    open.record.secret.as_deref().and_then(TotpSecret::from_base32)
}

impl<U: AuthUser> fmt::Debug for Verifier<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}
