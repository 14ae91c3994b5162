//! The handle on a database.

use std::fmt;
use std::future::ready;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use diesel_async::methods::LoadQuery;
use diesel_async::pg::AsyncPgConnection;
use tokio_postgres::Config;

use super::pooler::{KEEP, is_about_statements};
use super::readers::{Readers, rows_of_pool};
use super::session::Beginning;
use super::tls::Tls;
use crate::store::remote::{Checkout, Connector, Lent, Pool, Query, UNKNOWN_SETTING, check, place};
use crate::store::{
    ConnectError, ConnectionPool, Held, Inserting, Place, PoolOptions, Releasing, StoreError,
    StoreFuture, WithInsertHook,
};

/// A handle on one PostgreSQL database. Clones are cheap and share the connections.
///
/// Two connections only read and are shared by all who ask; of 10 others at most each is used by one
/// operation at a time, and [`get`](Self::get) lends of as many more, so that what an application sets
/// on a connection concerns nobody else. Nothing waits for longer than [`PoolOptions`] says. No query is spent on finding out whether a connection still works:
/// one that is known to be closed, or was idle for a minute, is replaced. Statements are prepared
/// once a connection, and prepared anew where a table has changed since.
///
/// # Behind a pooler
///
/// A pooler that lends a connection to the server for one transaction, as PgBouncer with `pool_mode =
/// transaction`, must keep prepared statements: `max_prepared_statements = 200` there, from version
/// 1.21. One that does not is refused when the database is opened. Nothing is set on a connection
/// that others use next. Where the pooler does not pass on `options`, the database itself ends no
/// statement that takes too long: have it do so by `ALTER ROLE .. SET statement_timeout`.
///
/// # The address
///
/// `postgres://user:password@host:5432/database`, with the settings that `tokio-postgres` knows.
/// How the connection is encrypted is said by `sslmode`:
///
/// | `sslmode` | |
/// |---|---|
/// | `verify-full` | TLS; the certificate must be valid and for that host |
/// | `require` | TLS; any certificate will do, so that an attacker in the middle is not noticed |
/// | `disable` | no encryption |
/// | none | as `disable` on the loopback interface and on a Unix socket, an error elsewhere |
///
/// `allow` and `prefer` leave the choice to whoever is in the middle, and are errors, as are
/// client certificates. The authorities are those of the system, or those of the PEM file that
/// `sslrootcert` names.
///
/// ```no_run
/// use crudauth::store::postgres::Postgres;
///
/// # async fn open() -> Result<(), crudauth::store::ConnectError> {
/// let postgres = Postgres::connect("postgres://app:secret@db.example/app?sslmode=verify-full").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Postgres {
    pool: Pool<AsyncPgConnection>,
    /// Those that the application is lent, which may set on one what it likes.
    lent: Pool<AsyncPgConnection>,
    limit: Duration,
    /// `None` where all connections are those of a pool of the application's.
    pub(super) made_here: Option<MadeHere>,
    place: Arc<str>,
    pub(super) makes_tables: bool,
    held: Arc<Held>,
}

/// What connections of crudauth's own making are made by.
#[derive(Clone)]
pub(super) struct MadeHere {
    readers: Arc<Readers>,
    connector: Connector<AsyncPgConnection>,
    pub(super) beginning: Arc<Beginning>,
}

/// A connection beside another one.
pub(super) enum Apart {
    Made(AsyncPgConnection),
    Lent(Checkout<AsyncPgConnection>),
}

