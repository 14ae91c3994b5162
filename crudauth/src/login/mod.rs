//! Sign-in by password.

mod device;
pub(crate) mod routes;
mod service;
pub(crate) mod token;

pub use self::device::DeviceToken;
pub use self::service::{LoginAttempt, LoginError, LoginService, SignedIn};
