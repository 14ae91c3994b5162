//! Single-page applications: a front end of scripts that calls the API.
//!
//! # On the origin of the API
//!
//! Nothing is to be set. The script signs in by `POST /login`, takes the CSRF token from the answer
//! (or from the cookie `__Host-csrf_token`), and shows it as `X-CSRF-Token` with all that changes
//! something. A page that has lost it asks `POST /csrf/refresh`, which is always there. An answer
//! with `X-CSRF-Error: true` says that the token was the reason.
//!
//! The page at `GET /login` is your own: where the router has a route of yours at a path of
//! crudauth's, each answers its own method. A fallback does not get there, since the path exists:
//!
//! ```
//! use axum::Router;
//! use axum::response::Html;
//! use axum::routing::get;
//! use crudauth::{AuthUser, CrudAuth};
//!
//! async fn index() -> Html<&'static str> {
//!     Html("<!doctype html> <script type=module src=/app.js></script>")
//! }
//!
//! fn app<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
//!     Router::new()
//!         .route("/login", get(index)) // beside `POST /login`
//!         .route("/register", get(index))
//!         .merge(auth.router())
//!         .fallback(index)
//! }
//! ```
//!
//! # JSON, and what a token says
//!
//! `POST /login` and `POST /token` take forms, as OAuth 2 has it. With
//! [`Builder::json_sign_in`] they take JSON too, with the same fields. With
//! [`BearerConfig::detailed_answers`] the answers with tokens have `expires_in`, `scope` and
//! `user_id` (RFC 6749 §5.1).
//!
//! # On another host
//!
//! Trust the origin of the front end, and let it read the answers (feature `cors`):
//!
//! ```
//! # #[cfg(feature = "cors")] mod example {
//! # use axum::Router;
//! # use crudauth::{AuthUser, Builder, CrudAuth};
//! fn configure<U: AuthUser, Db>(builder: Builder<U, Db>) -> Builder<U, Db> {
//!     builder.add_trusted_origin("https://app.example.com")
//! }
//!
//! fn app<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
//!     auth.router().layer(auth.cors()) // outermost
//! }
//! # }
//! ```
//!
//! The script calls with `fetch(url, { credentials: "include" })`. From `app.example.com` to
//! `api.example.com` the cookies travel as they are: it is one *site*. From another site they need
//! [`SameSite::None`](crate::http::SameSite::None), which browsers increasingly block, and which
//! takes a guard away; bearer tokens with the refresh token in the body
//! ([`RefreshDelivery::Body`](crate::RefreshDelivery::Body)) need no cookie. Where two hosts are to
//! share one session, there is [`CookieConfig::domain`](crate::CookieConfig::domain). Both say what
//! they cost.
//!
//! [`Builder::json_sign_in`]: crate::Builder::json_sign_in
//! [`BearerConfig::detailed_answers`]: crate::BearerConfig::detailed_answers
