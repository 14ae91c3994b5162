//! SQL with values, prepared once a connection.

use std::borrow::Cow;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, Text, Untyped};
use diesel::{QueryResult, result::Error};
use sha2::{Digest, Sha256};

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
}

impl<DB> QueryFragment<DB> for Sql
where
    DB: Backend + HasSqlType<Binary> + HasSqlType<Text> + HasSqlType<BigInt>,
    Vec<u8>: ToSql<Binary, DB>,
    Option<Vec<u8>>: ToSql<Nullable<Binary>, DB>,
    String: ToSql<Text, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut pieces = self.text.split('?');
        out.push_sql(pieces.next().unwrap_or_default());
        let mut values = self.values.iter();
        for piece in pieces {
            match values.next() {
                Some(Value::Bytes(value)) => out.push_bind_param::<Binary, _>(value)?,
                Some(Value::MaybeBytes(value)) => {
                    out.push_bind_param::<Nullable<Binary>, _>(value)?;
                }
                Some(Value::MaybeText(value)) => {
                    out.push_bind_param::<Nullable<Text>, _>(value)?;
                }
                Some(Value::Text(value)) => out.push_bind_param::<Text, _>(value)?,
                Some(Value::Integer(value)) => out.push_bind_param::<BigInt, _>(value)?,
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

/// What stands for a key or an owner in an index, whatever its length.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
