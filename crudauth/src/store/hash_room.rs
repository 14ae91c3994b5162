//! The room for a password hash.

use crate::error::StartupError;

/// How much room the table has for a password hash, which only a database of SQL says.
#[derive(Debug, Clone)]
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
