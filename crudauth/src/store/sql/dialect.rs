//! What is particular to the SQL of a database.

/// What is particular to the SQL of a database.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// What a name is quoted by.
    pub quote: char,
    /// Deletes the rows of a table that meet a condition, by their key: at most as many as the last
    /// value says.
    pub delete_some: fn(table: &str, key: &str, condition: &str) -> String,
    /// Makes the table of the steps that were made, if there is none.
    pub create_record: &'static str,
    /// Notes that a step of the migrations was made.
    pub note_step: &'static str,
}

impl Dialect {
    /// A name, as it is written in a statement.
    pub(crate) fn quoted(&self, name: &str) -> String {
        let quote = self.quote;
        format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")))
    }
}
