//! Sign-up.

mod discretion;
mod hook;
pub(crate) mod routes;
mod service;

pub(crate) use self::discretion::Discretion;
pub use self::hook::{HookError, NewUserContext, NewUserHook, NewUserSource};
pub use self::service::{RegisterError, RegisterService, SignUp, SignedUp, Taken};
