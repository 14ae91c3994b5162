//! Making a PostgreSQL database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::result::{DatabaseErrorInformation, Error};

use super::columns::{check_columns, compares_as_bound, id_type};
use super::fault::is_unfit;
use super::lowered_index::lowered;
use super::users::violated_column;
use super::{Postgres, PostgresUser, migrations};
use crate::clock::Clock;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, Lowered, OwnTable, UserRow, is_sql_castable, open,
    open_state, open_tables, rows, sql, table_name,
};
use crate::store::{
    Database, FromUrl, InsertError, Migration, OpenState, Opening, OpeningState, PoolOptions,
    StartupFuture, StoreError, StoreFuture, UrlError,
};

impl<U: PostgresUser> Database<U> for Postgres {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        open(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Postgres {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        open_state(self, clock)
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

impl Catalogue for Postgres {
    fn open_tables(&self, tables: Vec<OwnTable>) -> StartupFuture<'_> {
        Box::pin(async move {
            self.check_pooler().await?;
            open_tables(self, tables, self.makes_tables).await
        })
    }

    fn check_columns<U: UserRow<Pg>>(&self) -> Checked<'_, Option<HashRoom>> {
        Box::pin(check_columns::<U>(self))
    }

    fn unique<U: UserRow<Pg>>(&self) -> StoreFuture<'_, (Vec<String>, Lowered)> {
        Box::pin(async move { Ok((unique_columns::<U>(self).await?, lowered::<U>(self).await?)) })
    }

    fn id_type<U: UserRow<Pg>>(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(async move {
            let id_type = id_type::<U>(self).await?;
            Ok(id_type.filter(|name| !compares_as_bound(name)).map(Arc::from))
        })
    }

    fn holder_id<U: UserRow<Pg>>(&self) -> StoreFuture<'_, Option<String>> {
        Box::pin(async move {
            if !is_sql_castable::<U::Id>() {
                return Ok(None);
            }
            let text = <Self as Driver>::DIALECT.holder_of(ENTRY);
            Ok(id_type::<U>(self).await?.map(|name| format!("CAST({text} AS {name})")))
        })
    }

    fn violated_column<U: UserRow<Pg>>(
        &self,
        violation: &(dyn DatabaseErrorInformation + Send + Sync),
        lowered: &Lowered,
    ) -> StoreFuture<'_, Option<String>> {
        let details = violation.details();
        let column = details.and_then(|details| violated_column::<U>(details, lowered));
        Box::pin(ready(Ok(column)))
    }

    fn unfit(error: Error) -> QueryResult<InsertError> {
        if is_unfit(&error) { Ok(InsertError::unfit(None, error)) } else { Err(error) }
    }
}

rows! {
    struct ColumnName {
        name: String,
    }
}

/// The columns of the table that are unique by themselves: by an index over that column alone,
/// and over all rows.
async fn unique_columns<U: UserRow<Pg>>(postgres: &Postgres) -> Result<Vec<String>, StoreError> {
    let query = "SELECT a.attname::text AS name FROM pg_index i
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid
            AND i.indpred IS NULL AND i.indnkeyatts = 1";
    let table = table_name::<U, Pg>().map_err(StoreError::broken)?;
    let rows: Vec<ColumnName> = Driver::rows(postgres, sql(query).text(&table)).await?;
    Ok(rows.into_iter().map(|ColumnName { name }| name).collect())
}
