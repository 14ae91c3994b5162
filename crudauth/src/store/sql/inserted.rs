//! The row that was just inserted, for databases that return nothing from a statement that writes.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::row::{Cell, UserRow};
use super::statement::{Insert, Select, push_pairs};
use crate::user::{AuthUser, Logical};

/// The row that an [`Insert`] has inserted.
pub(crate) struct Inserted<'a, U, DB: Backend> {
    by: Vec<&'a Cell<DB>>,
    user: PhantomData<fn() -> U>,
}

impl<U: AuthUser, DB: Backend> Insert<U, DB> {
    /// Selects the inserted row: by its id where that was given, and else by the login fields,
    /// which are unique. `LAST_INSERT_ID()` would be that of an earlier statement where the id
    /// is not `AUTO_INCREMENT`, and so the row of somebody else.
    #[must_use]
    pub(crate) fn inserted(&self) -> Select<U, Inserted<'_, U, DB>> {
        let is_id = |place: usize| {
            U::SCHEMA.columns.get(place).is_some_and(|it| it.logical == Some(Logical::Id))
        };
        let is_login = |place: usize| {
            let column = U::SCHEMA.columns.get(place);
            column.is_some_and(|it| U::SCHEMA.login.iter().any(|field| it.is_login(*field)))
        };
        let mut by: Vec<_> = self.row.iter().filter(|(place, _)| is_id(*place)).collect();
        if by.is_empty() {
            by = self.row.iter().filter(|(place, _)| is_login(*place)).collect();
        }
        Select::new(Inserted { by, user: PhantomData })
    }
}

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for Inserted<'_, U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        push_pairs::<U, DB>(self.by.iter().copied(), " AND ", &mut pass)
    }
}

impl<U, DB: Backend> QueryId for Inserted<'_, U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
