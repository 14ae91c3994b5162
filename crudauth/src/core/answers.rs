//! The bodies of crudauth's answers, for handlers of the application's own that answer alike.
//!
//! ```
//! use axum::Json;
//! use axum::response::IntoResponse;
//! use crudauth::answers::Me;
//! use crudauth::{AuthUser, Principal};
//! use serde::Serialize;
//!
//! /// What `GET /me` says, and more: mount it where `Routes::without(Route::Me)` has made room.
//! #[derive(Serialize)]
//! struct Profile<'a, Id> {
//!     #[serde(flatten)]
//!     me: Me<'a, Id>,
//!     theme: &'a str,
//! }
//!
//! async fn me<U: AuthUser>(me: Principal<U>) -> impl IntoResponse {
//!     Json(Profile { me: Me::new(&me), theme: "dark" }).into_response()
//! }
//! # fn ignore<U: AuthUser>() { let _ = me::<U>; }
//! ```

use serde::Serialize;

use crate::principal::{Gate, Principal};
use crate::user::{AuthUser, StoredUser};

/// The answer to a sign-up. What the struct does not have is null.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Registered<'a, Id> {
    /// The new user.
    pub id: &'a Id,
    /// The address, as it is stored.
    pub email: Option<&'a str>,
    /// The name, as it is stored.
    pub username: Option<&'a str>,
}

impl<'a, Id> Registered<'a, Id> {
    /// For the row of the new user.
    pub fn new<U: AuthUser<Id = Id>>(user: &'a StoredUser<U>) -> Self {
        let logical = user.logical();
        Self { id: user.id(), email: logical.email, username: logical.username }
    }
}

/// The answer to a sign-in by session.
#[derive(Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct LoggedIn<'a, Id> {
    /// Who signs in.
    pub id: &'a Id,
    /// The name; null where the struct has none.
    pub username: Option<&'a str>,
    /// The CSRF token of the session; empty where CSRF tokens are given up.
    pub csrf_token: &'a str,
}

impl<'a, Id> LoggedIn<'a, Id> {
    /// For the user of a session, and its CSRF token.
    pub fn new<U: AuthUser<Id = Id>>(user: &'a StoredUser<U>, csrf_token: Option<&'a str>) -> Self {
        let (id, username) = (user.id(), user.logical().username);
        Self { id, username, csrf_token: csrf_token.unwrap_or_default() }
    }
}

/// The user of a sign-in by a provider.
#[cfg(feature = "oauth")]
#[derive(Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct OAuthUser<'a, Id> {
    /// Who signs in.
    pub user_id: &'a Id,
    /// The name; null where the struct has none.
    pub username: Option<&'a str>,
    /// The address.
    pub email: Option<&'a str>,
    /// Whether it is an administrator.
    pub is_superuser: Option<bool>,
}

#[cfg(feature = "oauth")]
impl<'a, Id> OAuthUser<'a, Id> {
    /// For a user.
    pub fn new<U: AuthUser<Id = Id>>(user: &'a StoredUser<U>) -> Self {
        let logical = user.logical();
        Self {
            user_id: user.id(),
            username: logical.username,
            email: logical.email,
            is_superuser: logical.is_superuser,
        }
    }
}

/// The answer of `GET /me`. What the struct does not have is null.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Me<'a, Id> {
    /// Who makes the request.
    pub user_id: &'a Id,
    /// The name.
    pub username: Option<&'a str>,
    /// The address.
    pub email: Option<&'a str>,
    /// Whether it is an administrator.
    pub is_superuser: Option<bool>,
    /// What the token may be used for; empty for a session.
    pub scopes: &'a [String],
    /// The transport of the proof: `session`, `bearer`, or one of the application.
    pub via: &'a str,
}

impl<'a, Id> Me<'a, Id> {
    /// For a principal.
    pub fn new<U: AuthUser<Id = Id>, G: Gate<U>>(principal: &'a Principal<U, G>) -> Self {
        let logical = principal.user.logical();
        Self {
            user_id: principal.id(),
            username: logical.username,
            email: logical.email,
            is_superuser: logical.is_superuser,
            scopes: principal.scopes(),
            via: principal.via(),
        }
    }
}

/// An answer that says in a sentence what was done.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct Done {
    /// The sentence.
    pub detail: &'static str,
}

impl Done {
    /// Where a sign-up is answered by mail, for a free address and for a taken one.
    pub const CHECK_YOUR_INBOX: Self =
        Self { detail: "If the email is available, check your inbox to finish signing up." };

    /// After a sign-out.
    pub const LOGGED_OUT: Self = Self { detail: "Logged out" };
}
