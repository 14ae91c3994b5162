//! What a sign-up says where it is refused.

use std::error::Error;

use super::{InvalidSignUp, RegisterError, SignUpProblem, UniqueConflict};
use crate::chain::chain;
use crate::error::{Fault, FieldError, Location, Rejection, RejectionKind};
use crate::http::wire;

impl From<InvalidSignUp> for Rejection {
    fn from(invalid: InvalidSignUp) -> Self {
        let entry = |problem| match problem {
            SignUpProblem::Email { field, error } => wire::email(&error, field),
            SignUpProblem::Name { field, error } => wire::username(&error, field),
            SignUpProblem::Rule(entry) => entry,
            SignUpProblem::Password(rule) => wire::password(&rule, "password"),
        };
        invalid.problems.into_iter().map(entry).collect::<Vec<_>>().into()
    }
}

impl From<RegisterError> for Rejection {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Vetoed(veto) => veto.into(),
            RegisterError::Refused(refusal) => wire::not_taken("password", &refusal),
            RegisterError::Conflict(UniqueConflict::Email) => RejectionKind::EmailRegistered.into(),
            RegisterError::Conflict(UniqueConflict::Username) => {
                RejectionKind::UsernameTaken.into()
            }
            RegisterError::Conflict(UniqueConflict::Recovery(field)) => {
                wire::factor_registered(field)
            }
            RegisterError::Conflict(UniqueConflict::Other(_)) => {
                RejectionKind::AccountExists.into()
            }
            RegisterError::Unfit(field) => {
                let at = field.map_or_else(Location::body, Location::from);
                FieldError::unfit(at).into()
            }
            RegisterError::Hashing(error) => error.into(),
            RegisterError::Random(error) => error.into(),
            RegisterError::UnknownTenant(_) => RejectionKind::UnknownTenant.into(),
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
        tracing::error!(error = chain(&*self.0), "a hook that fills or inserts a new user failed");
    }
}
