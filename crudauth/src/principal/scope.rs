//! Scopes: what a credential may be used for, as types.

use std::future::{Future, ready};
use std::marker::PhantomData;

use super::Principal;
use super::gate::{Denied, Gate};
use crate::error::Rejection;
use crate::user::AuthUser;

/// The name of a scope, as a type. [`scopes!`](crate::scopes) writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope",
    label = "not a scope",
    note = "declare it: `crudauth::scopes! {{ pub {Self} = \"reports:read\"; }}`"
)]
pub trait ScopeName: Send + Sync + 'static {
    /// The scope as tokens have it (RFC 6749 §3.3).
    const NAME: &'static str;
}

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

/// Declares scopes as types, each with its name on the wire.
///
/// ```
/// use crudauth::{BearerConfig, ScopeName};
///
/// crudauth::scopes! {
///     /// Reading notes.
///     pub NotesRead = "notes:read";
///     /// Reading reports.
///     pub ReportsRead = "reports:read";
/// }
///
/// let bearer = BearerConfig::default().grantable_scopes([NotesRead::NAME, ReportsRead::NAME]);
/// # let _ = bearer;
/// ```
#[macro_export]
macro_rules! scopes {
    ($($(#[$attribute:meta])* $visibility:vis $Name:ident = $name:literal;)+) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy)]
        $visibility enum $Name {}

        impl $crate::ScopeName for $Name {
            const NAME: &'static str = $name;
        }
    )+};
}
