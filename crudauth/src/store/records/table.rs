//! The tables of crudauth's own rows, as data.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::{StoreError, StoreErrorKind};

/// A table of crudauth's own rows, as an adapter sees it.
///
/// Every table has the columns `id`, which is its primary key, `users`, the name of the users table, and
/// `owner`, the id of the user whom the row belongs to, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns: `id`, `users`, `owner`, and its own.
    pub columns: &'static [Column],
    /// The sets of columns of which no two rows have the same values. A row that has NULL in one
    /// of them does not count.
    pub unique: &'static [&'static [&'static str]],
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: ColumnType,
    /// Whether it may be NULL.
    pub is_nullable: bool,
}

impl Column {
    /// The column of this name for values of the type `T`: a text or bytes of at most `most` bytes.
    pub(super) const fn of<T: ColumnValue>(name: &'static str, most: usize) -> Self {
        let holds = match T::HOLDS {
            ColumnType::Text(_) => ColumnType::Text(most),
            ColumnType::Bytes(_) => ColumnType::Bytes(most),
            other => other,
        };
        Self { name, holds, is_nullable: T::IS_NULLABLE }
    }
}

/// The type of the values of a [`Column`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A number, or a moment in milliseconds since the Unix epoch.
    Integer,
    /// Yes or no.
    Flag,
    /// A text of at most so many bytes, without NUL. It is compared byte by byte.
    Text(usize),
    /// At most so many bytes.
    Bytes(usize),
}

/// A value in a [`Column`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is a kind of column, or NULL")]
pub enum Value {
    Null,
    Integer(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
}

/// The values of a row, in the order of the columns of its [`Table`].
pub type Row = Vec<Value>;

impl Table {
    /// The place of a column among the [columns](Self::columns).
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.name == column)
    }

    /// Checks that a value can be kept in a column, and is found there as it is.
    pub(crate) fn check(&self, column: &str, value: &Value) -> Result<(), StoreError> {
        let refused = |problem| {
            let misfit = Misfit { table: self.name, column: column.to_owned(), problem };
            Err(StoreError::of_kind(StoreErrorKind::Unfit, misfit))
        };
        let Some(column) = self.columns.iter().find(|it| it.name == column) else {
            return refused(Problem::NoColumn);
        };
        let (length, most) = match (column.holds, value) {
            (_, Value::Null) if column.is_nullable => return Ok(()),
            (ColumnType::Integer, Value::Integer(_)) | (ColumnType::Flag, Value::Flag(_)) => {
                return Ok(());
            }
            (ColumnType::Text(_), Value::Text(text)) if text.contains('\0') => {
                return refused(Problem::Nul);
            }
            (ColumnType::Text(most), Value::Text(text)) => (text.len(), most),
            (ColumnType::Bytes(most), Value::Bytes(bytes)) => (bytes.len(), most),
            _ => return refused(Problem::Type),
        };
        if length > most { refused(Problem::TooLong { length, most }) } else { Ok(()) }
    }
}

/// A value that a column does not take. It does not say the value.
#[derive(Debug, thiserror::Error)]
#[error("the column `{column}` of {table} {problem}")]
struct Misfit {
    table: &'static str,
    column: String,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("is not there")]
    NoColumn,
    #[error("holds values of another type")]
    Type,
    #[error("takes no text with a NUL character")]
    Nul,
    #[error("takes at most {most} bytes, and the value has {length}")]
    TooLong { length: usize, most: usize },
}

/// Tells the kind and the length, since a value may be a secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Integer(_) => f.write_str("Integer(..)"),
            Self::Flag(_) => f.write_str("Flag(..)"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// A type of Rust that a column can hold.
pub trait ColumnValue: Sized {
    /// What the column holds; a text or bytes without their length.
    const HOLDS: ColumnType;

    /// Whether it may be NULL.
    const IS_NULLABLE: bool = false;

    /// As it is stored. A moment is rounded down to the millisecond.
    fn into_value(self) -> Value;

    /// As it was stored; `None` for a value of another type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! column_values {
    ($($type:ty: $holds:expr, $variant:ident;)*) => {$(
        impl ColumnValue for $type {
            const HOLDS: ColumnType = $holds;

            fn into_value(self) -> Value {
                Value::$variant(self)
            }

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}

column_values! {
    i64: ColumnType::Integer, Integer;
    bool: ColumnType::Flag, Flag;
    String: ColumnType::Text(0), Text;
    Vec<u8>: ColumnType::Bytes(0), Bytes;
}

impl ColumnValue for SystemTime {
    const HOLDS: ColumnType = ColumnType::Integer;

    fn into_value(self) -> Value {
        Value::Integer(unix_ms(self))
    }

    fn from_value(value: Value) -> Option<Self> {
        let since = u64::try_from(i64::from_value(value)?).ok()?;
        UNIX_EPOCH.checked_add(Duration::from_millis(since))
    }
}

impl<T: ColumnValue> ColumnValue for Option<T> {
    const HOLDS: ColumnType = T::HOLDS;
    const IS_NULLABLE: bool = true;

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

pub(super) fn unix_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
