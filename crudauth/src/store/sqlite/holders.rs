//! A session and its user by one statement.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Sqlite, SqliteUser};
use crate::clock::Clock;
use crate::store::expiry::now_ms;
use crate::store::sql::{FindHeld, after_colon, is_integer, is_written_as_in_sql};
use crate::store::{Held, Holders, StoreFuture};

/// Entries of the state with their holders, where both are tables of one SQLite database.
pub(super) struct SqliteHolders<U> {
    sqlite: Sqlite,
    clock: Arc<dyn Clock>,
    holder_id: Arc<str>,
    user: PhantomData<fn() -> U>,
}

impl<U: SqliteUser> SqliteHolders<U> {
    /// `None` where the database cannot read an id in the name of an owner.
    pub(super) fn over(sqlite: Sqlite, clock: Arc<dyn Clock>) -> Option<Self> {
        if !is_written_as_in_sql::<U::Id>() {
            return None;
        }
        let text = after_colon("instr", "owner");
        // Without the type, what is compared would depend on how the column was declared.
        let holder_id =
            if is_integer::<U::Id>() { format!("CAST({text} AS INTEGER)") } else { text };
        Some(Self { sqlite, clock, holder_id: holder_id.into(), user: PhantomData })
    }
}

impl<U: SqliteUser> Holders<U> for SqliteHolders<U> {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Held<U>>> {
        let (key, clock) = (key.to_owned(), Arc::clone(&self.clock));
        let holder_id = Arc::clone(&self.holder_id);
        Box::pin(self.sqlite.look_up(move |connection| {
            let now = now_ms(&*clock);
            let find = FindHeld::<U, _, Text>::new(&holder_id, "key", key.as_str(), now);
            find.get_result(connection).optional()
        }))
    }
}

impl<U> fmt::Debug for SqliteHolders<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteHolders").field("sqlite", &self.sqlite).finish_non_exhaustive()
    }
}
