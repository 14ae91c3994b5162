//! The door: the one place where a proof becomes a sign-in.
//!
//! Whatever somebody proves, by a password or by means of the application, is a [`FirstFactor`].
//! Nothing can be made of it. The door decides whether its user may sign in, and gives a [`SignedIn`]
//! in exchange; sessions and tokens are made of that and of nothing else. So a rule that is added
//! here holds for every way to sign in.
//!
//! Where a second factor is due the door gives a [`Halted`], of which nothing can be made either.

use std::fmt;
use std::sync::Arc;

use super::ProviderLogin;
use crate::clock::Clock;
use crate::hooks::{HookContext, HookRunner, HookUser, Veto};
use crate::proofs::{Factor, Proofs};
use crate::stamp::{SecurityStamp, Stamps};
use crate::user::{AuthUser, StoredUser};

/// By what somebody has proved to be a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProvedBy {
    Password,
    /// An identity at a provider.
    #[cfg_attr(not(feature = "oauth"), expect(dead_code, reason = "providers are a feature"))]
    Provider(ProviderLogin),
    /// A link or a code that was mailed to the address of the account.
    Mailbox,
    /// Means of the application: LDAP, SAML, a test.
    Application,
}

impl ProvedBy {
    fn login(&self) -> Option<&ProviderLogin> {
        match self {
            Self::Provider(login) => Some(login),
            Self::Password | Self::Mailbox | Self::Application => None,
        }
    }

    fn factor(&self) -> Factor {
        match self {
            Self::Password => Factor::Password,
            Self::Provider(_) => Factor::Provider { second_factor: false },
            Self::Mailbox => Factor::Mailbox,
            Self::Application => Factor::Application,
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
    pub(crate) fn by_provider(user: &Arc<StoredUser<U>>, login: ProviderLogin) -> Self {
        Self { user: Arc::clone(user), by: ProvedBy::Provider(login) }
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
    #[expect(dead_code, reason = "what completes a sign-in follows with the routes")]
    Halted(Halted<U>),
}

/// A sign-in that waits for a second factor. No session and no token can be made of it.
#[expect(dead_code, reason = "what completes a sign-in follows with the routes")]
pub(crate) struct Halted<U> {
    user: Arc<StoredUser<U>>,
    stamp: SecurityStamp,
    by: ProvedBy,
    proofs: Proofs,
    due: Due,
}

/// What a sign-in lacks beside its first factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// A code of the second factor that the account has.
    Code,
}

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
}

/// Lets users in.
#[derive(Debug)]
pub(crate) struct Door {
    stamps: Stamps,
    clock: Arc<dyn Clock>,
    verified_only: bool,
}

impl Door {
    /// With `verified_only`, an account whose recovery factor is not proved is refused like a
    /// disabled one.
    pub(crate) fn new(stamps: Stamps, clock: Arc<dyn Clock>, verified_only: bool) -> Self {
        Self { stamps, clock, verified_only }
    }

    /// What may be made of `proof`. The hook of the application is asked last, once nothing is due.
    pub(crate) async fn admit<U: AuthUser>(
        &self,
        proof: FirstFactor<U>,
        hooks: &HookRunner<U>,
        context: &HookContext,
    ) -> Result<Admission<U>, NotAdmitted> {
        let FirstFactor { user, by } = proof;
        self.may_enter(&user)?;
        let stamp = self.stamps.of(&*user);
        let proofs = Proofs::of(by.factor(), self.clock.now());
        match self.due(&user) {
            Due::Nothing => {
                self.enter(user, (stamp, by, proofs), hooks, context).await.map(Admission::In)
            }
            due @ Due::Code => Ok(Admission::Halted(Halted { user, stamp, by, proofs, due })),
        }
    }

    /// What the account lacks beside the first factor.
    fn due<U: AuthUser>(&self, user: &StoredUser<U>) -> Due {
        match user.logical().needs_second_factor() {
            true => Due::Code,
            false => Due::Nothing,
        }
    }

    fn may_enter<U: AuthUser>(&self, user: &StoredUser<U>) -> Result<(), NotAdmitted> {
        if !user.logical().may_sign_in(|| self.clock.now()) {
            return Err(NotAdmitted::Inactive);
        }
        if self.awaits_verification(user) {
            return Err(NotAdmitted::Unverified);
        }
        Ok(())
    }

    /// Makes the sign-in. Nobody else does.
    async fn enter<U: AuthUser>(
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

    pub(crate) fn awaits_verification<U: AuthUser>(&self, user: &StoredUser<U>) -> bool {
        self.verified_only && user.logical().recovery_verified == Some(false)
    }
}
