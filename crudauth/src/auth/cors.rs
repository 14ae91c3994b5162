//! Which pages of other origins may read the answers of an application.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::Route;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service;

use super::CrudAuth;
use crate::user::AuthUser;

/// How long a browser asks no second time.
const MAX_AGE: Duration = Duration::from_secs(600);

impl<U: AuthUser> CrudAuth<U> {
    /// A layer by which the pages of the
    /// [trusted origins](crate::Builder::add_trusted_origin), and no others, call the application
    /// with the user's cookies and read its answers (CORS). It answers the preflights of browsers.
    ///
    /// The pages may use `GET`, `POST`, `PUT`, `PATCH` and `DELETE`, send `Content-Type`,
    /// `Authorization` and `X-CSRF-Token`, and read `X-CSRF-Error`, `Retry-After`,
    /// `WWW-Authenticate` and the `X-RateLimit` headers. There is no way to trust every origin: with cookies, no browser takes
    /// `*`.
    ///
    /// Put it around the whole application and outside of everything else, so that a preflight,
    /// which carries no cookie, meets no gate:
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use crudauth::{AuthUser, CrudAuth};
    /// # async fn notes() {}
    /// fn app<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
    ///     let notes = Router::new().route("/notes", get(notes));
    ///     auth.protect(notes).merge(auth.router()).layer(auth.cors())
    /// }
    /// ```
    ///
    /// Cookies are `SameSite=lax` by default and so travel from `app.example.com` to
    /// `api.example.com`, and from no other site: [`CookieConfig`](crate::CookieConfig) has a table.
    /// A token in the `Authorization` header travels from everywhere.
    pub fn cors(
        &self,
    ) -> impl Layer<
        Route,
        Service = impl Service<
            Request,
            Response = impl IntoResponse + 'static,
            Error = Infallible,
            Future = impl Send + 'static,
        > + Clone
                  + Send
                  + Sync
                  + 'static,
    > + Clone
    + Send
    + Sync
    + 'static {
        let origins = self.inner.core().csrf.trusted_origins();
        // An origin is ASCII, so that each of them can be a header.
        let origins: Vec<HeaderValue> =
            origins.filter_map(|origin| origin.to_string().parse().ok()).collect();
        if origins.is_empty() {
            tracing::warn!(
                "`CrudAuth::cors` lets no page in, since no origin is trusted: name them by \
                 `Builder::add_trusted_origin`"
            );
        }
        let header = HeaderName::from_static;
        CorsLayer::new()
            .allow_origin(origins)
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers([CONTENT_TYPE, AUTHORIZATION, header("x-csrf-token")])
            .expose_headers([
                header("x-csrf-error"),
                RETRY_AFTER,
                WWW_AUTHENTICATE,
                header("x-ratelimit-limit"),
                header("x-ratelimit-remaining"),
            ])
            .max_age(MAX_AGE)
    }
}
