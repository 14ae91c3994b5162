//! Making crudauth's own tables.

use super::backend::rows;
use super::driver::{Answer, Connection, Driver};
use super::raw::sql;
use crate::store::{Migration, MigrationError};

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
