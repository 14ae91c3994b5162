//! Which users prove a second factor at a sign-in.

use std::fmt;
use std::sync::Arc;

use super::second_factor::SecondFactors;
use crate::store::StoreError;
use crate::transport::{Deciding, Due, ProvedBy, SecondStep};
use crate::user::{AuthUser, StoredUser};

/// Which users need a second factor. Made from `true`, `false`, or a function over the user:
///
/// ```
/// use crudauth::mfa::Required;
/// # struct Account { is_admin: bool }
///
/// let everybody = Required::<Account>::from(true);
/// let administrators = Required::when(|account: &Account| account.is_admin);
/// # drop((everybody, administrators));
/// ```
pub enum Required<U> {
    /// It is optional: users who have a factor are asked for it.
    Nobody,
    /// Everybody.
    Everybody,
    /// Users for whom the function returns `true`. It is asked at each sign-in, and looks at the row alone.
    When(Arc<dyn Fn(&U) -> bool + Send + Sync>),
}

impl<U> Required<U> {
    /// Users for whom `required` returns `true`.
    pub fn when(required: impl Fn(&U) -> bool + Send + Sync + 'static) -> Self {
        Self::When(Arc::new(required))
    }

    fn of(&self, user: &U) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::When(required) => required(user),
        }
    }
}

impl<U> From<bool> for Required<U> {
    fn from(required: bool) -> Self {
        if required { Self::Everybody } else { Self::Nobody }
    }
}

impl<U> Clone for Required<U> {
    fn clone(&self) -> Self {
        match self {
            Self::Nobody => Self::Nobody,
            Self::Everybody => Self::Everybody,
            Self::When(required) => Self::When(Arc::clone(required)),
        }
    }
}

impl<U> fmt::Debug for Required<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Everybody => "Everybody",
            Self::When(_) => "When(..)",
        })
    }
}

/// The second factors of the users, and which users need one.
pub(crate) struct SecondFactorPolicy<U: AuthUser> {
    pub(crate) factors: SecondFactors<U>,
    required: Required<U>,
    /// Whether another password and another address take the factor, too.
    guards_changes: bool,
}

impl<U: AuthUser> SecondFactorPolicy<U> {
    pub(crate) fn new(
        factors: SecondFactors<U>,
        (required, guards_changes): (Required<U>, bool),
    ) -> Self {
        Self { factors, required, guards_changes }
    }

    pub(crate) fn guards_changes(&self) -> bool {
        self.guards_changes
    }

    /// Whether `user` has to have one.
    pub(crate) fn is_required_of(&self, user: &U) -> bool {
        self.required.of(user)
    }

    async fn decide(&self, user: &StoredUser<U>) -> Result<Due, StoreError> {
        let enrolment = self.factors.of(user).await?;
        if enrolment.unreadable() {
            tracing::error!(
                user = %user.id(),
                "the second factor of an account cannot be decrypted, so that no code is accepted: give \
                 back the key under which it was encrypted, by `MfaConfig::encryption_keys` for columns \
                 of the users table, and by `SecretKey::with_fallbacks` for the table of crudauth"
            );
        }
        Ok(match enrolment.is_enabled() {
            true => Due::Code,
            false if self.is_required_of(user) => Due::Enrolment,
            false => Due::Nothing,
        })
    }
}

impl<U: AuthUser> SecondStep<U> for SecondFactorPolicy<U> {
    fn due<'a>(&'a self, user: &'a StoredUser<U>, by: &'a ProvedBy) -> Deciding<'a> {
        match by {
            // A provider that is trusted has asked for the second factor itself.
            ProvedBy::Provider { second_factor: true, .. } => {
                Box::pin(std::future::ready(Ok(Due::Nothing)))
            }
            _ => Box::pin(self.decide(user)),
        }
    }
}

impl<U: AuthUser> fmt::Debug for SecondFactorPolicy<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactorPolicy")
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}
