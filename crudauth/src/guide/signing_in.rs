//! Signing in from your own code: form pages, sign-in after sign-up, links, LDAP, tests.
//!
//! [`CrudAuth::sign_in`] takes who signs in, the head of the request, and what is to come of it.
//! What it gives goes into the response. It decides as `POST /login` does: by whether the account is
//! active and verified, its second factor, your hook `before_login`, and the origin of the page.
//!
//! # A form page
//!
//! [`Credentials`] are checked with the lockout, by the address and the device of the request:
//!
//! ```
//! use axum::Form;
//! use axum::extract::State;
//! use axum::http::request::Parts;
//! use axum::response::{Html, IntoResponse, Redirect, Response};
//! use crudauth::{AuthUser, Credentials, CrudAuth, Password, Rejection, SessionOptions};
//!
//! #[derive(serde::Deserialize)]
//! struct LoginPage {
//!     name: String,
//!     password: Password,
//!     stay: Option<String>,
//! }
//!
//! async fn log_in<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(page): Form<LoginPage>,
//! ) -> Response {
//!     let options = SessionOptions::default().remember_me(page.stay.is_some());
//!     match auth.sign_in(Credentials::new(page.name, page.password), &request, options).await {
//!         Ok(session) => (session, Redirect::to("/")).into_response(),
//!         Err(refused) => {
//!             let refused = Rejection::from(refused);
//!             let page = Html(format!("<p>{}</p> <!-- and the form again -->", refused.detail()));
//!             refused.into_page(page)
//!         }
//!     }
//! }
//! # fn ignore<U: AuthUser>() { let _ = log_in::<U>; }
//! ```
//!
//! # After a sign-up
//!
//! Only do it where no mail is sent: a sign-up whose answer goes to the inbox tells nobody whether
//! the address was free, and signs nobody in.
//!
//! ```
//! use axum::extract::State;
//! use axum::http::request::Parts;
//! use axum::response::{IntoResponse, Redirect};
//! use crudauth::register::{RegisterForm, SignedUp};
//! use crudauth::{AuthUser, CrudAuth, Rejection, SessionOptions};
//!
//! async fn sign_up<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     form: RegisterForm<U>, // JSON, or the form of a page
//! ) -> Result<impl IntoResponse, Rejection> {
//!     let SignedUp::Created(user) = auth.sign_up(form, &request).await? else {
//!         return Ok(Redirect::to("/check-your-inbox").into_response());
//!     };
//!     let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
//!     Ok((session, Redirect::to("/welcome")).into_response())
//! }
//! # fn ignore<U: AuthUser>() { let _ = sign_up::<U>; }
//! ```
//!
//! # A link of your own
//!
//! A link that signs in is a password that has been mailed: let it work once, for some minutes, and
//! let the page behind it ask for a click, since mail scanners open links. The click is a `POST`:
//!
//! ```
//! use axum::extract::State;
//! use axum::http::request::Parts;
//! use axum::response::{IntoResponse, Redirect};
//! use crudauth::{AuthUser, CrudAuth, Rejection, RejectionKind, SessionOptions};
//! # /// Takes the code out of your table, by one `DELETE .. RETURNING`.
//! # async fn redeem<U: AuthUser>(_code: &str) -> Option<U::Id> { None }
//!
//! async fn open<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     code: String,
//! ) -> Result<impl IntoResponse, Rejection> {
//!     let id = redeem::<U>(&code).await.ok_or(RejectionKind::InvalidLink)?;
//!     let user = auth.stores().users().find_by_id(&id).await?;
//!     let user = user.ok_or(RejectionKind::InvalidLink)?;
//!     let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
//!     Ok((session, Redirect::to("/")))
//! }
//! # fn ignore<U: AuthUser>() { let _ = open::<U>; }
//! ```
//!
//! # LDAP, SAML, a company's single sign-on
//!
//! Ask the directory, then find the row. The lockout does not see what is guessed there: limit the
//! route by [`CrudAuth::rate_limit`](crate::CrudAuth::rate_limit).
//!
//! ```
//! use axum::http::request::Parts;
//! use crudauth::user::LoginName;
//! use crudauth::{AuthUser, CrudAuth, NewSession, Rejection, RejectionKind, SessionOptions};
//! # /// Binds to the directory as this user.
//! # async fn bind(_name: &str, _password: &str) -> bool { false }
//!
//! async fn by_directory<U: AuthUser>(
//!     auth: &CrudAuth<U>,
//!     request: &Parts,
//!     name: &str,
//!     password: &str,
//! ) -> Result<NewSession<U>, Rejection> {
//!     if !bind(name, password).await {
//!         return Err(RejectionKind::BadCredentials.into());
//!     }
//!     let within = auth.tenant(request)?;
//!     let user = auth.stores().users().find_by_login(&LoginName::new(name), &within).await?;
//!     let user = user.ok_or(RejectionKind::BadCredentials)?;
//!     Ok(auth.sign_in(user, request, SessionOptions::default()).await?)
//! }
//! # fn ignore<U: AuthUser>(auth: &CrudAuth<U>, request: &Parts) {
//! # let _ = by_directory(auth, request, "", ""); }
//! ```
//!
//! An empty password binds to many directories as nobody, with success: refuse it before.
//!
//! # Tokens
//!
//! [`TokenOptions`](crate::TokenOptions) give an access token and a refresh token, as `POST /token`
//! does. [`AccessTokenOptions`](crate::AccessTokenOptions) give one access token for a job, where no
//! request is at hand:
//!
//! ```
//! use std::time::Duration;
//! use axum::http::Request;
//! use crudauth::user::HasEpoch;
//! use crudauth::{AccessTokenOptions, CrudAuth, SignInError};
//!
//! async fn nightly_export<U: HasEpoch>(auth: &CrudAuth<U>, user: U) -> Result<(), SignInError> {
//!     let (no_request, ()) = Request::new(()).into_parts();
//!     let options = AccessTokenOptions::lasting(Duration::from_secs(600));
//!     let token = auth.sign_in(user, &no_request, options).await?;
//!     // Send `token.as_str()` as `Authorization: Bearer ..`.
//!     # let _ = token;
//!     Ok(())
//! }
//! # fn ignore<U: HasEpoch>(auth: &CrudAuth<U>, user: U) { let _ = nightly_export(auth, user); }
//! ```
//!
//! # Tests
//!
//! A test signs a user in without a password and without HTTP, and shows the session in its
//! requests: [`NewSession::request_headers`](crate::NewSession::request_headers) has an example.
//!
//! [`CrudAuth::sign_in`]: crate::CrudAuth::sign_in
//! [`Credentials`]: crate::Credentials
