//! A new password for somebody who is signed in.

mod error;
mod rejection;
mod routes;
mod service;

pub use self::error::PasswordChangeError;
pub(crate) use self::routes::PasswordChange;
pub use self::service::PasswordChangeService;
