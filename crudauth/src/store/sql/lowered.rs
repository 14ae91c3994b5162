//! Login columns that are unique by an index over `lower(column)`.

use std::sync::Arc;

use super::statement::By;
use crate::user::AuthUser;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::user::ColumnSchema;

/// The unique indexes of a users table that are over `lower(column)`, and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Lowered(Arc<[Key]>);

#[derive(Debug)]
struct Key {
    /// The name by which the database reports its violation.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    name: String,
    /// The column, by its index.
    index: usize,
}

impl Lowered {
    /// The keys, given by name and column, that are over a column of `U`.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn new<U: AuthUser>(keys: impl IntoIterator<Item = (String, String)>) -> Self {
        let keys = keys.into_iter().filter_map(|(name, column)| {
            let is_it = |schema: &ColumnSchema| schema.column.eq_ignore_ascii_case(&column);
            Some(Key { name, index: U::SCHEMA.columns.iter().position(is_it)? })
        });
        Self(keys.collect())
    }

    /// How a text is looked up in the column at `index`.
    pub(crate) fn lookup_by(&self, index: usize) -> By {
        if self.0.iter().any(|key| key.index == index) { By::Lower } else { By::Column }
    }

    /// The column of the key with this name.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn column_of<U: AuthUser>(&self, name: &str) -> Option<&'static str> {
        let key = self.0.iter().find(|key| key.name == name)?;
        U::SCHEMA.columns.get(key.index).map(|schema| schema.column)
    }

    /// The columns, by their names.
    pub(crate) fn columns<U: AuthUser>(&self) -> impl Iterator<Item = &'static str> {
        let places = self.0.iter().map(|key| key.index);
        places.filter_map(|index| U::SCHEMA.columns.get(index).map(|schema| schema.column))
    }
}
