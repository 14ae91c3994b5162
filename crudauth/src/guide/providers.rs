//! Sign in with Google, GitHub, or any OpenID provider.
//!
//! # A whole example
//!
//! Enable the feature `oauth`. In the Google Cloud console, make an OAuth client of the type "Web application" with
//! the redirect URI `https://shop.example.com/oauth/google/callback`: the address of the application, and the
//! name of the provider. Then:
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::Router;
//! use axum::response::Html;
//! use axum::routing::get;
//! use crudauth::oauth::{ClientSecret, Google, OAuthConfig};
//! use crudauth::{AuthUser, CrudAuth, Principal, SecretKey, Sqlite};
//!
//! diesel::table! {
//!     users (id) {
//!         id -> Integer,
//!         email -> Text,
//!         hashed_password -> Text,
//!         is_active -> Bool,
//!         email_verified -> Bool,
//!         token_version -> Integer,
//!     }
//! }
//!
//! #[derive(AuthUser)]
//! #[diesel(table_name = users)]
//! struct User {
//!     id: i32,
//!     email: String,
//!     hashed_password: String,
//!     is_active: bool,
//!     email_verified: bool,
//!     token_version: i32,
//! }
//!
//! async fn sign_in() -> Html<&'static str> {
//!     Html(r#"<a href="/oauth/google/authorize?redirect_to=/home">Sign in with Google</a>"#)
//! }
//!
//! async fn home(me: Principal<User>) -> String {
//!     format!("You are {}.", me.user.email)
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let secret = ClientSecret::from_env("GOOGLE_CLIENT_SECRET")?;
//! let google = Google::new(std::env::var("GOOGLE_CLIENT_ID")?, secret)?;
//! let auth = CrudAuth::<User>::builder(Sqlite::open("app.db")?, SecretKey::from_env("SECRET_KEY")?)
//!     .oauth(OAuthConfig::new("https://shop.example.com").add_provider(google))
//!     .build()
//!     .await?;
//! let app = Router::new()
//!     .route("/", get(sign_in))
//!     .route("/home", get(home))
//!     .merge(auth.router())
//!     .with_state(auth.clone());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
//! # Ok(()) }
//! ```
//!
//! The example `oauth` of the repository runs without an account anywhere: it brings a small provider. GitHub and any OpenID provider are added likewise:
//!
//! ```
//! use crudauth::StartupError;
//! use crudauth::oauth::{ClientSecret, GitHub, OAuthConfig, Oidc};
//!
//! # fn configure() -> Result<OAuthConfig, StartupError> {
//! let secret = ClientSecret::from_env;
//! let github = GitHub::new("Iv1.8a61f9b3a7aba766", secret("GITHUB_CLIENT_SECRET")?)?;
//! let sso = Oidc::new("sso", "https://sso.example.com/realms/main", "shop")?
//!     .secret(secret("SSO_CLIENT_SECRET")?);
//! let config = OAuthConfig::new("https://shop.example.com")
//!     .add_provider(github)
//!     .add_provider(sso)
//!     .default_redirect("/welcome");
//! # Ok(config) }
//! ```
//!
//! After [`CrudAuth::from_env`](crate::CrudAuth::from_env) the environment can name them
//! (`GOOGLE_CLIENT_ID`, `GOOGLE_HOSTED_DOMAIN`, `GITHUB_CLIENT_ID`, `OIDC_ISSUER`, ..):
//! [`Builder::oauth_from_env`](crate::Builder::oauth_from_env).
//!
//! The target of a [`ReturnTo`](crate::http::ReturnTo) goes into `redirect_to`, percent-encoded. The routes are those
//! of [`CrudAuth::router`](crate::CrudAuth::router): with [`Routes::only`](crate::http::Routes::only), name
//! `Route::OAuthAuthorize` and `Route::OAuthCallback`, too.
//!
//! A provider says an address and names, and nothing else. Where a sign-up requires another field, `oauth` does
//! not compile: [`oauth_with`](crate::Builder::oauth_with) takes a hook that says what it is, or
//! refuses.
//!
//! **Before you enable providers over a table that has users, mark the addresses that you trust as
//! verified.** A user whose address is not verified keeps the row and its data, and loses the password with
//! the first sign-in by a provider: see below.
//!
//! # What happens
//!
//! | Route | |
//! |---|---|
//! | `GET /oauth/{provider}/authorize?redirect_to=` | sends the browser to the provider, with a state, PKCE and a nonce; 30 an hour from one address |
//! | `GET /oauth/{provider}/callback` | takes what it brings back, and begins a session, or ends what the flow was begun for |
//! | `POST /oauth/{provider}/callback` | only for [`form_post`](crate::oauth::Oidc::form_post): hands the fields to the `GET` |
//! | `POST /oauth/{provider}/link` | `{"url"}`, where a signed-in user links an identity; needs the sudo mode and a proved address; 10 an hour for one user |
//! | `POST /oauth/{provider}/reauthenticate` | `{"url"}`, where a signed-in user proves to be there, and gets the sudo mode without a password |
//! | `GET /oauth/accounts` | the linked identities of the user |
//! | `DELETE /oauth/accounts/{id}` | unlinks one; needs the sudo mode, and another way to sign in |
//! | `POST /oauth/token` | tokens for the code of an app; 30 an hour from one address |
//!
//! `redirect_to` is a path of the application, or a page of an origin of
//! [`add_redirect_origin`](crate::oauth::OAuthConfig::add_redirect_origin). Anything else is dropped. The
//! browser is recognised by the cookie `__Host-oauth_state`, which it keeps for the life of a flow.
//!
//! # Settings
//!
//! | Setting | Default |
//! |---|---|
//! | [`OAuthConfig::new`](crate::oauth::OAuthConfig::new): the address that browsers know, before `/oauth/..` | required |
//! | [`add_provider`](crate::oauth::OAuthConfig::add_provider) | at least one |
//! | [`default_redirect`](crate::oauth::OAuthConfig::default_redirect): where a browser ends, also with `?error=` | the address of the application |
//! | [`add_redirect_origin`](crate::oauth::OAuthConfig::add_redirect_origin): another origin whose pages a flow may end at | none |
//! | [`add_app_link`](crate::oauth::OAuthConfig::add_app_link): a link of a native app | none |
//! | [`json`](crate::oauth::OAuthConfig::json): answers by JSON | by redirects |
//! | [`flow_life`](crate::oauth::OAuthConfig::flow_life): how long a browser may be at the provider | 10 minutes |
//! | [`sign_up`](crate::oauth::OAuthConfig::sign_up): whether who has no account gets one | yes |
//! | [`link_by_email`](crate::oauth::OAuthConfig::link_by_email), [`link_by_email_of`](crate::oauth::OAuthConfig::link_by_email_of): whether a verified address links | yes |
//! | [`admit`](crate::oauth::OAuthConfig::admit): who gets in at all | everybody |
//! | [`column_issuer`](crate::oauth::OAuthConfig::column_issuer): whose ids are in a column `google_id` or `github_id`, where the provider is another server | `https://accounts.google.com`, `https://github.com` |
//! | [`keep_tokens_of`](crate::oauth::OAuthConfig::keep_tokens_of): whether the tokens of a provider are kept, sealed | no |
//! | [`Google::hosted_domain`](crate::oauth::Google::hosted_domain), [`Google::any_verified_address`](crate::oauth::Google::any_verified_address) | any account, of which addresses of `gmail.com` count as verified |
//! | [`GitHub::base_url`](crate::oauth::GitHub::base_url) | `https://github.com` |
//! | [`Oidc::secret`](crate::oauth::Oidc::secret), [`secret_in`](crate::oauth::Oidc::secret_in), [`scopes`](crate::oauth::Oidc::scopes), [`extra_audiences`](crate::oauth::Oidc::extra_audiences), [`form_post`](crate::oauth::Oidc::form_post) | a public client; where the metadata says; `openid email profile`; none; in the query |
//! | [`RateLimits::oauth_authorize`](crate::RateLimits), `oauth_link`, `oauth_token` | 30, 10 and 30 an hour |
//!
//! # Whose account it is
//!
//! 1. An identity (the issuer, and the provider's id for the account) is linked to a user: that user. What
//!    the provider says of the address then does not matter. Links are rows of `crudauth_identities`.
//! 2. Else the provider has to vouch for an address. Google does so for addresses that end in `@gmail.com`, and
//!    with `hosted_domain` for those of the organisation; an account of Google with another address is
//!    `email_unverified`, unless
//!    [`any_verified_address`](crate::oauth::Google::any_verified_address) takes Google's word for it. A user who has it and has proved it is linked to the
//!    identity, unless [`link_by_email`](crate::oauth::OAuthConfig::link_by_email) is off.
//! 3. A user who has the address and has *not* proved it may have signed up with somebody else's address. The
//!    owner of the address takes the account over: its password stops working, every session, token and
//!    link of it ends, and the owner is signed in.
//! 4. Else crudauth creates a user without a password, whose address is verified unless
//!    [`link_by_email_of`](crate::oauth::OAuthConfig::link_by_email_of) is `false` for the provider. Where the
//!    struct has a `username`, crudauth derives one from what the provider says. The hooks of a sign-up are asked, with
//!    [`NewUserSource::OAuth`](crate::register::NewUserSource::OAuth).
//!
//! # Refusals
//!
//! A refusal ends at the default target with `?error=`, or is 400 with `code`, and begins no session:
//!
//! | Code | When |
//! |---|---|
//! | `oauth_failed` | the user cancelled, or the answer of the provider was not accepted; the log says why |
//! | `invalid_state` | the state is unknown, used, expired, or of another provider, browser or session |
//! | `email_missing` | no address, or none that a sign-up would take |
//! | `email_unverified` | the provider does not vouch for it |
//! | `email_too_long` | it is longer than the column |
//! | `provider_already_linked` | the account is linked to another identity of the provider |
//! | `account_inactive` | the account may not sign in |
//! | `identity_taken` | the identity to link is that of another user, or the one that was to prove to be there is not the user's |
//! | `link_required` | linking by address is off, or the account has not proved its address and cannot be taken over (a struct `without(token_version)`) |
//! | `not_allowed` | nobody new is let in, a hook said no, the address of the account that wants a link is not proved any more, or the account has a second factor, which the application does not ask for |
//!
//! Show `?error=` on the page of the default target yourself:
//! [`ErrorPages`](crate::ErrorPages) sees no refusal in a redirect. A name that no provider has is 400, with
//! the code `unknown_provider`.
//!
//! # Troubleshooting
//!
//! Each refusal is one line of the log (`oauth_refused`) with its `reason`, and a provider that failed is a second one with
//! its cause. Clients are told less.
//!
//! | What you see | Why, and the way out |
//! |---|---|
//! | the provider says `redirect_uri_mismatch` | register `{base}/oauth/{provider}/callback` there, to the letter: scheme, host, port, no slash at the end |
//! | `invalid_state` each time, `state_of_other_browser` in the log | the cookie does not come back. On plain HTTP `__Host-oauth_state` is not kept: [`CookieConfig::insecure_for_plain_http_development`](crate::CookieConfig::insecure_for_plain_http_development). Begin at the same host that the callback has: `localhost` and `127.0.0.1` are two |
//! | `invalid_state` in the first of two tabs that began at once, in a new browser | they got two cookies, and the second one has replaced the first; begin again |
//! | linking ends with `invalid_state`, `state_of_other_session` in the log | the cookie of the session is `SameSite=Strict`, and does not come back from another site: [`SameSite::Lax`](crate::http::SameSite::Lax), or answers by [`json`](crate::oauth::OAuthConfig::json), for which a page of your own fetches |
//! | `invalid_state` after a reload of the callback, `state_reused` | a state serves once; begin again |
//! | `oauth_failed`, `provider_unreachable` | the server cannot call the provider: a firewall, a proxy (none is asked), a certificate that the system does not know |
//! | `oauth_failed`, `provider_refused` | the client id or the secret is wrong, or the secret is sent in the wrong place: [`Oidc::secret_in`](crate::oauth::Oidc::secret_in) |
//! | `oauth_failed`, `metadata_mismatch` | the metadata has another issuer than was given. Entra: give that of the tenant, not `common` |
//! | `oauth_failed`, `id_token_iss` | the same, in the ID token |
//! | `oauth_failed`, `id_token_aud` | the client is another one, or the token has further audiences: [`Oidc::extra_audiences`](crate::oauth::Oidc::extra_audiences) |
//! | `oauth_failed`, `id_token_expired` | the clock of the server is off by more than a minute |
//! | `email_unverified` with Google | the address is not of `gmail.com`: [`Google::hosted_domain`](crate::oauth::Google::hosted_domain), or `GOOGLE_HOSTED_DOMAIN`, for an organisation, or [`Google::any_verified_address`](crate::oauth::Google::any_verified_address) |
//! | `email_unverified` with Entra, or another directory that sends no `email_verified` | nobody vouches for the address: where the directory owns all addresses, see [a provider of your own](#a-provider-of-your-own) |
//! | `email_missing` with GitHub | the application lacks the permission for addresses, or the account has none that is verified |
//! | the application does not start: `the system has no certificates of authorities` | the image has none: install `ca-certificates`, or name a PEM file by the variable `SSL_CERT_FILE` |
//! | `provider_already_linked` for everybody from before, since the provider has another address | an identity is of its issuer. Where the new server has the same accounts: `UPDATE crudauth_identities SET issuer = '{new}' WHERE users = '{your table}' AND issuer = '{old}'`, both without a slash at the end |
//! | 400, `unknown_provider` | the path names a provider that is not mounted |
//! | 503 | 32 callbacks are at the provider already; the flow is not used up, and the browser may ask again |
//!
//! # Single-page applications
//!
//! With [`json`](crate::oauth::OAuthConfig::json), `GET ../authorize` answers `{"url"}`, to which the page sends the browser, and
//! `GET ../callback` answers `{"user", "csrf_token", "redirect_to"}` with the cookies of the session; for an
//! [app](#mobile-and-desktop-apps) it answers the `redirect_to` alone. Give
//! `OAuthConfig::new` the address of the front end, `https://app.example.com`: the provider sends the browser to its
//! page `/oauth/google/callback`, which forwards the whole query to the API, here under `/api`.
//!
//! ```js
//! // The page that the provider sends the browser to.
//! const answer = await fetch(`/api/oauth/google/callback${location.search}`, { credentials: "include" });
//! const body = await answer.json();
//! if (answer.ok) location.replace(body.redirect_to);
//! else show(body.code); // `oauth_failed`, `email_unverified`, ..
//! ```
//!
//! `json` is a setting of the whole `CrudAuth`. An application with pages of the server, which need redirects, and a
//! single-page front end has two of them, with one key over one database: the router of the second is nested below a
//! path, which its `OAuthConfig::new` has, too. Or it has `json` alone, and each page fetches.
//!
//! A page of another origin needs what every request with cookies needs: see [`single_page`](super::single_page). Where
//! there are bearer tokens and no [`Route::Login`](crate::http::Route::Login), the answer has the tokens of `POST /token`.
//!
//! # Mobile and desktop apps
//!
//! An app opens the browser of the system (RFC 8252), never a view of its own. It makes a verifier (43 to 128
//! characters), lists its link by [`add_app_link`](crate::oauth::OAuthConfig::add_app_link), and begins at
//!
//! ```text
//! /oauth/google/authorize?redirect_to=com.example.shop:/signed-in&code_challenge={base64url(sha256(verifier))}&code_challenge_method=S256
//! ```
//!
//! The flow ends at `com.example.shop:/signed-in?code=..`, or `?error=..`. Within a minute the app posts
//! `{"code", "code_verifier"}` to `/oauth/token`, once, for the answer of `POST /token`. No token is ever in an address.
//! It needs [`Builder::bearer`](crate::Builder::bearer).
//!
//! # Linked accounts
//!
//! `POST ../link` and `POST ../reauthenticate` are called by `fetch`, with the CSRF token, and answer `{"url"}` in both ways to
//! answer. Their flows end only in the session that has begun them, and with the credentials that the account had. A user
//! without a password reaches the sudo mode by `../reauthenticate`: the provider has to show that the user has
//! signed in there just now (`prompt=login`, `max_age=0`, `auth_time`), which OpenID providers do. Google
//! and GitHub do not: a user who has only those sets a password first, right after a sign-in.
//! Unlinking ends what was signed in by the identity, but for the own session, and an identity that was unlinked is
//! linked by hand alone. Where mail is sent, the owner is told of each link and unlinking.
//!
//! A page without scripts has forms, and handlers of its own for them. A flow that such a handler begins ends at the
//! same callback: [`Begun`](crate::oauth::Begun) is a response that sends the browser to the provider with the cookie
//! that the callback asks for.
//!
//! ```
//! use axum::Router;
//! use axum::extract::{Path, State};
//! use axum::http::request::Parts;
//! use axum::response::{Html, Redirect};
//! use axum::routing::{get, post};
//! use crudauth::oauth::{Begin, Begun, OAuthError, OAuthService};
//! use crudauth::{AuthUser, CrudAuth, Principal, Rejection, Sudo};
//!
//! fn oauth<U: AuthUser>(auth: &CrudAuth<U>) -> Result<&OAuthService<U>, Rejection> {
//!     Ok(auth.oauth().ok_or(OAuthError::UnknownProvider)?)
//! }
//!
//! async fn page<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U>,
//!     request: Parts,
//! ) -> Result<Html<String>, Rejection> {
//!     let (oauth, csrf) = (oauth(&auth)?, auth.csrf_field(&request).await?);
//!     let form = |path: &str, text: &str| {
//!         format!("<form method=post action=/accounts/{path}>{csrf}<button>{text}</button></form>")
//!     };
//!     let mut page = String::new();
//!     for linked in oauth.list(&me.user).await? {
//!         let text = format!("Unlink {}", linked.provider); // an address or a name would have to be escaped
//!         page += &form(&format!("unlink/{}", linked.id), &text);
//!     }
//!     for provider in oauth.providers() {
//!         page += &form(&format!("link/{provider}"), &format!("Link {provider}"));
//!         page += &form(&format!("confirm/{provider}"), &format!("Confirm with {provider}"));
//!     }
//!     Ok(Html(page))
//! }
//!
//! async fn link<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U, Sudo>,
//!     Path(provider): Path<String>,
//!     request: Parts,
//! ) -> Result<Begun, Rejection> {
//!     begin(&auth, Begin::link(&me), &provider, &request).await
//! }
//!
//! /// The way to the sudo mode without a password.
//! async fn confirm<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U>,
//!     Path(provider): Path<String>,
//!     request: Parts,
//! ) -> Result<Begun, Rejection> {
//!     begin(&auth, Begin::reauthenticate(&me), &provider, &request).await
//! }
//!
//! async fn begin<U: AuthUser>(
//!     auth: &CrudAuth<U>,
//!     begin: Begin<U>,
//!     provider: &str,
//!     request: &Parts,
//! ) -> Result<Begun, Rejection> {
//!     let oauth = oauth(auth)?;
//!     let begin = begin.redirect_to("/accounts").browser(oauth.browser(&request.headers));
//!     Ok(oauth.begin(provider, begin.under(&auth.context(request))).await?)
//! }
//!
//! async fn unlink<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     me: Principal<U, Sudo>, // the service does not ask for the sudo mode
//!     Path(id): Path<String>,
//!     request: Parts,
//! ) -> Result<Redirect, Rejection> {
//!     oauth(&auth)?.unlink(&me.user, &id, me.session(), &auth.context(&request)).await?;
//!     Ok(Redirect::to("/accounts"))
//! }
//!
//! fn pages<U: AuthUser>(auth: &CrudAuth<U>) -> Router<CrudAuth<U>> {
//!     Router::new()
//!         .route("/accounts", get(page::<U>))
//!         .route("/accounts/link/{provider}", post(link::<U>))
//!         .route("/accounts/confirm/{provider}", post(confirm::<U>))
//!         .route("/accounts/unlink/{id}", post(unlink::<U>))
//!         .route_layer(auth.csrf_forms()) // forms show the token as a field
//! }
//! ```
//!
//! The layer [`ErrorPages`](crate::ErrorPages) draws the page of a refusal, such as that without the sudo mode. A
//! `Content-Security-Policy` with `form-action` has to name the origins of the providers: browsers apply it to the
//! redirect, too. The limit `oauth_link` counts the routes alone.
//!
//! An application whose users only sign in by providers leaves these routes out:
//!
//! ```
//! use crudauth::http::{Route, Routes};
//!
//! let routes = Routes::default()
//!     .without(Route::OAuthLink)
//!     .without(Route::OAuthAccounts)
//!     .without(Route::OAuthUnlink);
//! # drop(routes);
//! ```
//!
//! # Users that you delete
//!
//! [`CrudAuth::forget`](crate::CrudAuth::forget) removes the links of a user, with all else that crudauth keeps. Where
//! rows of a table are deleted by statements that do not come past your code, a trigger removes the links. A foreign
//! key cannot: `owner` is a text, for ids of all types. For a table `members` with a numeric key `id`, in SQLite:
//!
//! ```sql
#![doc = include_str!("providers/sqlite.sql")]
//! ```
//!
//! In PostgreSQL, where the key may also be a UUID:
//!
//! ```sql
#![doc = include_str!("providers/postgres.sql")]
//! ```
//!
//! In MySQL and MariaDB:
//!
//! ```sql
#![doc = include_str!("providers/mysql.sql")]
//! ```
//!
//! # Calling the provider for a user
//!
//! Tokens of a provider die with the sign-in, unless [`keep_tokens_of`](crate::oauth::OAuthConfig::keep_tokens_of) names it.
//! Then [`access_token`](crate::oauth::OAuthService::access_token) gives one, refreshed where it has expired:
//!
//! ```
//! use crudauth::oauth::OAuthError;
//! use crudauth::{AuthUser, CrudAuth, Principal};
//!
//! async fn calendar<U: AuthUser>(auth: &CrudAuth<U>, me: &Principal<U>) -> Result<(), OAuthError> {
//!     let Some(oauth) = auth.oauth() else { return Ok(()) };
//!     match oauth.access_token(&me.user, "google").await? {
//!         // By `Authorization: Bearer`.
//!         Some(token) => read_calendar(token.expose()).await,
//!         None => send_to("/oauth/google/authorize"),
//!     }
//!     Ok(())
//! }
//! # async fn read_calendar(_: &str) {}
//! # fn send_to(_: &str) {}
//! # fn ignore<U: AuthUser>() { let _ = calendar::<U>; }
//! ```
//!
//! Ask for what the application needs by `scopes` of the provider. The tokens rest encrypted in the link, so a provider
//! whose link is a column cannot have them; they are deleted with the link, and an OpenID provider is told so. The
//! provider asks its users for their consent at each sign-in then.
//!
//! There is no token, and the user has to sign in again, where the provider does not take the refresh token any more, where
//! its name has another server now than at the sign-in, and where the tokens are longer than 32 KiB, which the log says. A
//! refresh that fails in another way, such as by a wrong client secret, is an error, and costs nothing that is kept.
//!
//! # A provider of your own
//!
//! Implement [`Provider`](crate::oauth::Provider): where the browser is sent, and who somebody is, by the
//! calls of [`Http`](crate::oauth::Http), which are bounded. Say an address verified only where your provider
//! has made sure of it.
//!
//! A directory of one organisation, as a tenant of Entra, sends addresses without `email_verified`, so that nobody of it gets
//! in (`email_unverified`). Where the directory owns all addresses that its users can have, a provider around
//! [`Oidc`](crate::oauth::Oidc) says so:
//!
//! ```
//! use crudauth::StartupError;
//! use crudauth::oauth::{Asking, EmailClaim, Flow, Grant, Http, Oidc, Profile, Provider};
//!
//! struct Directory(Oidc);
//!
//! impl Provider for Directory {
//!     fn name(&self) -> &str {
//!         self.0.name()
//!     }
//!
//!     fn issuer(&self) -> &str {
//!         self.0.issuer()
//!     }
//!
//!     fn check(&self) -> Result<(), StartupError> {
//!         self.0.check()
//!     }
//!
//!     fn can_ask_anew(&self) -> bool {
//!         self.0.can_ask_anew()
//!     }
//!
//!     // `posts_back`, `refresh` and `revoke` likewise, where the application uses them.
//!
//!     fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
//!         self.0.authorize_url(http, flow)
//!     }
//!
//!     fn profile<'a>(&'a self, http: &'a Http, grant: Grant<'a>, flow: &'a Flow) -> Asking<'a, Profile> {
//!         Box::pin(async move {
//!             let mut profile = self.0.profile(http, grant, flow).await?;
//!             // Those of the organisation alone: a guest of the directory has another one.
//!             if let EmailClaim::Unverified(address) = &profile.email
//!                 && address.to_ascii_lowercase().ends_with("@example.com")
//!             {
//!                 profile.email = EmailClaim::Verified(address.clone());
//!             }
//!             Ok(profile)
//!         })
//!     }
//! }
//! ```
//!
//! **An account of yours is whose address it is.** Never do so for more than one tenant, or for a directory whose
//! administrators or users write any address into a profile: such a person would be signed in to the account of
//! everybody whose address they know.
//!
//! Without routes, [`CrudAuth::oauth`](crate::CrudAuth::oauth) begins and completes flows. Keep what `begin`
//! returns as [`Begun::browser`](crate::oauth::Begun) in a cookie with `HttpOnly` and `SameSite=Lax`, and give it
//! to `complete`, with the circumstances of the request (`CrudAuth::context`).
//! [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) takes the user.
//!
//! # Second factors
//!
//! A sign-in by a provider to an account with a second factor stops at the challenge, as at `/login`: the page finds
//! `#mfa_challenge=` in its address, or the body has `challenge` ([`second_factors`](super::second_factors)). A
//! provider that has asked for two factors itself, and says so by `mfa` in the `amr` of its ID token, is
//! trusted with it by [`OAuthConfig::trust_provider_mfa`](crate::oauth::OAuthConfig::trust_provider_mfa); an account
//! with a second factor is then linked by hand alone (`link_required`).
//! Without [`Builder::mfa`](crate::Builder::mfa) such an account is refused (`not_allowed`).
