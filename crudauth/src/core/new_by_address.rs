//! Creates accounts of users who have proved a mailbox and typed nothing else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::user::{AuthUser, StoredUser};

/// Makes the account of a user who has proved to read a mailbox.
pub(crate) trait NewByAddress<U: AuthUser>: Send + Sync {
    /// Creates a user without a password and with a verified address, and runs the hooks of a sign-up.
    /// `None` if the address has an account by now, or a sign-up would not accept it.
    fn create<'a>(
        &'a self,
        fields: U::Register,
        context: &'a HookContext,
    ) -> CreatingByAddress<'a, U>;
}

/// What [`NewByAddress::create`] returns.
pub(crate) type CreatingByAddress<'a, U> =
    Pin<Box<dyn Future<Output = Result<Option<Arc<StoredUser<U>>>, Rejection>> + Send + 'a>>;
