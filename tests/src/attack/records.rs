//! Crudauth's own rows, under a [`Watch`](super::Watch).

use std::sync::Arc;

use crudauth::store::records::{Conditions, Insertion, RecordStore, Row, Table, Value};
use crudauth::store::{Changed, StartupFuture, StoreFuture};

use super::Watch;

#[derive(Debug)]
pub(super) struct Records {
    pub(super) inner: Arc<dyn RecordStore>,
    pub(super) watch: Arc<Watch>,
}

impl RecordStore for Records {
    fn open<'a>(&'a self, tables: &'a [&'static Table]) -> StartupFuture<'a> {
        self.inner.open(tables)
    }

    fn insert(&self, table: &'static Table, row: Row) -> StoreFuture<'_, Insertion> {
        let insert = self.inner.insert(table, row);
        Box::pin(self.watch.run("insert_record", table.name.to_owned(), insert))
    }

    fn find(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, Option<Row>> {
        let find = self.inner.find(table, conditions);
        Box::pin(self.watch.run("find_record", table.name.to_owned(), find))
    }

    fn list(
        &self,
        table: &'static Table,
        conditions: Conditions,
        limit: u32,
    ) -> StoreFuture<'_, Vec<Row>> {
        let list = self.inner.list(table, conditions, limit);
        Box::pin(self.watch.run("list_records", table.name.to_owned(), list))
    }

    fn update(
        &self,
        table: &'static Table,
        conditions: Conditions,
        set: Vec<(&'static str, Value)>,
    ) -> StoreFuture<'_, Changed> {
        let update = self.inner.update(table, conditions, set);
        Box::pin(self.watch.run("update_record", table.name.to_owned(), update))
    }

    fn remove(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, bool> {
        let remove = self.inner.remove(table, conditions);
        Box::pin(self.watch.run("remove_record", table.name.to_owned(), remove))
    }

    fn remove_all_of<'a>(
        &'a self,
        users: &'a str,
        owner: &'a str,
        tables: &'a [&'static Table],
    ) -> StoreFuture<'a, u64> {
        let remove = self.inner.remove_all_of(users, owner, tables);
        Box::pin(self.watch.run("remove_records", String::new(), remove))
    }
}
