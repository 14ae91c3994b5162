//! What SQLite says of the users table.

use super::{Sqlite, SqliteUser};
use crate::error::StartupError;
use crate::store::sql::{
    Driver, Found, HashRoom, TableFacts, findings, hash_room, rows, sql, table_name,
};

// The last of several columns of a primary key does not count up by itself, nor does any of a table
// without row ids.
const COLUMNS: &str = "SELECT name, type AS declared, \"notnull\" AS is_not_null,
        dflt_value IS NOT NULL AS has_default, pk, hidden
    FROM pragma_table_xinfo(?) WHERE hidden <> 1";

rows! {
    struct Row {
        name: String,
        declared: String,
        is_not_null: bool,
        has_default: bool,
        pk: i32,
        hidden: i32,
    }
}

impl Row {
    fn found(self) -> Found {
        let is_generated = self.hidden > 1;
        let counts_up = self.pk > 0 && self.declared.eq_ignore_ascii_case("INTEGER");
        Found {
            name: self.name,
            declared: self.declared,
            is_not_null: self.is_not_null,
            fills_itself: self.has_default || counts_up || is_generated,
            is_generated,
            ..Found::default()
        }
    }
}

/// Checks what the schema knows, which bounds no password hash. Types are not among it: SQLite keeps any value in any column.
///
/// # Errors
///
/// [`StartupError`], which names every way in which the table is not what the struct says.
pub(super) async fn check_columns<U: SqliteUser>(
    sqlite: &Sqlite,
) -> Result<Option<HashRoom>, StartupError> {
    let table = table_name::<U, diesel::sqlite::Sqlite>().map_err(StartupError::database)?;
    let rows = sqlite.rows(sql(COLUMNS).text(table.trim_matches('`')));
    let rows: Vec<Row> = rows.await.map_err(StartupError::database)?;
    if rows.is_empty() {
        // There is no such table, which another question tells better.
        return Ok(None);
    }
    let found: Vec<_> = rows.into_iter().map(Row::found).collect();
    let retype = |_: &str, _: &Found, _: &str| String::new();
    let facts = TableFacts { table: &table, has_trigger: false, retype };
    let findings = findings::<U>(&found, &facts, |_, _| None);
    match findings.is_empty() {
        true => Ok(hash_room::<U>(&found, &facts)),
        false => Err(StartupError::misfits(&table, U::SCHEMA.user, &findings)),
    }
}
