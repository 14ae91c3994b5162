//! The door: the one place where a proof becomes a sign-in.
//!
//! Whatever somebody proves, by a password or by means of the application, is a [`FirstFactor`].
//! Nothing can be made of it. The door decides whether its user may sign in, and gives a [`SignedIn`]
//! in exchange; sessions and tokens are made of that and of nothing else. So a rule that is added
//! here holds for every way to sign in.
//!
//! Where a second factor is due the door gives a [`Halted`], of which nothing can be made either. It
//! rests as a [`Parked`] while the client is asked, and [`Door::complete`] alone makes a sign-in of it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ProviderLogin;
use crate::clock::Clock;
use crate::hooks::{HookContext, HookRunner, HookUser, Veto};
use crate::proofs::{Factor, Proofs};
use crate::stamp::{SecurityStamp, Stamps};
use crate::store::StoreError;
use crate::user::{AuthUser, StoredUser};

/// How a user has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProvedBy {
    Password,
    /// An identity at a provider.
    Provider {
        login: ProviderLogin,
        /// Whether the provider has asked for two factors itself, and is trusted in that.
        second_factor: bool,
    },
    /// A link or a code that was mailed to the address of the account.
    Mailbox,
    /// Means of the application: LDAP, SAML, a test.
    Application,
}

impl ProvedBy {
    pub(crate) fn login(&self) -> Option<&ProviderLogin> {
        match self {
            Self::Provider { login, .. } => Some(login),
            Self::Password | Self::Mailbox | Self::Application => None,
        }
    }

    fn factor(&self) -> Factor {
        match self {
            Self::Password => Factor::Password,
            Self::Provider { second_factor, .. } => {
                Factor::Provider { second_factor: *second_factor }
            }
            Self::Mailbox => Factor::Mailbox,
            Self::Application => Factor::Application,
        }
    }

    /// The form in a record.
    fn to_text(&self) -> String {
        match self {
            Self::Password => "password".to_owned(),
            Self::Application => "application".to_owned(),
            Self::Mailbox => "mailbox".to_owned(),
            Self::Provider { login, .. } => format!("provider {}", login.to_text()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None if text == "password" => Some(Self::Password),
            None if text == "application" => Some(Self::Application),
            None if text == "mailbox" => Some(Self::Mailbox),
            // A sign-in whose provider was trusted is never halted.
            Some(("provider", login)) => ProviderLogin::read(login)
                .map(|login| Self::Provider { login, second_factor: false }),
            _ => None,
        }
    }
}

/// Who somebody has proved to be. It is not a sign-in yet: no session and no token can be made of
/// it.
pub(crate) struct FirstFactor<U> {
    user: Arc<StoredUser<U>>,
    by: ProvedBy,
}

impl<U: AuthUser> FirstFactor<U> {
    /// For a user whom the application has authenticated by its own means: LDAP, SAML, a test.
    pub(crate) fn by_application(user: &Arc<StoredUser<U>>) -> Self {
        Self { user: Arc::clone(user), by: ProvedBy::Application }
    }

    /// For a user whose identity a provider has proved.
    #[cfg(feature = "oauth")]
    pub(crate) fn by_provider(
        user: &Arc<StoredUser<U>>,
        login: ProviderLogin,
        second_factor: bool,
    ) -> Self {
        Self { user: Arc::clone(user), by: ProvedBy::Provider { login, second_factor } }
    }

    /// For a user who has proved to read the mailbox of the account.
    pub(crate) fn by_mailbox(user: &Arc<StoredUser<U>>) -> Self {
        Self { user: Arc::clone(user), by: ProvedBy::Mailbox }
    }

    pub(crate) fn by_password(user: &Arc<StoredUser<U>>) -> Self {
        Self { user: Arc::clone(user), by: ProvedBy::Password }
    }
}

/// What the door makes of a proof that is right.
pub(crate) enum Admission<U> {
    In(SignedIn<U>),
    Halted(Halted<U>),
}

/// A sign-in that waits for a second factor. No session and no token can be made of it.
pub(crate) struct Halted<U> {
    user: Arc<StoredUser<U>>,
    stamp: SecurityStamp,
    by: ProvedBy,
    proofs: Proofs,
    due: Due,
}

impl<U: AuthUser> Halted<U> {
    pub(crate) fn user(&self) -> &Arc<StoredUser<U>> {
        &self.user
    }

    /// Whether it is completed by setting up a second factor, which the account does not have yet.
    pub(crate) fn enrols(&self) -> bool {
        self.due == Due::Enrolment
    }

