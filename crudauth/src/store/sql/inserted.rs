//! The row that was just inserted, for databases that return nothing from a statement that writes.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::row::{Cell, UserRow};
use super::scope::push_and_counts;
use super::statement::{Insert, Select, push_same};
use crate::user::{AuthUser, Logical, LoginField, RowScope};

/// The row that an [`Insert`] has inserted.
pub(crate) struct Inserted<'a, U, DB: Backend> {
    by: Vec<&'a Cell<DB>>,
    user: PhantomData<fn() -> U>,
}

impl<U: AuthUser, DB: Backend> Insert<U, DB> {
    /// Selects the inserted row by its id if that was given, or by the login fields, which are
    /// unique. `None` if the insert has neither. A column of fixed length pads an id, so a lookup
    /// by the given id may fail. `LAST_INSERT_ID()` is no alternative: without `AUTO_INCREMENT` it
    /// is the id of an earlier statement, and so of another row.
    #[must_use]
    pub(crate) fn inserted(&self, by: FoundBy) -> Option<Select<U, Inserted<'_, U, DB>>> {
        let counts = |index: usize| {
            let column = U::SCHEMA.columns.get(index);
            column.is_some_and(|it| match by {
                FoundBy::Id => it.logical == Some(Logical::Id),
                FoundBy::Login => {
                    let is_login = |field: &LoginField| it.is_login(*field);
                    it.scope == Some(RowScope::Tenant) || U::SCHEMA.login.iter().any(is_login)
                }
            })
        };
        let by: Vec<_> = self.row.iter().filter(|(index, _)| counts(*index)).collect();
        (!by.is_empty()).then(|| Select::new(Inserted { by, user: PhantomData }))
    }
}

/// How the inserted row is found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FoundBy {
    /// Its primary key.
    Id,
    /// All login fields.
    Login,
}

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for Inserted<'_, U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // A login field may be NULL, which equals no value.
        push_same::<U, DB>(self.by.iter().copied(), &mut pass)?;
        push_and_counts::<U, DB>(None, &mut pass)
    }
}

impl<U, DB: Backend> QueryId for Inserted<'_, U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
