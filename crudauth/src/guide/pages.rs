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
//!   [`CrudAuth::csrf_forms`], or `require_login` was added after it and so asks before it. The
//!   security event says `form_not_read` then.
//! - **A refusal as a page**: the layer [`ErrorPages`](crate::ErrorPages) draws one for every refusal that
//!   a browser reads. For a page of its own, such as the form again with the mistake in it, a handler
//!   takes a `Result` and answers by [`Rejection::into_page`](crate::Rejection::into_page).
//! - **Cookies** of a session under another id, after a change of the password, are in what
//!   [`CrudAuth::change_password`] returns.
//! - Scripts and programs, whose `Accept` does not name `text/html`, are answered with 401 as ever.
//!
//! # Behind the links of mails
//!
//! [`DeliveryConfig::frontend_url`](crate::DeliveryConfig::frontend_url) says where the pages are, and
//! the [paths](crate::DeliveryConfig) of each kind of link with it. A link has its token in the query
//! (`?token=..`). The page shows a form and changes nothing, since mail scanners open links; the form
//! sends the token by `POST`. Where a sign-in is live, the form has the CSRF token too.
//!
//! ```
//! use axum::extract::{Query, State};
//! use axum::http::request::Parts;
//! use axum::response::{Html, Redirect};
//! use axum::routing::{get, post};
//! use axum::{Form, Router};
//! use crudauth::user::{HasEmail, HasRecovery};
//! use crudauth::{AuthUser, CrudAuth, CsrfField, Password, Principal, Rejection};
//! # fn escape(text: &str) -> String { text.replace('"', "&quot;") }
//!
//! #[derive(serde::Deserialize)]
//! struct Link {
//!     token: String,
//! }
//!
//! fn form(csrf: &CsrfField, link: &Link, more: &str) -> Html<String> {
//!     let token = escape(&link.token);
//!     let token = format!(r#"<input type="hidden" name="token" value="{token}">"#);
//!     Html(format!("<form method=post>{csrf}{token}{more}<button>Go on</button></form>"))
//! }
//!
//! /// The page behind a link: a form that sends the token on.
//! async fn page<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Query(link): Query<Link>,
//! ) -> Result<Html<String>, Rejection> {
//!     Ok(form(&auth.csrf_field(&request).await?, &link, ""))
//! }
//!
//! /// The same, which asks for the new password.
//! async fn reset_page<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Query(link): Query<Link>,
//! ) -> Result<Html<String>, Rejection> {
//!     let password = r#"<input type="password" name="new_password">"#;
//!     Ok(form(&auth.csrf_field(&request).await?, &link, password))
//! }
//!
//! async fn verify<U: HasRecovery>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(link): Form<Link>,
//! ) -> Result<Redirect, Rejection> {
//!     auth.confirm_verification(link.token, &request).await?;
//!     Ok(Redirect::to("/login"))
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Reset {
//!     token: String,
//!     new_password: Password,
//! }
//!
//! async fn reset<U: HasRecovery>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(form): Form<Reset>,
//! ) -> Result<Redirect, Rejection> {
//!     auth.confirm_reset(form.token, form.new_password, &request).await?;
//!     Ok(Redirect::to("/login"))
//! }
//!
//! async fn confirm_email<U: HasRecovery + HasEmail>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(link): Form<Link>,
//! ) -> Result<Redirect, Rejection> {
//!     auth.confirm_email_change(link.token, &request).await?;
//!     Ok(Redirect::to("/account"))
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Forgot {
//!     email: String,
//! }
//!
//! /// The same answer for every address, so that nobody learns who has an account.
//! async fn forgot<U: HasRecovery>(
//!     State(auth): State<CrudAuth<U>>,
//!     request: Parts,
//!     Form(form): Form<Forgot>,
//! ) -> Result<Redirect, Rejection> {
//!     auth.request_reset(&form.email, &request).await?;
//!     Ok(Redirect::to("/check-your-inbox"))
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct NewEmail {
//!     email: String,
//!     password: Password,
//! }
//!
//! async fn change_email<U: HasRecovery + HasEmail>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U>,
//!     request: Parts,
//!     Form(form): Form<NewEmail>,
//! ) -> Result<Redirect, Rejection> {
//!     auth.request_email_change(&me, &form.email, form.password, &request).await?;
//!     Ok(Redirect::to("/check-your-inbox"))
//! }
//!
//! fn links<U: HasRecovery + HasEmail>(auth: &CrudAuth<U>) -> Router<CrudAuth<U>> {
//!     Router::new()
//!         .route("/forgot-password", post(forgot::<U>))
//!         .route("/verify-email", get(page::<U>).post(verify::<U>))
//!         .route("/reset-password", get(reset_page::<U>).post(reset::<U>))
//!         .route("/confirm-email-change", get(page::<U>).post(confirm_email::<U>))
//!         .route("/change-email", post(change_email::<U>))
//!         .route_layer(auth.csrf_forms())
//! }
//! ```
//!
//! Give such pages `Referrer-Policy: no-referrer`, so that what they load does not learn the token.
//!
//! # A new password
//!
//! [`CrudAuth::change_password`] does what `POST /change-password` does, and has the handler as its
//! example. What it returns goes into the response: the session has another id afterwards. A user without a
//! password gets the first one by
//! [`PasswordChangeService::set`](crate::password_change::PasswordChangeService::set) soon after a sign-in, or by
//! the link of `/forgot-password`.
//!
//! [`CrudAuth::csrf_field`]: crate::CrudAuth::csrf_field
//! [`CrudAuth::csrf_forms`]: crate::CrudAuth::csrf_forms
//! [`CrudAuth::require_login`]: crate::CrudAuth::require_login
//! [`ReturnTo`]: crate::http::ReturnTo
//! [`CrudAuth::change_password`]: crate::CrudAuth::change_password
