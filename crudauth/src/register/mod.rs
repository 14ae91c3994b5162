//! Sign-up.

mod discretion;
mod form;
mod hook;
pub(crate) mod routes;
mod service;

pub(crate) use self::discretion::Discretion;
pub(crate) use self::form::{Form, ReadForm};
pub(crate) use self::hook::{AnyNewUserHook, of_any_data};
pub use self::hook::{HookError, NewUserContext, NewUserDefaults, NewUserHook, NewUserSource};
pub use self::service::{RegisterError, RegisterService, SignUp, SignedUp, Taken};
