//! Making crudauth's own tables.

use std::sync::Arc;

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

/// A table of crudauth's own that a store needs.
#[derive(Debug)]
pub struct OwnTable {
    pub(crate) name: &'static str,
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(dead_code, reason = "rights on columns are probed where a server grants them")
    )]
    pub(crate) columns: Vec<&'static str>,
}

/// The names of `tables`.
pub(crate) fn names(tables: &[OwnTable]) -> Vec<&'static str> {
    tables.iter().map(|table| table.name).collect()
}

/// Applies those of `steps` that make one of `tables` and are missing in the database of `driver`.
///
/// # Errors
///
/// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
pub(crate) async fn migrate<D: Driver>(
    driver: &D,
    steps: &'static [Migration],
    tables: &[&str],
) -> Result<(), MigrationError> {
    let wanted = steps.iter().filter(|step| tables.contains(&step.table)).copied();
    let wanted: Arc<[Migration]> = wanted.collect();
    let unknown =
        driver.make_tables(move |connection| apply::<D>(connection, steps, Arc::clone(&wanted)));
    match unknown.await.map_err(MigrationError::Store)? {
        Some(version) => Err(MigrationError::Newer { version }),
        None => Ok(()),
    }
}

/// Applies what is missing of `wanted`, or returns the step that is not among `known`.
fn apply<'c, D: Driver>(
    connection: &'c mut D::Connection,
    known: &'static [Migration],
    wanted: Arc<[Migration]>,
) -> Answer<'c, Option<i32>> {
    Box::pin(async move {
        connection.batch(D::DIALECT.create_record).await?;
        let query = "SELECT version FROM crudauth_migrations ORDER BY version";
        let applied: Vec<Applied> = connection.rows(sql(query)).await?;
        let is_known = |row: &Applied| known.iter().any(|step| step.version == row.version);
        if let Some(unknown) = applied.iter().find(|row| !is_known(row)) {
            return Ok(Some(unknown.version));
        }
        for step in &*wanted {
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
pub(crate) async fn open_tables<D: Driver>(
    driver: &D,
    tables: Vec<OwnTable>,
    makes: bool,
) -> Result<(), StartupError> {
    let names = names(&tables);
    if makes {
        migrate(driver, D::MIGRATIONS, &names).await.map_err(|error| match error {
            MigrationError::Store(cause) => missing_tables::<D>(&names, cause),
            newer @ MigrationError::Newer { .. } => StartupError::database(newer),
        })?;
    }
    check_tables(driver, tables).await.map_err(|cause| missing_tables::<D>(&names, cause))
}

/// Reads every column of the tables and no row, and plans a write to each table, so it fails if a
/// column or a right is missing.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn check_tables<D: Driver>(driver: &D, tables: Vec<OwnTable>) -> StoreFuture<'_, ()> {
    let tables = Arc::new(tables);
    driver.write(move |connection| {
        let tables = Arc::clone(&tables);
        Box::pin(async move {
            for OwnTable { name, columns } in &*tables {
                let columns: Vec<_> = columns.iter().map(|it| D::DIALECT.quoted(it)).collect();
                let Some(some) = columns.last() else { continue };
                let columns = columns.join(", ");
                for probe in [
                    format!("SELECT {columns} FROM {name} LIMIT 0"),
                    format!(
                        "EXPLAIN INSERT INTO {name} ({columns}) \
                         SELECT {columns} FROM {name} WHERE FALSE"
                    ),
                    format!("EXPLAIN UPDATE {name} SET {some} = {some} WHERE {some} IS NULL"),
                    format!("EXPLAIN DELETE FROM {name} WHERE {some} IS NULL"),
                ] {
                    connection.batch(&probe).await?;
                }
            }
            Ok(())
        })
    })
}

/// The start-up error that prints the statements to run.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn missing_tables<D: Driver>(names: &[&str], cause: StoreError) -> StartupError {
    let steps = D::MIGRATIONS.iter().filter(|step| names.contains(&step.table));
    let steps: Vec<_> = steps.map(|step| step.sql.trim()).collect();
    StartupError::own_tables(&steps.join("\n\n"), cause)
}
