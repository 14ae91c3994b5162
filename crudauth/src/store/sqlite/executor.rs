//! The line in front of a connection, and the threads that work it off.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{QueryResult, SqliteConnection};
use tokio::sync::{oneshot, watch};

use super::commit::{Change, Pending, commit};
use super::fault::failure;
use super::seat::Seat;
use crate::store::StoreError;

/// Operations that may wait in a line. At a millisecond for a synchronous write this is about a
/// second: whoever would wait longer is better told at once.
pub(super) const LENGTH: usize = 1024;

/// How many changes share a commit at most. They take some microseconds each, and the commit, which
/// waits for the disk, takes longer than all of them.
const MAX_TOGETHER: usize = 64;

/// A bounded line of operations and the threads that work it off. The threads end, and their
/// connections close, when the line is dropped.
pub(super) struct Executor {
    jobs: SyncSender<Job>,
    is_closed: Arc<AtomicBool>,
    /// Ends with the last thread.
    threads: watch::Receiver<()>,
}

enum Job {
    /// Has the connection to itself.
    Alone(Box<dyn FnOnce(&mut SqliteConnection) + Send>),
    /// Shares its commit with those behind it.
    Change(Box<dyn Change>),
    /// Wakes a thread that waits, since the line is closed.
    Close,
}

impl Executor {
    pub(super) fn start(name: &str, seats: Vec<Seat>) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(LENGTH);
        let waiting = Arc::new(Mutex::new(waiting));
        let is_closed = Arc::new(AtomicBool::new(false));
        let (running, threads) = watch::channel(());
        for mut seat in seats {
            let (waiting, is_closed) = (Arc::clone(&waiting), Arc::clone(&is_closed));
            let running = running.clone();
            let work = move || {
                while work_off(&waiting, &is_closed, &mut seat).is_some() {}
                drop(seat);
                drop(running);
            };
            thread::Builder::new().name(name.to_owned()).spawn(work)?;
        }
        Ok(Self { jobs, is_closed, threads })
    }

    /// Takes no more operations, works off those that wait, and closes the connections.
    pub(super) async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        // Where the line is full, no thread waits for a job.
        let _ = self.jobs.try_send(Job::Close);
        // An error is what tells that no thread is left.
        let _ = self.threads.clone().changed().await;
    }

    /// Runs `operation` when its turn comes, with nothing else on the connection.
    pub(super) async fn run<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = move |conn: &mut SqliteConnection| {
            // Nobody waits any more: not a statement of it runs.
            if reply.is_closed() {
                return;
            }
            let outcome = attempt(conn, operation);
            if outcome.is_err() {
                end_transactions(conn);
            }
            // A caller that left meanwhile does not need the answer.
            let _ = reply.send(outcome);
        };
        self.join(Job::Alone(Box::new(job)))?;
        answer.await.unwrap_or_else(|_| Err(self.unanswered()))
    }

    /// Makes a change, whole or not at all, which is committed with others that wait. It must leave
    /// nothing for the commit to check, since a commit that fails takes them all back.
    pub(super) async fn change<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.join(Job::Change(Box::new(Pending::new(operation, reply))))?;
        answer.await.unwrap_or_else(|_| Err(self.unanswered()))
    }

    /// Why a job had no answer.
    fn unanswered(&self) -> StoreError {
        match self.is_closed.load(Ordering::Acquire) {
            true => stopped(),
            false => StoreError::new("no connection was free in time"),
        }
    }

    fn join(&self, job: Job) -> Result<(), StoreError> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(stopped());
        }
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::new("too many operations wait for the database"),
            TrySendError::Disconnected(_) => stopped(),
        })
    }
}

/// Waits for the next job and does it, and with a change those that wait behind it; `None` once the
/// line is empty and dropped, or closed.
///
/// Of several idle threads one waits for a job, and the others for the lock.
fn work_off(waiting: &Mutex<Receiver<Job>>, is_closed: &AtomicBool, seat: &mut Seat) -> Option<()> {
    let line = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let first = match is_closed.load(Ordering::Acquire) {
        true => line.try_recv().ok()?,
        false => line.recv().ok()?,
    };
    let mut next = Some(first);
    let mut changes = Vec::new();
    while let Some(Job::Change(change)) = next {
        changes.push(change);
        next = if changes.len() < MAX_TOGETHER { line.try_recv().ok() } else { None };
    }
    drop(line);
    // Without a connection the jobs are dropped, and their callers get an error.
    let Some(mut conn) = seat.connection() else { return Some(()) };
    if !changes.is_empty() {
        commit(&mut conn, changes);
    }
    if let Some(Job::Alone(job)) = next {
        job(&mut conn);
    }
    Some(())
}

fn stopped() -> StoreError {
    StoreError::new("the database is closed")
}

/// The outcome of `operation`, also where it panics.
pub(super) fn attempt<T>(
    conn: &mut SqliteConnection,
    operation: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(|| operation(conn))) {
        Ok(outcome) => outcome.map_err(failure),
        Err(panic) => Err(StoreError::broken(Panicked::from(&*panic))),
    }
}

/// Rolls back whatever a failed operation left open, so that the next one starts afresh.
pub(super) fn end_transactions(conn: &mut SqliteConnection) {
    while AnsiTransactionManager::rollback_transaction(conn).is_ok() {}
    // For a transaction that Diesel does not know of. Usually there is none, which is an error.
    let _ = conn.batch_execute("ROLLBACK");
}

#[derive(Debug, thiserror::Error)]
#[error("a database operation panicked: {message}")]
struct Panicked {
    message: String,
}

impl From<&(dyn Any + Send)> for Panicked {
    fn from(panic: &(dyn Any + Send)) -> Self {
        let message = panic.downcast_ref::<&str>().map(ToString::to_string);
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        Self { message: message.unwrap_or_default() }
    }
}
