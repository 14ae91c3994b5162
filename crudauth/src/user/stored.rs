//! A user as a store has it.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::{AuthUser, Beside, Change, Logical, LogicalFields};

/// A user as a store has it: the row, and what crudauth keeps [beside](Beside) the table. It derefs
/// to the application's struct.
///
/// As JSON it is what the struct is, where that has `Serialize`: the derive sees to it that no secret
/// is in there. Else answer with a struct of your own, or with one of [`answers`](crate::answers):
///
/// ```compile_fail
/// use axum::Json;
/// use axum::response::IntoResponse;
/// use crudauth::{AuthUser, Principal};
///
/// async fn me<U: AuthUser>(me: Principal<U>) -> impl IntoResponse {
///     Json(me.user) // the row has the password hash in it
/// }
/// ```
///
/// ```
/// use axum::Json;
/// use axum::response::IntoResponse;
/// use crudauth::answers::Me;
/// use crudauth::{AuthUser, Principal};
///
/// async fn me<U: AuthUser>(me: Principal<U>) -> impl IntoResponse {
///     Json(Me::new(&me)).into_response()
/// }
/// ```
///
/// A row that has come from elsewhere becomes one by `From`. Of a struct with
/// `#[auth(beside(..))]` such a row is not whole, and may not sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredUser<U> {
    row: U,
    beside: Option<Beside>,
}

impl<U: AuthUser> StoredUser<U> {
    /// A row with what is kept beside it: nothing, for a struct without `#[auth(beside(..))]`.
    #[must_use]
    pub fn new(row: U, beside: Beside) -> Self {
        Self { row, beside: (!U::SCHEMA.beside.is_empty()).then_some(beside) }
    }

    /// The logical fields: those of the row, and those that are kept beside it.
    #[must_use]
    pub fn logical(&self) -> LogicalFields<'_> {
        let mut logical = self.row.mapped();
        if U::SCHEMA.beside.is_empty() {
            return logical;
        }
        let beside = self.beside.as_ref().unwrap_or(&Beside::UNKNOWN);
        for field in U::SCHEMA.beside {
            match field {
                Logical::TokenVersion => logical.token_version = Some(beside.token_version),
                Logical::IsActive => logical.is_active = Some(beside.is_active),
                Logical::EmailVerified => {
                    logical.email_verified = Some(beside.has_proved(logical.email));
                    if U::SCHEMA.recovers_by_email() {
                        logical.recovery_verified = logical.email_verified;
                    }
                }
                _ => {}
            }
        }
        logical
    }

    /// Applies `change`, without checking its conditions.
    pub fn apply(&mut self, change: &Change) {
        self.row.apply(change);
        if let Some(beside) = &mut self.beside {
            beside.apply(change, U::SCHEMA.recovers_by_email());
        }
    }

    /// What is kept beside the row, if it is known.
    #[must_use]
    pub fn beside(&self) -> Option<&Beside> {
        self.beside.as_ref()
    }

    /// The row alone.
    #[must_use]
    pub fn into_row(self) -> U {
        self.row
    }

    /// The row, to be changed past crudauth.
    pub(crate) fn row_mut(&mut self) -> &mut U {
        &mut self.row
    }

    /// Whether all logical fields are known.
    pub(crate) fn is_whole(&self) -> bool {
        self.beside.is_some() || U::SCHEMA.beside.is_empty()
    }
}

/// A row that may be an answer as it is: that of a struct with `Serialize`. There is nothing to
/// implement here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a row of the users table, which no client may see whole",
    label = "the row of `{Self}` is no answer",
    note = "answer with `crudauth::answers::Me::new(&me)`, or with a struct of your own that has what clients may see",
    note = "with `#[derive(serde::Serialize)]` on `{Self}`, its password hash needs `#[serde(skip_serializing)]`"
)]
pub trait AnswersWhole {
    #[doc(hidden)]
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

#[diagnostic::do_not_recommend]
impl<U: Serialize> AnswersWhole for U {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.serialize(to)
    }
}

impl<U: AnswersWhole> Serialize for StoredUser<U> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.row.write(to)
    }
}

impl<U> From<U> for StoredUser<U> {
    fn from(row: U) -> Self {
        Self { row, beside: None }
    }
}

impl<U> Deref for StoredUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.row
    }
}

/// Shows the id alone.
impl<U: AuthUser> fmt::Debug for StoredUser<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = format_args!("{}", self.row.id());
        f.debug_struct("StoredUser").field("id", &id).finish_non_exhaustive()
    }
}
