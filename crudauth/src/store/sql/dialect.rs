//! What differs in the SQL of a database, as data.

/// What differs in the SQL of a database.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// The quotation mark of names.
    pub quote: char,
    /// Deletes the rows of a table that meet a condition, by their key: at most as many as the last
    /// value says.
    pub delete_some: fn(table: &str, key: &str, condition: &str) -> String,
    /// Whether a statement that writes can return rows, and an upsert have a condition.
    pub returning: bool,
    /// Whether an index over keys holds their digests, since it holds no long text. An entry has
    /// its key and its owner as text too then.
    pub digests: bool,
    /// The column of the state and of counters that is unique: by it a key is found.
    pub key: &'static str,
    /// The column of the key's text.
    pub name: &'static str,
    /// The columns of an entry.
    pub columns: &'static [&'static str],
    /// The column of the sum of a counter.
    pub total: &'static str,
    /// What makes an insert change the row that is there: assignments follow.
    pub upsert: &'static str,
    /// The same, in a table whose key is `users` and `owner`.
    pub upsert_owned: &'static str,
    /// The function that finds one text in another.
    pub position: &'static str,
    /// In an upsert, a column of the row that was to be inserted.
    pub new: fn(column: &str) -> String,
    /// Removes what lives under a key in both tables and counts it as `removed`, where one
    /// statement can: with the key and the time of now, twice.
    pub remove: Option<&'static str>,
    /// Locks the rows that a query finds, where they are not locked by themselves.
    pub lock_rows: &'static str,
    /// Whether a text may be found by another one, which a collation takes for the same.
    pub collates: bool,
    /// What stands before and behind a text that is compared byte by byte, whatever the collation.
    pub exact: (&'static str, &'static str),
    /// Whether an index can be made over `lower(column)`.
    pub has_lower_indexes: bool,
    /// Whether an index can be over some of the rows.
    pub has_partial_indexes: bool,
    /// A condition that holds where the text `column` has a character that is no printable ASCII.
    pub beyond_ascii: fn(column: &str) -> String,
    /// A condition that holds where the text `column` is not equal to `other`, as the database
    /// compares the column in a look-up.
    pub differs: fn(column: &str, other: &str) -> String,
    /// The column `text` that a query selects, as text.
    pub as_texts: fn(query: &str) -> String,
    /// The names of the tables whose names begin with `crudauth_`, each as `name`.
    pub own_tables: &'static str,
    /// Creates the table that records the applied migrations, unless it exists.
    pub create_record: &'static str,
    /// Records that a migration was applied.
    pub note_step: &'static str,
}

impl Dialect {
    /// The id of the holder of an entry, as text: what follows the first colon in the name of its owner.
    /// An expression over the table that a statement calls `entry`.
    pub(crate) fn holder_of(&self, entry: &str) -> String {
        let (position, column) = (self.position, if self.digests { "owner_name" } else { "owner" });
        format!("substr({entry}.{column}, {position}({entry}.{column}, ':') + 1)")
    }

    /// A name, as it is written in a statement.
    pub(crate) fn quoted(&self, name: &str) -> String {
        let quote = self.quote;
        format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
    }
}

/// The columns of an entry where keys are found by their digests.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) const DIGEST_COLUMNS: &[&str] =
    &["id", "name", "value", "owner", "owner_name", "expires_at"];
