//! crudauth

mod account;
mod auth;
pub mod clock;
pub mod error;
pub mod http;
pub mod identity;
pub mod lockout;
pub mod login;
pub mod password;
mod principal;
pub mod register;
mod secret;
pub mod store;
mod throttle;
pub mod transport;
pub mod user;

#[cfg(not(feature = "sqlite"))]
compile_error!("crudauth needs a database backend\nhelp: enable its feature `sqlite`");

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use self::auth::{
    Builder, CrudAuth, DatabaseGiven, Given, Missing, NewUserFieldsGiven, SecretKeyGiven,
};
pub use self::error::{Rejection, StartupError};
pub use self::http::CookieConfig;
pub use self::lockout::LockoutConfig;
pub use self::password::{Password, PasswordPolicy};
pub use self::principal::{Denied, Gate, Principal, Superuser, Verified};
pub use self::register::{HookError, NewUserContext};
pub use self::secret::{Digest, Digester, SecretKey, SecretKeyError};
#[cfg(feature = "sqlite")]
pub use self::store::sqlite::Sqlite;
pub use self::throttle::RateLimit;
pub use self::transport::session::SessionConfig;
pub use self::user::AuthUser;
pub use crudauth_derive::AuthUser;
