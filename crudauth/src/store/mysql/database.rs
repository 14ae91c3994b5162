//! Making a MySQL database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::mysql::Mysql as Backend;
use diesel::result::{DatabaseErrorInformation, Error};

use super::columns::check_columns;
use super::fault::unfit;
use super::users::violated_column;
use super::{Mysql, MysqlUser, migrations};
use crate::clock::Clock;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, Lowered, OwnTable, UserRow, is_integer,
    is_unsigned, open, open_state, open_tables, rows, sql, table_name,
};
use crate::store::{
    Database, FromUrl, InsertError, Migration, OpenState, Opening, OpeningState, PoolOptions,
    StartupFuture, StoreError, StoreFuture, UrlError,
};

impl<U: MysqlUser> Database<U> for Mysql {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        open(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Mysql {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        open_state(self, clock)
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

impl Catalogue for Mysql {
    fn open_tables(&self, tables: Vec<OwnTable>) -> StartupFuture<'_> {
        Box::pin(async move {
            self.check_settings().await?;
            open_tables(self, tables, self.makes_tables).await
        })
    }

    fn check_columns<U: UserRow<Backend>>(&self) -> Checked<'_, Option<HashRoom>> {
        Box::pin(check_columns::<U>(self))
    }

    fn unique<U: UserRow<Backend>>(&self) -> StoreFuture<'_, (Vec<String>, Lowered)> {
        Box::pin(async move {
            let keys = unique_keys::<U>(self).await?;
            Ok((keys.into_iter().map(|key| key.column).collect(), Lowered::default()))
        })
    }

    /// `None` where an id is no integer: of a text, the collation of its column would decide whom
    /// it means, and whether an index helps.
    fn holder_id<U: UserRow<Backend>>(&self) -> StoreFuture<'_, Option<String>> {
        let signed = match (is_integer::<U::Id>(), is_unsigned::<U::Id>()) {
            (true, _) => Some("SIGNED"),
            (_, true) => Some("UNSIGNED"),
            _ => None,
        };
        let text = <Self as Driver>::DIALECT.holder_of(ENTRY);
        Box::pin(ready(Ok(signed.map(|signed| format!("CAST({text} AS {signed})")))))
    }

    fn violated_column<U: UserRow<Backend>>(
        &self,
        violation: &(dyn DatabaseErrorInformation + Send + Sync),
        _: &Lowered,
    ) -> StoreFuture<'_, Option<String>> {
        let message = violation.message().to_owned();
        Box::pin(async move { Ok(violated_column(&message, &unique_keys::<U>(self).await?)) })
    }

    fn unfit(error: Error) -> QueryResult<InsertError> {
        unfit(error)
    }
}

rows! {
    /// A key over one column, which is unique by it.
    #[derive(Debug)]
    pub(super) struct UniqueKey {
        /// Its name.
        pub(super) key: String,
        /// The column.
        pub(super) column: String,
    }
}

/// The unique keys of the table that are over one column each.
async fn unique_keys<U: UserRow<Backend>>(mysql: &Mysql) -> Result<Vec<UniqueKey>, StoreError> {
    let (schema, table) = schema_and_table::<U>().map_err(StoreError::broken)?;
    // The key of an expression has no column.
    let query = "SELECT CAST(index_name AS CHAR) AS `key`, \
            CAST(MIN(column_name) AS CHAR) AS `column` \
        FROM information_schema.statistics \
        WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND non_unique = 0 \
        GROUP BY index_name HAVING COUNT(*) = 1 AND MIN(column_name) IS NOT NULL";
    mysql.rows(sql(query).maybe_text(schema.as_deref()).text(&table)).await
}

/// The schema of the users table, if it is named, and the table, as the catalogue calls them.
pub(super) fn schema_and_table<U: UserRow<Backend>>() -> QueryResult<(Option<String>, String)> {
    let name = table_name::<U, Backend>()?;
    let name = name.trim_matches('`');
    Ok(match name.split_once("`.`") {
        Some((schema, table)) => (Some(schema.to_owned()), table.to_owned()),
        None => (None, name.to_owned()),
    })
}
