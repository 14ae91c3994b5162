//! The command that creates a user.

use std::fmt;
use std::time::SystemTime;

use super::{AuthUser, ProviderLink, RegisterFields as _};
use crate::password::PasswordHash;

/// All that is known of a user who is about to exist. Flags are not here: every new user is active,
/// unprivileged, and without a second factor.
pub struct NewUser<U: AuthUser> {
    /// What the client sent, checked and in canonical form.
    pub register: U::Register,
    /// What the application's new-user hook filled.
    pub provisioned: U::Provisioned,
    /// The tenant whose user it is.
    pub tenant: U::Tenant,
    /// The password's hash; `None` for a user who has no password.
    pub password: Option<PasswordHash>,
    /// The identity by which the user comes, if it is that of a provider. It is written to the
    /// columns of the struct that say so: [`UserSchema::names_providers`](super::UserSchema::names_providers).
    pub link: Option<ProviderLink>,
    /// Whether the address is proved already: a provider vouches for it, and its word counts.
    pub email_verified: bool,
    /// The first credential epoch, for `token_version`: a random number from 0 to 2^30, so that no two rows
    /// that have one id, one after the other, have an epoch in common.
    pub token_version: i64,
    /// The moment of creation, for `created_at` and `updated_at`.
    pub created_at: SystemTime,
}

impl<U: AuthUser> NewUser<U> {
    /// The address, where it is proved already.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.register.email().filter(|_| self.email_verified)
    }
}

/// Without what the client sent and what the hook filled, which may be anything.
impl<U: AuthUser> fmt::Debug for NewUser<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("password", &self.password)
            .field("link", &self.link)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// The `Provisioned` type of a user struct without `#[auth(provisioned)]` fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NothingProvisioned;

/// The fields of a struct that needs no new-user hook: it has no `#[auth(provisioned)]` field.
#[diagnostic::on_unimplemented(
    message = "nothing fills the `#[auth(provisioned)]` fields of `{Self}`",
    label = "needs `.new_user_fields(..)` before this",
    note = "for example `.new_user_fields(|new| async move {{ Ok({Self} {{ .. }}) }})`"
)]
pub trait Nothing: Sized {
    #[doc(hidden)]
    fn nothing() -> Self;
}

impl Nothing for NothingProvisioned {
    fn nothing() -> Self {
        Self
    }
}

/// The `OAuthFields` type of a user struct whose sign-up needs no more than a provider says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoFormFields;