impl Deref for Apart {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        match self {
            Self::Made(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

impl DerefMut for Apart {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        match self {
            Self::Made(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

impl Postgres {
    /// Connects to the database at `url`, with the default [`PoolOptions`].
    ///
    /// # Errors
    ///
    /// [`ConnectError`], which names the place and what to do.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::connect_with(url, PoolOptions::default()).await
    }

    /// Connects to the database at `url`.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], which names the place and what to do.
    pub async fn connect_with(url: &str, options: PoolOptions) -> Result<Self, ConnectError> {
        let handle = Self::at(url, options)?;
        let first = handle.pool.get().await;
        drop(first.map_err(|cause| {
            let fix = match is_about_statements(&cause.to_string()) {
                true => KEEP,
                false => "start the database, or correct the address",
            };
            ConnectError::new(&handle.place, cause, fix)
        })?);
        Ok(handle)
    }

    /// The database at `url`, to which nothing is connected yet.
    pub(super) fn at(url: &str, options: PoolOptions) -> Result<Self, ConnectError> {
        let place = place(url);
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            let fix = "give an address as in `postgres://user:password@host:5432/database`";
            return Err(ConnectError::new(&place, "this is no address of PostgreSQL", fix));
        }
        check(url)?;
        let mut query = Query::new(url);
        let (mode, root) = (query.take("sslmode"), query.take("sslrootcert"));
        let fix = "give an address as in `postgres://user:password@host:5432/database`";
        let mut config: Config =
            query.into_url().parse().map_err(|cause: tokio_postgres::Error| {
                // The driver names the setting. Where no user is given, that may be a password.
                let deeper = std::error::Error::source(&cause).filter(|_| url.contains('@'));
                let cause = deeper.map_or(UNKNOWN_SETTING.to_owned(), ToString::to_string);
                ConnectError::new(&place, cause, fix)
            })?;
        let (tls, mode) = Tls::of(mode.as_deref(), root.as_deref(), &config)
            .map_err(|(cause, fix)| ConnectError::new(&place, cause, fix))?;
        config.ssl_mode(mode);
        let beginning = Beginning::new(config, tls, options.statement_limit().as_millis());
        let connect = {
            let beginning = Arc::clone(&beginning);
            move || {
                let beginning = Arc::clone(&beginning);
                let connecting: std::pin::Pin<Box<_>> =
                    Box::pin(async move { beginning.connect().await });
                connecting as _
            }
        };
        let fix = "start the database, or correct the address";
        let connector = Connector::new(options, connect);
        let failed = |cause| ConnectError::new(&place, cause, fix);
        let lent = Pool::new(options, connector.clone()).map_err(failed)?;
        let pool = Pool::new(options, connector.clone()).map_err(failed)?;
        let readers = Arc::new(Readers::new(connector.clone(), pool.clone(), options));
        let made_here = Some(MadeHere { readers, connector, beginning });
        let (limit, place) = (options.statement_limit(), place.into());
        let held = Arc::default();
        Ok(Self { pool, lent, limit, made_here, place, makes_tables: true, held })
    }

    /// The database of a pool that the application has made: of diesel-async's `deadpool`, with the
    /// feature `bb8` of `bb8`, or of its own kind.
    ///
    /// What crudauth needs of its connections is checked when the database is opened: that they read
    /// what is committed (`default_transaction_isolation`, which is PostgreSQL's own default), and
    /// that prepared statements last. It warns where no `statement_timeout` ends a statement, and
    /// where messages are not in English, by which it tells faults that pass from those that last.
    ///
    /// An operation has a connection to itself, so that reads do not share one as they do on
    /// connections of crudauth's own making: the pool needs room for them. What the application sets
    /// on a connection (`SET`, without `LOCAL`) stays on it, and concerns crudauth as well. `name`
    /// is what the log calls the database.
    ///
    /// ```
    /// use crudauth::Postgres;
    /// use diesel_async::AsyncPgConnection;
    /// use diesel_async::pooled_connection::AsyncDieselConnectionManager;
    /// use diesel_async::pooled_connection::deadpool::Pool;
    ///
    /// # fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(
    ///     "postgres://app:secret@localhost/app?options=-c%20statement_timeout%3D5s",
    /// );
    /// let pool = Pool::builder(manager).build()?;
    /// let postgres = Postgres::from_pool(pool.clone(), "app");
    /// # drop(postgres);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_pool(pool: impl ConnectionPool<AsyncPgConnection>, name: &str) -> Self {
        let options = PoolOptions::default();
        let pool = Pool::lent(options, Arc::new(pool));
        Self {
            lent: pool.clone(),
            pool,
            limit: options.statement_limit(),
            made_here: None,
            place: format!("PostgreSQL `{name}`").into(),
            makes_tables: true,
            held: Arc::default(),
        }
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
    /// use diesel::ExpressionMethods;
    /// use crudauth::store::postgres::Postgres;
    /// use diesel_async::RunQueryDsl;
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
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let database = Postgres::connect("postgres://app:secret@db.example/app?sslmode=verify-full").await?;
    /// let database = database.with_insert_hook(|connection, user: &Account| {
    ///     Box::pin(async move {
    ///         let profile = profiles::user_id.eq(user.id);
    ///         diesel::insert_into(profiles::table).values(profile).execute(connection).await?;
    ///         Ok(())
    ///     })
    /// });
    /// # drop(database); Ok(()) }
    /// ```
    #[must_use]
    pub fn with_insert_hook<U>(
        self,
        hook: impl for<'c> Fn(&'c mut AsyncPgConnection, &'c U) -> Inserting<'c> + Send + Sync + 'static,
    ) -> WithInsertHook<Self, U> {
        WithInsertHook::new(self, hook)
    }

    /// Leaves crudauth's own tables to the application's tool. What is missing is then an error
    /// at start-up that prints the statements to run; [`migrations`](super::migrations) has them
    /// too. Default: crudauth makes its tables itself.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.makes_tables = false;
        self
    }

    /// A connection, for the application's own statements. It goes back when it is dropped.
    ///
    /// A statement ends after the time of [`PoolOptions::statement`], by the database's own
    /// clock; against a database that does not answer at all the caller needs a time-out.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if none is free, or can be made, in time.
    pub async fn get(&self) -> Result<PostgresConnection, StoreError> {
        self.lent.get().await.map(Lent::new).map_err(StoreError::new)
    }

    /// Another connection than those that are in use.
    pub(super) async fn connect_apart(&self) -> Result<Apart, StoreError> {
        let made = match &self.made_here {
            Some(MadeHere { connector, .. }) => connector.make().await.map(Apart::Made),
            None => self.pool.get().await.map(Apart::Lent),
        };
        made.map_err(StoreError::new)
    }

    pub(crate) fn pool(&self) -> &Pool<AsyncPgConnection> {
        &self.pool
    }

    /// The rows that `query` finds; it only reads.
    // Boxed, since the compiler cannot see through a future of one connection after the other.
    pub(crate) fn rows<'a, Q, T>(
        &'a self,
        query: impl Fn() -> Q + Send + Sync + 'a,
    ) -> StoreFuture<'a, Vec<T>>
    where
        Q: for<'c> LoadQuery<'a, &'c AsyncPgConnection, T> + Send + 'a,
        T: Send + 'a,
    {
        match &self.made_here {
            Some(MadeHere { readers, .. }) => Box::pin(readers.rows(query)),
            None => Box::pin(rows_of_pool(&self.pool, self.limit, query)),
        }
    }
}

/// Where it is: the address without user, password and settings.
impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl Place for Postgres {
    fn hold(&self) {
        self.held.hold();
    }

    /// A connection that is still lent closes when it comes back.
    fn release(&self) -> Releasing<'_> {
        if self.held.release() {
            self.pool.close();
            self.lent.close();
            if let Some(MadeHere { readers, .. }) = &self.made_here {
                readers.close();
            }
        }
        Box::pin(ready(()))
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Postgres").field(&self.place).finish()
    }
}

/// A connection out of the pool of a [`Postgres`].
pub type PostgresConnection = Lent<AsyncPgConnection>;
