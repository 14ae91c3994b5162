//! Sign in with Google, GitHub, or any OpenID provider.
//!
//! Enable the feature `oauth`. At the provider, register the application with the redirect URI
//! `https://shop.example.com/oauth/google/callback`: the address of the application, and the name of the
//! provider. Then mount it:
//!
//! ```no_run
//! use crudauth::oauth::{ClientSecret, GitHub, Google, OAuthConfig, Oidc};
//! use crudauth::user::{NothingFromForm, SignsInByProviders};
//! use crudauth::{Builder, StartupError};
//!
//! fn providers<U: SignsInByProviders + NothingFromForm, Db, N>(
//!     builder: Builder<U, Db, N>,
//! ) -> Result<Builder<U, Db, N>, StartupError> {
//!     let secret = ClientSecret::from_env;
//!     let google = Google::new("1234.apps.googleusercontent.com", secret("GOOGLE_CLIENT_SECRET")?)?;
//!     let github = GitHub::new("Iv1.8a61f9b3a7aba766", secret("GITHUB_CLIENT_SECRET")?)?;
//!     let sso = Oidc::new("sso", "https://sso.example.com/realms/main", "shop")?
//!         .secret(secret("SSO_CLIENT_SECRET")?);
//!     let config = OAuthConfig::new("https://shop.example.com")
//!         .add_provider(google)
//!         .add_provider(github)
//!         .add_provider(sso)
//!         .default_redirect("/welcome");
//!     Ok(builder.oauth(config))
//! }
//! # fn ignore<U: SignsInByProviders + NothingFromForm, Db, N>() { let _ = providers::<U, Db, N>; }
//! ```
//!
//! On the page, a link does it: `<a href="/oauth/google/authorize?redirect_to=/orders">`. The target of a
//! [`ReturnTo`](crate::http::ReturnTo) goes into `redirect_to`, percent-encoded.
//!
//! The routes are those of [`CrudAuth::router`](crate::CrudAuth::router): with
//! [`Routes::only`](crate::http::Routes::only), name `Route::OAuthAuthorize` and `Route::OAuthCallback`, too.
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
//! | `GET /oauth/{provider}/callback` | takes what it brings back, and begins a session |
//!
//! `redirect_to` is a path of the application, or a page of an origin of
//! [`add_redirect_origin`](crate::oauth::OAuthConfig::add_redirect_origin). Anything else is dropped.
//! With [`json`](crate::oauth::OAuthConfig::json) the first route answers `{"url"}` and the second
//! `{"user", "csrf_token", "redirect_to"}`: the page that the provider sends the browser to forwards `code`,
//! `state` and `iss` by `fetch`.
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
//! 3. A user who has the address and has *not* proved it may be anybody: whoever signed up with it first. The
//!    account is taken from them. Its password is no more, every session, token and link of it
//!    ends, and who owns the address is in.
//! 4. Else there is a new user without a password, whose address is verified. Where the struct has
//!    a `username`, one is made of what the provider says. The hooks of a sign-up are asked, with
//!    [`NewUserSource::OAuth`](crate::register::NewUserSource::OAuth).
//!
//! # Refusals
//!
//! A refusal ends at the default target with `?error=`, or is 400 with `code`, and begins no session:
//!
//! | Code | When |
//! |---|---|
//! | `oauth_failed` | the user cancelled, or the answer of the provider was not accepted; the log says why |
//! | `invalid_state` | the state is unknown, used, expired (10 minutes), or of another provider or browser |
//! | `email_missing` | no address, or none that a sign-up would take |
//! | `email_unverified` | the provider does not vouch for it |
//! | `email_too_long` | it is longer than the column |
//! | `provider_already_linked` | the account is linked to another identity of the provider |
//! | `account_inactive` | the account may not sign in |
//! | `link_required` | linking by address is off, or the account cannot be taken from whoever made it (a struct `without(token_version)`) |
//! | `not_allowed` | nobody new is let in, a hook said no, or the account has a second factor, which cannot be asked for yet |
//!
//! Show `?error=` on the page of the default target yourself:
//! [`ErrorPages`](crate::ErrorPages) sees no refusal in a redirect. A name that no provider has is 400, with
//! the code `unknown_provider`.
//!
//! # A provider of your own
//!
//! Implement [`Provider`](crate::oauth::Provider): where the browser is sent, and who somebody is, by the
//! calls of [`Http`](crate::oauth::Http), which are bounded. Say an address verified only where your provider
//! has made sure of it.
//!
//! Without routes, [`CrudAuth::oauth`](crate::CrudAuth::oauth) begins and completes flows. Keep what `begin`
//! returns as [`Begun::browser`](crate::oauth::Begun) in a cookie with `HttpOnly` and `SameSite=Lax`, and give it
//! to `complete`, with the circumstances of the request (`CrudAuth::context`).
//! [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) takes the user.
//!
//! # Not there yet
//!
//! There is no hook for providers: `before_register`, `on_after_register`, `before_login` and `on_after_login`
//! are asked. Users do not see their links and cannot remove them, a signed-in user cannot add one, and there is neither
//! a way for native apps nor a renewed proof by a provider. Tokens of the provider are not kept.
