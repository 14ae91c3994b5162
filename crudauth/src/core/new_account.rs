//! New accounts of users who have typed no password.

use std::future::Future;
use std::pin::Pin;

use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::user::{AuthUser, ProviderLink, StoredUser};

/// Makes the account of a user who signs in by other means than a password.
pub(crate) trait NewAccounts<U: AuthUser>: Send + Sync {
    /// Creates a user without a password, who comes by `link`, by the hooks of a sign-up.
    fn create<'a>(
        &'a self,
        fields: U::Register,
        link: ProviderLink,
        context: &'a HookContext,
    ) -> Creating<'a, U>;
}

/// What [`NewAccounts::create`] returns.
pub(crate) type Creating<'a, U> =
    Pin<Box<dyn Future<Output = Result<StoredUser<U>, NotCreated>> + Send + 'a>>;

/// Why there is no new account.
#[derive(Debug)]
pub(crate) enum NotCreated {
    /// A unique value is taken.
    Taken,
    /// A value is not one that a sign-up takes, or does not fit its column.
    Unfit,
    /// A hook of the application says no.
    Vetoed,
    /// Something failed.
    Failed(Rejection),
}
