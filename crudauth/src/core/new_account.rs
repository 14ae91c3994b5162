//! New accounts of users who have typed no password.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::providers::Profile;
use crate::store::StepsOfNew;
use crate::user::{AuthUser, ProviderLink, StoredUser};

/// Makes the account of a user who signs in by other means than a password.
pub(crate) trait NewAccounts<U: AuthUser>: Send + Sync {
    /// Creates a user without a password, by the hooks of a sign-up.
    fn create<'a>(&'a self, by: ByProvider<U>, context: &'a HookContext) -> Creating<'a, U>;
}

/// A new user who signs in by a provider.
pub(crate) struct ByProvider<U: AuthUser> {
    pub(crate) fields: U::Register,
    pub(crate) link: ProviderLink,
    /// Whether the provider's word proves the address.
    pub(crate) email_verified: bool,
    pub(crate) profile: Profile,
    /// What is written with the user.
    pub(crate) with: StepsOfNew<U>,
}

/// What [`NewAccounts::create`] returns.
pub(crate) type Creating<'a, U> =
    Pin<Box<dyn Future<Output = Result<Arc<StoredUser<U>>, NotCreated>> + Send + 'a>>;

/// Why there is no new account.
#[derive(Debug)]
pub(crate) enum NotCreated {
    /// The user name is taken, looks like one that is, or was claimed by a sign-up.
    NameTaken,
    /// The identity is that of another user, or the one that had it has changed.
    IdentityTaken,
    /// A unique value is taken.
    Taken,
    /// A value is not one that a sign-up takes.
    Unfit,
    /// A value does not fit its column.
    NoRoom,
    /// A hook of the application says no.
    Vetoed,
    /// Something failed.
    Failed(Rejection),
}
