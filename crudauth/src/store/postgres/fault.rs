//! What an error of PostgreSQL means.
//!
//! Diesel passes on neither the code nor the severity of an error, but for the few that it has a kind
//! for. The rest is told by the text, which [`in_english`] asks for.

use diesel::result::DatabaseErrorKind::{self, CheckViolation};
use diesel::result::Error;

use crate::store::StoreErrorKind;

/// Has the server write its messages in English, where this role may ask for that. It may not
/// where a pooler lends the session to others: there the settings of a new connection are not ours.
pub(super) fn in_english(statement_limit: u128) -> String {
    format!(
        "DO $$BEGIN IF {} THEN PERFORM set_config('lc_messages', 'C', false); END IF; \
         EXCEPTION WHEN OTHERS THEN NULL; END$$",
        has_our_settings(statement_limit)
    )
}

/// A condition: the session has the settings that this process connected with.
pub(super) fn has_our_settings(statement_limit: u128) -> String {
    let said = "extract(epoch FROM current_setting('statement_timeout')::interval) * 1000";
    format!("({said})::bigint = {statement_limit}")
}

/// What begins the text of an error that passes: the server is full, busy, or about to end.
const PASSING: [&str; 17] = [
    "canceling statement due to",
    "could not access file",
    "could not extend file",
    "could not fsync file",
    "could not obtain lock",
    "could not open file",
    "could not read",
    "could not resize shared memory",
    "could not serialize access",
    "could not write",
    "deadlock detected",
    "out of memory",
    "out of shared memory",
    "remaining connection slots",
    "sorry, too many clients",
    "the database system is",
    "too many connections",
];

/// What the text of an error has in it that is about the value of a column.
const ABOUT_A_VALUE: [&str; 6] = [
    " character varying(",
    " character(",
    " has no equivalent in encoding ",
    " out of range",
    "invalid byte sequence for encoding",
    "unsupported Unicode escape sequence",
];

/// Whether the database does not take a value: it is against a check, does not fit its column, or
/// has no code in the encoding of the database. Of the sentence about a length only the type, as
/// `character varying(20)`, is the same in every language.
pub(super) fn is_unfit(error: &Error) -> bool {
    let Error::DatabaseError(kind, cause) = error else { return false };
    let says = |part: &&str| cause.message().contains(*part);
    matches!(kind, CheckViolation) || ABOUT_A_VALUE.iter().any(says)
}

/// The connection is gone. Diesel has no kind for the two that PostgreSQL sends before it hangs up.
pub(super) fn is_lost(error: &Error) -> bool {
    let Error::DatabaseError(kind, cause) = error else { return false };
    let message = cause.message();
    matches!(kind, DatabaseErrorKind::ClosedConnection)
        || message.starts_with("terminating connection")
        || message.starts_with("connection closed")
        || message.contains("error communicating with the server")
}

pub(super) fn is_conflict(error: &Error) -> bool {
    let Error::DatabaseError(kind, cause) = error else { return false };
    matches!(kind, DatabaseErrorKind::SerializationFailure)
        || cause.message() == "deadlock detected"
}

/// Whether the statement is worth to be prepared anew. The errors of one that has become outdated
/// are many (a type of the result, a type or a table that was made anew, a statement that somebody
/// deallocated), and none has a kind: so any that does not pass, and is about no value, may be one.
pub(super) fn is_outdated(error: &Error) -> bool {
    let is_unknown = matches!(error, Error::DatabaseError(DatabaseErrorKind::Unknown, _));
    is_unknown && kind(error) == StoreErrorKind::Broken
}

/// Whether another connection may lead to where the statement works: to a primary, or to one that
/// has not noted the number of a type that was made anew since.
pub(super) fn is_misplaced(error: &Error) -> bool {
    let Error::DatabaseError(kind, cause) = error else { return false };
    let message = cause.message();
    matches!(kind, DatabaseErrorKind::ReadOnlyTransaction)
        || message.starts_with("cache lookup failed for type")
        || message.starts_with("type with OID")
}

pub(super) fn kind(error: &Error) -> StoreErrorKind {
    let Error::DatabaseError(kind, cause) = error else { return StoreErrorKind::Broken };
    if is_lost(error) || is_conflict(error) {
        return StoreErrorKind::Unavailable;
    }
    match kind {
        // A standby that is about to become the primary.
        DatabaseErrorKind::ReadOnlyTransaction | DatabaseErrorKind::UnableToSendCommand => {
            StoreErrorKind::Unavailable
        }
        _ if is_unfit(error) => StoreErrorKind::Unfit,
        DatabaseErrorKind::Unknown
            if PASSING.iter().any(|begin| cause.message().starts_with(begin)) =>
        {
            StoreErrorKind::Unavailable
        }
        _ => StoreErrorKind::Broken,
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::DatabaseErrorKind::{
        CheckViolation, NotNullViolation, ReadOnlyTransaction, Unknown,
    };

    use super::*;

    fn said(kind: DatabaseErrorKind, message: &str) -> Error {
        Error::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_value_that_does_not_fit_is_told_from_another_error_in_any_language() {
        assert!(is_unfit(&said(Unknown, "value too long for type character varying(20)")));
        assert!(is_unfit(&said(Unknown, "Wert zu lang für Typ character(3)")));
        assert!(is_unfit(&said(CheckViolation, "Relation »a« verletzt Check-Constraint »b«")));
        assert!(!is_unfit(&said(Unknown, "could not extend file: No space left on device")));
        assert!(!is_unfit(&Error::NotFound));
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for (error, expected) in [
            (said(Unknown, "deadlock detected"), StoreErrorKind::Unavailable),
            (said(Unknown, "sorry, too many clients already"), StoreErrorKind::Unavailable),
            (said(ReadOnlyTransaction, "cannot execute INSERT"), StoreErrorKind::Unavailable),
            (said(Unknown, "permission denied for table users"), StoreErrorKind::Broken),
            (said(NotNullViolation, "null value in column \"x\""), StoreErrorKind::Broken),
            (said(Unknown, "integer out of range"), StoreErrorKind::Unfit),
            (Error::DeserializationError("x".into()), StoreErrorKind::Broken),
        ] {
            assert_eq!(kind(&error), expected, "{error}");
        }
    }
}
