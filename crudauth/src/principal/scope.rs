//! The gate that asks for a scope.

use std::future::{Future, ready};
use std::marker::PhantomData;

use super::Principal;
use super::gate::Gate;
use crate::error::{Rejection, RejectionKind};
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
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        ready(
            principal
                .has_scope::<S>()
                .then_some(())
                .ok_or_else(|| RejectionKind::InsufficientScope.into()),
        )
    }
}

/// Passes credentials that may change the account itself, as crudauth's own routes for passwords
/// and addresses ask: see [`Principal::may_manage_account`]. For a route of the application's that
/// closes an account, say.
#[derive(Debug)]
pub enum ManageAccount {}

impl<U: AuthUser> Gate<U> for ManageAccount {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        let may = principal.may_manage_account();
        ready(may.then_some(()).ok_or_else(|| RejectionKind::InsufficientScope.into()))
    }
}
