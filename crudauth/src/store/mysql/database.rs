//! Making a MySQL database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::mysql::Mysql as Backend;
use diesel::result::{DatabaseErrorInformation, Error};

use super::columns::check_columns;
use super::fault::unfit;
use super::users::{column_of_key, violated_key};
use super::{Mysql, MysqlUser, migrations};
use crate::clock::Clock;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, IndexKey, LoginIndexes, OwnTable, UniqueIndex,
    UserRow, is_integer, is_unsigned, open, open_state, open_tables, rows, sql, table_name,
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

    fn unique<U: UserRow<Backend>>(&self) -> StoreFuture<'_, Vec<UniqueIndex>> {
        Box::pin(unique_indexes::<U>(self))
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
        indexes: &LoginIndexes,
    ) -> StoreFuture<'_, Option<String>> {
        let key = violated_key(violation.message()).map(str::to_owned);
        let column = key.as_deref().and_then(|key| {
            let bare = key.rsplit_once('.').map_or(key, |(_, bare)| bare);
            indexes.column_of::<U>(key).or_else(|| indexes.column_of::<U>(bare))
        });
        Box::pin(async move {
            match (column, key) {
                (Some(column), _) => Ok(Some(column.to_owned())),
                (None, None) => Ok(None),
                (None, Some(key)) => Ok(column_of_key(&key, &unique_indexes::<U>(self).await?)),
            }
        })
    }

    fn unfit(error: Error) -> QueryResult<InsertError> {
        unfit(error)
    }
}

rows! {
    struct Key {
        index: String,
        column: Option<String>,
        expression: Option<String>,
    }
}

/// The unique indexes of the table.
async fn unique_indexes<U: UserRow<Backend>>(
    mysql: &Mysql,
) -> Result<Vec<UniqueIndex>, StoreError> {
    let (schema, table) = schema_and_table::<U>().map_err(StoreError::broken)?;
    // The key of an expression has no column.
    let query = "SELECT CAST(s.index_name AS CHAR) AS `index`, \
            CAST(s.column_name AS CHAR) AS `column`, \
            CAST(NULLIF(c.generation_expression, '') AS CHAR) AS expression \
        FROM information_schema.statistics s \
        LEFT JOIN information_schema.columns c ON c.table_schema = s.table_schema \
            AND c.table_name = s.table_name AND c.column_name = s.column_name \
        WHERE s.table_schema = COALESCE(?, DATABASE()) AND s.table_name = ? AND s.non_unique = 0 \
        ORDER BY s.index_name, s.seq_in_index";
    let keys = mysql.rows(sql(query).maybe_text(schema.as_deref()).text(&table));
    let keys: Vec<Key> = keys.await?;
    let mut indexes: Vec<UniqueIndex> = Vec::new();
    for Key { index: name, column, expression } in keys {
        let key = match (column, expression) {
            (Some(column), None) => IndexKey::Column(column),
            (Some(column), Some(by)) => IndexKey::Generated { column, by },
            (None, _) => IndexKey::Other,
        };
        match indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => index.keys.push(key),
            None => indexes.push(UniqueIndex { name, keys: vec![key], rows: None }),
        }
    }
    Ok(indexes)
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
