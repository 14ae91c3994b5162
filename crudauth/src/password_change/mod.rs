//! A new password for somebody who is signed in.

mod routes;
mod service;

pub(crate) use self::routes::PasswordChange;
pub use self::service::{PasswordChangeError, PasswordChangeService};