    /// For the row as a renewal of its hash has left it.
    pub(crate) fn with_stamp(mut self, stamp: SecurityStamp) -> Self {
        self.stamp = stamp;
        self
    }

    /// For the row as the set-up of a second factor has left it.
    pub(crate) fn enrolled(mut self, user: Arc<StoredUser<U>>, stamp: SecurityStamp) -> Self {
        (self.user, self.stamp) = (user, stamp);
        self
    }

    /// What the store keeps while the client is asked.
    pub(crate) fn park(&self) -> Parked {
        Parked {
            user: self.user.id().to_string(),
            stamp: self.stamp,
            by: self.by.to_text(),
            proofs: self.proofs.to_text(),
            enrols: self.enrols(),
        }
    }
}

/// A halted sign-in, as the store keeps it. It counts only for the row that it was halted for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Parked {
    #[serde(rename = "u")]
    user: String,
    #[serde(rename = "m")]
    stamp: SecurityStamp,
    #[serde(rename = "b")]
    by: String,
    #[serde(rename = "p")]
    proofs: String,
    #[serde(rename = "e")]
    enrols: bool,
}

impl Parked {
    /// The user's primary key, as text.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }
}

/// What a sign-in lacks beside its first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// A code of the second factor that the account has.
    Code,
    /// The account has no second factor, and has to have one.
    Enrolment,
}

/// Decides what a sign-in lacks. The door asks it each time.
pub(crate) trait SecondStep<U: AuthUser>: Send + Sync {
    /// What a sign-in of `user` by `by` lacks.
    fn due<'a>(&'a self, user: &'a StoredUser<U>, by: &'a ProvedBy) -> Deciding<'a>;
}

/// What [`SecondStep::due`] returns.
pub(crate) type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Due, StoreError>> + Send + 'a>>;

/// A sign-in that was let through: what sessions and tokens are made of.
pub struct SignedIn<U> {
    user: Arc<StoredUser<U>>,
    pass: Pass,
}

impl<U: AuthUser> SignedIn<U> {
    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &Arc<StoredUser<U>> {
        &self.user
    }

    pub(crate) fn pass(&self) -> &Pass {
        &self.pass
    }

    /// For the row as a renewal of its hash has left it.
    pub(crate) fn with_stamp(mut self, stamp: SecurityStamp) -> Self {
        self.pass.stamp = stamp;
        self
    }
}

impl<U: AuthUser> fmt::Debug for SignedIn<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignedIn").field(&format_args!("{}", self.user.id())).finish()
    }
}

/// What the stores remember of a sign-in that was let through. Only the door makes one.
#[derive(Debug)]
pub(crate) struct Pass {
    user: String,
    stamp: SecurityStamp,
    by: ProvedBy,
    proofs: Proofs,
}

impl Pass {
    /// The user's primary key, as text.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The stamp of the user's row, as it was read for the sign-in. Should the credentials have
    /// changed meanwhile, the sign-in ends with those before.
    pub(crate) fn stamp(&self) -> SecurityStamp {
        self.stamp
    }

    /// The identity that the sign-in was proved by, where a provider did.
    pub(crate) fn login(&self) -> Option<&ProviderLogin> {
        self.by.login()
    }

    /// What a record that begins at `now`, in milliseconds, notes of it: nothing where it is what
    /// is assumed of a record without proofs.
    pub(crate) fn proofs_to_note(&self, now: u64) -> Option<String> {
        let assumed = Proofs::assumed(self.by.login().is_some(), now);
        (self.proofs != assumed).then(|| self.proofs.to_text())
    }

    #[cfg(test)]
    pub(crate) fn for_tests(user: &str, stamp: SecurityStamp) -> Self {
        let (user, by) = (user.to_owned(), ProvedBy::Password);
        Self { user, stamp, by, proofs: Proofs::default() }
    }
}

/// Why a proof that was right is no sign-in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// The account is not active.
    #[error("the account is not active")]
    Inactive,
    /// The recovery factor of the account is not proved, and has to be.
    #[error("the recovery factor of the account is not proved")]
    Unverified,
    /// The account has a second factor, which cannot be asked for here.
    #[error("the account has a second factor")]
    SecondFactor,
    /// A hook of the application says no.
    #[error(transparent)]
    Vetoed(Veto),
    /// The store could not say whether the account has a second factor.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lets users in.
pub(crate) struct Door<U: AuthUser> {
    stamps: Stamps,
    clock: Arc<dyn Clock>,
    verified_only: bool,
    /// `None` where second factors cannot be asked for.
    second_step: Option<Arc<dyn SecondStep<U>>>,
}

