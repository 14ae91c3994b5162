//! MySQL as a driver of what is written once for all databases.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::mysql::Mysql as Backend;
use diesel::result::Error;
use diesel_async::AsyncMysqlConnection;

use super::handle::is_in_step;
use super::{Mysql, fault, migrations};
use crate::store::remote::{Retry, async_connection};
use crate::store::sql::{
    Connection, DIGEST_COLUMNS, Dialect, Driver, Operation, Row, Rows, Run, rows, sql,
};
use crate::store::{Migration, StoreFuture};

/// How long the making of the tables may take, the wait for another process included.
const LIMIT: Duration = Duration::from_secs(30);

async_connection!(AsyncMysqlConnection, Backend, fault, {
    fn is_in_step(&mut self) -> impl Future<Output = bool> + Send {
        is_in_step(self)
    }
});

impl Driver for Mysql {
    type Backend = Backend;
    type Connection = AsyncMysqlConnection;

    const DIALECT: Dialect = Dialect {
        quote: '`',
        delete_some: |table, key, condition| {
            format!("DELETE FROM {table} WHERE {condition} ORDER BY {key} LIMIT ?")
        },
        returning: false,
        digests: true,
        key: "id",
        name: "name",
        columns: DIGEST_COLUMNS,
        total: "total",
        upsert: "ON DUPLICATE KEY UPDATE",
        upsert_owned: "ON DUPLICATE KEY UPDATE",
        position: "instr",
        new: |column| format!("VALUES({column})"),
        remove: None,
        lock_rows: " FOR UPDATE",
        collates: true,
        exact: ("CAST(", " AS BINARY)"),
        // The collation of a column says whether case counts.
        has_lower_indexes: false,
        has_partial_indexes: false,
        beyond_ascii: |column| format!("{column} REGEXP '[^ -~]'"),
        differs: |column, other| format!("{column} <> {other}"),
        as_texts: str::to_owned,
        own_tables: "SELECT table_name AS name FROM information_schema.tables \
                     WHERE table_schema = DATABASE() AND left(table_name, 9) = 'crudauth_'",
        create_record: "CREATE TABLE IF NOT EXISTS crudauth_migrations (
            version    INTEGER   NOT NULL PRIMARY KEY,
            applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
        ) ENGINE = InnoDB",
        note_step: "INSERT INTO crudauth_migrations (version) VALUES (?)",
    };

    const MIGRATIONS: &'static [Migration] = migrations::STEPS;

    fn rows<T: Row<Backend>>(
        &self,
        query: impl Rows<Backend> + Sync + 'static,
    ) -> StoreFuture<'_, Vec<T>> {
        let query = Arc::new(query);
        Box::pin(
            self.pool()
                .run(Retry::Safe, move |connection| connection.rows(Run(Arc::clone(&query)))),
        )
    }

    fn write<T: Send + 'static>(
        &self,
        operation: impl Operation<AsyncMysqlConnection, T>,
    ) -> StoreFuture<'_, T> {
        Box::pin(self.pool().run(Retry::Never, operation))
    }

    /// MySQL makes a table outside of any transaction: a step that was interrupted is applied
    /// again, which its statements allow.
    fn make_tables<T: Send + 'static>(
        &self,
        operation: impl Operation<AsyncMysqlConnection, T>,
    ) -> StoreFuture<'_, T> {
        let operation = Arc::new(operation);
        Box::pin(self.pool().run_within(LIMIT, Retry::Never, move |connection| {
            let operation = Arc::clone(&operation);
            Box::pin(async move {
                lock(connection).await?;
                let made = operation(connection).await;
                connection.batch("DO RELEASE_LOCK('crudauth_migrations')").await?;
                made
            })
        }))
    }
}

rows! {
    struct Locked {
        locked: i64,
    }
}

/// The lock goes with the connection, should this process die. Its name counts for the whole
/// server, so that databases beside each other wait for each other, which does no harm.
async fn lock(connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
    let lock = sql("SELECT COALESCE(GET_LOCK('crudauth_migrations', 20), 0) AS locked");
    let locked: Vec<Locked> = connection.rows(lock).await?;
    match locked.as_slice() {
        [Locked { locked: 1 }] => Ok(()),
        _ => Err(Error::QueryBuilderError(
            "another process has been making the tables for too long".into(),
        )),
    }
}
