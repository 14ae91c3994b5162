//! Pages that the server renders: forms, the way to the sign-in page and back.
//!
//! crudauth's own routes speak JSON. An application with pages leaves out those that it answers
//! itself, and signs in and out by its own handlers:
//!
//! ```
//! use axum::extract::{Query, State};
//! use axum::http::request::Parts;
//! use axum::response::{Html, IntoResponse, Redirect, Response};
//! use axum::routing::{get, post};
//! use axum::{Form, Router};
//! use crudauth::http::{ReturnTo, Route, Routes};
//! use crudauth::{AuthUser, Builder, Credentials, CrudAuth, Password, Principal, Rejection, SessionOptions};
//!
//! fn configure<U: AuthUser, Db>(builder: Builder<U, Db>) -> Builder<U, Db> {
//!     builder.routes(Routes::default().without(Route::Login).without(Route::Logout))
//! }
//!
//! fn pages<U: AuthUser>(auth: CrudAuth<U>) -> Router {
//!     let closed = Router::new()
//!         .route("/notes", get(notes::<U>).post(write::<U>))
//!         .route_layer(auth.require_login()); // browsers go to `/login?next=/notes`
//!     Router::new()
//!         .merge(closed)
//!         .route("/login", get(login_page).post(log_in::<U>))
//!         .route("/logout", post(log_out::<U>))
//!         .route_layer(auth.csrf_forms()) // forms show the token as a field
//!         .merge(auth.router())
//!         .with_state(auth)
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct LoginPage {
//!     #[serde(default)]
//!     next: ReturnTo, // a path of this server, or nothing
//! }
//!
//! async fn login_page(Query(page): Query<LoginPage>) -> Html<String> {
//!     let next = page.next.hidden_field("next");
//!     Html(format!("<form method=post>{next} <input name=name> <input name=password type=password></form>"))
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct LogIn {
//!     name: String,
//!     password: Password,
//!     #[serde(default)]
//!     next: ReturnTo,
//! }
//!
//! async fn log_in<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(form): Form<LogIn>,
//! ) -> Response {
//!     let credentials = Credentials::new(form.name, form.password);
//!     match auth.sign_in(credentials, &request, SessionOptions::default()).await {
//!         Ok(session) => (session, form.next.redirect_or("/notes")).into_response(),
//!         Err(refused) => {
//!             let refused = Rejection::from(refused);
//!             let page = Html(format!("<p>{}</p> <!-- and the form again -->", refused.detail()));
//!             refused.into_page(page) // with its status, `Retry-After` and cookies
//!         }
//!     }
//! }
//!
//! async fn notes<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U>,
//!     request: Parts,
//! ) -> Result<Html<String>, Rejection> {
//!     let csrf = auth.csrf_field(&request).await?;
//!     Ok(Html(format!("<form method=post>{csrf} <textarea name=text></textarea></form> {}", me.id())))
//! }
//!
//! async fn write<U: AuthUser>(me: Principal<U>) -> Redirect {
//!     Redirect::to("/notes")
//! }
//!
//! async fn log_out<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//! ) -> Result<impl IntoResponse, Rejection> {
//!     Ok((auth.sign_out(&request).await?, Redirect::to("/login")))
//! }
//! ```
//!
//! - **The token in a form.** [`CrudAuth::csrf_field`] writes the hidden field, and
//!   [`CrudAuth::csrf_forms`] lets it count as the header `X-CSRF-Token`, by the same rules. A form
//!   without it is refused with 403 where a session is live. The forms of visitors, such as the one
//!   that signs in, need none: they are judged by their origin.
//! - **The way back.** [`CrudAuth::require_login`] sends a browser that asks for a page to the
//!   sign-in page, and tells it by `next` where to come back to. A [`ReturnTo`] is a path of this
//!   server and nothing else: `//evil.example`, `/\evil.example`, `https:evil.example` and what
//!   decodes to such read as no path.
//! - **A sign-up page** takes its form by `Result<RegisterForm<U>, Rejection>`
//!   ([`RegisterForm`](crate::register::RegisterForm)). A refusal has one entry for each mistake in
//!   `refused.kind().errors()`, with its `message()` and the name of its field in `location().name()`.
//! - **403 `missing_csrf_token` although the form has the field**: the route is not under
//!   [`CrudAuth::csrf_forms`], or `require_login` was added after it and so asks before it.
//! - **A refusal as a page** is [`Rejection::into_page`](crate::Rejection::into_page), of whatever a
//!   handler takes as a `Result`: `me: Result<Principal<U>, Rejection>`.
//! - Scripts and programs, whose `Accept` does not name `text/html`, are answered with 401 as ever.
//!
//! [`CrudAuth::csrf_field`]: crate::CrudAuth::csrf_field
//! [`CrudAuth::csrf_forms`]: crate::CrudAuth::csrf_forms
//! [`CrudAuth::require_login`]: crate::CrudAuth::require_login
//! [`ReturnTo`]: crate::http::ReturnTo
