//! Sign-in by password.

mod device;
mod rejection;
mod service;

pub use self::device::DeviceToken;
pub(crate) use self::service::Admitted;
pub use self::service::{LoginAttempt, LoginError, LoginService, SignedIn};
