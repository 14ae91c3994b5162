//! A session and its user by one statement.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::sql_types::Binary;

use super::columns::id_type;
use super::{Postgres, PostgresUser};
use crate::clock::Clock;
use crate::store::expiry::now_ms;
use crate::store::sql::digest;
use crate::store::sql::{FindHeld, after_colon, is_written_as_in_sql};
use crate::store::{Held, Holders, StoreError, StoreFuture};

/// Entries of the state with their holders, where both are tables of one PostgreSQL database.
pub(super) struct PostgresHolders<U> {
    postgres: Postgres,
    clock: Arc<dyn Clock>,
    holder_id: String,
    user: PhantomData<fn() -> U>,
}

impl<U: PostgresUser> PostgresHolders<U> {
    /// `None` where the database cannot read an id in the name of an owner.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the database does not say of which type the primary key is.
    pub(super) async fn over(
        postgres: Postgres,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, StoreError> {
        if !is_written_as_in_sql::<U::Id>() {
            return Ok(None);
        }
        let Some(name) = id_type::<U>(&postgres).await? else { return Ok(None) };
        let holder_id = format!("CAST({} AS {name})", after_colon("strpos", "owner_name"));
        Ok(Some(Self { postgres, clock, holder_id, user: PhantomData }))
    }
}

impl<U: PostgresUser> Holders<U> for PostgresHolders<U> {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Held<U>>> {
        Box::pin(async move {
            let (id, now) = (digest(key), now_ms(&*self.clock));
            let find = || FindHeld::<U, _, Binary>::new(&self.holder_id, "id", &id[..], now);
            Ok(self.postgres.rows(find).await?.pop())
        })
    }
}

impl<U> fmt::Debug for PostgresHolders<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresHolders").field("postgres", &self.postgres).finish_non_exhaustive()
    }
}
