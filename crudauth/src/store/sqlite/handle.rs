//! The handle on one SQLite database, which decides where an operation runs.
//!
//! SQLite blocks while it answers. A dedicated thread per connection is the cheapest way to keep
//! that off the runtime: one operation is one closure, which joins a [`Executor`]. Only a lookup by a unique
//! key runs where it is asked for ([`Sqlite::look_up`]). Callers see methods of [`Sqlite`] only, so
//! that where an operation runs can change without them.

use std::error::Error;
use std::fmt;
use std::future::ready;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::{QueryResult, SqliteConnection};

use super::connect::{self, Location, SqliteError};
use super::executor::Executor;
use super::inline::Inline;
use super::seat::Seat;
use crate::store::{Held, Place, Releasing, StoreError, WithInsertHook};

/// Connections for reading, beside the one that writes. SQLite has one writer at a time in any case.
const READERS: usize = 2;

/// Connections for lookups: one for each core, and no more than this.
const MAX_INLINE: usize = 8;

/// A handle on one SQLite database. Clones are cheap and share the connections, which close with
/// the last of them.
///
/// One thread owns the connection that writes, two own connections that only read, and one more
/// for each core (8 at most) serves crudauth's own lookups by a key. The database
/// is in WAL mode with `synchronous = FULL`: what was answered is on disk. Foreign keys are
/// enforced, and a lock of another process is waited for up to 5 seconds.
///
/// # Guarantees
///
/// - A caller that is dropped while it waits loses the answer and nothing else: its operation runs
///   whole, or not at all.
/// - A reader sees every write that was answered before.
/// - An operation that panics is answered with an error, is rolled back where it was a
///   [`transaction`](Self::transaction), and leaves the connection fit for the next.
/// - At most 1,024 operations wait in each line; one more is refused with an error.
///
/// ```
/// use crudauth::store::sqlite::Sqlite;
/// use diesel::prelude::*;
///
/// diesel::table! {
///     notes (id) {
///         id -> Integer,
///         body -> Text,
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let database = Sqlite::in_memory()?;
/// database.execute_batch("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)").await?;
/// database
///     .write(|conn| diesel::insert_into(notes::table).values(notes::body.eq("hi")).execute(conn))
///     .await?;
/// let bodies = database.read(|conn| notes::table.select(notes::body).load::<String>(conn)).await?;
/// assert_eq!(bodies, ["hi"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sqlite {
    shared: Arc<Shared>,
}

struct Shared {
    location: Location,
    writer: Executor,
    /// `None` where only the writer's connection can see the database.
    readers: Option<Executor>,
    /// As the readers.
    inline: Option<Inline>,
    /// Whether the readers have connections that can write.
    readers_can_write: bool,
    held: Held,
}

