//! What a sign-up says where it is refused.

use std::error::Error;

use super::{RegisterError, UniqueConflict};
use crate::chain::chain;
use crate::error::{Fault, FieldError, Location, Rejection, RejectionKind};
use crate::http::not_taken;

impl From<RegisterError> for Rejection {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Vetoed(veto) => veto.into(),
            RegisterError::Refused(refusal) => not_taken("password", &refusal),
            RegisterError::Conflict(UniqueConflict::Email) => {
                Self::unprocessable("Email already registered")
            }
            RegisterError::Conflict(UniqueConflict::Username) => {
                Self::unprocessable("Username already taken")
            }
            RegisterError::Conflict(UniqueConflict::Recovery(field)) => {
                let (first, rest) = field.split_at(field.chars().next().map_or(0, char::len_utf8));
                Self::unprocessable(format!("{}{rest} already registered", first.to_uppercase()))
            }
            RegisterError::Conflict(UniqueConflict::Other(_)) => {
                Self::unprocessable("Account already exists")
            }
            RegisterError::Unfit(field) => {
                let at = field.map_or_else(Location::body, Location::from);
                FieldError::unfit(at).into()
            }
            RegisterError::Hashing(error) => error.into(),
            RegisterError::Store(error) => error.into(),
            RegisterError::Hook(error) => {
                Self::because_of(HookFailed(error), RejectionKind::Internal)
            }
        }
    }
}

#[derive(Debug)]
struct HookFailed(Box<dyn Error + Send + Sync>);

impl Fault for HookFailed {
    fn log(&self) {
        tracing::error!(error = chain(&*self.0), "the new-user hook failed");
    }
}
