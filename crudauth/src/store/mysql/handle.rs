//! The handle on a database.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::{BigInt, Text};
use diesel::{ConnectionError, QueryResult, QueryableByName};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::time::timeout;

use super::fault;
use super::tls::Tls;
use crate::error::StartupError;
use crate::store::remote::{Connector, Lent, Pool, Query, UNKNOWN_SETTING, check, place};
use crate::store::sql::sql;
use crate::store::{
    ConnectError, ConnectionPool, Held, Inserting, Place, PoolOptions, Releasing, StoreError,
    WithInsertHook,
};

/// A handle on one database of MySQL 8 or MariaDB 10.6, or later. Clones are cheap and share the
/// connections.
///
/// Of 10 connections at most each is used by one operation at a time, and [`get`](Self::get) lends
/// of as many others; nothing waits for longer than [`PoolOptions`] says. No query is spent on
/// finding out whether a connection still works: one that failed, or was idle for a minute, is
/// replaced. Statements are prepared once a connection; its transactions are `READ COMMITTED`, and
/// what does not fit a column is refused.
///
/// # The address
///
/// `mysql://user:password@host:3306/database`, with the settings that `mysql_async` knows, and
/// `?socket=/path` for a Unix socket. How the connection is encrypted is said by `ssl-mode`, in the
/// words of MySQL's own clients:
///
/// | `ssl-mode` | |
/// |---|---|
/// | `VERIFY_IDENTITY` | TLS; the certificate must be valid and for that host |
/// | `REQUIRED` | TLS; any certificate will do, so that an attacker in the middle is not noticed |
/// | `DISABLED` | no encryption |
/// | none | as `DISABLED` on the loopback interface and on a Unix socket, an error elsewhere |
///
/// `PREFERRED` leaves the choice to whoever is in the middle, and is an error. The authorities are
/// those of the system, or those of the PEM file that `ssl-ca` names. TLS needs the feature
/// `mysql-tls`.
///
/// ```no_run
/// use crudauth::store::mysql::Mysql;
///
/// # async fn open() -> Result<(), crudauth::store::ConnectError> {
/// let mysql = Mysql::connect("mysql://app:secret@localhost/app").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Mysql {
    pool: Pool<AsyncMysqlConnection>,
    /// Those that the application is lent, which may leave one in the middle of an answer.
    lent: Pool<AsyncMysqlConnection>,
    limit: Duration,
    place: Arc<str>,
    pub(super) makes_tables: bool,
    /// Whether its connections are those of a pool of the application's.
    is_lent: bool,
    held: Arc<Held>,
}

