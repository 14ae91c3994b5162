//! The part of the old application.

use crudauth::Sqlite;
use crudauth::store::StoreError;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Leaves the old application's table behind, on the first start, and adds what it lacks.
pub(crate) async fn leave_behind(database: &Sqlite) -> Result<(), StoreError> {
    let prepare = |connection: &mut SqliteConnection| {
        let is_there = sql::<Bool>("EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'accounts')");
        if !diesel::select(is_there).get_result(connection)? {
            connection.batch_execute(include_str!("../sql/legacy.sql"))?;
            connection.batch_execute(include_str!("../sql/add_token_version.sql"))?;
        }
        Ok(())
    };
    database.transaction(prepare).await
}
