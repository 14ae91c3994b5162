//! A session and its user by one statement.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::sql_types::Binary;
use diesel_async::RunQueryDsl;

use super::{Mysql, MysqlUser};
use crate::clock::Clock;
use crate::store::expiry::now_ms;
use crate::store::sql::digest;
use crate::store::sql::{FindHeld, after_colon, is_integer, is_unsigned};
use crate::store::{Held, Holders, StoreFuture};

/// Entries of the state with their holders, where both are tables of one MySQL database.
pub(super) struct MysqlHolders<U> {
    mysql: Mysql,
    clock: Arc<dyn Clock>,
    holder_id: Arc<str>,
    user: PhantomData<fn() -> U>,
}

impl<U: MysqlUser> MysqlHolders<U> {
    /// `None` where an id is no integer: of a text, the collation of its column would decide whom
    /// it means, and whether an index helps.
    pub(super) fn over(mysql: Mysql, clock: Arc<dyn Clock>) -> Option<Self> {
        let signed = match (is_integer::<U::Id>(), is_unsigned::<U::Id>()) {
            (true, _) => "SIGNED",
            (_, true) => "UNSIGNED",
            _ => return None,
        };
        let holder_id = format!("CAST({} AS {signed})", after_colon("instr", "owner_name"));
        Some(Self { mysql, clock, holder_id: holder_id.into(), user: PhantomData })
    }
}

impl<U: MysqlUser> Holders<U> for MysqlHolders<U> {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Held<U>>> {
        let (id, now) = (digest(key), now_ms(&*self.clock));
        let holder_id = Arc::clone(&self.holder_id);
        Box::pin(self.mysql.read(move |connection| {
            let holder_id = Arc::clone(&holder_id);
            Box::pin(async move {
                let find = FindHeld::<U, _, Binary>::new(&holder_id, "id", &id[..], now);
                Ok(find.load(connection).await?.pop())
            })
        }))
    }
}

impl<U> fmt::Debug for MysqlHolders<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlHolders").field("mysql", &self.mysql).finish_non_exhaustive()
    }
}