impl Mysql {
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
        let fix = "start the database, or correct the address";
        let first = handle.pool.get().await;
        drop(first.map_err(|cause| ConnectError::new(&handle.place, cause, fix))?);
        Ok(handle)
    }

    /// The database at `url`, to which nothing is connected yet.
    pub(super) fn at(url: &str, options: PoolOptions) -> Result<Self, ConnectError> {
        let place = place(url);
        let refused = |cause, fix| ConnectError::new(&place, cause, fix);
        if !url.starts_with("mysql://") {
            let fix = "give an address as in `mysql://user:password@host:3306/database`";
            return Err(refused("this is no address of MySQL".to_owned(), fix));
        }
        check(url)?;
        let mut query = Query::new(url);
        let tls = Tls::of(&mut query, &place).map_err(|(cause, fix)| refused(cause, fix))?;
        // The driver would otherwise connect a second time, through the server's socket.
        query.set_default("prefer_socket", "false");
        let url: Arc<str> = query.into_url().into();
        let limit = options.statement_limit();
        let connect = move || {
            let (url, tls) = (Arc::clone(&url), tls.clone());
            let connecting: Pin<Box<_>> =
                Box::pin(async move { establish(&url, &tls, limit.as_secs_f64()).await });
            connecting as _
        };
        let fix = "start the database, or correct the address";
        let failed = |cause| ConnectError::new(&place, cause, fix);
        let connector = Connector::new(options, connect);
        let lent = Pool::new(options, connector.clone()).map_err(failed)?;
        let pool = Pool::new(options, connector).map_err(failed)?;
        Ok(Self {
            pool,
            lent,
            limit,
            place: place.into(),
            makes_tables: true,
            is_lent: false,
            held: Arc::default(),
        })
    }

    /// The database of a pool that the application has made: of diesel-async's `deadpool`, with the
    /// feature `bb8` of `bb8`, or of its own kind. `name` is what the log calls it.
    ///
    /// What crudauth needs of its connections is checked when the database is opened: that they read
    /// what is committed, which is not MySQL's own default, refuse what does not fit a column, and
    /// have their messages in English. The manager of the pool makes them so in its `custom_setup`:
    ///
    /// ```
    /// use crudauth::Mysql;
    /// use diesel_async::pooled_connection::deadpool::Pool;
    /// use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
    /// use diesel_async::{AsyncConnection, AsyncMysqlConnection, SimpleAsyncConnection};
    /// use diesel::ConnectionError;
    ///
    /// # fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut config = ManagerConfig::<AsyncMysqlConnection>::default();
    /// config.custom_setup = Box::new(|url| {
    ///     Box::pin(async move {
    ///         let mut connection = AsyncMysqlConnection::establish(url).await?;
    ///         for setting in Mysql::SESSION {
    ///             let set = connection.batch_execute(setting).await;
    ///             set.map_err(ConnectionError::CouldntSetupConfiguration)?;
    ///         }
    ///         Ok(connection)
    ///     })
    /// });
    /// let manager = AsyncDieselConnectionManager::new_with_config("mysql://app@localhost/app", config);
    /// let pool = Pool::builder(manager).build()?;
    /// let mysql = Mysql::from_pool(pool.clone(), "app");
    /// # drop(mysql);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A handler that is dropped may leave a connection in the middle of an answer. Each connection
    /// is therefore asked, before crudauth uses it, whether the next answer is that to the next
    /// question, which is a round trip more than on connections of crudauth's own making.
    #[must_use]
    pub fn from_pool(pool: impl ConnectionPool<AsyncMysqlConnection>, name: &str) -> Self {
        let options = PoolOptions::default();
        let pool = Pool::lent(options, Arc::new(pool));
        Self {
            lent: pool.clone(),
            pool,
            limit: options.statement_limit(),
            place: format!("MySQL `{name}`").into(),
            makes_tables: true,
            is_lent: true,
            held: Arc::default(),
        }
    }

    /// What a session is set to: for connections that the application makes. These must also count
    /// the rows that an update finds and not only those that it changes (`CLIENT_FOUND_ROWS`), as
    /// those of `AsyncMysqlConnection::establish` do.
    pub const SESSION: [&str; 3] = [
        fault::IN_ENGLISH,
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        // What does not fit is refused, and never cut to fit.
        "SET SESSION sql_mode = CONCAT_WS(',', @@SESSION.sql_mode, 'STRICT_ALL_TABLES')",
    ];

    /// Checks the connections of a pool of the application's.
    ///
    /// # Errors
    ///
    /// [`StartupError`], which says what to set.
    pub(super) async fn check_settings(&self) -> Result<(), StartupError> {
        if !self.is_lent {
            return Ok(());
        }
        let connection = self.pool.get().await.map_err(StoreError::new);
        let mut connection = connection.map_err(StartupError::database)?;
        let asked: QueryResult<Vec<Setting>> =
            diesel::sql_query(SETTINGS).load(&mut *connection).await;
        let settings = asked.map_err(StoreError::new).map_err(StartupError::database)?;
        let value = |name: &str| {
            let named = settings.iter().find(|setting| setting.name.ends_with(name));
            named.map_or("", |setting| setting.value.as_str())
        };
        let wrong = [
            (value("_isolation") != "READ-COMMITTED", "do not read what is committed"),
            (!value("sql_mode").contains("STRICT_ALL_TABLES"), "cut what does not fit a column"),
            (!value("lc_messages").starts_with("en"), "have no messages in English"),
            (
                value("autocommit") != "ON",
                "do not commit a statement by itself (`SET autocommit = 1`)",
            ),
        ];
        let wrong: Vec<_> = wrong.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(StartupError::setting(format!(
            "the connections of the pool of {self} {}: run the statements of `Mysql::SESSION` on \
             each when it is made, in the `custom_setup` of the pool's manager",
            wrong.join(", ")
        )))
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
    /// use crudauth::store::mysql::Mysql;
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
    /// let database = Mysql::connect("mysql://app:secret@db.example/app?ssl-mode=VERIFY_IDENTITY").await?;
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
        hook: impl for<'c> Fn(&'c mut AsyncMysqlConnection, &'c U) -> Inserting<'c>
        + Send
        + Sync
        + 'static,
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
    /// axum drops a handler whose client has left, and the connection with it, be it in the middle
    /// of a statement. One that was lent before is therefore asked, before it is lent again, whether
    /// the next answer is that to the next question, and closed if it is not. A transaction is rolled
    /// back if Diesel's `transaction` began it; one that was begun by hand must not be left open.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if none is free, or can be made, in time.
    pub async fn get(&self) -> Result<MysqlConnection, StoreError> {
        loop {
            let mut connection = self.lent.get().await.map_err(StoreError::new)?;
            if connection.is_known_in_step() {
                return Ok(Lent::new(connection));
            }
            match timeout(self.limit, is_in_step(&mut connection)).await {
                Ok(true) => return Ok(Lent::new(connection)),
                Ok(false) => connection.discard(),
                Err(_) => {
                    connection.discard();
                    return Err(StoreError::new("the database gave no answer in time"));
                }
            }
        }
    }

    pub(crate) fn pool(&self) -> &Pool<AsyncMysqlConnection> {
        &self.pool
    }
}

