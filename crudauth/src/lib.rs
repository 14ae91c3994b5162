//! crudauth

mod account;
mod auth;
pub mod clock;
pub mod credentials;
pub mod delivery;
pub mod error;
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
pub mod recovery;
pub mod register;
mod secret;
pub mod store;
mod throttle;
pub mod transport;
pub mod user;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use self::auth::{
    Builder, CrudAuth, DatabaseGiven, Given, Missing, NewUserFieldsGiven, SecretKeyGiven,
};
pub use self::delivery::{DeliveryConfig, EmailConfig};
pub use self::error::{Rejection, StartupError};
pub use self::hooks::{HookContext, Hooks, Veto};
pub use self::http::CookieConfig;
pub use self::lockout::LockoutConfig;
pub use self::password::{Password, PasswordPolicy};
pub use self::principal::{Denied, Gate, Principal, Superuser, Verified};
pub use self::register::{HookError, NewUserContext};
pub use self::secret::{Digest, Digester, SecretKey, SecretKeyError};
#[cfg(feature = "sqlite")]
pub use self::store::sqlite::Sqlite;
pub use self::throttle::{RateLimit, RateLimits};
pub use self::transport::session::SessionConfig;
pub use self::user::AuthUser;
pub use crudauth_derive::AuthUser;
