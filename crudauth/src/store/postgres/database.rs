//! Making a PostgreSQL database ready for an application.

use std::sync::Arc;

use diesel::pg::Pg;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Text;

use super::columns::check_columns;
use super::holders::PostgresHolders;
use super::names::lowered;
use super::{Postgres, PostgresState, PostgresUser, PostgresUsers, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::sql::{self, Loaded, Lowered, column_not_unique, open_tables, table_name};
use crate::store::{
    Database, FromUrl, Migration, OpenState, Opening, OpeningState, PoolOptions, StateStore,
    StoreError, Stores, UrlError,
};

impl<U: PostgresUser> Database<U> for Postgres {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        Box::pin(async move {
            let state = self.clone().open_state(Arc::clone(&clock)).await?;
            let hash_room = check_columns::<U>(&self).await?;
            let lowered = check_table::<U>(&self).await?;
            let holders = PostgresHolders::<U>::over(self.clone(), clock).await;
            let holders = holders.map_err(StartupError::database)?;
            Ok(Stores {
                users: Arc::new(PostgresUsers::<U>::over(self, lowered)),
                state,
                holders: holders.map(|holders| Arc::new(holders) as _),
                hash_room,
            })
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Postgres {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            self.check_pooler().await?;
            open_tables(&self, self.makes_tables).await?;
            let state: Arc<dyn StateStore> = Arc::new(PostgresState::new(self, clock));
            Ok(state)
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

/// `postgres://user:password@host:5432/database`, as [`Postgres::connect`] takes it. The first
/// connection is made when the database is opened.
impl FromUrl for Postgres {
    fn from_url(url: &str) -> Result<Self, UrlError> {
        Self::at(url, PoolOptions::default()).map_err(UrlError::new)
    }
}

/// Checks what Diesel's `table!` cannot know: that the table has the columns, and that what users
/// sign in by is unique. Returns what is so by `lower(column)`.
async fn check_table<U: PostgresUser>(postgres: &Postgres) -> Result<Lowered, StartupError> {
    let name = table_name::<U, Pg>().map_err(StartupError::database)?;
    let table = name.replace('"', "`");
    let probe = postgres.rows::<_, Loaded<U>>(sql::probe::<U>);
    if let Err(error) = probe.await {
        return Err(StartupError::table(&table, U::SCHEMA.user, error));
    }
    let mut unique = unique_columns::<U>(postgres).await.map_err(StartupError::database)?;
    let lowered = lowered::<U>(postgres).await.map_err(StartupError::database)?;
    unique.extend(lowered.columns::<U>().map(str::to_owned));
    match column_not_unique(&U::SCHEMA, &unique) {
        Some((field, column)) => Err(StartupError::not_unique(&table, field, column)),
        None => Ok(lowered),
    }
}

#[derive(QueryableByName)]
struct ColumnName {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The columns of the table that are unique by themselves: by an index over that column alone,
/// and over all rows.
async fn unique_columns<U: PostgresUser>(postgres: &Postgres) -> Result<Vec<String>, StoreError> {
    let query = "SELECT a.attname::text AS name FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid
            AND i.indpred IS NULL AND i.indnkeyatts = 1";
    let table = table_name::<U, Pg>().map_err(StoreError::broken)?;
    let rows = postgres.rows(|| diesel::sql_query(query).bind::<Text, _>(&table));
    Ok(rows.await?.into_iter().map(|ColumnName { name }| name).collect())
}
