//! Making crudauth's own tables.

use super::backend::rows;
use super::driver::{Answer, Connection, Driver};
use super::raw::sql;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::error::StartupError;
use crate::store::{Migration, MigrationError};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::store::{StoreError, StoreFuture};

rows! {
    struct Applied {
        version: i32,
    }
}

/// Applies the steps that are missing in the database of `driver`.
///
/// # Errors
///
/// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
pub(crate) async fn migrate<D: Driver>(
    driver: &D,
    steps: &'static [Migration],
) -> Result<(), MigrationError> {
    let unknown = driver.make_tables(move |connection| apply::<D>(connection, steps));
    match unknown.await.map_err(MigrationError::Store)? {
        Some(version) => Err(MigrationError::Newer { version }),
        None => Ok(()),
    }
}

/// Applies what is missing, or returns the step that this version does not know.
fn apply<'c, D: Driver>(
    connection: &'c mut D::Connection,
    steps: &'static [Migration],
) -> Answer<'c, Option<i32>> {
    Box::pin(async move {
        connection.batch(D::DIALECT.create_record).await?;
        let query = "SELECT version FROM crudauth_migrations ORDER BY version";
        let applied: Vec<Applied> = connection.rows(sql(query)).await?;
        let is_known = |row: &Applied| steps.iter().any(|step| step.version == row.version);
        if let Some(unknown) = applied.iter().find(|row| !is_known(row)) {
            return Ok(Some(unknown.version));
        }
        for step in steps {
            if applied.iter().any(|row| row.version == step.version) {
                continue;
            }
            connection.batch(step.sql).await?;
            let note = sql(D::DIALECT.note_step).integer(step.version.into());
            connection.execute(note).await?;
        }
        Ok(None)
    })
}

/// Makes the tables, if `makes` says so, and checks that they are there and that this role may use
/// them.
///
/// # Errors
///
/// [`StartupError`], which prints the statements to run where a table or a right is missing.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) async fn open_tables<D: Driver>(driver: &D, makes: bool) -> Result<(), StartupError> {
    if makes {
        migrate(driver, D::MIGRATIONS).await.map_err(|error| match error {
            MigrationError::Store(cause) => missing_tables::<D>(cause),
            newer @ MigrationError::Newer { .. } => StartupError::database(newer),
        })?;
    }
    check_tables(driver).await.map_err(missing_tables::<D>)
}

/// Reads every column of the tables of the state and no row, and asks how each table would be
/// written: fails where a column or a right is missing.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn check_tables<D: Driver>(driver: &D) -> StoreFuture<'_, ()> {
    driver.write(|connection| {
        Box::pin(async move {
            let (key, total) = (D::DIALECT.key, D::DIALECT.total);
            let columns = D::DIALECT.columns.join(", ");
            let counter = format!("{key}, {total}, expires_at");
            for (table, columns, written) in
                [("crudauth_state", columns, "value"), ("crudauth_counters", counter, total)]
            {
                for probe in [
                    format!("SELECT {columns} FROM {table} LIMIT 0"),
                    format!("EXPLAIN INSERT INTO {table} SELECT * FROM {table} WHERE FALSE"),
                    format!("EXPLAIN UPDATE {table} SET {written} = {written} WHERE {key} = ''"),
                    format!("EXPLAIN DELETE FROM {table} WHERE {key} = ''"),
                ] {
                    connection.batch(&probe).await?;
                }
            }
            Ok(())
        })
    })
}

/// The start-up error that prints what to run.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn missing_tables<D: Driver>(cause: StoreError) -> StartupError {
    let steps = D::MIGRATIONS.iter().map(|step| step.sql.trim());
    StartupError::own_tables(&steps.collect::<Vec<_>>().join("\n\n"), cause)
}
