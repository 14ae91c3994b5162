//! The room for a password hash.

use crate::error::StartupError;

/// How much room the table has for a password hash, which only a database of SQL says.
#[derive(Debug, Clone)]
#[cfg_attr(
    not(feature = "sql"),
    allow(unreachable_pub, reason = "the port of SQL databases names it")
)]
pub struct HashRoom {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) declared: String,
    pub(crate) characters: usize,
    pub(crate) widen: String,
}

impl HashRoom {
    /// # Errors
    ///
    /// Where hashes of `length` characters do not fit.
    pub(crate) fn check(&self, length: usize) -> Result<(), StartupError> {
        let Self { table, column, declared, characters, widen } = self;
        if length <= *characters {
            return Ok(());
        }
        Err(StartupError::setting(format!(
            "the column `{column}` of {table} is `{declared}`, and a password hash has {length} \
             characters: run `{widen}`"
        )))
    }
}
