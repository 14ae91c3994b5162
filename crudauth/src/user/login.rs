//! What a user signs in by.

use crate::identity::{folded_username, looks_like_an_address, lookup_email, lookup_username};

/// A field that identifies a user at login. Its column is unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoginField {
    /// The logical field `email`, compared in its canonical form.
    Email,
    /// The logical field `username`, compared as [`UsernameCase`] says.
    Username,
    /// A text field of the application, by its name; compared like a user name.
    Other(&'static str),
}

/// Whether the case of a user name counts. Sign-up, sign-in and uniqueness go by one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UsernameCase {
    /// `Ada` and `ada` are two names, of which the second cannot be taken where the first is.
    #[default]
    Counts,
    /// They are one name, which is stored as `ada`.
    Ignored,
}

impl LoginField {
    /// Its name, which is also that on the wire unless the field says `rename`.
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
    case: UsernameCase,
}

impl LoginName {
    /// Prepares `typed` for every kind of login field.
    #[must_use]
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = typed.into();
        let case = UsernameCase::Counts;
        Self { email: lookup_email(&typed), typed: lookup_username(&typed), case }
    }

    /// The same, looked up among user names as `case` says. Default: case counts.
    #[must_use]
    pub fn under(mut self, case: UsernameCase) -> Self {
        if case == UsernameCase::Ignored {
            self.typed = folded_username(&self.typed);
        }
        self.case = case;
        self
    }

    /// Whether `stored`, the value of `field`, is what this name means: in whatever spelling it
    /// has come into the table, and whatever else the collation of the column takes for the same.
    #[must_use]
    pub fn is(&self, field: LoginField, stored: &str) -> bool {
        let name = self.for_field(field);
        // An empty text names nobody, also where rows have one in place of NULL.
        !name.is_empty()
            && (name == stored
                || match (field, self.case) {
                    (LoginField::Email, _) => lookup_email(stored) == name,
                    (_, UsernameCase::Counts) => lookup_username(stored) == name,
                    (_, UsernameCase::Ignored) => folded_username(stored) == name,
                })
    }

    /// The text that `field` is compared with.
    #[must_use]
    pub fn for_field(&self, field: LoginField) -> &str {
        match field {
            LoginField::Email => &self.email,
            LoginField::Username | LoginField::Other(_) => &self.typed,
        }
    }

    /// One form for all spellings that would reach the same account where users sign in by
    /// `login`, and for no others, with the kind of name that it is: under it attempts on names that
    /// reach nobody are counted. What reads like an address is decided as it is at sign-up, so that
    /// no name is counted in one way while it is free and in another when it is taken.
    #[must_use]
    pub fn counted_as(&self, login: &[LoginField]) -> (&'static str, &str) {
        let only_by_email = login.iter().all(|field| *field == LoginField::Email);
        let is_address = login.contains(&LoginField::Email) && looks_like_an_address(&self.email);
        if only_by_email || is_address { ("email", &self.email) } else { ("name", &self.typed) }
    }

    /// Whether the text could be in a database at all: no store keeps NUL in text.
    #[must_use]
    pub fn is_storable(&self) -> bool {
        !self.typed.contains('\0')
    }
}
