//! A session and its user by one statement, where both are tables of one database.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::driver::Driver;
use super::entry_with_user::{ENTRY, FindWithUser, HolderId};
use super::row::UserRow;
use super::table::table_name;
use crate::clock::Clock;
use crate::store::expiry::now_ms;
use crate::store::records::plain_name;
use crate::store::{EntryWithUser, Holders, StoreFuture};

/// Entries of the state with their holders.
pub(crate) struct SqlHolders<D, U> {
    driver: D,
    clock: Arc<dyn Clock>,
    holder: Arc<HolderId>,
    user: PhantomData<fn() -> U>,
}

impl<D: Driver, U: UserRow<D::Backend>> SqlHolders<D, U> {
    /// `holder_id` is the expression that reads the id of a holder in the name of an owner.
    pub(crate) fn over(driver: D, clock: Arc<dyn Clock>, holder_id: String) -> Self {
        let holder = HolderId {
            id: holder_id,
            text: D::DIALECT.holder_of(ENTRY),
            users: plain_name(&table_name::<U, D::Backend>().unwrap_or_default()),
        };
        Self { driver, clock, holder: Arc::new(holder), user: PhantomData }
    }
}

impl<D: Driver, U: UserRow<D::Backend>> Holders<U> for SqlHolders<D, U> {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<EntryWithUser<U>>> {
        let (id, now) = (D::DIALECT.id(key), now_ms(&*self.clock));
        self.driver.look_up(FindWithUser::<U>::new(&self.holder, D::DIALECT.key, id, now))
    }
}

impl<D: fmt::Debug, U> fmt::Debug for SqlHolders<D, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlHolders").field("driver", &self.driver).finish_non_exhaustive()
    }
}
