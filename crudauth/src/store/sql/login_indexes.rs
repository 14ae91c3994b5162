//! The indexes by which users are found.

use std::sync::Arc;

use super::statement::By;
use super::unique::UniqueIndex;
use crate::user::AuthUser;

/// The unique indexes of a users table that decide on one column each.
#[derive(Debug, Clone, Default)]
pub struct LoginIndexes(Arc<[Key]>);

#[derive(Debug)]
struct Key {
    /// The name of the index.
    name: String,
    /// The column, by its index in the struct.
    index: usize,
    by: By,
}

impl LoginIndexes {
    /// Those of `indexes` that decide on a column of `U`.
    pub(crate) fn new<U: AuthUser>(indexes: &[UniqueIndex]) -> Self {
        let keys = indexes.iter().filter_map(|unique| {
            let (index, by) = unique.decides::<U>()?;
            Some(Key { name: unique.name.clone(), index, by })
        });
        Self(keys.collect())
    }

    /// Whether the column at `index` is unique.
    pub(crate) fn cover(&self, index: usize) -> bool {
        self.0.iter().any(|key| key.index == index)
    }

    /// How a text is looked up in the column at `index`: a look-up in any case finds what one by
    /// the column itself does.
    pub(crate) fn lookup_by(&self, index: usize) -> By {
        let is_lower = |key: &Key| key.index == index && key.by == By::Lower;
        if self.0.iter().any(is_lower) { By::Lower } else { By::Column }
    }

    /// The column that the index with this name decides on.
    pub(crate) fn column_of<U: AuthUser>(&self, name: &str) -> Option<&'static str> {
        let key = self.0.iter().find(|key| key.name == name)?;
        U::SCHEMA.columns.get(key.index).map(|schema| schema.column)
    }
}
