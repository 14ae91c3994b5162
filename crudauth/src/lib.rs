#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "app"),
    allow(
        dead_code,
        unused_imports,
        reason = "what issues tokens shares its modules with what verifies them"
    )
)]

//! Authentication for [axum](https://docs.rs/axum) over the user struct that you already have.
//!
//! Derive [`AuthUser`](derive@AuthUser) on your Diesel struct, build one [`CrudAuth`], merge its
//! router, and take a [`Principal`] in your handlers:
//!
//! ```no_run
//! use std::net::SocketAddr;
//!
//! use axum::{Router, routing::get};
//! use crudauth::{AuthUser, CrudAuth, Principal, SecretKey, Sqlite, Superuser};
//!
//! diesel::table! {
//!     accounts (account_id) {
//!         account_id -> Integer,
//!         email_address -> Text,
//!         pw_hash -> Text,
//!         is_admin -> Bool,
//!         is_active -> Bool,
//!         token_version -> Integer,
//!         full_name -> Nullable<Text>,
//!         tier_id -> Integer,
//!     }
//! }
//!
//! #[derive(AuthUser)]
//! #[diesel(table_name = accounts)]
//! struct Account {
//!     #[auth(logical = "id")]
//!     account_id: i32,
//!     #[auth(logical = "email")]
//!     email_address: String,
//!     #[auth(logical = "hashed_password")]
//!     pw_hash: String,
//!     #[auth(logical = "is_superuser")]
//!     is_admin: bool,
//!     is_active: bool,
//!     token_version: i32,
//!     #[auth(register)] // a client may send it at sign-up
//!     full_name: Option<String>,
//!     #[auth(provisioned)] // the hook below fills it
//!     tier_id: i32,
//! }
//!
//! async fn dashboard(me: Principal<Account>) -> String {
//!     format!("hello {}", me.user.email_address)
//! }
//!
//! async fn reports(_: Principal<Account, Superuser>) -> &'static str {
//!     "for superusers"
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let auth = CrudAuth::<Account>::builder(Sqlite::open("app.db")?, SecretKey::from_env("SECRET_KEY")?)
//!         .new_user_fields(|_new| async { Ok(AccountProvisioned { tier_id: 1 }) })
//!         .build()
//!         .await?;
//!
//!     let app = Router::new()
//!         .route("/dashboard", get(dashboard))
//!         .route("/reports", get(reports))
//!         .merge(auth.router()) // `CrudAuth::router` lists the routes
//!         .with_state(auth);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     let app = app.into_make_service_with_connect_info::<SocketAddr>();
//!     Ok(axum::serve(listener, app).await?)
//! }
//! ```
//!
//! # The struct
//!
//! crudauth knows columns by what they mean, the *logical fields*: `id`, `email`, `username`,
//! `hashed_password`, `is_active`, `is_superuser`, `email_verified`, `token_version` and others
//! ([`user::Logical`]). A field plays the logical field of its name, or the one that
//! `#[auth(logical = "..")]` says. A client can send at sign-up the login fields, `password`, and
//! what is marked `register`; the derive writes that allowlist as the type `{User}Register`.
//! A mistake is a compile error at its place, with the way out.
//!
//! # The gates
//!
//! [`Principal<Account>`](Principal) is anyone who is signed in, `Option<Principal<Account>>`
//! admits the anonymous, and the second parameter is a [`Gate`]: [`Superuser`], [`Verified`], a
//! tuple, or a type of your own. A gate that the struct cannot answer does not compile. A
//! [`RequestGate`] sees the request too: its path, your state, a table of memberships.
//! [`CrudAuth::protect`] closes a whole router. None of it needs a layer: [`CrudAuth`] in the
//! state is enough.
//!
//! # The settings
//!
//! [`Builder`] lists them with their defaults: [`SessionConfig`], [`CookieConfig`],
//! [`LockoutConfig`], [`PasswordPolicy`], [`RateLimit`]. What cannot work is a [`StartupError`] that
//! names all mistakes and their fixes. [`CrudAuth::from_env`]
//! begins with what the environment says.
//!
//! # The start and the end
//!
//! The log ([`tracing`]) says what [`Builder::build`] has put together, and warns of settings for
//! development. [`CrudAuth::shutdown`] ends what runs: call it after the server, before `main`
//! returns. A debug build hashes slowly, unless the `Cargo.toml` of the workspace says
//!
//! ```toml
//! [profile.dev.package.argon2]
//! opt-level = 3
//! [profile.dev.package.blake2]
//! opt-level = 3
//! ```
//!
//! # Without HTTP
//!
//! Every feature is a service first: [`CrudAuth::registration`], [`CrudAuth::login`],
//! [`CrudAuth::sessions`]. Use them in jobs, command lines and tests, and in your own handlers:
//! `auth.sessions().revoke_all(me.id(), None).await?` ends all sign-ins of a user.
//!
//! # What to bring yourself
//!
//! | Port | For | Built in |
//! |---|---|---|
//! | [`store::UserStore`], [`store::StateStore`], [`store::records::RecordStore`] | where users, state, and rows of crudauth's own are kept | SQLite, PostgreSQL, MySQL, [`store::memory`]; state also in Redis |
//! | [`password::PasswordHasher`] | how passwords are hashed | [`password::Argon2id`] |
//! | [`transport::Transport`] | how a request proves who makes it | [`transport::session`] |
//! | [`clock::Clock`] | what time it is | [`clock::SystemClock`], [`clock::ManualClock`] |
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `app` | yes | what signs users in, over stores of your own; without it there is [`token`] alone, for a service that verifies |
//! | `sql` | yes | the derives, and what the databases share; each of them has it |
//! | `sqlite` | yes | `Sqlite`: SQLite through Diesel, with the library built in |
//! | `postgres` | | [`Postgres`]: PostgreSQL, without a C library |
//! | `mysql` | | [`Mysql`]: MySQL and MariaDB, without a C library |
//! | `mysql-tls` | | TLS to MySQL and MariaDB, by rustls |
//! | `bb8`, `r2d2` | | pools that the application has made: [`guide::pools`] |
//! | `redis` | | [`Redis`]: what expires in Redis |
//! | `eddsa`, `es256` | | access tokens signed with EdDSA and with ES256, so that a [`token::TokenVerifier`] in another service needs no secret |
//! | `asymmetric` | | both |
//! | `rs256` | | and with RS256 |
//! | `legacy-hashes` | | `password::legacy`: verifies bcrypt, scrypt and PBKDF2 hashes of earlier systems |
//! | `user-agent` | | `GET /sessions` names the browser and the system of each sign-in |
//! | `chrono` | | columns of `chrono::DateTime<Utc>` and `chrono::NaiveDateTime` |
//! | `time` | | columns of `time::OffsetDateTime` and `time::PrimitiveDateTime` |
//! | `uuid` | | `uuid::Uuid` as the id of a user |
//! | `64-column-tables` | | users tables of up to 64 columns |
//! | `oauth` | | `oauth`: sign-in with Google, with GitHub, with any OpenID provider |
//! | `qr` | | `Setup::qr_svg`: the QR code that an authenticator app reads |
//! | `cors` | | `CrudAuth::cors`: lets the pages of trusted origins read the answers |
//! | `garde` | | rules of `garde` on a sign-up body of your own ([`RegisterSchema`](derive@RegisterSchema)) |
//! | `smtp` | | `message::SmtpSender`: sends mail over SMTP |
//! | `webhook` | | `message::WebhookSender`: hands mail to an HTTP service |
//! | `breach-reqwest` | | `password::breach::RangeApi`: asks a range service about new passwords |
//! | `jwks-reqwest` | | `token::HttpJwks`: fetches the public keys of another service |
//!
//! `webhook`, `breach-reqwest` and `jwks-reqwest` choose no TLS library. For `https`, depend on
//! `reqwest` with one of its TLS features. `oauth` has its own, by rustls.

