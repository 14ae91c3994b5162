//! A layer that makes users set up a required second factor.

use std::fmt;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower_layer::Layer;

use super::CrudAuth;
use super::guard::{Guard, Guarded};
use crate::error::{Rejection, RejectionKind};
use crate::http::Route;
use crate::user::AuthUser;

/// The routes that stay open to a user who must set up a factor first.
const OPEN: [Route; 5] = [Route::Mfa, Route::MfaSetup, Route::MfaConfirm, Route::Me, Route::Logout];

impl<U: AuthUser> CrudAuth<U> {
    /// A layer that refuses users who need a second factor
    /// ([`MfaConfig::required`](crate::mfa::MfaConfig::required)) and have not set it up, with 403
    /// `mfa_enrolment_required`. It is for sessions that began before the factor was required. `/mfa`, `/mfa/totp/setup`,
    /// `/mfa/totp/confirm`, `/me` and `/logout` stay open, wherever
    /// [`Builder::routes`](crate::Builder::routes) has them. Anonymous requests pass: the layer does not
    /// ask for a sign-in.
    ///
    /// With the columns the layer makes no query of its own. With crudauth's own table it makes one for
    /// each user who needs a factor. Without [`Builder::mfa`](crate::Builder::mfa) everybody passes.
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

/// The layer of [`CrudAuth::require_enrolment`], which makes users set up a required second factor.
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
