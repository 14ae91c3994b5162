//! What an error of SQLite means. Its messages are in English everywhere.

use diesel::result::DatabaseErrorKind::{self, CheckViolation};
use diesel::result::Error;

use crate::store::{StoreError, StoreErrorKind};

/// What the text of an error begins with that passes: a lock, a full disk, too little memory.
const PASSING: [&str; 9] = [
    "cannot commit transaction",
    "cannot start a transaction",
    "database is locked",
    "database or disk is full",
    "database schema is locked",
    "database table is locked",
    "disk I/O error",
    "interrupted",
    "out of memory",
];

/// The error of a store that an error of SQLite is.
pub(super) fn failure(error: Error) -> StoreError {
    StoreError::of_kind(kind(&error), error)
}

fn kind(error: &Error) -> StoreErrorKind {
    let Error::DatabaseError(kind, cause) = error else { return StoreErrorKind::Broken };
    let passes = |begin: &&str| cause.message().starts_with(*begin);
    match kind {
        CheckViolation => StoreErrorKind::Unfit,
        DatabaseErrorKind::Unknown if PASSING.iter().any(passes) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Broken,
    }
}
