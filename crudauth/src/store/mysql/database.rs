//! Making a MySQL database ready for an application.

use std::sync::Arc;

use diesel::mysql::Mysql as Backend;
use diesel::prelude::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{Nullable, Text};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl};

use super::columns::check_columns;
use super::holders::MysqlHolders;
use super::{Mysql, MysqlState, MysqlUser, MysqlUsers, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::sql::{self, Loaded, column_not_unique, open_tables, table_name};
use crate::store::{
    Database, FromUrl, Migration, OpenState, Opening, OpeningState, PoolOptions, StateStore,
    Stores, UrlError,
};

impl<U: MysqlUser> Database<U> for Mysql {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        Box::pin(async move {
            let state = self.clone().open_state(Arc::clone(&clock)).await?;
            let hash_room = check_columns::<U>(&self).await?;
            check_table::<U>(&self).await?;
            let holders = MysqlHolders::<U>::over(self.clone(), clock);
            Ok(Stores {
                users: Arc::new(MysqlUsers::<U>::new(self)),
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

impl OpenState for Mysql {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            open_tables(&self, self.makes_tables).await?;
            let state: Arc<dyn StateStore> = Arc::new(MysqlState::new(self, clock));
            Ok(state)
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

/// `mysql://user:password@host:3306/database`, as [`Mysql::connect`] takes it. The first
/// connection is made when the database is opened.
impl FromUrl for Mysql {
    fn from_url(url: &str) -> Result<Self, UrlError> {
        Self::at(url, PoolOptions::default()).map_err(UrlError::new)
    }
}

/// Checks what Diesel's `table!` cannot know: that the table has the columns, and that what users
/// sign in by is unique.
async fn check_table<U: MysqlUser>(mysql: &Mysql) -> Result<(), StartupError> {
    let table = table_name::<U, Backend>().map_err(StartupError::database)?;
    let probe = mysql.read(|connection| {
        Box::pin(async move {
            let rows: Vec<Loaded<U>> = sql::probe::<U>().load(connection).await?;
            Ok(rows.len())
        })
    });
    if let Err(error) = probe.await {
        return Err(StartupError::table(&table, U::SCHEMA.user, error));
    }
    let keys = mysql.read(|connection| Box::pin(unique_keys::<U>(connection)));
    let keys = keys.await.map_err(StartupError::database)?;
    let unique: Vec<_> = keys.into_iter().map(|key| key.column).collect();
    match column_not_unique(&U::SCHEMA, &unique) {
        Some((field, column)) => Err(StartupError::not_unique(&table, field, column)),
        None => Ok(()),
    }
}

/// A key over one column, which is unique by it.
#[derive(Debug, QueryableByName)]
pub(super) struct UniqueKey {
    /// Its name.
    #[diesel(sql_type = Text)]
    pub(super) key: String,
    /// The column.
    #[diesel(sql_type = Text)]
    pub(super) column: String,
}

/// The unique keys of the table that are over one column each.
pub(super) async fn unique_keys<U: MysqlUser>(
    connection: &mut AsyncMysqlConnection,
) -> QueryResult<Vec<UniqueKey>> {
    let table = table_name::<U, Backend>()?;
    let table = table.trim_matches('`');
    let (schema, table) = match table.split_once("`.`") {
        Some((schema, table)) => (Some(schema), table),
        None => (None, table),
    };
    // The key of an expression has no column.
    let query = "SELECT CAST(index_name AS CHAR) AS `key`, \
            CAST(MIN(column_name) AS CHAR) AS `column` \
        FROM information_schema.statistics \
        WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND non_unique = 0 \
        GROUP BY index_name HAVING COUNT(*) = 1 AND MIN(column_name) IS NOT NULL";
    diesel::sql_query(query)
        .bind::<Nullable<Text>, _>(schema)
        .bind::<Text, _>(table)
        .load(connection)
        .await
}
