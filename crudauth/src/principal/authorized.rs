//! Gates that see the request.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRef, FromRequestParts, Path, State};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{Gate, Principal};
use crate::error::{Rejection, RejectionKind};
use crate::user::AuthUser;

/// A condition on a principal **and** the request: on what its path names, say, and on what the
/// application keeps about it. A [`Gate`] sees the principal alone. [`Authorized`] asks it, as the
/// argument of a handler.
///
/// ```
/// use axum::extract::{FromRef, State};
/// use crudauth::{
///     AuthUser, Authorized, CrudAuth, GateRequest, Principal, Rejection, RejectionKind,
///     RequestGate, Sqlite,
/// };
/// use diesel::prelude::*;
/// use serde::Deserialize;
///
/// # diesel::table! {
/// #     accounts {
/// #         id -> Integer, email -> Text, hashed_password -> Text, is_active -> Bool,
/// #         token_version -> Integer,
/// #     }
/// # }
/// # #[derive(AuthUser)]
/// # #[diesel(table_name = accounts)]
/// # struct Account {
/// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
/// # }
/// diesel::table! {
///     members (team, account) {
///         team -> Integer,
///         account -> Integer,
///     }
/// }
///
/// #[derive(Clone, FromRef)]
/// struct AppState {
///     auth: CrudAuth<Account>,
///     database: Sqlite,
/// }
///
/// /// Passes members of the team that the path names.
/// struct MemberOfTeam;
///
/// /// What it reads of the path. Other parameters are not its business.
/// #[derive(Deserialize)]
/// struct OfTeam {
///     team: i32,
/// }
///
/// impl RequestGate<Account> for MemberOfTeam {
///     type State = State<Sqlite>;
///
///     async fn check(
///         me: &Principal<Account>,
///         mut request: GateRequest<'_, State<Sqlite>>,
///     ) -> Result<(), Rejection> {
///         let OfTeam { team } = request.path().await?;
///         let account = *me.id();
///         let State(database) = request.state;
///         let found = database.read(move |connection| {
///             members::table.find((team, account)).count().get_result::<i64>(connection)
///         });
///         // Who is no member does not learn whether there is such a team.
///         if found.await? == 0 { Err(RejectionKind::NotFound.into()) } else { Ok(()) }
///     }
/// }
///
/// // `.route("/teams/{team}/board", get(board))`
/// async fn board(me: Authorized<Account, MemberOfTeam>) -> String {
///     format!("the board, for {}", me.user.email)
/// }
/// # fn router() -> axum::Router<std::sync::Arc<AppState>> {
/// #     axum::Router::new().route("/teams/{team}/board", axum::routing::get(board))
/// # }
/// ```
///
/// Several are a tuple, and are asked in its order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a gate that sees the request and that `{U}` can answer",
    label = "not a request gate for `{U}`",
    note = "a gate on the user alone is asked by `Principal<{U}, ..>`; for one that sees the request implement `crudauth::RequestGate`"
)]
pub trait RequestGate<U: AuthUser>: Send + Sync + 'static {
    /// What it needs of the application's state: `State<T>`, where `T` can be taken out of the state
    /// by [`FromRef`]; `()` where it needs nothing.
    type State: Send;

    /// Asks whether `principal` may make `request`.
    fn check(
        principal: &Principal<U>,
        request: GateRequest<'_, Self::State>,
    ) -> impl Future<Output = Result<(), Rejection>> + Send;
}

/// What a [`RequestGate`] sees of a request: its head, and its part of the application's state.
#[derive(Debug)]
pub struct GateRequest<'a, S> {
    /// The head: method, path, headers, extensions.
    pub parts: &'a mut Parts,
    /// What the gate needs of the state.
    pub state: S,
}

