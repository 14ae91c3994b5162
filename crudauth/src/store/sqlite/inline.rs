//! Lookups that run where they are asked for.
//!
//! A lookup by a unique key takes SQLite some microseconds. To send it to another thread and to
//! wake the asking one costs more than that; `bench/README.md` has the figures.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use diesel::{QueryResult, SqliteConnection};

use super::executor::end_transactions;

/// Connections that only read and never wait: not for each other, and not for a lock of another
/// process.
pub(super) struct Inline {
    /// Each is taken out when it is closed.
    connections: Vec<Mutex<Option<SqliteConnection>>>,
}

impl Inline {
    pub(super) fn new(connections: Vec<SqliteConnection>) -> Self {
        Self { connections: connections.into_iter().map(|conn| Mutex::new(Some(conn))).collect() }
    }

    /// The answer of `query`. `None` where no connection is free or the query fails, in whatever
    /// way: who stands in line then waits for the lock, or is told what is wrong.
    pub(super) fn look_up<T>(
        &self,
        query: impl Fn(&mut SqliteConnection) -> QueryResult<T>,
    ) -> Option<T> {
        let mut free = self.connections.iter().find_map(|conn| conn.try_lock().ok())?;
        let conn = free.as_mut()?;
        match catch_unwind(AssertUnwindSafe(|| query(conn))) {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(_)) | Err(_) => {
                end_transactions(conn);
                None
            }
        }
    }

    /// Closes the connections. A lookup that runs is waited for, which takes some microseconds.
    pub(super) fn close(&self) {
        for conn in &self.connections {
            conn.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, ThreadId};

    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_query;
    use diesel::sql_types::Integer;

    use super::super::Sqlite;

    fn here(_: &mut SqliteConnection) -> QueryResult<ThreadId> {
        Ok(thread::current().id())
    }

    #[tokio::test]
    async fn a_lookup_runs_here_and_stands_in_line_where_no_connection_is_free() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = Sqlite::open(directory.path().join("test.db")).expect("open");
        assert_eq!(database.look_up(here).await.expect("a lookup"), thread::current().id());
        let inline = database.inline().expect("connections for lookups");
        let taken: Vec<_> = inline.connections.iter().map(|conn| conn.lock()).collect();
        let waiting = database.look_up(here);
        let elsewhere = waiting.await.expect("a lookup");
        assert_ne!(elsewhere, thread::current().id());
        drop(taken);
        assert_eq!(database.look_up(here).await.expect("a lookup"), thread::current().id());
    }

    #[tokio::test]
    async fn a_lookup_that_fails_or_panics_says_so_and_harms_no_connection() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = Sqlite::open(directory.path().join("test.db")).expect("open");
        database.execute_batch("CREATE TABLE t (n)").await.expect("create");
        for _ in 0..20 {
            let left_open = database.look_up(|conn| {
                conn.batch_execute("BEGIN; SELECT * FROM t")?;
                QueryResult::<()>::Err(diesel::NotFound)
            });
            left_open.await.expect_err("an error");
            let panicked = database.look_up(|_| -> QueryResult<()> { panic!("on purpose") });
            let message = crate::chain::chain(&panicked.await.expect_err("a panic"));
            assert!(message.contains("on purpose"), "{message}");
            let written =
                database.look_up(|conn| sql_query("INSERT INTO t VALUES (1)").execute(conn));
            written.await.expect_err("a lookup that writes");
            assert_eq!(database.look_up(here).await.expect("a lookup"), thread::current().id());
        }
        let insert = database.write(|conn| sql_query("INSERT INTO t VALUES (1)").execute(conn));
        insert.await.expect("insert");
        // In a transaction that was left open, the row would not be there.
        let rows = database.look_up(|conn| {
            diesel::select(sql::<Integer>("(SELECT count(*) FROM t)")).get_result::<i32>(conn)
        });
        assert_eq!(rows.await.expect("a lookup"), 1);
    }
}
