#![cfg_attr(docsrs, feature(doc_cfg))]

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
//! tuple, or a type of your own. A gate that the struct cannot answer does not compile.
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
//! | `sqlite` | yes | `Sqlite`: SQLite through Diesel, with the library built in |
//! | `postgres` | | [`Postgres`]: PostgreSQL, without a C library |
//! | `mysql` | | [`Mysql`]: MySQL and MariaDB, without a C library |
//! | `mysql-tls` | | TLS to MySQL and MariaDB, by rustls |
//! | `redis` | | [`Redis`]: what expires in Redis |
//! | `asymmetric` | | access tokens signed with EdDSA or ES256, and [`token::TokenVerifier`] for other services |
//! | `rs256` | | and with RS256 |
//! | `legacy-hashes` | | `password::legacy`: verifies bcrypt, scrypt and PBKDF2 hashes of earlier systems |
//! | `user-agent` | | `GET /sessions` names the browser and the system of each sign-in |
//! | `chrono` | | columns of `chrono::DateTime<Utc>` and `chrono::NaiveDateTime` |
//! | `time` | | columns of `time::OffsetDateTime` and `time::PrimitiveDateTime` |
//! | `uuid` | | `uuid::Uuid` as the id of a user |
//! | `64-column-tables` | | users tables of up to 64 columns |
//! | `garde` | | rules of `garde` on a sign-up body of your own ([`RegisterSchema`](derive@RegisterSchema)) |
//! | `smtp` | | `message::SmtpSender`: sends mail over SMTP |
//! | `webhook` | | `message::WebhookSender`: hands mail to an HTTP service |
//! | `breach-reqwest` | | `password::breach::RangeApi`: asks a range service about new passwords |
//! | `jwks-reqwest` | | `token::HttpJwks`: fetches the public keys of another service |
//!
//! `webhook`, `breach-reqwest` and `jwks-reqwest` choose no TLS library. For `https`, depend on
//! `reqwest` with one of its TLS features.

mod account;
mod auth;
mod chain;
pub mod clock;
mod core;
pub mod credentials;
pub mod delivery;
pub mod error;
pub mod event;
pub mod guide;
pub mod hooks;
pub mod http;
pub mod identity;
pub mod lockout;
pub mod login;
pub mod message;
pub mod onetime;
pub mod outbox;
pub mod password;
pub mod password_change;
mod principal;
pub mod rate_limit;
pub mod recovery;
pub mod register;
mod scope;
mod secret;
mod sessions;
mod stamp;
pub mod store;
pub mod sudo;
pub mod token;
mod tokens;
pub mod transport;
pub mod user;

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!(
    "crudauth needs a database backend\nhelp: enable its feature `sqlite`, `postgres` or `mysql`"
);

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use self::auth::{
    Builder, CrudAuth, EnvError, EnvMistake, RateLimitLayer, RateLimited, builder,
};
pub use self::core::ServiceFailure;
pub use self::delivery::{DeliveryConfig, EmailConfig};
pub use self::error::{Rejection, RejectionKind, StartupError};
pub use self::event::{EventSink, SecurityEvent};
pub use self::hooks::{HookContext, Hooks, Veto};
pub use self::http::{ClientAddress, CookieConfig, TrustedProxies};
pub use self::lockout::LockoutConfig;
pub use self::password::{Password, PasswordPolicy};
pub use self::principal::{
    Bearer, Gate, ManageAccount, Principal, Scope, Session, Superuser, TransportName,
    TransportNames, Verified, Via,
};
pub use self::rate_limit::{Action, KeyBy, RateLimit, RateLimits};
pub use self::register::{HookError, NewUserContext};
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
pub use self::sudo::{Sudo, SudoConfig};
pub use self::transport::bearer::{BearerConfig, BearerTokens, RefreshDelivery};
pub use self::transport::clear_dead_cookies;
pub use self::transport::session::SessionConfig;
pub use self::user::{AuthUser, RegisterSchema};
pub use crudauth_derive::{AuthUser, RegisterSchema};
