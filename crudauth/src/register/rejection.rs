//! What a sign-up says where it is refused.

use super::{RegisterError, Taken};
use crate::chain::chain;
use crate::error::{FieldError, Location, Rejection};
use crate::http::not_taken;

impl From<RegisterError> for Rejection {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Vetoed(veto) => veto.into(),
            RegisterError::Refused(refusal) => not_taken("password", &refusal),
            RegisterError::Taken(Taken::Email) => Self::unprocessable("Email already registered"),
            RegisterError::Taken(Taken::Username) => Self::unprocessable("Username already taken"),
            RegisterError::Taken(Taken::Recovery(field)) => {
                let (first, rest) = field.split_at(field.chars().next().map_or(0, char::len_utf8));
                Self::unprocessable(format!("{}{rest} already registered", first.to_uppercase()))
            }
            RegisterError::Taken(Taken::Other(_)) => Self::unprocessable("Account already exists"),
            RegisterError::Unfit(field) => {
                let at = field.map_or_else(Location::body, Location::from);
                let refused = "Value error, too long or not allowed";
                vec![FieldError::value_error(at, refused)].into()
            }
            RegisterError::Hashing(error) => error.into(),
            RegisterError::Store(error) => error.into(),
            RegisterError::Hook(error) => {
                tracing::error!(error = chain(&*error), "the new-user hook failed");
                Self::Internal
            }
        }
    }
}