impl<S> GateRequest<'_, S> {
    /// The parameters of the path, as axum's [`Path`] reads them. A struct takes them by their
    /// names, and leaves those that it does not have.
    ///
    /// # Errors
    ///
    /// 404 where they are not of that type: no such thing can be there.
    pub async fn path<T: DeserializeOwned + Send>(&mut self) -> Result<T, Rejection> {
        match Path::<T>::from_request_parts(self.parts, &()).await {
            Ok(Path(parameters)) => Ok(parameters),
            Err(error) if error.status().is_server_error() => {
                tracing::error!(%error, "a gate asks for another path than its route has");
                Err(RejectionKind::Internal.into())
            }
            Err(error) => {
                tracing::debug!(%error, "the path has not what a gate asks for");
                Err(RejectionKind::NotFound.into())
            }
        }
    }
}

/// A part of the application's state `S` that a [`RequestGate`] needs. There is nothing to implement
/// here.
#[diagnostic::on_unimplemented(
    message = "a gate of this handler needs `{Self}`, which the state `{S}` does not have",
    label = "needs a field of that type with `#[derive(axum::extract::FromRef)]`, or `impl FromRef`"
)]
pub trait GateState<S>: Send {
    #[doc(hidden)]
    fn of(state: &S) -> Self;
}

impl<S> GateState<S> for () {
    fn of(_: &S) {}
}

#[diagnostic::do_not_recommend]
impl<S, T: FromRef<S> + Send> GateState<S> for State<T> {
    fn of(state: &S) -> Self {
        State(T::from_ref(state))
    }
}

macro_rules! tuples_of_request_gates {
    ($($G:ident $state:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<S, $($G: GateState<S>),*> GateState<S> for ($($G,)*) {
            fn of(state: &S) -> Self {
                ($($G::of(state),)*)
            }
        }

        #[diagnostic::do_not_recommend]
        impl<U: AuthUser, $($G: RequestGate<U>),*> RequestGate<U> for ($($G,)*) {
            type State = ($($G::State,)*);

            async fn check(
                principal: &Principal<U>,
                request: GateRequest<'_, Self::State>,
            ) -> Result<(), Rejection> {
                let GateRequest { parts, state: ($($state,)*) } = request;
                $(
                    let request = GateRequest { parts: &mut *parts, state: $state };
                    $G::check(principal, request).await?;
                )*
                Ok(())
            }
        }
    };
}

tuples_of_request_gates!(A a);
tuples_of_request_gates!(A a, B b);
tuples_of_request_gates!(A a, B b, C c);
tuples_of_request_gates!(A a, B b, C c, D d);

/// A [`Principal`] that has passed the gate `R`, which sees the request: the argument of a handler.
///
/// The principal comes first, with its own gate `G`: 401 where nobody is signed in, and 403 where `G`
/// denies it. `R` is asked after it. It derefs to the principal.
pub struct Authorized<U: AuthUser, R: RequestGate<U>, G: Gate<U> = ()> {
    principal: Principal<U, G>,
    gate: PhantomData<fn() -> R>,
}

impl<U: AuthUser, R: RequestGate<U>, G: Gate<U>> Authorized<U, R, G> {
    /// After the gate, which the caller has asked.
    pub(crate) fn passed(principal: Principal<U, G>) -> Self {
        Self { principal, gate: PhantomData }
    }

    /// The principal.
    #[must_use]
    pub fn into_principal(self) -> Principal<U, G> {
        self.principal
    }
}

impl<U: AuthUser, R: RequestGate<U>, G: Gate<U>> Deref for Authorized<U, R, G> {
    type Target = Principal<U, G>;

    fn deref(&self) -> &Self::Target {
        &self.principal
    }
}

impl<U: AuthUser, R: RequestGate<U>, G: Gate<U>> Clone for Authorized<U, R, G> {
    fn clone(&self) -> Self {
        Self::passed(self.principal.clone())
    }
}

impl<U: AuthUser, R: RequestGate<U>, G: Gate<U>> fmt::Debug for Authorized<U, R, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorized").field(&self.principal).finish()
    }
}
