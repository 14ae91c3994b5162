//! Where accounts and state are kept.

use std::error::Error;
use std::sync::Arc;

use crudauth::Sqlite;
use crudauth::clock::{Clock, SystemClock};
use crudauth::store::{Database as _, Stores};

use crate::model::Account;

/// A database that is ready: it has the table of accounts, and crudauth's own.
pub(crate) struct Database {
    pub(crate) stores: Stores<Account>,
    /// What to call it in the terminal.
    pub(crate) name: String,
}

const HELP: &str = "give the path of a file, as in `sqlite:full.db`";

/// Opens what a `DATABASE_URL` names, and makes the table where it is missing.
pub(crate) async fn open(url: &str) -> Result<Database, Box<dyn Error>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let stores = match url.split_once(':') {
        Some(("sqlite", path)) => {
            let sqlite = Sqlite::open(path.strip_prefix("//").unwrap_or(path))?;
            sqlite.execute_batch(include_str!("../migrations/sqlite.sql")).await?;
            sqlite.open(clock).await?
        }
        // Not the whole address, which may have a password in it.
        Some((scheme, _)) => {
            return Err(format!("DATABASE_URL: `{scheme}:` is not supported; {HELP}").into());
        }
        None => return Err(format!("DATABASE_URL has no scheme; {HELP}").into()),
    };
    Ok(Database { stores, name: url.to_owned() })
}
