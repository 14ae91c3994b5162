//! What a user signs in by.

use crate::identity::{lookup_email, lookup_username};

/// A field that identifies a user at login. Its column is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoginField {
    /// The logical field `email`, compared in its canonical form.
    Email,
    /// The logical field `username`, compared as typed.
    Username,
    /// A text field of the application, by its name on the wire; compared as typed.
    Other(&'static str),
}

impl LoginField {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Username => "username",
            Self::Other(name) => name,
        }
    }
}

/// What somebody typed to say who they are, in the form that each login field is looked up by.
#[derive(Debug, Clone)]
pub struct LoginName {
    typed: String,
    email: String,
}

impl LoginName {
    /// Prepares `typed` for every kind of login field.
    #[must_use]
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = typed.into();
        Self { email: lookup_email(&typed), typed: lookup_username(&typed) }
    }

    /// The text that `field` is compared with.
    #[must_use]
    pub fn for_field(&self, field: LoginField) -> &str {
        match field {
            LoginField::Email => &self.email,
            LoginField::Username | LoginField::Other(_) => &self.typed,
        }
    }

    /// One form for all spellings that would reach the same account by one of the `login` fields,
    /// for counters: an address in any case, any other name as typed.
    #[must_use]
    pub fn folded(&self, login: &[LoginField]) -> &str {
        let is_address = self.typed.contains('@') && login.contains(&LoginField::Email);
        if is_address { &self.email } else { &self.typed }
    }

    /// Whether the text could be in a database at all: no store keeps NUL in text.
    #[must_use]
    pub fn is_storable(&self) -> bool {
        !self.typed.contains('\0')
    }
}
