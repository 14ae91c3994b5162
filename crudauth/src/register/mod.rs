//! Sign-up.

mod discretion;
pub(crate) mod routes;
mod service;

pub(crate) use self::discretion::Discretion;
pub use self::service::{RegisterError, RegisterService, SignUp, SignedUp, Taken};
pub use crate::hooks::{HookError, NewUserContext, NewUserHook, NewUserSource};
