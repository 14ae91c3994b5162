//! Sign-up.

mod admission;
mod discretion;
mod error;
mod form;
mod rejection;
mod routes;
mod service;

pub use self::error::{RegisterError, Taken};
pub(crate) use self::form::{Form, ReadForm};
pub(crate) use self::routes::Register;
pub use self::service::{RegisterService, SignUp, SignedUp};
pub(crate) use crate::hooks::{AnyNewUserHook, of_any_data};
pub use crate::hooks::{HookError, NewUserContext, NewUserDefaults, NewUserHook, NewUserSource};
