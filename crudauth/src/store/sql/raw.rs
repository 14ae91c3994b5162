//! SQL with values, prepared once a connection.

use std::borrow::Cow;

use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text, Untyped};
use diesel::{QueryResult, result::Error};
use sha2::{Digest, Sha256};

use super::backend::{Holds, SqlBackend};

/// A statement whose text has a `?` for each value, and is one of few. Unlike
/// `diesel::sql_query` it is kept prepared.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Bytes(Vec<u8>),
    MaybeBytes(Option<Vec<u8>>),
    Text(String),
    MaybeText(Option<String>),
    Integer(i64),
    MaybeInteger(Option<i64>),
    Flag(bool),
    MaybeFlag(Option<bool>),
}

/// A statement, to which its values are added in the order of their places.
pub(crate) fn sql(text: impl Into<Cow<'static, str>>) -> Sql {
    Sql { text: text.into(), values: Vec::new() }
}

impl Sql {
    fn with(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }

    /// Adds to the text.
    pub(crate) fn and(mut self, text: &str) -> Self {
        self.text.to_mut().push_str(text);
        self
    }

    pub(crate) fn bytes(self, value: &[u8]) -> Self {
        self.with(Value::Bytes(value.to_vec()))
    }

    pub(crate) fn maybe_bytes(self, value: Option<&[u8]>) -> Self {
        self.with(Value::MaybeBytes(value.map(<[u8]>::to_vec)))
    }

    pub(crate) fn text(self, value: &str) -> Self {
        self.with(Value::Text(value.to_owned()))
    }

    pub(crate) fn maybe_text(self, value: Option<&str>) -> Self {
        self.with(Value::MaybeText(value.map(str::to_owned)))
    }

    pub(crate) fn integer(self, value: i64) -> Self {
        self.with(Value::Integer(value))
    }

    pub(crate) fn maybe_integer(self, value: Option<i64>) -> Self {
        self.with(Value::MaybeInteger(value))
    }

    pub(crate) fn flag(self, value: bool) -> Self {
        self.with(Value::Flag(value))
    }

    pub(crate) fn maybe_flag(self, value: Option<bool>) -> Self {
        self.with(Value::MaybeFlag(value))
    }
}

impl<DB: SqlBackend> QueryFragment<DB> for Sql {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut pieces = self.text.split('?');
        out.push_sql(pieces.next().unwrap_or_default());
        let mut values = self.values.iter();
        for piece in pieces {
            match values.next() {
                Some(Value::Bytes(value)) => Holds::<Binary, _>::push(&mut out, value)?,
                Some(Value::MaybeBytes(value)) => {
                    Holds::<Nullable<Binary>, _>::push(&mut out, value)?;
                }
                Some(Value::MaybeText(value)) => {
                    Holds::<Nullable<Text>, _>::push(&mut out, value)?;
                }
                Some(Value::Text(value)) => Holds::<Text, _>::push(&mut out, value)?,
                Some(Value::Integer(value)) => Holds::<BigInt, _>::push(&mut out, value)?,
                Some(Value::MaybeInteger(value)) => {
                    Holds::<Nullable<BigInt>, _>::push(&mut out, value)?;
                }
                Some(Value::MaybeFlag(value)) => {
                    Holds::<Nullable<Bool>, _>::push(&mut out, value)?;
                }
                Some(Value::Flag(value)) => Holds::<Bool, _>::push(&mut out, value)?,
                None => return Err(Error::QueryBuilderError("a value is missing".into())),
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}

impl QueryId for Sql {
    type QueryId = ();
    // The text decides which prepared statement it is.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sql {
    type SqlType = Untyped;
}

/// The digest of a key or an owner, for an index that cannot hold long text.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