impl Sqlite {
    /// Opens the database in the file at `path`, and creates the file if there is none.
    ///
    /// `path` is a plain path, not a URL. It is made absolute at once, so that a later change of
    /// the working directory does not matter. The directory must exist, and this process must be
    /// able to write to it, since SQLite keeps two more files beside the database.
    ///
    /// Opening reads the disk: do it before the server starts to answer.
    ///
    /// # Errors
    ///
    /// [`SqliteError`], which names the path and what to do.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteError> {
        let location = Location::file(path.as_ref())?;
        let failed = |cause| SqliteError::of_file(&location, cause);
        // The writer comes first: it creates the file and puts it into WAL mode.
        let writer = connect::writer(&location).map_err(failed)?;
        let readers = (0..READERS).map(|_| connect::reader(&location));
        let readers = readers.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let lookups = (0..cores.min(MAX_INLINE)).map(|_| connect::inline(&location));
        let lookups = lookups.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        Self::start(location.clone(), writer, Some((readers, lookups)))
            .map_err(|cause| failed(cause.into()))
    }

    /// A new, empty database in memory, which vanishes with the last handle. For tests.
    ///
    /// It has a single connection, on which [`read`](Self::read) takes its turn; a read that tries
    /// to write fails all the same.
    ///
    /// # Errors
    ///
    /// [`SqliteError`] if memory or threads are short.
    pub fn in_memory() -> Result<Self, SqliteError> {
        let failed = |cause| SqliteError::of_file(&Location::Memory, cause);
        let writer = connect::writer(&Location::Memory).map_err(failed)?;
        Self::start(Location::Memory, writer, None).map_err(|cause| failed(cause.into()))
    }

    /// The database of a pool of `r2d2` that the application has made. `name` is what the log calls
    /// it.
    ///
    /// What crudauth needs of the connections is checked here, on one of them: WAL mode,
    /// `synchronous = FULL`, and a `busy_timeout` of a second at least. [`SESSION`](Self::SESSION)
    /// has all of it, for `on_acquire`. Three threads of crudauth's take a connection for each
    /// operation, one of them to write; the pool needs room for them, and its
    /// `connection_timeout` is how long an operation waits. A lookup stands in line too, and so
    /// costs more than on connections of crudauth's own.
    ///
    /// ```
    /// use crudauth::Sqlite;
    /// use diesel::SqliteConnection;
    /// use diesel::connection::SimpleConnection;
    /// use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error, Pool};
    ///
    /// #[derive(Debug)]
    /// struct Settings;
    ///
    /// impl CustomizeConnection<SqliteConnection, Error> for Settings {
    ///     fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
    ///         connection.batch_execute(Sqlite::SESSION).map_err(Error::QueryError)
    ///     }
    /// }
    ///
    /// # fn open(path: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let manager = ConnectionManager::<SqliteConnection>::new(path);
    /// let pool = Pool::builder().connection_customizer(Box::new(Settings)).build(manager)?;
    /// let database = Sqlite::from_pool(pool.clone(), "app.db")?;
    /// # drop(database);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SqliteError`], where the pool lends nothing or a setting does not do.
    #[cfg(feature = "r2d2")]
    pub fn from_pool(
        pool: diesel::r2d2::Pool<diesel::r2d2::ConnectionManager<SqliteConnection>>,
        name: &str,
    ) -> Result<Self, SqliteError> {
        let location = Location::Pool(name.to_owned());
        let failed = |cause: connect::Failure| SqliteError::of_file(&location, cause);
        let mut first = pool.get().map_err(|cause| failed(cause.into()))?;
        connect::check_settings(&mut first).map_err(failed)?;
        drop(first);
        let seats = move |count| (0..count).map(|_| Seat::Lent(pool.clone())).collect();
        let start = |name, count| {
            let started = Executor::start(name, seats(count));
            started.map_err(|cause| failed(cause.into()))
        };
        let writer = start("crudauth-sqlite-writer", 1)?;
        let readers = Some(start("crudauth-sqlite-reader", READERS)?);
        let held = Held::default();
        let shared = Shared {
            location: location.clone(),
            writer,
            readers,
            inline: None,
            readers_can_write: true,
            held,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What the connections of a pool are set to that [`from_pool`](Self::from_pool) takes.
    #[cfg(feature = "r2d2")]
    pub const SESSION: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
        PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;";

    fn start(
        location: Location,
        writer: SqliteConnection,
        reading: Option<(Vec<SqliteConnection>, Vec<SqliteConnection>)>,
    ) -> io::Result<Self> {
        let own = |conns: Vec<_>| conns.into_iter().map(Seat::Own).collect();
        let writer = Executor::start("crudauth-sqlite-writer", own(vec![writer]))?;
        let (readers, inline) = match reading {
            Some((readers, inline)) => (
                Some(Executor::start("crudauth-sqlite-reader", own(readers))?),
                Some(Inline::new(inline)),
            ),
            None => (None, None),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                location,
                writer,
                readers,
                inline,
                readers_can_write: false,
                held: Held::default(),
            }),
        })
    }

    /// The same database, which inserts rows of the application in one transaction with each new
    /// user: both are written or neither. Give it to
    /// [`CrudAuth::builder`](crate::CrudAuth::builder).
    ///
    /// The hook gets the connection of the insert, and the row as the database has it. Where it
    /// fails, nothing is written, and the answer is 500; where mail is sent it is that of any
    /// sign-up, since the hook is run for free addresses alone, and the failure is in the log. It
    /// should do nothing but run statements on that connection, since it holds a transaction open.
    /// A sign-up takes longer by these statements if the address is free: keep them few.
    ///
    /// ```no_run
    /// use diesel::prelude::*;
    /// use crudauth::store::sqlite::Sqlite;
    ///
    /// diesel::table! { profiles (user_id) { user_id -> Integer } }
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer } }
    /// # #[derive(crudauth::AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// # }
    ///
    /// # fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Sqlite::open("app.db")?.with_insert_hook(|connection, user: &Account| {
    ///     let profile = profiles::user_id.eq(user.id);
    ///     diesel::insert_into(profiles::table).values(profile).execute(connection)?;
    ///     Ok(())
    /// });
    /// # drop(database); Ok(()) }
    /// ```
    #[must_use]
    pub fn with_insert_hook<U>(
        self,
        hook: impl Fn(&mut SqliteConnection, &U) -> Result<(), Box<dyn Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> WithInsertHook<Self, U> {
        WithInsertHook::new(self, move |connection, user| Box::pin(ready(hook(connection, user))))
    }

    /// Runs `operation` on a connection that can only read.
    ///
    /// Each statement sees the database as it is when the statement starts; for one view across
    /// several statements, open a transaction inside.
    ///
    /// # Errors
    ///
    /// [`StoreError`] with Diesel's error as its cause, or because the line is full.
    pub async fn read<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.shared.readers {
            Some(readers) if self.shared.readers_can_write => {
                readers.run(|conn| without_writing(conn, operation)).await
            }
            Some(readers) => readers.run(operation).await,
            None => self.shared.writer.run(|conn| without_writing(conn, operation)).await,
        }
    }

    /// As [`read`](Self::read), for one lookup by a unique key. It runs on the calling thread,
    /// where it can: that blocks the runtime for less time than a change of threads takes. If
    /// every connection for lookups is taken or the query fails, it stands in line after all, so
    /// that it waits for no lock here.
    pub(crate) async fn look_up<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        F: Fn(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let found = self.shared.inline.as_ref().and_then(|inline| inline.look_up(&query));
        match found {
            Some(answer) => Ok(answer),
            None => self.read(query).await,
        }
    }

    /// Runs `operation`, which is **one** statement, on the connection that writes.
    ///
    /// A statement is its own transaction: its effect is on disk when the answer comes. For more
    /// than one statement use [`transaction`](Self::transaction).
    ///
    /// Where the statement has a `RETURNING` clause, read it with `load` and not with
    /// `get_result`: the latter stops at the first row, and an error of the commit that follows
    /// would go unseen.
    ///
    /// # Errors
    ///
    /// [`StoreError`] with Diesel's error as its cause, or because the line is full.
    pub async fn write<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.shared.writer.run(operation).await
    }

    /// Runs `operation` in one `IMMEDIATE` transaction on the connection that writes: all of it
    /// happens, or, if it returns an error or panics, none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] with Diesel's error as its cause, or because the line is full.
    pub async fn transaction<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.shared.writer.run(|conn| conn.immediate_transaction(operation)).await
    }

    /// As [`transaction`](Self::transaction), for changes of crudauth's own tables: those that wait
    /// at the same time share a commit, and so the wait for the disk.
    pub(crate) async fn change<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.shared.writer.change(operation).await
    }

    #[cfg(test)]
    pub(super) fn inline(&self) -> Option<&Inline> {
        self.shared.inline.as_ref()
    }

    /// Runs the statements in `sql`, separated by semicolons, in one transaction. For the
    /// migrations of an application's own tables.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for the first statement that fails; none of them has an effect then.
    pub async fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        let sql = sql.to_owned();
        self.transaction(move |conn| conn.batch_execute(&sql)).await
    }
}