/// Where it is: the address without user, password and settings.
impl fmt::Display for Mysql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl Place for Mysql {
    fn hold(&self) {
        self.held.hold();
    }

    /// A connection that is still lent closes when it comes back.
    fn release(&self) -> Releasing<'_> {
        if self.held.release() {
            self.pool.close();
            self.lent.close();
        }
        Box::pin(ready(()))
    }
}

impl fmt::Debug for Mysql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mysql").field(&self.place).finish()
    }
}

/// A connection out of the pool of a [`Mysql`].
pub type MysqlConnection = Lent<AsyncMysqlConnection>;

async fn establish(
    url: &str,
    tls: &Tls,
    seconds: f64,
) -> Result<AsyncMysqlConnection, ConnectionError> {
    let established = match tls {
        Tls::Off => AsyncMysqlConnection::establish(url).await,
        #[cfg(feature = "mysql-tls")]
        Tls::On(options) => encrypted(url, options).await,
    };
    let mut connection = established.map_err(|error| match error {
        // The driver's own text may quote the address.
        ConnectionError::InvalidConnectionUrl(_) => {
            ConnectionError::InvalidConnectionUrl(UNKNOWN_SETTING.to_owned())
        }
        error => error,
    })?;
    for setting in Mysql::SESSION {
        let set = connection.batch_execute(setting).await;
        set.map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    // So that a statement nobody waits for any more ends: MariaDB counts in seconds, MySQL in
    // milliseconds, and neither knows the other's name.
    let on_mariadb = format!("SET SESSION max_statement_time = {seconds}");
    if connection.batch_execute(&on_mariadb).await.is_err() {
        let on_mysql = format!("SET SESSION max_execution_time = {:.0}", seconds * 1000.0);
        connection
            .batch_execute(&on_mysql)
            .await
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
    }
    Ok(connection)
}

/// As `AsyncMysqlConnection::establish`, which knows nothing of TLS.
#[cfg(feature = "mysql-tls")]
async fn encrypted(
    url: &str,
    options: &mysql_async::SslOpts,
) -> Result<AsyncMysqlConnection, ConnectionError> {
    let address = mysql_async::Opts::from_url(url)
        .map_err(|cause| ConnectionError::InvalidConnectionUrl(cause.to_string()))?;
    let settings = mysql_async::OptsBuilder::from_opts(address)
        .ssl_opts(options.clone())
        .stmt_cache_size(0)
        .client_found_rows(true);
    let connection = mysql_async::Conn::new(settings)
        .await
        .map_err(|cause| ConnectionError::BadConnection(cause.to_string()))?;
    AsyncMysqlConnection::try_from(connection).await
}

/// What a session is set to. MySQL and MariaDB name the isolation differently, and `SHOW` alone
/// knows both names.
const SETTINGS: &str = "SHOW SESSION VARIABLES WHERE Variable_name IN \
    ('transaction_isolation', 'tx_isolation', 'sql_mode', 'lc_messages', 'autocommit')";

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text, column_name = "Variable_name")]
    name: String,
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

#[derive(QueryableByName)]
struct Echo {
    #[diesel(sql_type = BigInt)]
    said: i64,
}

/// Whether the connection has no answer left to an earlier question: the driver would take it for
/// that to the next one.
pub(super) async fn is_in_step(connection: &mut AsyncMysqlConnection) -> bool {
    let mut number = [0; 8];
    if getrandom::fill(&mut number).is_err() {
        return false;
    }
    let number = i64::from_le_bytes(number);
    let question = sql("SELECT CAST(? AS SIGNED) AS said").integer(number);
    let answer: QueryResult<Vec<Echo>> = question.load(connection).await;
    answer.is_ok_and(|rows| matches!(rows.as_slice(), [Echo { said }] if *said == number))
}
