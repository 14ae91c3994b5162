//! The states of an application in which an extractor finds [`CrudAuth`].

use std::sync::Arc;

use axum::extract::FromRef;

use super::CrudAuth;
use crate::user::AuthUser;

/// A state of an axum application from which [`Principal<U>`](crate::Principal) can be extracted.
///
/// It is implemented for every state `S` with `CrudAuth<U>: FromRef<S>`: for a `CrudAuth<U>` itself, for a struct with
/// `#[derive(FromRef)]` and a field of that type, for one that has `FromRef` by hand, and for an `Arc` of each of
/// them. There is nothing to implement here.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::Router;
/// use axum::extract::{FromRef, State};
/// use axum::routing::get;
/// use crudauth::{CrudAuth, Principal};
/// # use crudauth::AuthUser;
/// # diesel::table! {
/// #     accounts {
/// #         id -> BigInt, email -> Text, hashed_password -> Text, is_active -> Bool,
/// #         token_version -> BigInt,
/// #     }
/// # }
/// # #[derive(AuthUser)]
/// # #[diesel(table_name = accounts)]
/// # struct Account {
/// #     id: i64, email: String, hashed_password: String, is_active: bool, token_version: i64,
/// # }
///
/// struct AppState {
///     auth: CrudAuth<Account>,
///     greeting: &'static str,
/// }
///
/// impl FromRef<AppState> for CrudAuth<Account> {
///     fn from_ref(state: &AppState) -> Self {
///         state.auth.clone()
///     }
/// }
///
/// async fn greet(State(state): State<Arc<AppState>>, me: Principal<Account>) -> String {
///     format!("{} {}", state.greeting, me.id())
/// }
///
/// fn routes() -> Router<Arc<AppState>> {
///     Router::new().route("/greet", get(greet))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "handlers with the state `{Self}` find no `CrudAuth<{U}>`",
    label = "needs a field `CrudAuth<{U}>` with `#[derive(axum::extract::FromRef)]`, or `impl FromRef`"
)]
pub trait AuthState<U: AuthUser> {
    /// The [`CrudAuth`] in this state.
    fn auth(&self) -> CrudAuth<U>;
}

#[diagnostic::do_not_recommend]
impl<U, S> AuthState<U> for S
where
    U: AuthUser,
    CrudAuth<U>: FromRef<S>,
{
    fn auth(&self) -> CrudAuth<U> {
        CrudAuth::from_ref(self)
    }
}

/// A state behind an `Arc`, as many applications keep it.
impl<U, S> FromRef<Arc<S>> for CrudAuth<U>
where
    Self: FromRef<S>,
{
    fn from_ref(state: &Arc<S>) -> Self {
        Self::from_ref(&**state)
    }
}

/// What a handler or a gate takes of the state, such as `State<Sqlite>`, is also found behind an
/// `Arc`.
macro_rules! behind_an_arc {
    ($($(#[$cfg:meta])* $database:ty),+ $(,)?) => {$(
        $(#[$cfg])*
        impl<S> FromRef<Arc<S>> for $database
        where
            $database: FromRef<S>,
        {
            fn from_ref(state: &Arc<S>) -> Self {
                <$database>::from_ref(&**state)
            }
        }
    )+};
}

behind_an_arc! {
    #[cfg(feature = "sqlite")]
    crate::store::sqlite::Sqlite,
    #[cfg(feature = "postgres")]
    crate::store::postgres::Postgres,
    #[cfg(feature = "mysql")]
    crate::store::mysql::Mysql,
}
