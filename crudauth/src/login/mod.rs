//! Sign-in by password, and what a sign-in gives.

#[cfg(feature = "oauth")]
mod begin_tokens;
mod device;
mod error;
mod mailbox;
mod new_session;
mod options;
mod rejection;
mod service;

#[cfg(feature = "oauth")]
pub(crate) use self::begin_tokens::{BeginTokens, BeginningTokens};
pub use self::device::DeviceToken;
pub use self::error::{LoginError, SignInError};
pub use self::new_session::NewSession;
pub use self::options::{AccessTokenOptions, Credentials, SessionOptions, TokenOptions};
pub(crate) use self::service::Admitted;
pub use self::service::{LoggedIn, LoginAttempt, LoginService};
