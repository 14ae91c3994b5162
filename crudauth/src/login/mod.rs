//! Sign-in by password.

mod device;
mod error;
mod rejection;
mod service;

pub use self::device::DeviceToken;
pub use self::error::LoginError;
pub(crate) use self::service::Admitted;
pub use self::service::{LoggedIn, LoginAttempt, LoginService};
