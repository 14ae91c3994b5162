//! Sign-up.

mod admission;
mod discretion;
mod form;
mod routes;
mod service;

pub(crate) use self::form::{Form, ReadForm};
pub(crate) use self::routes::Register;
pub use self::service::{RegisterError, RegisterService, SignUp, SignedUp, Taken};
pub(crate) use crate::hooks::{AnyNewUserHook, of_any_data};
pub use crate::hooks::{HookError, NewUserContext, NewUserDefaults, NewUserHook, NewUserSource};
