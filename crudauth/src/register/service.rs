//! Sign-up, without HTTP.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::hook::{HookError, NewUserContext, NewUserHook};
use crate::clock::Clock;
use crate::error::FieldError;
use crate::http::refused_password;
use crate::identity::{canonical_email, canonical_username};
use crate::password::{
    HashError, HashingPool, Password, PasswordContext, PasswordPolicy,
};
use crate::store::{InsertError, StoreError, UserStore};
use crate::user::{AuthUser, Logical, LoginField, NewUser, RegisterFields};

/// Creates users.
pub struct RegisterService<U: AuthUser> {
    pub(crate) users: Arc<dyn UserStore<U>>,
    pub(crate) hashing: Arc<HashingPool>,
    pub(crate) policy: PasswordPolicy,
    pub(crate) hook: NewUserHook<U>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A sign-up whose fields have been checked and brought into canonical form. Only
/// [`RegisterService::check`] makes one.
pub struct SignUp<U: AuthUser> {
    fields: U::Register,
    password: Password,
}

impl<U: AuthUser> RegisterService<U> {
    /// Checks what a client sent: addresses and names, then the password policy. Addresses come
    /// out in their canonical form.
    ///
    /// # Errors
    ///
    /// Every mistake, in the wire's words.
    pub fn check(
        &self,
        mut fields: U::Register,
        password: Password,
    ) -> Result<SignUp<U>, Vec<FieldError>> {
        let mut errors = Vec::new();
        fields.visit_identities(&mut |field, text| match canonical(U::SCHEMA.login, field, text) {
            Ok(canonical) => Some(canonical),
            Err(error) => {
                errors.push(error);
                None
            }
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let context = PasswordContext { username: fields.username(), email: fields.email() };
        match self.policy.check(&password, &context) {
            Ok(()) => Ok(SignUp { fields, password }),
            Err(rules) => Err(refused_password("password", &rules)),
        }
    }

    /// Creates the user of a checked sign-up. The hash is computed before anything is asked of
    /// the store, so that a taken address and a free one cost the same; the unique index decides.
    ///
    /// # Errors
    ///
    /// Where a unique value is taken, hashing is at its limit, or the hook or the store fails.
    pub async fn create(&self, sign_up: SignUp<U>) -> Result<U, RegisterError> {
        let SignUp { fields, password } = sign_up;
        let context = NewUserContext::of_sign_up(&fields);
        let password = self.hashing.hash(password).await.map_err(RegisterError::Hashing)?;
        let provisioned = (self.hook)(context).await.map_err(RegisterError::Hook)?;
        let new = NewUser {
            register: fields,
            provisioned,
            password: Some(password),
            created_at: self.clock.now(),
        };
        self.users.insert(new).await.map_err(|error| match error {
            InsertError::Duplicate(column) => RegisterError::taken::<U>(column.as_deref()),
            InsertError::Store(error) => RegisterError::Store(error),
        })
    }
}

impl<U: AuthUser> fmt::Debug for RegisterService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterService").field("policy", &self.policy).finish_non_exhaustive()
    }
}

fn canonical(login: &[LoginField], field: LoginField, text: &str) -> Result<String, FieldError> {
    match field {
        LoginField::Email => canonical_email(text).map_err(|error| error.at("email")),
        LoginField::Username | LoginField::Other(_) => {
            canonical_username(text, login.contains(&LoginField::Email))
                .map_err(|error| error.at(field.name()))
        }
    }
}

/// Why a user could not be created.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegisterError {
    /// A unique value is taken.
    Taken(Taken),
    /// The password could not be hashed now.
    Hashing(HashError),
    /// The new-user hook failed.
    Hook(HookError),
    /// The store failed.
    Store(StoreError),
}

/// Which unique value is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// The e-mail address.
    Email,
    /// The user name.
    Username,
    /// Another field, by its name, where the store can tell.
    Other(Option<&'static str>),
}

impl RegisterError {
    fn taken<U: AuthUser>(column: Option<&str>) -> Self {
        let schema = U::SCHEMA.columns.iter().find(|schema| Some(schema.column) == column);
        Self::Taken(match schema.and_then(|schema| schema.logical) {
            Some(Logical::Email) => Taken::Email,
            Some(Logical::Username) => Taken::Username,
            _ => Taken::Other(schema.map(|schema| schema.field)),
        })
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken(Taken::Email) => f.write_str("the e-mail address is taken"),
            Self::Taken(Taken::Username) => f.write_str("the user name is taken"),
            Self::Taken(Taken::Other(Some(field))) => write!(f, "the value of `{field}` is taken"),
            Self::Taken(Taken::Other(None)) => f.write_str("a unique value is taken"),
            Self::Hashing(error) => error.fmt(f),
            Self::Hook(error) => write!(f, "the new-user hook failed: {error}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RegisterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Hashing(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::Taken(_) | Self::Hook(_) => None,
        }
    }
}