#[cfg(feature = "app")]
mod account;
#[cfg(feature = "app")]
mod auth;
#[cfg(feature = "app")]
mod background;
mod chain;
pub mod clock;
#[cfg(feature = "app")]
mod core;
#[cfg(feature = "app")]
pub mod credentials;
#[cfg(feature = "app")]
pub mod delivery;
#[cfg(feature = "app")]
pub mod error;
#[cfg(feature = "app")]
pub mod event;
#[cfg(feature = "app")]
mod factors;
#[cfg(feature = "app")]
pub mod guide;
#[cfg(feature = "app")]
pub mod hooks;
#[cfg(feature = "app")]
pub mod http;
#[cfg(feature = "app")]
pub mod identity;
#[cfg(feature = "app")]
pub mod lockout;
#[cfg(feature = "app")]
pub mod login;
#[cfg(feature = "app")]
mod mail_sign_in;
#[cfg(feature = "app")]
pub mod message;
#[cfg(feature = "app")]
pub mod mfa;
#[cfg(feature = "oauth")]
pub mod oauth;
#[cfg(feature = "app")]
pub mod onetime;

#[cfg(feature = "app")]
pub mod outbox;
#[cfg(feature = "app")]
pub mod password;
#[cfg(feature = "app")]
pub mod password_change;
#[cfg(feature = "app")]
mod principal;
#[cfg(feature = "app")]
pub mod proofs;
#[cfg(feature = "oauth")]
mod providers;
#[cfg(feature = "app")]
pub mod rate_limit;
#[cfg(feature = "app")]
pub mod recovery;
#[cfg(feature = "app")]
pub mod register;
mod scope;
mod secret;
#[cfg(feature = "app")]
mod sessions;
#[cfg(feature = "app")]
mod stamp;
#[cfg(feature = "app")]
pub mod store;
#[cfg(feature = "app")]
pub mod sudo;
pub mod token;
#[cfg(feature = "app")]
mod tokens;
#[cfg(feature = "app")]
pub mod transport;
#[cfg(feature = "app")]
pub mod user;

