//! What PostgreSQL says of the users table.

use diesel::QueryableByName;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::sql_types::{Bool, Integer, Oid, Text};

use super::Postgres;
use crate::error::StartupError;
use crate::store::sql::{
    Driver, Found, HashRoom, TableFacts, UserRow, findings, hash_room, id_column, is_compared,
    rows, sql, table_name,
};
use crate::store::{StoreError, StoreFuture};

/// A domain counts as the type that it is over.
const COLUMNS: &str = "SELECT a.attname::text AS name,
        format_type(a.atttypid, a.atttypmod) AS declared,
        a.attnotnull AS is_not_null,
        a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS fills_itself,
        a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated,
        a.atttypmod AS modifier,
        base.oid AS type_oid,
        base.typname::text AS type_name,
        base.typcategory::text AS category,
        has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_select,
        has_column_privilege(a.attrelid, a.attnum, 'INSERT') AS may_insert,
        has_column_privilege(a.attrelid, a.attnum, 'UPDATE') AS may_update,
        row_security_active(a.attrelid) AS has_row_security,
        EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = a.attrelid AND NOT g.tgisinternal
            AND g.tgtype & 6 = 6) AS has_trigger
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    JOIN LATERAL (
        WITH RECURSIVE up AS (
            SELECT t.oid, t.typname, t.typcategory, t.typbasetype
            UNION ALL
            SELECT p.oid, p.typname, p.typcategory, p.typbasetype
            FROM up JOIN pg_type p ON p.oid = up.typbasetype
        ) SELECT oid, typname, typcategory FROM up WHERE typbasetype = 0
    ) base ON true
    WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declared: String,
    #[diesel(sql_type = Bool)]
    is_not_null: bool,
    #[diesel(sql_type = Bool)]
    fills_itself: bool,
    #[diesel(sql_type = Bool)]
    is_generated: bool,
    #[diesel(sql_type = Integer)]
    modifier: i32,
    #[diesel(sql_type = Oid)]
    type_oid: u32,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Text)]
    category: String,
    #[diesel(sql_type = Bool)]
    may_select: bool,
    #[diesel(sql_type = Bool)]
    may_insert: bool,
    #[diesel(sql_type = Bool)]
    may_update: bool,
    #[diesel(sql_type = Bool)]
    has_row_security: bool,
    #[diesel(sql_type = Bool)]
    has_trigger: bool,
}

impl Row {
    fn found(&self) -> Found {
        let is_sized = ["varchar", "bpchar"].contains(&self.type_name.as_str());
        let rights =
            [("SELECT", self.may_select), ("INSERT", self.may_insert), ("UPDATE", self.may_update)];
        Found {
            name: self.name.clone(),
            declared: self.declared.clone(),
            is_not_null: self.is_not_null,
            fills_itself: self.fills_itself,
            is_generated: self.is_generated,
            // The length of the text and four.
            room: usize::try_from(self.modifier - 4).ok().filter(|_| is_sized),
            is_padded: self.type_name == "bpchar",
            denied: rights.into_iter().filter(|(_, may)| !may).map(|(right, _)| right).collect(),
        }
    }
}

/// Types that the application has made have no number here.
struct BuiltIn;

const UNKNOWN: u32 = 0;

impl PgMetadataLookup for BuiltIn {
    fn lookup_type(&mut self, _: &str, _: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(UNKNOWN, UNKNOWN)
    }
}

const BOOL: u32 = 16;
const TEXT: u32 = 25;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;

/// What the type with a number is called, where it is one that users' columns usually have.
fn name_of(oid: u32) -> Option<&'static str> {
    let names = [
        (BOOL, "BOOLEAN"),
        (17, "BYTEA"),
        (20, "BIGINT"),
        (21, "SMALLINT"),
        (23, "INTEGER"),
        (TEXT, "TEXT"),
        (700, "REAL"),
        (701, "DOUBLE PRECISION"),
        (1082, "DATE"),
        (TIMESTAMP, "TIMESTAMP"),
        (TIMESTAMPTZ, "TIMESTAMPTZ"),
        (2950, "UUID"),
    ];
    names.into_iter().find(|(number, _)| *number == oid).map(|(_, name)| name)
}

