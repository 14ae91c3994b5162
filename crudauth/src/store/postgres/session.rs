//! How a session begins.
//!
//! What a session needs comes with the first message of its connection, and never as a `SET`: a
//! pooler in transaction mode would leave that on a connection which others use next. A pooler
//! that does not pass the settings on is asked again without them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::ConnectionError;
use diesel_async::SimpleAsyncConnection;
use diesel_async::pg::AsyncPgConnection;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use super::fault::in_english;
use super::tls::{Tls, connector};
use crate::chain::chain;

/// What a new session needs.
pub(super) struct Beginning {
    plain: Config,
    with_settings: Config,
    tls: Tls,
    statement_limit: u128,
    is_plain: AtomicBool,
}

impl Beginning {
    pub(super) fn new(config: Config, tls: Tls, statement_limit: u128) -> Arc<Self> {
        let settings = format!(
            "-c statement_timeout={statement_limit} \
             -c default_transaction_isolation=read\\ committed -c TimeZone=UTC"
        );
        let mut with_settings = config.clone();
        match config.get_options() {
            Some(given) => with_settings.options(format!("{given} {settings}")),
            None => with_settings.options(settings),
        };
        let is_plain = AtomicBool::new(false);
        Arc::new(Self { plain: config, with_settings, tls, statement_limit, is_plain })
    }

    /// The greatest number of milliseconds that a statement may take.
    pub(super) fn statement_limit(&self) -> u128 {
        self.statement_limit
    }

    /// A new session.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, ConnectionError> {
        if !self.is_plain.load(Ordering::Relaxed) {
            match self.open(&self.with_settings).await {
                Err(Refused { is_about_settings: true, .. }) => {
                    self.is_plain.store(true, Ordering::Relaxed);
                }
                Err(Refused { cause, .. }) => return Err(cause),
                Ok(mut connection) => {
                    let asked = connection.batch_execute(&in_english(self.statement_limit)).await;
                    asked.map_err(ConnectionError::CouldntSetupConfiguration)?;
                    return Ok(connection);
                }
            }
        }
        self.open(&self.plain).await.map_err(|Refused { cause, .. }| cause)
    }

    async fn open(&self, config: &Config) -> Result<AsyncPgConnection, Refused> {
        let opened = match &self.tls {
            Tls::Off => {
                let (client, driver) = config.connect(tokio_postgres::NoTls).await?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await
            }
            Tls::On(client) => {
                let (client, driver) = config.connect(connector(client)).await?;
                AsyncPgConnection::try_from_client_and_connection(client, driver).await
            }
        };
        opened.map_err(|cause| Refused { cause, is_about_settings: false })
    }
}

/// Why there is no session.
struct Refused {
    cause: ConnectionError,
    is_about_settings: bool,
}

impl From<tokio_postgres::Error> for Refused {
    fn from(error: tokio_postgres::Error) -> Self {
        // PostgreSQL itself takes them: these are what poolers say who do not.
        let refused = [SqlState::PROTOCOL_VIOLATION, SqlState::FEATURE_NOT_SUPPORTED];
        let is_about_settings = error.code().is_some_and(|code| refused.contains(code));
        Self { cause: ConnectionError::BadConnection(chain(&error)), is_about_settings }
    }
}
