//! A layer that asks users to set up the second factor that they have to have.

use std::fmt;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower_layer::Layer;

use super::CrudAuth;
use super::guard::{Guard, Guarded};
use crate::error::{Rejection, RejectionKind};
use crate::http::Route;
use crate::user::AuthUser;

/// What a user reaches who has to set a factor up first.
const OPEN: [Route; 5] = [Route::Mfa, Route::MfaSetup, Route::MfaConfirm, Route::Me, Route::Logout];

impl<U: AuthUser> CrudAuth<U> {
    /// A layer that refuses users who have to have a second factor
    /// ([`MfaConfig::required`](crate::mfa::MfaConfig::required)) and have none, with 403 `mfa_enrolment_required`: for
    /// sessions that began before the factor was required of them. `/mfa`, `/mfa/totp/setup`,
    /// `/mfa/totp/confirm`, `/me` and `/logout` stay open, wherever
    /// [`Builder::routes`](crate::Builder::routes) has them. Anonymous requests pass: it says nothing of
    /// who is signed in.
    ///
    /// Columns cost no query beyond that of the principal, and crudauth's own table one for those who
    /// have to have a factor. Without [`Builder::mfa`](crate::Builder::mfa) everybody passes.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use crudauth::{AuthUser, CrudAuth};
    /// # async fn dashboard() {}
    /// fn pages<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
    ///     Router::new().route("/dashboard", get(dashboard)).route_layer(auth.require_enrolment())
    /// }
    /// ```
    #[must_use]
    pub fn require_enrolment(&self) -> RequireEnrolment<U> {
        RequireEnrolment { auth: self.clone() }
    }
}

/// A layer that asks users to set up the second factor that they have to have. Made by
/// [`CrudAuth::require_enrolment`].
pub struct RequireEnrolment<U> {
    auth: CrudAuth<U>,
}

impl<U: AuthUser> RequireEnrolment<U> {
    async fn check(&self, request: Request) -> Result<Request, Rejection> {
        let app = &self.auth.inner.app;
        let path = request.uri().path();
        let is_open = OPEN.iter().any(|route| app.routes.path(*route) == Some(path));
        let Some(mfa) = self.auth.mfa().filter(|_| !is_open) else { return Ok(request) };
        let (mut parts, body) = request.into_parts();
        if let Some(principal) = app.authenticator.authenticate(&parts).await? {
            if mfa.has_to_enrol(&principal.user).await? {
                return Err(RejectionKind::MfaEnrolmentRequired.into());
            }
            app.authenticator.remember(&mut parts, principal);
        }
        Ok(Request::from_parts(parts, body))
    }
}

impl<U: AuthUser> Guard for RequireEnrolment<U> {
    type Passed = ();

    async fn pass(&self, request: Request) -> Result<(Request, ()), Response> {
        let checked = self.check(request).await;
        checked.map(|request| (request, ())).map_err(IntoResponse::into_response)
    }

    fn finish(&self, (): (), answer: Response) -> Response {
        answer
    }
}

impl<U: AuthUser, S> Layer<S> for RequireEnrolment<U> {
    type Service = Guarded<Self, S>;

    fn layer(&self, inner: S) -> Guarded<Self, S> {
        Guarded::new(self.clone(), inner)
    }
}

impl<U> Clone for RequireEnrolment<U> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone() }
    }
}

impl<U> fmt::Debug for RequireEnrolment<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireEnrolment").finish_non_exhaustive()
    }
}
