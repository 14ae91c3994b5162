//! Whether the keys of the users table can come back.

use diesel::prelude::*;
use diesel::sql_types::Text;

#[derive(QueryableByName)]
struct Definition {
    #[diesel(sql_type = Text)]
    sql: String,
}

/// Whether SQLite gives the integer key of a deleted row of `table` to another one: one that is not
/// `AUTOINCREMENT` is one more than the largest that is there.
pub(super) fn come_back(connection: &mut SqliteConnection, table: &str) -> QueryResult<bool> {
    let query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE";
    let found = diesel::sql_query(query).bind::<Text, _>(table).load::<Definition>(connection)?;
    Ok(found.iter().any(|it| !it.sql.to_ascii_uppercase().contains("AUTOINCREMENT")))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;

    use super::come_back;

    #[test]
    fn only_an_autoincrement_key_does_not_come_back() {
        let mut connection = SqliteConnection::establish(":memory:").expect("a database");
        connection
            .batch_execute(
                "CREATE TABLE plain (id INTEGER PRIMARY KEY);
                 CREATE TABLE safe (id INTEGER PRIMARY KEY autoincrement);
                 CREATE VIEW seen AS SELECT * FROM safe;",
            )
            .expect("tables");
        for (table, expected) in
            [("plain", true), ("PLAIN", true), ("safe", false), ("seen", false)]
        {
            assert_eq!(come_back(&mut connection, table), Ok(expected), "{table}");
        }
    }
}
