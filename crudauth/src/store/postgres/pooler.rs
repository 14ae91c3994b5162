//! What must be known of a pooler between this process and PostgreSQL.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::time::timeout;

use super::Postgres;
use super::fault::has_our_settings;
use super::handle::MadeHere;
use crate::error::StartupError;
use crate::store::StoreError;
use crate::store::remote::PooledConnection;
use crate::store::sql::sql;

/// How long is waited for a second connection of the pooler to the server. Where it has only one,
/// no statement can get to another.
const SECOND: Duration = Duration::from_secs(5);

/// How often the statement is run until somebody else has had the connection on which it was.
const ATTEMPTS: u32 = 20;

const LOSES: &str = "loses prepared statements between transactions";

/// What to do about a pooler that loses them.
pub(super) const KEEP: &str = "set `max_prepared_statements` to 200 (PgBouncer 1.21 or later), or \
    `pool_mode` to `session`, or connect to PostgreSQL itself";

/// Whether an error says that a prepared statement is not there, or another one of its name is.
pub(super) fn is_about_statements(error: &str) -> bool {
    error.contains("prepared statement")
}

/// The process of PostgreSQL that answers a connection.
#[derive(QueryableByName, PartialEq)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

/// What a session is set to.
const SETTINGS: &str = "SELECT current_setting('default_transaction_isolation') AS isolation, \
    current_setting('default_transaction_read_only')::boolean AS read_only, \
    current_setting('statement_timeout') <> '0' AS has_limit, \
    current_setting('lc_messages') AS messages";

#[derive(QueryableByName)]
struct Settings {
    #[diesel(sql_type = Text)]
    isolation: String,
    #[diesel(sql_type = Bool)]
    read_only: bool,
    #[diesel(sql_type = Bool)]
    has_limit: bool,
    #[diesel(sql_type = Text)]
    messages: String,
}

/// Whether a locale has its messages in English.
fn is_english(locale: &str) -> bool {
    locale.is_empty() || ["C", "POSIX", "en"].iter().any(|english| locale.starts_with(english))
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

impl Postgres {
    /// Finds out whether prepared statements last. A pooler that lends a connection to the server for
    /// one transaction may lose them, and then every request would fail.
    ///
    /// # Errors
    ///
    /// [`StartupError`], which says how the pooler is to be set.
    pub(super) async fn check_pooler(&self) -> Result<(), StartupError> {
        match &self.made_here {
            Some(MadeHere { beginning, .. }) => {
                let limit = beginning.statement_limit();
                match self.has_own_session(limit).await {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(cause) => return Err(self.refused(cause)),
                }
                tracing::warn!(
                    "a pooler at {self} does not pass on the settings of a session, so that the \
                     database itself ends no statement that takes too long: run `ALTER ROLE .. \
                     SET statement_timeout = {limit}` for the role of this application"
                );
            }
            None => self.check_settings().await?,
        }
        match self.do_statements_last().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.loses_statements()),
            Err(cause) => Err(self.refused(cause)),
        }
    }

    fn refused(&self, cause: StoreError) -> StartupError {
        match is_about_statements(&cause.to_string()) {
            true => self.loses_statements(),
            false => StartupError::database(cause),
        }
    }

    fn loses_statements(&self) -> StartupError {
        StartupError::setting(format!("a pooler at {self} {LOSES}: {KEEP}"))
    }

    /// Whether the session has the settings that came with its connection.
    async fn has_own_session(&self, limit: u128) -> Result<bool, StoreError> {
        let mut connection = self.pool().get().await.map_err(StoreError::new)?;
        let question = format!("SELECT {} AS yes", has_our_settings(limit));
        // Not kept prepared, and both of its steps are one transaction.
        connection.batch_execute("BEGIN").await.map_err(StoreError::new)?;
        let answer: Vec<Said> =
            diesel::sql_query(question).load(&mut *connection).await.map_err(StoreError::new)?;
        connection.batch_execute("COMMIT").await.map_err(StoreError::new)?;
        Ok(answer.iter().any(|said| said.yes))
    }

    /// What the connections of the application's pool must have, and what they should.
    async fn check_settings(&self) -> Result<(), StartupError> {
        let mut connection =
            self.pool().get().await.map_err(StoreError::new).map_err(StartupError::database)?;
        let asked: Result<Vec<Settings>, _> =
            diesel::sql_query(SETTINGS).load(&mut *connection).await;
        let asked = asked.map_err(StoreError::new).map_err(StartupError::database)?;
        let Some(Settings { isolation, read_only, has_limit, messages }) = asked.into_iter().next()
        else {
            return Ok(());
        };
        if isolation != "read committed" || read_only {
            return Err(StartupError::setting(format!(
                "the connections of the pool of {self} are `{isolation}`{}, and crudauth needs ones \
                 that write and read what is committed: run `ALTER ROLE .. SET \
                 default_transaction_isolation = 'read committed'` and `ALTER ROLE .. SET \
                 default_transaction_read_only = off` for the role of this application, or have the \
                 pool set both when it connects",
                if read_only { " and only read" } else { "" }
            )));
        }
        if !has_limit {
            tracing::warn!(
                "no `statement_timeout` ends a statement of {self} that takes too long: run `ALTER \
                 ROLE .. SET statement_timeout = '5s'` for the role of this application"
            );
        }
        if !is_english(&messages) {
            tracing::warn!(
                "the messages of {self} are in `{messages}`, so that faults that pass may be taken \
                 for ones that last: run `ALTER ROLE .. SET lc_messages = 'C'` for the role of this \
                 application"
            );
        }
        Ok(())
    }

    /// Prepares a statement, lets somebody else have the pooler's connection to the server on which
    /// that was, and runs the statement again.
    async fn do_statements_last(&self) -> Result<bool, StoreError> {
        let mut first = self.pool().get().await.map_err(StoreError::new)?;
        let mut second = self.connect_apart().await?;
        let last = statements_last(&mut first, &mut second).await;
        // One may be in the middle of a transaction, the other of an answer: nobody gets them next.
        PooledConnection::spoil(&mut *first);
        PooledConnection::spoil(&mut *second);
        last
    }
}

/// Whether a statement that `first` prepares is there after `second` has had its connection to the
/// server.
async fn statements_last(
    first: &mut AsyncPgConnection,
    second: &mut AsyncPgConnection,
) -> Result<bool, StoreError> {
    let question = || sql("SELECT pg_backend_pid() AS pid WHERE ? = 1::BIGINT").integer(1);
    for _ in 0..ATTEMPTS {
        let Ok(before) = question().load::<Backend>(first).await else {
            return Ok(false);
        };
        second.batch_execute("BEGIN; SELECT 1").await.map_err(StoreError::new)?;
        let again = timeout(SECOND, question().load::<Backend>(first)).await;
        let Ok(again) = again else { return Ok(true) };
        match again {
            Ok(again) if again == before => {}
            Ok(_) => return Ok(true),
            Err(_) => return Ok(false),
        }
        // The second has got another connection to the server, and the first its own again.
        second.batch_execute("ROLLBACK").await.map_err(StoreError::new)?;
    }
    Ok(true)
}
