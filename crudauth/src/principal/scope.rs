//! The gate that asks for a scope.

use std::future::{Future, ready};
use std::marker::PhantomData;

use super::Principal;
use super::gate::{Denied, Gate};
use crate::error::Rejection;
use crate::scope::ScopeName;
use crate::user::AuthUser;

/// Passes credentials that have the scope `S`. A session has no scopes, so this passes none.
///
/// ```
/// use crudauth::{AuthUser, Principal, Scope};
///
/// crudauth::scopes! {
///     /// Reading reports.
///     pub ReportsRead = "reports:read";
/// }
///
/// async fn reports<U: AuthUser>(me: Principal<U, Scope<ReportsRead>>) -> String {
///     format!("the reports of {}", me.id())
/// }
/// # fn ignore<U: AuthUser>() { let _ = reports::<U>; }
/// ```
#[derive(Debug)]
pub struct Scope<S>(PhantomData<fn() -> S>);

impl<U: AuthUser, S: ScopeName> Gate<U> for Scope<S> {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Denied>> + Send {
        ready(
            principal
                .has_scope::<S>()
                .then_some(())
                .ok_or_else(|| Denied::with(Rejection::InsufficientScope)),
        )
    }
}