impl<U: AuthUser> Door<U> {
    /// With `verified_only`, an account whose recovery factor is not proved is refused like a
    /// disabled one.
    pub(crate) fn new(
        stamps: Stamps,
        clock: Arc<dyn Clock>,
        verified_only: bool,
        second_step: Option<Arc<dyn SecondStep<U>>>,
    ) -> Self {
        Self { stamps, clock, verified_only, second_step }
    }

    /// What may be made of `proof`. The hook of the application is asked last, once nothing is due.
    pub(crate) async fn admit(
        &self,
        proof: FirstFactor<U>,
        hooks: &HookRunner<U>,
        context: &HookContext,
    ) -> Result<Admission<U>, NotAdmitted> {
        let FirstFactor { user, by } = proof;
        self.may_enter(&user)?;
        let stamp = self.stamps.of(&*user);
        let proofs = Proofs::of(by.factor(), self.clock.now());
        match self.due(&user, &by).await? {
            Due::Nothing => {
                let signed_in = self.enter(user, (stamp, by, proofs), hooks, context).await?;
                Ok(Admission::In(signed_in))
            }
            due @ (Due::Code | Due::Enrolment) => {
                Ok(Admission::Halted(Halted { user, stamp, by, proofs, due }))
            }
        }
    }

    /// What the account lacks beside the first factor. A factor in the columns is seen also where
    /// nothing can ask for it.
    async fn due(&self, user: &StoredUser<U>, by: &ProvedBy) -> Result<Due, StoreError> {
        match &self.second_step {
            Some(second_step) => second_step.due(user, by).await,
            None if user.logical().needs_second_factor() => Ok(Due::Code),
            None => Ok(Due::Nothing),
        }
    }

    /// The sign-in that was halted, for the row of its user as it is now. `None` where the user may not
    /// sign in any more, or the credentials have changed.
    pub(crate) async fn resume(
        &self,
        parked: &Parked,
        user: Arc<StoredUser<U>>,
    ) -> Result<Option<Halted<U>>, StoreError> {
        if user.id().to_string() != parked.user
            || self.may_enter(&user).is_err()
            || !self.stamps.count(&user, &parked.stamp).await?
        {
            return Ok(None);
        }
        let read = ProvedBy::read(&parked.by).zip(Proofs::read(&parked.proofs));
        let Some((by, proofs)) = read else { return Ok(None) };
        let due = if parked.enrols { Due::Enrolment } else { Due::Code };
        let stamp = self.stamps.of(&*user);
        Ok(Some(Halted { user, stamp, by, proofs, due }))
    }

    /// Completes a halted sign-in by the missing proof. The caller has accepted the code before.
    pub(crate) async fn complete(
        &self,
        halted: Halted<U>,
        factor: Factor,
        hooks: &HookRunner<U>,
        context: &HookContext,
    ) -> Result<SignedIn<U>, NotAdmitted> {
        let Halted { user, stamp, by, proofs, .. } = halted;
        self.may_enter(&user)?;
        let proofs = proofs.and(factor, self.clock.now());
        self.enter(user, (stamp, by, proofs), hooks, context).await
    }

    fn may_enter(&self, user: &StoredUser<U>) -> Result<(), NotAdmitted> {
        if !user.logical().may_sign_in(|| self.clock.now()) {
            return Err(NotAdmitted::Inactive);
        }
        if self.awaits_verification(user) {
            return Err(NotAdmitted::Unverified);
        }
        Ok(())
    }

    /// Makes the sign-in. No other function does.
    async fn enter(
        &self,
        user: Arc<StoredUser<U>>,
        (stamp, by, proofs): (SecurityStamp, ProvedBy, Proofs),
        hooks: &HookRunner<U>,
        context: &HookContext,
    ) -> Result<SignedIn<U>, NotAdmitted> {
        let asked = HookUser::new(Arc::clone(&user));
        hooks.before_login(asked, context).await.map_err(NotAdmitted::Vetoed)?;
        let pass = Pass { user: user.id().to_string(), stamp, by, proofs };
        Ok(SignedIn { user, pass })
    }

    pub(crate) fn awaits_verification(&self, user: &StoredUser<U>) -> bool {
        self.verified_only && user.logical().recovery_verified == Some(false)
    }
}

impl<U: AuthUser> fmt::Debug for Door<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("verified_only", &self.verified_only).finish_non_exhaustive()
    }
}
