//! A new password for somebody who is signed in.

pub(crate) mod routes;
mod service;

pub use self::service::{PasswordChangeError, PasswordChangeService};