/// Whether Diesel reads and writes a column of the type `row` has as the type `expected`.
fn fits(expected: u32, row: &Row) -> bool {
    let is = row.type_oid;
    match expected {
        UNKNOWN => true,
        _ if expected == is => true,
        // What is sent as text; of an enumeration the label.
        TEXT => {
            ["S", "E"].contains(&row.category.as_str())
                || ["json", "xml", "citext"].contains(&row.type_name.as_str())
        }
        // The same number on the wire, and the sessions of crudauth are in UTC.
        TIMESTAMP | TIMESTAMPTZ => [TIMESTAMP, TIMESTAMPTZ].contains(&is),
        _ => false,
    }
}

fn retype(table: &str, column: &Found, declared: &str) -> String {
    format!("ALTER TABLE {table} ALTER COLUMN {} TYPE {declared}", column.name)
}

/// Checks what the catalogue knows; the room for password hashes.
///
/// # Errors
///
/// [`StartupError`], which names every way in which the table is not what the struct says.
pub(super) async fn check_columns<U: UserRow<Pg>>(
    postgres: &Postgres,
) -> Result<Option<HashRoom>, StartupError> {
    let table = table_name::<U, Pg>().map_err(StartupError::database)?;
    let rows = Driver::rows(postgres, sql(COLUMNS).text(&table));
    let rows: Vec<Row> = rows.await.map_err(StartupError::database)?;
    if rows.is_empty() {
        // There is no such table, which another question tells better.
        return Ok(None);
    }
    if rows.iter().any(|row| row.has_row_security) {
        tracing::warn!(
            "row-level security of the table {table} counts for this role: a policy that hides or \
             refuses rows makes accounts unknown and sign-ups fail"
        );
    }
    let has_trigger = rows.iter().any(|row| row.has_trigger);
    let facts = TableFacts { table: &table, has_trigger, retype };
    let found: Vec<_> = rows.iter().map(Row::found).collect();
    let types = U::types(&mut BuiltIn);
    let misfit = |place: usize, column: &Found| {
        let expected = types.get(place)?.oid().ok()?;
        let row = rows.iter().find(|row| row.name == column.name)?;
        let name = name_of(expected);
        let mut is = format!("and `{}` says {}", U::SCHEMA.user, name.unwrap_or("another type"));
        // The database compares it with what is sent as text as text.
        let counts_case = row.type_name == "citext" && expected == TEXT;
        let is_compared = U::SCHEMA.columns.get(place).is_some_and(is_compared::<U>);
        if counts_case && is_compared {
            is.push_str(", so that a lookup would tell capitals from small letters");
            return Some((is, name));
        }
        (!fits(expected, row)).then_some((is, name))
    };
    let findings = findings::<U>(&found, &facts, misfit);
    match findings.is_empty() {
        true => Ok(hash_room::<U>(&found, &facts)),
        false => {
            let table = table.replace('"', "`");
            Err(StartupError::misfits(&table, U::SCHEMA.user, &findings))
        }
    }
}

rows! {
    struct TypeName {
        name: String,
    }
}

/// The type of the primary key, without its length: to a length a value would be cut.
///
/// # Errors
///
/// [`StoreError`] if the database does not say.
pub(super) async fn id_type<U: UserRow<Pg>>(
    postgres: &Postgres,
) -> Result<Option<String>, StoreError> {
    let (table, id) = (table_name::<U, Pg>(), id_column::<U>());
    let (table, id) = (table.map_err(StoreError::broken)?, id.map_err(StoreError::broken)?);
    let of_id = "SELECT format_type(atttypid, -1) AS name FROM pg_attribute
        WHERE attrelid = to_regclass(?) AND attname = ?";
    let types: StoreFuture<'_, Vec<TypeName>> =
        Driver::rows(postgres, sql(of_id).text(&table).text(id));
    Ok(types.await?.pop().map(|TypeName { name }| name))
}

/// Whether a value that Diesel binds is compared with a column of this type as it is, by its index.
pub(super) fn compares_as_bound(of_type: &str) -> bool {
    let as_bound = ["bigint", "character varying", "integer", "smallint", "text", "uuid"];
    as_bound.contains(&of_type)
}
