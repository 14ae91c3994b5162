//! Sign-up.

mod hook;
pub(crate) mod routes;
mod service;

pub use self::hook::{HookError, NewUserContext, NewUserHook, NewUserSource};
pub use self::service::{RegisterError, RegisterService, SignUp};
