//! The CSRF token in a form.

use std::fmt;

use crate::http::hidden_field;

/// The name of the field.
pub(crate) const CSRF_FIELD: &str = "csrf_token";

/// Notes in the extensions of a request that the token of its form was looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormRead;

/// The hidden field of a form that carries the CSRF token of a session:
/// `<input type="hidden" name="csrf_token" ..>`. Its `Display` is the HTML, which a template takes as
/// it is (`{{ csrf|safe }}`). Empty for a visitor who is not signed in, who needs none.
///
/// [`CrudAuth::csrf_field`](crate::CrudAuth::csrf_field) makes it. `Debug` does not show the token.
#[derive(Clone, Default)]
pub struct CsrfField(Option<String>);

impl CsrfField {
    pub(crate) fn new(token: Option<String>) -> Self {
        Self(token)
    }

    /// The token, for a field that is written by other means. The header takes it as well, and no
    /// two fields have the same text for it.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Display for CsrfField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.token() {
            Some(token) => f.write_str(&hidden_field(CSRF_FIELD, token)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CsrfField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfField(..)")
    }
}
