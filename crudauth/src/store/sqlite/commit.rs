//! Changes that are committed together.
//!
//! A commit waits for the disk, some hundred times as long as a change takes. So the changes that
//! wait when a commit begins share it: each is made whole or not at all, and answered only when all
//! of them are on disk.

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::{QueryResult, SqliteConnection};
use tokio::sync::oneshot::Sender;

use super::executor::{attempt, end_transactions};
use crate::store::StoreError;

/// A change that waits for its turn, and then for the commit.
pub(super) trait Change: Send {
    /// Makes the change in the transaction that is open. `false` if it failed, and what it has done
    /// must be undone.
    fn make(&mut self, conn: &mut SqliteConnection) -> bool;

    /// Tells who waits for it, once it is committed or its transaction has failed.
    fn answer(self: Box<Self>, committed: &QueryResult<()>);
}

/// The change that `operation` makes.
pub(super) struct Pending<F, T> {
    operation: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: Sender<Result<T, StoreError>>,
}

impl<F, T> Pending<F, T> {
    pub(super) fn new(operation: F, reply: Sender<Result<T, StoreError>>) -> Self {
        Self { operation: Some(operation), outcome: None, reply }
    }
}

impl<F, T> Change for Pending<F, T>
where
    F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send,
    T: Send,
{
    fn make(&mut self, conn: &mut SqliteConnection) -> bool {
        // Nobody waits any more: not a statement of it runs.
        let Some(operation) = self.operation.take().filter(|_| !self.reply.is_closed()) else {
            return true;
        };
        self.outcome.insert(attempt(conn, operation)).is_ok()
    }

    fn answer(self: Box<Self>, committed: &QueryResult<()>) {
        let outcome = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(cause)) => Err(StoreError::new(format!("the commit failed: {cause}"))),
            (Some(Ok(answer)), Ok(())) => Ok(answer),
            (None, Ok(())) => return,
        };
        // A caller that left meanwhile does not need the answer.
        let _ = self.reply.send(outcome);
    }
}

/// Makes `changes` in their order and commits them together; a change that fails leaves the others
/// as they are.
pub(super) fn commit(conn: &mut SqliteConnection, mut changes: Vec<Box<dyn Change>>) {
    let committed = conn.immediate_transaction(|conn| match &mut *changes {
        // It is undone with its transaction.
        [alone] => {
            if alone.make(conn) {
                Ok(())
            } else {
                Err(Error::RollbackTransaction)
            }
        }
        several => several.iter_mut().try_for_each(|change| make_apart(&mut **change, conn)),
    });
    if committed.is_err() {
        end_transactions(conn);
    }
    for change in changes {
        change.answer(&committed);
    }
}

