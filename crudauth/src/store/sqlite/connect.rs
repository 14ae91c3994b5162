//! The connections to one database, and why there may be none.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use crate::chain::chain;

/// How long a connection waits for another process to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a database is.
#[derive(Clone)]
pub(super) enum Location {
    File {
        path: PathBuf,
        url: String,
    },
    Memory,
    /// That of a pool of the application's, which calls it so.
    #[cfg(feature = "r2d2")]
    Pool(String),
}

impl Location {
    pub(super) fn file(path: &Path) -> Result<Self, SqliteError> {
        let refused = |cause: &str, fix| SqliteError {
            database: path.display().to_string(),
            cause: cause.into(),
            fix,
        };
        let given = path.to_string_lossy();
        if given == ":memory:" {
            return Err(refused("this is no path", "use `Sqlite::in_memory()`"));
        }
        let plain = "give a plain path, such as `app.db`";
        if given.contains("://") {
            // It may have a password in it.
            let (database, cause) = ("..".to_owned(), "this is a URL".into());
            return Err(SqliteError { database, cause, fix: plain });
        }
        if given.starts_with("file:") {
            return Err(refused("this is a URL", plain));
        }
        // SQLite takes a name that starts with `file:` for a URL; an absolute path never does.
        let absolute = std::path::absolute(path)
            .map_err(|cause| refused(&cause.to_string(), "give the path of a file"))?;
        match absolute.to_str() {
            Some(url) => Ok(Self::File { url: url.to_owned(), path: absolute }),
            None => Err(refused("the path is not valid UTF-8", "give the file another name")),
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::File { url, .. } => url,
            Self::Memory => ":memory:",
            #[cfg(feature = "r2d2")]
            Self::Pool(name) => name,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File { url, .. } => url,
            Self::Memory => "in memory",
            #[cfg(feature = "r2d2")]
            Self::Pool(name) => name,
        })
    }
}

pub(super) type Failure = Box<dyn Error + Send + Sync>;

fn connect(location: &Location) -> Result<SqliteConnection, Failure> {
    let mut conn = SqliteConnection::establish(location.url())?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis()))?;
    conn.batch_execute("PRAGMA synchronous = FULL")?;
    conn.batch_execute("PRAGMA foreign_keys = ON")?;
    conn.batch_execute("PRAGMA trusted_schema = OFF")?;
    Ok(conn)
}

pub(super) fn writer(location: &Location) -> Result<SqliteConnection, Failure> {
    let mut conn = connect(location)?;
    if matches!(location, Location::File { .. }) {
        enter_wal_mode(&mut conn)?;
    }
    Ok(conn)
}

pub(super) fn reader(location: &Location) -> Result<SqliteConnection, Failure> {
    let mut conn = connect(location)?;
    conn.batch_execute("PRAGMA query_only = ON")?;
    Ok(conn)
}

/// A reader that waits for no lock: whoever uses it runs on a thread of the runtime.
pub(super) fn inline(location: &Location) -> Result<SqliteConnection, Failure> {
    let mut conn = reader(location)?;
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    Ok(conn)
}

/// Checks a connection that the application has made.
///
/// # Errors
///
/// What of its settings does not do.
#[cfg(feature = "r2d2")]
pub(super) fn check_settings(conn: &mut SqliteConnection) -> Result<(), Failure> {
    #[derive(QueryableByName)]
    struct Settings {
        #[diesel(sql_type = Text)]
        journal_mode: String,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        synchronous: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        timeout: i64,
    }
    const FULL: i64 = 2;
    let asked = sql_query(
        "SELECT journal_mode, synchronous, timeout \
         FROM pragma_journal_mode, pragma_synchronous, pragma_busy_timeout",
    );
    let Settings { journal_mode, synchronous, timeout } = asked.get_result(conn)?;
    if journal_mode != "wal" && journal_mode != "memory" {
        return Err(format!("its journal mode is `{journal_mode}`, not `wal`").into());
    }
    if synchronous < FULL {
        return Err("what was answered may be lost, since `synchronous` is not `FULL`".into());
    }
    if timeout < 1000 {
        return Err(format!("it waits {timeout} ms for a lock, and not a second").into());
    }
    Ok(())
}

/// Puts the database into WAL mode, which lasts. SQLite does not honour the busy timeout here, so
/// that of two processes that start together one would fail: wait by hand.
fn enter_wal_mode(conn: &mut SqliteConnection) -> Result<(), Failure> {
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }

    let start = Instant::now();
    loop {
        match sql_query("PRAGMA journal_mode = WAL").get_result::<Mode>(conn) {
            Ok(Mode { journal_mode }) if journal_mode == "wal" => return Ok(()),
            Ok(Mode { journal_mode }) => {
                return Err(format!("its journal mode stays `{journal_mode}`, not `wal`").into());
            }
            Err(cause) if is_locked(&cause) && start.elapsed() < BUSY_TIMEOUT => {
                thread::sleep(Duration::from_millis(10));
            }
            Err(cause) => return Err(cause.into()),
        }
    }
}

fn is_locked(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, cause) if cause.message().contains("locked"))
}

/// An SQLite database could not be opened. The message names it, the cause and the way out.
#[derive(thiserror::Error)]
#[error("cannot open the SQLite database `{database}`: {}; {fix}", chain(&**cause))]
pub struct SqliteError {
    database: String,
    cause: Failure,
    fix: &'static str,
}

impl SqliteError {
    pub(super) fn of_file(location: &Location, cause: Failure) -> Self {
        let fix = match location {
            Location::Memory => "free some memory",
            #[cfg(feature = "r2d2")]
            Location::Pool(_) => {
                "have `CustomizeConnection::on_acquire` of the pool run `Sqlite::SESSION` on each \
                 connection"
            }
            Location::File { path, .. } if path.is_dir() => "give the path of a file in it",
            Location::File { path, .. } if !path.parent().is_some_and(Path::is_dir) => {
                "create its directory first"
            }
            Location::File { .. } if cause.to_string().contains("not a database") => {
                "give the path of an SQLite database, or of a file yet to be created"
            }
            Location::File { .. } if cause.to_string().contains("locked") => {
                "end the program that keeps it locked"
            }
            Location::File { .. } => {
                "let this user write to the file and its directory, on a local disk"
            }
        };
        Self { database: location.to_string(), cause, fix }
    }
}

/// As `Display`, so that a `main` that returns it prints a sentence.
impl fmt::Debug for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
