//! What an error of MySQL or MariaDB means.
//!
//! Diesel passes on no number of an error, but for the few that it has a kind for. The rest is told
//! by the text, which every session asks for in English.

use diesel::result::DatabaseErrorKind::{self, CheckViolation};
use diesel::result::{Error, QueryResult};

use crate::store::{InsertError, StoreErrorKind};

/// Has the server write its messages in English.
pub(super) const IN_ENGLISH: &str = "SET SESSION lc_messages = 'en_US'";

/// What the text of an error begins with that passes: the server is full, busy, about to end, or a
/// standby.
const PASSING: [&str; 15] = [
    "Can't create",
    "Can't open",
    "Connection was killed",
    "Disk full",
    "Driver error",
    "Error writing file",
    "Got error",
    "Input/output error",
    "Out of memory",
    "Query execution was interrupted",
    "Running in read-only mode",
    "Server shutdown",
    "The MySQL server is running with the",
    "The MariaDB server is running with the",
    "Too many connections",
];

/// What the text of an error has in it that is about the characters of a text: the column, or what
/// it is compared with, has no code for one of them.
const ABOUT_CHARACTERS: [&str; 5] = [
    "Incorrect string value",
    "Illegal mix of collations",
    "Cannot convert ",
    "Invalid utf8",
    "Conversion from collation",
];

fn message(error: &Error) -> &str {
    match error {
        Error::DatabaseError(_, cause) => cause.message(),
        _ => "",
    }
}

fn begins_as(message: &str, any: &[&str]) -> bool {
    any.iter().any(|begin| message.starts_with(begin))
}

/// What is not the server's own answer comes as the driver's text.
pub(super) fn is_lost(error: &Error) -> bool {
    begins_as(message(error), &["Input/output error", "Driver error", "Connection was killed"])
}

/// A deadlock (1213) and a lock that was not to be had (1205) end with these words, and so does a
/// table that was altered since the transaction began (1412).
pub(super) fn is_conflict(error: &Error) -> bool {
    let message = message(error);
    message.ends_with("try restarting transaction") || message.ends_with("please retry transaction")
}

/// A statement that has to be prepared anew (1615), or that the server does not know any more (1243).
pub(super) fn is_outdated(error: &Error) -> bool {
    let outdated = ["Prepared statement needs to be", "Unknown prepared statement handler"];
    begins_as(message(error), &outdated)
}

/// The server only reads, since another one is the primary now.
pub(super) fn is_misplaced(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _))
        || message(error).contains("--read-only")
        || message(error).contains("--super-read-only")
        || message(error).starts_with("Running in read-only mode")
}

/// Whether a text has a character that the column has no code for: no row has such a value.
pub(super) fn has_foreign_characters(error: &Error) -> bool {
    begins_as(message(error), &ABOUT_CHARACTERS)
}

pub(super) fn kind(error: &Error) -> StoreErrorKind {
    let Error::DatabaseError(..) = error else { return StoreErrorKind::Broken };
    let message = message(error);
    if is_lost(error)
        || is_conflict(error)
        || is_misplaced(error)
        || begins_as(message, &PASSING)
        || (message.starts_with("The table '") && message.ends_with("' is full"))
    {
        return StoreErrorKind::Unavailable;
    }
    if is_unfit(error) { StoreErrorKind::Unfit } else { StoreErrorKind::Broken }
}

fn is_unfit(error: &Error) -> bool {
    let Error::DatabaseError(kind, cause) = error else { return false };
    let message = cause.message();
    // MariaDB has a way of its own to tell the violation of a check.
    matches!(kind, CheckViolation)
        || (message.starts_with("CONSTRAINT `") && message.contains("` failed for `"))
        || message.starts_with("Data too long for column ")
        || message.starts_with("Out of range value")
        || has_foreign_characters(error)
}

/// What an error means by which the database does not take a value, with the column if it says
/// which. Another error is given back.
pub(super) fn unfit(error: Error) -> QueryResult<InsertError> {
    if !is_unfit(&error) {
        return Err(error);
    }
    let column = column(message(&error));
    Ok(InsertError::unfit(column, error))
}

/// Reads `Data too long for column 'name' at row 1`, where MariaDB may write
/// `` `app`.`players`.`name` ``.
fn column(message: &str) -> Option<String> {
    let (_, rest) = message.split_once(" for column ")?;
    let (name, _) = rest.rsplit_once(" at row ")?;
    let name = match name.strip_prefix('\'') {
        Some(name) => name.strip_suffix('\'')?,
        None => name.strip_suffix('`')?.rsplit('`').next()?,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind::Unknown;

    use super::*;

    fn said(kind: DatabaseErrorKind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_value_that_does_not_fit_is_told_from_another_error() {
        let column = |kind, message: &str| match unfit(said(kind, message)) {
            Ok(InsertError::Unfit { column, .. }) => Some(column),
            _ => None,
        };
        let some = |name: &str| Some(Some(name.to_owned()));
        assert_eq!(column(Unknown, "Data too long for column 'it's' at row 1"), some("it's"));
        let foreign =
            r"Incorrect string value: '\xF0\x9F' for column `app`.`players`.`nick` at row 1";
        assert_eq!(column(Unknown, foreign), some("nick"));
        let on_mariadb = "CONSTRAINT `players.nick` failed for `app`.`players`";
        assert_eq!(column(Unknown, on_mariadb), Some(None));
        assert_eq!(column(CheckViolation, "Check constraint 'c' is violated."), Some(None));
        assert_eq!(column(Unknown, "The table 'players' is full"), None);
        assert!(unfit(Error::NotFound).is_err());
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for (message, expected) in [
            ("Deadlock found when trying to get lock; try restarting transaction", true),
            ("The table 'players' is full", true),
            ("The MariaDB server is running with the --read-only option so it cannot", true),
            ("Field 'plan' doesn't have a default value", false),
            ("INSERT command denied to user 'app'@'localhost' for table 'players'", false),
        ] {
            let passes = kind(&said(Unknown, message)) == StoreErrorKind::Unavailable;
            assert_eq!(passes, expected, "{message}");
        }
    }
}
