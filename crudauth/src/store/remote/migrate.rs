//! The error of tables that are not there.

use crate::error::StartupError;
use crate::store::{Migration, StoreError};

/// The start-up error that prints what to run.
pub(crate) fn missing_tables(cause: StoreError, steps: &[Migration]) -> StartupError {
    let statements = steps.iter().map(|step| step.sql.trim()).collect::<Vec<_>>().join("\n\n");
    StartupError::own_tables(&statements, cause)
}
