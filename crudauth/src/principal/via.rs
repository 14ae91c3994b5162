//! Narrowing to a transport, by type.

use std::future::{Future, ready};
use std::marker::PhantomData;

use super::Principal;
use super::gate::Gate;
use crate::error::{Rejection, RejectionKind};
use crate::user::AuthUser;

/// The name of a transport, as a type. An application writes one for a transport of its own.
pub trait TransportName: Send + Sync + 'static {
    /// What [`Principal::via`] says.
    const NAME: &'static str;
}

/// The session transport.
#[derive(Debug)]
pub enum Session {}

impl TransportName for Session {
    const NAME: &'static str = "session";
}

/// The bearer transport.
#[derive(Debug)]
pub enum Bearer {}

impl TransportName for Bearer {
    const NAME: &'static str = "bearer";
}

/// One transport by its [name](TransportName), or a tuple of several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transport",
    label = "not a transport",
    note = "`Via` takes `Session`, `Bearer`, a type for which you implement `crudauth::TransportName`, or a tuple of these"
)]
pub trait TransportNames: Send + Sync + 'static {
    /// Whether the transport of this name is among them.
    fn include(transport: &str) -> bool;
}

#[diagnostic::do_not_recommend]
impl<T: TransportName> TransportNames for T {
    fn include(transport: &str) -> bool {
        transport == T::NAME
    }
}

macro_rules! tuples_of_transports {
    ($($T:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<$($T: TransportName),*> TransportNames for ($($T,)*) {
            fn include(transport: &str) -> bool {
                false $(|| transport == $T::NAME)*
            }
        }
    };
}

tuples_of_transports!(A, B);
tuples_of_transports!(A, B, C);
tuples_of_transports!(A, B, C, D);

/// Asks one transport alone: `Principal<Account, Via<Bearer>>` sees bearer tokens, and a session
/// is as if it were not there, whichever comes first elsewhere. `Via<(Session, Bearer)>` asks
/// these two, in the order in which they are mounted.
///
/// ```
/// use crudauth::{AuthUser, Bearer, Principal, Via};
///
/// async fn for_programs<U: AuthUser>(me: Principal<U, Via<Bearer>>) -> &'static str {
///     me.via()
/// }
/// # fn ignore<U: AuthUser>() { let _ = for_programs::<U>; }
/// ```
#[derive(Debug)]
pub struct Via<T>(PhantomData<fn() -> T>);

impl<U: AuthUser, T: TransportNames> Gate<U> for Via<T> {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        let is_it = T::include(principal.via());
        ready(is_it.then_some(()).ok_or_else(|| RejectionKind::NotAuthenticated.into()))
    }

    fn asks(transport: &str) -> bool {
        T::include(transport)
    }
}
