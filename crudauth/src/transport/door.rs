//! The door: the one place where a proof becomes a sign-in.
//!
//! Whatever somebody proves, by a password or by means of the application, is a [`FirstFactor`].
//! Nothing can be made of it. The door decides whether its user may sign in, and gives a [`SignedIn`]
//! in exchange; sessions and tokens are made of that and of nothing else. So a rule that is added
//! here, such as a second factor, holds for every way to sign in.

use std::fmt;
use std::sync::Arc;

use super::ProviderLogin;
use crate::clock::Clock;
use crate::hooks::{HookContext, HookRunner, HookUser, Veto};
use crate::stamp::{SecurityStamp, Stamps};
use crate::user::{AuthUser, StoredUser};

/// Who somebody has proved to be. It is not a sign-in yet: no session and no token can be made of
/// it.
pub(crate) struct FirstFactor<U> {
    user: Arc<StoredUser<U>>,
    login: Option<ProviderLogin>,
}

impl<U: AuthUser> FirstFactor<U> {
    /// For a user whom the application has authenticated by its own means: LDAP, SAML, a test.
    pub(crate) fn by_application(user: &Arc<StoredUser<U>>) -> Self {
        Self { user: Arc::clone(user), login: None }
    }

    /// For a user whose identity a provider has proved.
    #[cfg(feature = "oauth")]
    pub(crate) fn by_provider(user: &Arc<StoredUser<U>>, login: ProviderLogin) -> Self {
        Self { user: Arc::clone(user), login: Some(login) }
    }

    pub(crate) fn by_password(user: &Arc<StoredUser<U>>) -> Self {
        Self { user: Arc::clone(user), login: None }
    }
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
    login: Option<ProviderLogin>,
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
        self.login.as_ref()
    }

    #[cfg(test)]
    pub(crate) fn for_tests(user: &str, stamp: SecurityStamp) -> Self {
        Self { user: user.to_owned(), stamp, login: None }
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
    /// The account has a second factor, which cannot be asked for yet.
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

    pub(crate) async fn admit<U: AuthUser>(
        &self,
        proof: FirstFactor<U>,
        hooks: &HookRunner<U>,
        context: &HookContext,
    ) -> Result<SignedIn<U>, NotAdmitted> {
        let FirstFactor { user, login } = proof;
        if !user.logical().may_sign_in(|| self.clock.now()) {
            return Err(NotAdmitted::Inactive);
        }
        if self.awaits_verification(&*user) {
            return Err(NotAdmitted::Unverified);
        }
        if user.logical().needs_second_factor() {
            return Err(NotAdmitted::SecondFactor);
        }
        let asked = HookUser::new(Arc::clone(&user));
        hooks.before_login(asked, context).await.map_err(NotAdmitted::Vetoed)?;
        let pass = Pass { user: user.id().to_string(), stamp: self.stamps.of(&*user), login };
        Ok(SignedIn { user, pass })
    }

    pub(crate) fn awaits_verification<U: AuthUser>(&self, user: &StoredUser<U>) -> bool {
        self.verified_only && user.logical().recovery_verified == Some(false)
    }
}
