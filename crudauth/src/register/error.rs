use std::error::Error;

use crate::error::FieldError;
use crate::hooks::Veto;
use crate::identity::{EmailError, UsernameError};
use crate::password::{HashError, PasswordRefusal, PasswordRule};
use crate::secret::RandomError;
use crate::store::{InsertError, StoreError};
use crate::user::{AuthUser, ColumnSchema, Logical, LoginField, UnknownTenant};

/// A sign-up that cannot be, with every mistake in it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the sign-up has mistakes")]
#[non_exhaustive]
pub struct InvalidSignUp {
    /// In the order of the fields.
    pub problems: Vec<SignUpProblem>,
}

/// A mistake in a sign-up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SignUpProblem {
    /// A rule of the [`RegisterSchema`](crate::RegisterSchema) is broken.
    Rule(FieldError),
    /// The e-mail address is not one.
    Email {
        /// The field, by its name on the wire.
        field: &'static str,
        /// Why.
        error: EmailError,
    },
    /// The user name, or another name that users sign in by, cannot be one.
    Name {
        /// The field, by its name on the wire.
        field: &'static str,
        /// Why.
        error: UsernameError,
    },
    /// The password does not meet a rule of the policy.
    Password(PasswordRule),
}

impl InvalidSignUp {
    pub(super) fn by_rules(broken: Vec<FieldError>) -> Self {
        Self { problems: broken.into_iter().map(SignUpProblem::Rule).collect() }
    }
}

/// Why a user could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// A hook of the application vetoed the sign-up.
    #[error(transparent)]
    Vetoed(Veto),
    /// The password is known from a data breach, or the check failed.
    #[error("the policy refuses the password")]
    Refused(PasswordRefusal),
    /// A unique value is taken.
    #[error(transparent)]
    Conflict(UniqueConflict),
    /// The table does not take the value of this field, where the database says which: it is too
    /// long for its column, or against a check.
    #[error("the table does not take {}", .0.map_or("a value".to_owned(), value_of))]
    Unfit(Option<&'static str>),
    /// The password could not be hashed now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The operating system gives no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The new-user hook failed, or the insert hook of the database.
    #[error("a hook of the application failed")]
    Hook(#[source] Box<dyn Error + Send + Sync>),
    /// Nothing says which tenant is meant, or there is no such tenant.
    #[error(transparent)]
    UnknownTenant(#[from] UnknownTenant),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn value_of(field: &str) -> String {
    format!("the value of `{field}`")
}

/// Which unique value is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UniqueConflict {
    /// The e-mail address.
    #[error("the e-mail address is taken")]
    Email,
    /// The user name.
    #[error("the user name is taken")]
    Username,
    /// The recovery factor, where it is not the e-mail address.
    #[error("the value of `{0}` is taken")]
    Recovery(&'static str),
    /// Another field, by its name, where the store can tell.
    #[error("{} is taken", .0.map_or("a unique value".to_owned(), value_of))]
    Other(Option<&'static str>),
}

/// The schema of the column with this SQL name.
fn column_named<U: AuthUser>(column: Option<&str>) -> Option<&'static ColumnSchema> {
    U::SCHEMA.columns.iter().find(|schema| Some(schema.column) == column)
}

impl UniqueConflict {
    fn from_column<U: AuthUser>(column: Option<&str>) -> Self {
        let schema = column_named::<U>(column);
        match schema.and_then(|schema| schema.logical) {
            Some(Logical::Email) => Self::Email,
            Some(Logical::Username) => Self::Username,
            _ => match schema.map(|schema| schema.field) {
                Some(field) if U::SCHEMA.recovery == Some(field) => Self::Recovery(field),
                field => Self::Other(field),
            },
        }
    }

    /// The conflict on the login field with this name.
    pub(super) fn on_login_field<U: AuthUser>(name: &'static str) -> Self {
        match U::SCHEMA.login.iter().find(|field| field.name() == name) {
            Some(LoginField::Email) => Self::Email,
            Some(LoginField::Username) => Self::Username,
            _ => Self::Other(Some(name)),
        }
    }

    /// Whether the answer may name it: users sign in by it, and it is no address.
    pub(super) fn is_open<U: AuthUser>(&self) -> bool {
        let signs_in = |name: &str| {
            U::SCHEMA.login.iter().any(|field| match field {
                LoginField::Other(wire) => U::SCHEMA
                    .columns
                    .iter()
                    .any(|column| column.field == name && column.is_login(LoginField::Other(wire))),
                field => field.name() == name,
            })
        };
        match self {
            Self::Email | Self::Recovery(_) | Self::Other(None) => false,
            Self::Username => signs_in("username"),
            Self::Other(Some(field)) => signs_in(field),
        }
    }
}

impl RegisterError {
    pub(super) fn from_insert<U: AuthUser>(error: InsertError) -> Self {
        match error {
            InsertError::Duplicate(column) => {
                Self::Conflict(UniqueConflict::from_column::<U>(column.as_deref()))
            }
            InsertError::Unfit { column, .. } => {
                Self::Unfit(column_named::<U>(column.as_deref()).map(ColumnSchema::wire_name))
            }
            InsertError::RecordTaken => Self::Conflict(UniqueConflict::Other(None)),
            InsertError::Hook(error) => Self::Hook(error),
            InsertError::Store(error) => Self::Store(error),
        }
    }
}
