//! What MySQL says of the users table.

use diesel::mysql::{Mysql as Backend, MysqlType};

use super::Mysql;
use super::database::schema_and_table;
use crate::error::StartupError;
use crate::store::sql::{
    Driver, Found, HashRoom, TableFacts, UserRow, closing_column, findings, hash_room, rows, sql,
    table_name,
};
use crate::user::When;

const COLUMNS: &str = "SELECT CAST(c.column_name AS CHAR) AS name,
        CAST(c.column_type AS CHAR) AS declared,
        CAST(LOWER(c.data_type) AS CHAR) AS kind,
        c.is_nullable = 'NO' AS is_not_null,
        c.column_default IS NOT NULL AS has_default,
        CAST(LOWER(c.extra) AS CHAR) AS extra,
        CAST(c.character_maximum_length AS SIGNED) AS length,
        CAST(c.character_set_name AS CHAR) AS charset,
        CAST(LOWER(c.privileges) AS CHAR) AS rights,
        EXISTS (SELECT 1 FROM information_schema.triggers g
            WHERE g.event_object_schema = c.table_schema AND g.event_object_table = c.table_name
                AND g.action_timing = 'BEFORE' AND g.event_manipulation = 'INSERT') AS has_trigger
    FROM information_schema.columns c
    WHERE c.table_schema = COALESCE(?, DATABASE()) AND c.table_name = ?
    ORDER BY c.ordinal_position";

rows! {
    struct Row {
        name: String,
        declared: String,
        kind: String,
        is_not_null: bool,
        has_default: bool,
        extra: String,
        length: Option<i64>,
        charset: Option<String>,
        rights: String,
        has_trigger: bool,
    }
}

impl Row {
    fn found(&self) -> Found {
        let is_generated = self.extra.contains("generated")
            && (self.extra.contains("virtual") || self.extra.contains("stored"));
        // Nothing at all is no answer: a column without any right would not be listed.
        let may =
            |right: &str| self.rights.is_empty() || self.rights.split(',').any(|has| has == right);
        let rights = [("SELECT", "select"), ("INSERT", "insert"), ("UPDATE", "update")];
        Found {
            name: self.name.clone(),
            declared: self.declared.clone(),
            is_not_null: self.is_not_null,
            // An enumeration has a default by itself: its first label.
            fills_itself: self.has_default
                || self.extra.contains("auto_increment")
                || self.kind == "enum"
                || is_generated,
            is_generated,
            room: self.length.and_then(|length| usize::try_from(length).ok()),
            // Blanks at the end are taken away when a value is read.
            is_padded: false,
            denied: rights.into_iter().filter(|(_, it)| !may(it)).map(|(right, _)| right).collect(),
        }
    }
}

/// What a type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Text,
    Moment,
    Day,
    Hour,
}

/// `None` for a type that nothing is known of.
fn class_of(kind: &str) -> Option<Class> {
    Some(match kind {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "float" | "double"
        | "decimal" => Class::Number,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "binary"
        | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "enum" | "set"
        | "json" | "uuid" | "inet4" | "inet6" => Class::Text,
        "datetime" | "timestamp" => Class::Moment,
        "date" => Class::Day,
        "time" => Class::Hour,
        _ => return None,
    })
}

fn expected(of: MysqlType) -> Option<(Class, Option<&'static str>)> {
    use MysqlType as Type;
    Some(match of {
        Type::Tiny | Type::UnsignedTiny => (Class::Number, None),
        Type::Short | Type::UnsignedShort => (Class::Number, Some("SMALLINT")),
        Type::Long | Type::UnsignedLong => (Class::Number, Some("INTEGER")),
        Type::LongLong | Type::UnsignedLongLong => (Class::Number, Some("BIGINT")),
        Type::Float | Type::Double | Type::Numeric => (Class::Number, None),
        Type::String => (Class::Text, Some("VARCHAR(255)")),
        Type::Blob | Type::Enum | Type::Set => (Class::Text, None),
        Type::DateTime | Type::Timestamp => (Class::Moment, Some("DATETIME(6)")),
        Type::Date => (Class::Day, Some("DATE")),
        Type::Time => (Class::Hour, Some("TIME")),
        _ => return None,
    })
}

fn retype(table: &str, column: &Found, declared: &str) -> String {
    let not_null = if column.is_not_null { " NOT NULL" } else { "" };
    format!("ALTER TABLE {table} MODIFY {} {declared}{not_null}", column.name)
}

/// Checks what the catalogue knows; the room for password hashes.
///
/// # Errors
///
/// [`StartupError`], which names every way in which the table is not what the struct says.
pub(super) async fn check_columns<U: UserRow<Backend>>(
    mysql: &Mysql,
) -> Result<Option<HashRoom>, StartupError> {
    let table = table_name::<U, Backend>().map_err(StartupError::database)?;
    let (schema, name) = schema_and_table::<U>().map_err(StartupError::database)?;
    let rows = mysql.rows(sql(COLUMNS).maybe_text(schema.as_deref()).text(&name));
    let rows: Vec<Row> = rows.await.map_err(StartupError::database)?;
    if rows.is_empty() {
        // There is no such table, which another question tells better.
        return Ok(None);
    }
    warn_of_charsets::<U>(&table, &rows);
    let has_trigger = rows.iter().any(|row| row.has_trigger);
    let facts = TableFacts { table: &table, has_trigger, retype };
    let found: Vec<_> = rows.iter().map(Row::found).collect();
    let types = U::types(&mut ());
    let misfit = |place: usize, column: &Found| {
        let (class, name) = expected(*types.get(place)?)?;
        let row = rows.iter().find(|row| row.name == column.name)?;
        let is = class_of(&row.kind)?;
        let says = format!("and `{}` says another type", U::SCHEMA.user);
        (is != class).then_some((says, name))
    };
    let mut findings = findings::<U>(&found, &facts, misfit);
    findings.extend(too_short::<U>(&table, &rows));
    match findings.is_empty() {
        true => Ok(hash_room::<U>(&found, &facts)),
        false => Err(StartupError::misfits(&table, U::SCHEMA.user, &findings)),
    }
}

/// The column that a deactivation writes the end of the year 9999 to, where it cannot hold that.
fn too_short<U: UserRow<Backend>>(table: &str, rows: &[Row]) -> Option<String> {
    let column = closing_column::<U>().filter(|column| column.when == Some(When::Past))?;
    let is_it = |row: &&Row| row.name.eq_ignore_ascii_case(column.column);
    let row = rows.iter().find(is_it).filter(|row| row.kind == "timestamp")?;
    Some(format!(
        "`{}` is `{}`, which cannot hold the year 9999, and a deactivation has no other end: run `{}`, \
         or let another column play `is_active` too",
        row.name,
        row.declared,
        retype(&table.replace('`', ""), &row.found(), "DATETIME(6)")
    ))
}

/// A character set that has no code for some characters refuses them, where nobody may expect it.
fn warn_of_charsets<U: UserRow<Backend>>(table: &str, rows: &[Row]) {
    let of_struct = |row: &&Row| {
        U::SCHEMA.columns.iter().any(|schema| schema.column.eq_ignore_ascii_case(&row.name))
    };
    for row in rows.iter().filter(of_struct) {
        let Some(charset) = row.charset.as_deref().filter(|set| *set != "utf8mb4") else {
            continue;
        };
        tracing::warn!(
            "the column `{}` of {table} is in `{charset}`, which has no code for some characters: a \
             sign-up with one is refused; `utf8mb4` has them all",
            row.name
        );
    }
}
