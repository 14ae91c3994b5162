//! Databases by their URL.

use std::error::Error;

/// A database that can be opened by its URL alone, as in `DATABASE_URL`.
pub trait FromUrl: Sized {
    /// Opens the database that `url` names.
    ///
    /// # Errors
    ///
    /// [`UrlError`], where `url` names none of this kind or it cannot be opened. The text does not
    /// quote the URL, which may have a password in it.
    fn from_url(url: &str) -> Result<Self, UrlError>;
}

/// A database cannot be opened by its URL. The text says what is accepted.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct UrlError(Box<dyn Error + Send + Sync>);

impl UrlError {
    /// What `cause` says.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
