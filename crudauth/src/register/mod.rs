//! Sign-up.

mod create_user;
mod enumeration_guard;
mod error;
mod form;
mod register_form;
mod rejection;
mod routes;
mod service;

pub use self::error::{InvalidSignUp, RegisterError, SignUpProblem, UniqueConflict};
pub(crate) use self::form::{Form, ReadForm};
pub use self::register_form::RegisterForm;
pub(crate) use self::routes::Register;
pub use self::service::{RegisterService, SignUp, SignedUp};
pub(crate) use crate::hooks::{AnyNewUserHook, erase_data};
pub use crate::hooks::{HookError, NewUserContext, NewUserDefaults, NewUserHook, NewUserSource};
