//! Sign-in by password, and what a sign-in gives.

mod also;
mod begin_tokens;
mod challenge;
mod device;
mod error;
mod mailbox;
mod new_session;
mod options;
mod rejection;
mod service;

pub(crate) use self::also::Also;
pub(crate) use self::begin_tokens::{BeginTokens, BeginningTokens};
pub use self::challenge::Challenge;
pub(crate) use self::challenge::{Finish, Open};
pub use self::device::DeviceToken;
pub use self::error::{LoginError, SignInError};
pub use self::new_session::NewSession;
pub use self::options::{AccessTokenOptions, Credentials, SessionOptions, TokenOptions};
pub(crate) use self::service::{Admitted, Entrance};
pub use self::service::{LoggedIn, LoginAttempt, LoginService};
