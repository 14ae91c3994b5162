//! Gates: conditions on a principal, as types.

use std::future::{Future, ready};

use super::Principal;
use crate::error::{Rejection, RejectionKind};
use crate::user::{AuthUser, HasRecovery, HasSuperuser};

/// A condition that a principal must meet, named in the type of a handler's argument.
///
/// Gates compose as tuples and are asked in their order. An application writes its own:
///
/// ```
/// use crudauth::user::AuthUser;
/// use crudauth::{Gate, Principal, Rejection, RejectionKind};
///
/// /// Passes users of a staff domain.
/// struct Staff;
///
/// impl<U: AuthUser> Gate<U> for Staff {
///     async fn check(principal: &Principal<U>) -> Result<(), Rejection> {
///         match principal.user.logical().email {
///             Some(email) if email.ends_with("@staff.example.com") => Ok(()),
///             _ => Err(RejectionKind::AccessDenied.into()),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gate that `{U}` can answer",
    label = "not a gate for `{U}`",
    note = "the gates of crudauth are `Superuser`, `Verified`, `Scope`, `Via`, `Mfa`, `Proof`, `Fresh` and `Recent`, tuples of gates, and types for which you implement `crudauth::Gate`"
)]
pub trait Gate<U: AuthUser>: Send + Sync + 'static {
    /// Asks whether `principal` may pass. A refusal is one of the answers of the wire contract:
    /// [`RejectionKind::AccessDenied`] where none says more.
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send;

    /// Whether the extractor asks the transport of this name at all. Default: every one. A
    /// credential that travels by another one is not denied but ignored, as if it were not there.
    #[must_use]
    fn asks(transport: &str) -> bool {
        let _ = transport;
        true
    }
}

/// The gate that passes everyone who is authenticated.
impl<U: AuthUser> Gate<U> for () {
    fn check(_: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        ready(Ok(()))
    }
}

/// Passes superusers. The struct needs the logical field `is_superuser`.
#[derive(Debug)]
pub enum Superuser {}

impl<U: HasSuperuser> Gate<U> for Superuser {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        ready(
            principal
                .is_superuser()
                .then_some(())
                .ok_or_else(|| RejectionKind::InsufficientPrivileges.into()),
        )
    }
}

/// Passes users who have proved their recovery factor. The struct needs the factor and its flag:
/// `email` and `email_verified`, or those of `#[auth(recovery(..))]`.
#[derive(Debug)]
pub enum Verified {}

impl<U: HasRecovery> Gate<U> for Verified {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        let verified = principal.user.logical().recovery_verified == Some(true);
        ready(verified.then_some(()).ok_or_else(|| RejectionKind::NotVerified.into()))
    }
}

macro_rules! tuples_of_gates {
    ($($G:ident),*) => {
        impl<U: AuthUser, $($G: Gate<U>),*> Gate<U> for ($($G,)*) {
            async fn check(principal: &Principal<U>) -> Result<(), Rejection> {
                $($G::check(principal).await?;)*
                Ok(())
            }

            fn asks(transport: &str) -> bool {
                true $(&& $G::asks(transport))*
            }
        }
    };
}

tuples_of_gates!(A);
tuples_of_gates!(A, B);
tuples_of_gates!(A, B, C);
tuples_of_gates!(A, B, C, D);
tuples_of_gates!(A, B, C, D, E);
tuples_of_gates!(A, B, C, D, E, F);