#[cfg(feature = "sql")]
#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use self::scope::{AccountScope, ScopeName, ScopeToken};
pub use self::secret::{Digest, Digester, RandomError, SecretKey, SecretKeyError};
#[cfg(feature = "mysql")]
pub use self::store::mysql::Mysql;
#[cfg(feature = "postgres")]
pub use self::store::postgres::Postgres;
#[cfg(feature = "redis")]
pub use self::store::redis::Redis;
#[cfg(feature = "sqlite")]
pub use self::store::sqlite::Sqlite;
#[cfg(feature = "app")]
pub use self::{
    auth::{
        AuthState, Builder, ConnectionConfig, CrudAuth, CsrfForms, Ended, EnvError, EnvMistake,
        ErrorPages, ForConnections, LongLived, LongLivedStream, RateLimitLayer, RateLimited,
        RequireEnrolment, RequireLogin, ShutdownError, SignInOptions, SignInProof, SigningIn,
        builder,
    },
    core::ServiceFailure,
    core::answers,
    delivery::{DeliveryConfig, EmailConfig},
    error::{Rejection, RejectionKind, StartupError},
    event::{EventSink, SecurityEvent},
    hooks::{HookContext, Hooks, Veto},
    http::{ClientAddress, CookieConfig, TrustedProxies},
    lockout::LockoutConfig,
    login::{
        AccessTokenOptions, Challenge, Credentials, NewSession, SessionOptions, SignInError,
        TokenOptions,
    },
    mail_sign_in::{EmailCodes, MagicLinks},
    password::{Password, PasswordPolicy},
    principal::{
        Authorized, Bearer, Fresh, Gate, GateRequest, GateState, ManageAccount, Mfa, Principal,
        Proof, ProvableBy, Recent, RequestGate, Scope, Session, Superuser, TransportName,
        TransportNames, Verified, Via,
    },
    rate_limit::{Action, KeyBy, RateLimit, RateLimits},
    register::{HookError, NewUserContext},
    sessions::SignedOut,
    sudo::{Sudo, SudoConfig},
    tokens::NewTokens,
    transport::bearer::{BearerConfig, BearerTokens, RefreshDelivery},
    transport::clear_dead_cookies,
    transport::session::{CsrfField, RenewedSession, SessionConfig},
    user::{AuthUser, RegisterSchema},
};
#[cfg(feature = "sql")]
pub use crudauth_derive::{AuthUser, RegisterSchema};
