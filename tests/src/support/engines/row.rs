//! A whole row, as text that tells every value from every other.

use std::collections::BTreeMap;

use super::Sql;

impl Sql {
    /// The columns of the one row of `table` for which `condition` holds, each with its value: in
    /// quotation marks, and NULL without. Names that need quotation marks have `"`, on each engine.
    ///
    /// # Panics
    ///
    /// If the database refuses, or if it is not one row.
    pub async fn row(&self, table: &str, condition: &str) -> BTreeMap<String, String> {
        let bare = table.replace('"', "");
        let columns = match self {
            Self::Sqlite(..) => {
                format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{bare}')")
            }
            Self::Postgres(_) => format!(
                "SELECT 'quote_nullable(\"' || attname || '\"::text)' FROM pg_attribute \
                 WHERE attrelid = '\"{bare}\"'::regclass AND attnum > 0 AND NOT attisdropped"
            ),
            Self::Mariadb(_) => format!(
                "SELECT concat(if(data_type REGEXP 'blob|binary|bit', 'HEX', 'QUOTE'), '(`', \
                 column_name, '`)') FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = '{bare}'"
            ),
        };
        let mut row = BTreeMap::new();
        for value in self.select(&columns).await {
            let query = format!("SELECT {value} FROM {table} WHERE {condition}");
            let mut values = self.select(&self.in_its_quotes(&query)).await;
            assert_eq!(values.len(), 1, "{query}");
            let column = value.split(['"', '`']).nth(1).expect("a name in quotation marks");
            row.insert(column.to_owned(), values.remove(0));
        }
        row
    }

    /// The statement, with names in the quotation marks of the engine instead of `"`.
    #[must_use]
    pub fn in_its_quotes(&self, sql: &str) -> String {
        match self {
            Self::Sqlite(..) | Self::Postgres(_) => sql.to_owned(),
            Self::Mariadb(_) => sql.replace('"', "`"),
        }
    }
}