/// Makes one of several changes, so that it can be undone alone. An error is one of the
/// transaction, which can no longer be committed: SQLite ends it over some errors of a statement.
fn make_apart(change: &mut dyn Change, conn: &mut SqliteConnection) -> QueryResult<()> {
    conn.batch_execute("SAVEPOINT crudauth_change")?;
    if !change.make(conn) {
        conn.batch_execute("ROLLBACK TO crudauth_change")?;
    }
    conn.batch_execute("RELEASE crudauth_change")
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::Poll;

    use diesel::connection::InstrumentationEvent;
    use diesel::prelude::*;
    use diesel::sql_query;
    use tokio::task::JoinSet;

    use super::super::Sqlite;
    use super::*;

    diesel::table! {
        t (n) {
            n -> Integer,
        }
    }

    const TABLES: &str = "CREATE TABLE t (n INTEGER PRIMARY KEY);
        CREATE TABLE u (n INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED)";

    type Operation = fn(&mut SqliteConnection, i32) -> QueryResult<()>;

    fn insert(conn: &mut SqliteConnection, n: i32) -> QueryResult<()> {
        diesel::insert_into(t::table).values(t::n.eq(n)).execute(conn).map(drop)
    }

    /// What became of operations that waited for one commit, by their numbers, the rows that there
    /// are then, and the number of commits.
    async fn together(operations: Vec<Operation>) -> (Vec<Result<(), String>>, Vec<i32>, usize) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = Sqlite::open(directory.path().join("test.db")).expect("open");
        database.execute_batch(TABLES).await.expect("create");
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        let (release, released) = mpsc::channel::<()>();
        let held = database.write(move |conn| {
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::CommitTransaction { .. }) {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            });
            let _ = released.recv();
            Ok(())
        });
        let mut held = Box::pin(held);
        joins(held.as_mut()).await;
        let mut waiting = Vec::new();
        for (operation, n) in operations.into_iter().zip(0..) {
            let mut change = Box::pin(database.change(move |conn| operation(conn, n)));
            joins(change.as_mut()).await;
            waiting.push(change);
        }
        drop(release);
        held.await.expect("the holder");
        let mut outcomes = Vec::new();
        for change in waiting {
            outcomes.push(change.await.map_err(|error| crate::chain::chain(&error)));
        }
        let rows = database
            .read(|conn| t::table.select(t::n).order(t::n).load::<i32>(conn))
            .await
            .expect("rows");
        database.change(|conn| insert(conn, 1000)).await.expect("the next change");
        (outcomes, rows, commits.load(Ordering::Relaxed) - 1)
    }

    /// Lets the operation join the line.
    async fn joins<F: Future>(mut operation: Pin<&mut F>) {
        let waits = poll_fn(|cx| Poll::Ready(operation.as_mut().poll(cx).is_pending()));
        assert!(waits.await, "it waits");
    }

    #[tokio::test]
    async fn changes_that_wait_share_a_commit() {
        let (outcomes, rows, commits) = together(vec![insert; 10]).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(rows, (0..10).collect::<Vec<_>>());
        assert_eq!(commits, 1);
    }

    #[tokio::test]
    async fn a_change_that_fails_or_panics_leaves_nothing_and_the_others_stand() {
        let fails: Operation = |conn, n| {
            insert(conn, n)?;
            sql_query("INSERT INTO nowhere VALUES (1)").execute(conn).map(drop)
        };
        let panics: Operation = |conn, n| {
            insert(conn, n)?;
            panic!("on purpose")
        };
        let (outcomes, rows, commits) = together(vec![insert, fails, insert, panics, insert]).await;
        let failed: Vec<_> = outcomes.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, true, false, true, false], "{outcomes:?}");
        assert_eq!((rows, commits), (vec![0, 2, 4], 1));
    }

    #[tokio::test]
    async fn a_change_that_fails_alone_leaves_nothing_either() {
        let fails: Operation = |conn, n| {
            insert(conn, n)?;
            Err(diesel::NotFound)
        };
        let (outcomes, rows, commits) = together(vec![fails]).await;
        assert!(
            outcomes[0].as_ref().is_err_and(|error| error.contains("not found")),
            "{outcomes:?}"
        );
        assert_eq!((rows, commits), (vec![], 0));
    }

    #[tokio::test]
    async fn where_the_commit_fails_nobody_is_told_that_it_was_made() {
        let breaks_the_commit: Operation =
            |conn, _| sql_query("INSERT INTO u VALUES (-1)").execute(conn).map(drop);
        let (outcomes, rows, _) = together(vec![insert, breaks_the_commit, insert]).await;
        assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
        assert_eq!(rows, [0; 0]);
    }

    #[tokio::test]
    async fn where_the_transaction_ends_early_nothing_of_it_stays() {
        // As SQLite does by itself where the disk fails.
        let ends: Operation = |conn, _| {
            conn.batch_execute("ROLLBACK")?;
            Err(diesel::NotFound)
        };
        let (outcomes, rows, _) = together(vec![insert, ends, insert]).await;
        assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
        assert_eq!(rows, [0; 0]);
    }

    #[tokio::test]
    async fn as_many_as_come_are_all_answered() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let database = Sqlite::open(directory.path().join("test.db")).expect("open");
        database.execute_batch(TABLES).await.expect("create");
        let mut changes = JoinSet::new();
        for n in 0..500 {
            let database = database.clone();
            changes.spawn(async move {
                let change = database.change(move |conn| insert(conn, n / 2));
                change.await.is_ok()
            });
        }
        let made = changes.join_all().await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 250, "one of each two");
    }
}
