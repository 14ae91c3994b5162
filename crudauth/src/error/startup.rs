//! Why an application cannot start.

use std::error::Error;
use std::fmt;

/// A configuration that cannot work, found when the application is built. The text names the
/// setting and the fix.
pub struct StartupError {
    text: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl StartupError {
    /// A setting that cannot work. `text` says what is wrong, and the way out.
    pub fn setting(text: impl Into<String>) -> Self {
        Self { text: text.into(), cause: None }
    }

    /// As [`setting`](Self::setting), with the error that says so.
    pub(crate) fn caused_by(cause: impl Error + Send + Sync + 'static) -> Self {
        Self { text: "the application cannot start".to_owned(), cause: Some(Box::new(cause)) }
    }

    /// The database could not be made ready.
    pub fn database(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { text: "the database could not be made ready".to_owned(), cause: Some(cause.into()) }
    }

    /// The users table is not what the struct says.
    #[cfg(feature = "sqlite")]
    pub(crate) fn table(
        table: &str,
        user: &str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            text: format!(
                "the table {table} cannot be read as `{user}`: create it, or add the column, \
                 with your own migration"
            ),
            cause: Some(cause.into()),
        }
    }

    /// Users sign in by a column that is not unique.
    #[cfg(feature = "sqlite")]
    pub(crate) fn not_unique(table: &str, field: &str, column: &str) -> Self {
        let bare = table.trim_matches('`');
        Self::setting(format!(
            "users sign in by `{field}`, but the column `{column}` of {table} is not unique: run \
             `CREATE UNIQUE INDEX {bare}_{column}_key ON {bare} ({column})`, or take `{field}` out \
             of `#[auth(login(..))]`"
        ))
    }
}

impl fmt::Display for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

/// As `Display`, so that `fn main() -> Result<(), StartupError>` prints a sentence.
impl fmt::Debug for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for StartupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}
