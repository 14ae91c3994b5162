//! What SQLite says of the names in a users table, and of the indexes over them.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Sqlite;
use crate::store::StoreFuture;
use crate::store::sql::{Asks, UserRow, table_name};

/// A users table.
pub(super) struct Names {
    sqlite: Sqlite,
    table: String,
}

impl Names {
    /// That of `U`.
    pub(super) fn of<U: UserRow<diesel::sqlite::Sqlite>>(sqlite: Sqlite) -> QueryResult<Self> {
        Ok(Self { sqlite, table: table_name::<U, diesel::sqlite::Sqlite>()? })
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Asks for Names {
    fn table(&self) -> &str {
        &self.table
    }

    fn quoted(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn beyond_ascii(&self, column: &str) -> String {
        format!("{column} GLOB '*[^ -~]*'")
    }

    fn count(&self, sql: String) -> StoreFuture<'_, i64> {
        Box::pin(self.sqlite.read(move |connection| {
            diesel::sql_query(sql).get_result(connection).map(|Count { n }| n)
        }))
    }

    fn texts(&self, sql: String) -> StoreFuture<'_, Vec<String>> {
        Box::pin(self.sqlite.read(move |connection| {
            let stored: Vec<Stored> = diesel::sql_query(sql).load(connection)?;
            Ok(stored.into_iter().map(|Stored { text }| text).collect())
        }))
    }
}

/// The column `mail` of an index that `CREATE UNIQUE INDEX .. ON .. (lower(mail))` has made, and
/// that is over nothing else.
pub(super) fn lowered_column(create: &str) -> Option<String> {
    let (_, keys) = create.split_once('(')?;
    let keys = keys.trim().strip_suffix(')')?.trim();
    let (function, column) = keys.split_once('(')?;
    let column = column.strip_suffix(')')?.trim();
    let unquoted = [('"', '"'), ('`', '`'), ('[', ']')].into_iter().find_map(|(open, close)| {
        let inner = column.strip_prefix(open)?.strip_suffix(close)?;
        (!inner.contains(close)).then_some(inner)
    });
    let is_plain = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    let name = unquoted.or_else(|| Some(column).filter(|name| is_plain(name)))?;
    (function.trim().eq_ignore_ascii_case("lower") && !name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::lowered_column;

    #[test]
    fn an_index_over_lower_and_nothing_else_names_its_column() {
        let column = |keys: &str| lowered_column(&format!("CREATE UNIQUE INDEX i ON t {keys}"));
        for keys in ["(lower(mail))", "( LOWER ( mail ) )", "(lower(\"mail\"))", "(lower(`mail`))"]
        {
            assert_eq!(column(keys).as_deref(), Some("mail"), "{keys}");
        }
        assert_eq!(column("(lower(\"e-mail\"))").as_deref(), Some("e-mail"));
        for keys in [
            "(mail)",
            "(upper(mail))",
            "(lower(trim(mail)))",
            "(lower(mail), id)",
            "(lower(mail)) WHERE id > 1",
            "(lower(mail || id))",
            "(lower(mail) COLLATE NOCASE)",
            "(lower())",
            "",
        ] {
            assert_eq!(column(keys), None, "{keys}");
        }
    }
}
