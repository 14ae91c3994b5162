//! A user as a store has it.

use std::fmt;
use std::ops::Deref;

use super::{AuthUser, Beside, Change, Logical, LogicalFields};

/// A user as a store has it: the row, and what crudauth keeps [beside](Beside) the table. It derefs
/// to the application's struct.
///
/// It has no `Serialize`, whatever the struct has: the row has the password hash in it. Answer with a
/// struct of your own, or with one of [`answers`](crate::answers).
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
        let beside = self.beside.unwrap_or(Beside::UNKNOWN);
        for field in U::SCHEMA.beside {
            match field {
                Logical::TokenVersion => logical.token_version = Some(beside.token_version),
                Logical::IsActive => logical.is_active = Some(beside.is_active),
                Logical::EmailVerified => {
                    logical.email_verified = Some(beside.email_verified);
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
    pub fn beside(&self) -> Option<Beside> {
        self.beside
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