/// Where it is.
impl fmt::Display for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLite {}", self.shared.location)
    }
}

impl Place for Sqlite {
    fn hold(&self) {
        self.shared.held.hold();
    }

    /// The last connection to close takes the files `-wal` and `-shm` away.
    fn release(&self) -> Releasing<'_> {
        let shared = &self.shared;
        if !shared.held.release() {
            return Box::pin(ready(()));
        }
        Box::pin(async move {
            if let Some(inline) = &shared.inline {
                inline.close();
            }
            if let Some(readers) = &shared.readers {
                readers.close().await;
            }
            shared.writer.close().await;
        })
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sqlite").field(&self.shared.location.to_string()).finish()
    }
}

fn without_writing<T>(
    conn: &mut SqliteConnection,
    operation: impl FnOnce(&mut SqliteConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    conn.batch_execute("PRAGMA query_only = ON")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| operation(conn)));
    conn.batch_execute("PRAGMA query_only = OFF")?;
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc;
    use std::time::Duration;

    use diesel::sql_types::{BigInt, Text};
    use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
    use tempfile::TempDir;
    use tokio::sync::oneshot;

    use super::super::executor::LENGTH;
    use super::*;

    const GENEROUS: Duration = Duration::from_secs(20);

    fn directory() -> TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    async fn with_table(database: Sqlite) -> Sqlite {
        database.execute_batch("CREATE TABLE t (n INTEGER NOT NULL)").await.expect("create");
        database
    }

    fn insert(conn: &mut SqliteConnection) -> QueryResult<usize> {
        sql_query("INSERT INTO t VALUES (1)").execute(conn)
    }

    fn count(conn: &mut SqliteConnection) -> QueryResult<i64> {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        sql_query("SELECT count(*) AS count FROM t").get_result::<Count>(conn).map(|row| row.count)
    }

    async fn of_each_kind() -> (TempDir, [Sqlite; 2]) {
        let directory = directory();
        let on_disk = Sqlite::open(directory.path().join("app.db")).expect("open");
        let in_memory = Sqlite::in_memory().expect("open");
        (directory, [with_table(on_disk).await, with_table(in_memory).await])
    }

    #[tokio::test]
    async fn a_read_sees_what_was_written_and_cannot_write() {
        let (_directory, databases) = of_each_kind().await;
        for database in databases {
            for expected in 1..=50 {
                database.write(insert).await.expect("insert");
                assert_eq!(database.read(count).await.expect("count"), expected);
            }
            database.read(insert).await.expect_err("a read that writes");
            assert_eq!(database.read(count).await.expect("count"), 50);
            database.write(insert).await.expect("insert");
        }
    }

    #[tokio::test]
    async fn a_failed_or_panicked_transaction_leaves_nothing_behind() {
        let (_directory, databases) = of_each_kind().await;
        for database in databases {
            let failed = database
                .transaction(|conn| {
                    insert(conn)?;
                    sql_query("INSERT INTO nowhere VALUES (1)").execute(conn)
                })
                .await;
            failed.expect_err("a missing table");
            let panicked = database
                .transaction(|conn| {
                    insert(conn)?;
                    // Nested, so that more than one level is open when the panic comes.
                    conn.transaction::<(), _, _>(|conn| {
                        insert(conn)?;
                        panic!("on purpose")
                    })
                })
                .await;
            let message = crate::chain::chain(&panicked.expect_err("a panic"));
            assert!(message.contains("on purpose"), "{message}");
            let left_open = database.write(|conn| {
                conn.batch_execute("BEGIN; INSERT INTO t VALUES (1)")?;
                QueryResult::<()>::Err(diesel::result::Error::RollbackTransaction)
            });
            left_open.await.expect_err("a transaction left open");
            assert_eq!(database.read(count).await.expect("count"), 0);
            database.transaction(insert).await.expect("the next transaction");
            assert_eq!(database.read(count).await.expect("count"), 1);
        }
    }

    #[tokio::test]
    async fn a_read_that_panics_does_not_stop_the_readers() {
        let (_directory, databases) = of_each_kind().await;
        for database in databases {
            for _ in 0..2 * READERS {
                let read = database.read(|_| -> QueryResult<()> { panic!("on purpose") });
                read.await.expect_err("a panic");
            }
            assert_eq!(database.read(count).await.expect("count"), 0);
            database.write(insert).await.expect("insert");
        }
    }

    /// Keeps the writer busy until the returned sender is dropped or used.
    async fn hold(database: &Sqlite) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let (started, start) = oneshot::channel();
        let database = database.clone();
        tokio::spawn(async move {
            let held = database.write(move |_| {
                let _ = started.send(());
                let _ = released.recv();
                Ok(())
            });
            held.await.expect("the holder");
        });
        start.await.expect("the holder starts");
        release
    }

    #[tokio::test]
    async fn a_caller_that_leaves_the_line_has_no_effect_and_a_full_line_refuses() {
        let database = with_table(Sqlite::in_memory().expect("open")).await;
        let release = hold(&database).await;
        let mut waiting = Vec::new();
        for _ in 0..LENGTH {
            let mut write = Box::pin(database.write(insert));
            let polled = std::future::poll_fn(|cx| {
                std::task::Poll::Ready(Future::poll(write.as_mut(), cx).is_pending())
            });
            assert!(polled.await, "a place in the line");
            waiting.push(write);
        }
        let refused = database.write(insert).await.expect_err("a full line");
        let refused = crate::chain::chain(&refused);
        assert!(refused.contains("too many operations"), "{refused}");
        drop(waiting.split_off(LENGTH / 2));
        drop(release);
        for write in waiting {
            write.await.expect("who stayed");
        }
        let count = database.read(count).await.expect("count");
        assert_eq!(count, i64::try_from(LENGTH / 2).expect("small"));
    }

    #[tokio::test]
    async fn a_caller_that_leaves_midway_does_not_tear_its_operation() {
        let database = with_table(Sqlite::in_memory().expect("open")).await;
        let (release, released) = mpsc::channel::<()>();
        let (started, start) = oneshot::channel();
        let caller = tokio::spawn({
            let database = database.clone();
            async move {
                let write = database.transaction(move |conn| {
                    insert(conn)?;
                    let _ = started.send(());
                    let _ = released.recv();
                    insert(conn)
                });
                write.await
            }
        });
        start.await.expect("it starts");
        caller.abort();
        assert!(caller.await.expect_err("aborted").is_cancelled());
        drop(release);
        assert_eq!(database.read(count).await.expect("count"), 2);
    }

    #[tokio::test]
    async fn the_threads_end_with_the_last_handle() {
        /// Tells when the thread that it lives in ends.
        struct Farewell(mpsc::Sender<()>);
        impl Drop for Farewell {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        thread_local! {
            static FAREWELL: std::cell::RefCell<Option<Farewell>> = const { std::cell::RefCell::new(None) };
        }

        let (_directory, [on_disk, in_memory]) = of_each_kind().await;
        for (database, has_readers) in [(on_disk, true), (in_memory, false)] {
            let (ended, ends) = mpsc::channel();
            let leave_word = move || {
                let farewell = Farewell(ended.clone());
                move |_: &mut SqliteConnection| {
                    FAREWELL.with(|word| *word.borrow_mut() = Some(farewell));
                    Ok(())
                }
            };
            database.write(leave_word()).await.expect("write");
            let mut threads = 1;
            if has_readers {
                // Both readers must meet, or one could take both operations.
                let barrier = Arc::new(std::sync::Barrier::new(READERS));
                let mut reads = tokio::task::JoinSet::new();
                for _ in 0..READERS {
                    let (barrier, word, database) =
                        (barrier.clone(), leave_word(), database.clone());
                    reads.spawn(async move {
                        let read = database.read(move |conn| {
                            barrier.wait();
                            word(conn)
                        });
                        read.await
                    });
                }
                for read in reads.join_all().await {
                    read.expect("read");
                }
                threads += READERS;
            }
            let last = database.clone();
            drop(database);
            last.read(count).await.expect("a clone keeps the threads");
            assert!(ends.try_recv().is_err(), "no thread ends before the last handle");
            drop(last);
            for _ in 0..threads {
                ends.recv_timeout(GENEROUS).expect("each thread ends");
            }
        }
    }

    #[tokio::test]
    async fn the_connections_have_the_settings_that_the_documentation_promises() {
        #[derive(QueryableByName, PartialEq, Debug)]
        struct Settings {
            #[diesel(sql_type = Text)]
            journal_mode: String,
            #[diesel(sql_type = BigInt)]
            synchronous: i64,
            #[diesel(sql_type = BigInt)]
            foreign_keys: i64,
            #[diesel(sql_type = BigInt)]
            trusted_schema: i64,
            #[diesel(sql_type = BigInt)]
            timeout: i64,
        }
        fn settings(conn: &mut SqliteConnection) -> QueryResult<Settings> {
            let sql = "SELECT * FROM pragma_journal_mode, pragma_synchronous, pragma_foreign_keys,
                pragma_trusted_schema, pragma_busy_timeout";
            sql_query(sql).get_result(conn)
        }

        let (_directory, [database, _]) = of_each_kind().await;
        for found in [database.read(settings).await, database.write(settings).await] {
            let expected = Settings {
                journal_mode: "wal".to_owned(),
                synchronous: 2,
                foreign_keys: 1,
                trusted_schema: 0,
                timeout: 5000,
            };
            assert_eq!(found.expect("settings"), expected);
        }
    }

    #[test]
    fn an_error_of_opening_names_the_path_and_the_way_out() {
        let directory = directory();
        let text = directory.path().join("text");
        std::fs::write(&text, "no database, but long enough to be read as one".repeat(20))
            .expect("write");
        let cases = [
            (directory.path().join("missing").join("app.db"), "create its directory first"),
            (directory.path().to_owned(), "give the path of a file in it"),
            (text, "give the path of an SQLite database"),
            (PathBuf::from(":memory:"), "Sqlite::in_memory()"),
            (PathBuf::from("sqlite://app.db"), "a plain path"),
            (PathBuf::from("file:app.db"), "a plain path"),
            (PathBuf::new(), "give the path of a file"),
        ];
        for (path, fix) in cases {
            let error = Sqlite::open(&path).expect_err("no database");
            let message = error.to_string();
            assert_eq!(format!("{error:?}"), message, "what `main` prints");
            assert!(message.contains(fix), "{message}");
            // A URL may have a password in it.
            let path = path.display().to_string();
            assert_eq!(message.contains(&path), !path.contains("://"), "{message}");
        }
    }

    #[test]
    fn opening_waits_for_another_process_that_writes_before_wal_mode() {
        let directory = directory();
        let path = directory.path().join("app.db");
        let mut other = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("open");
        other.batch_execute("CREATE TABLE t (n); BEGIN IMMEDIATE").expect("a lock");
        let (opened, opening) = mpsc::channel();
        thread::spawn(move || opened.send(Sqlite::open(path)));
        let early = opening.recv_timeout(Duration::from_millis(200));
        assert!(early.is_err(), "it gave up: {early:?}");
        other.batch_execute("COMMIT").expect("commit");
        opening.recv_timeout(GENEROUS).expect("an answer").expect("open");
    }

    #[test]
    fn a_name_with_odd_characters_is_a_name() {
        let directory = directory();
        let path = directory.path().join("a b?mode=memory#é%20.db");
        let database = Sqlite::open(&path).expect("open");
        assert!(path.is_file());
        assert_eq!(format!("{database:?}"), format!("Sqlite({:?})", path.display().to_string()));
    }
}
