//! Compares a struct with the columns of its table, as the database reports them.

use super::HashRoom;
use crate::user::{AuthUser, ColumnSchema, Fill, Logical, LoginField};

/// A column of the users table, as the database reports it.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) name: String,
    /// Its type, as the database writes it.
    pub(crate) declared: String,
    pub(crate) is_not_null: bool,
    /// An insert that omits it gets a value, by a default or by counting up.
    pub(crate) fills_itself: bool,
    /// The database alone writes it.
    pub(crate) is_generated: bool,
    /// The maximum number of characters, if there is one.
    pub(crate) room: Option<usize>,
    /// A shorter text is padded with blanks.
    pub(crate) is_padded: bool,
    /// The rights that the role of this process lacks: `SELECT`, `INSERT`, `UPDATE`.
    pub(crate) denied: Vec<&'static str>,
}

/// The table, as the database reports it.
pub(crate) struct TableFacts<'a> {
    /// The name of the table, as it is written in SQL.
    pub(crate) table: &'a str,
    /// A trigger writes to new rows before the database checks them, so a column without a default
    /// may be filled nevertheless.
    pub(crate) has_trigger: bool,
    /// The statement that gives a column another type.
    pub(crate) retype: fn(table: &str, column: &Found, declared: &str) -> String,
}

/// Every mismatch between the table and `U`. For the column of a field, by its index in the struct,
/// `misfit` returns what is wrong with the type and which type would fit.
pub(crate) fn findings<U: AuthUser>(
    found: &[Found],
    facts: &TableFacts<'_>,
    misfit: impl Fn(usize, &Found) -> Option<(String, Option<&'static str>)>,
) -> Vec<String> {
    let bare = facts.table.replace(['`', '"'], "");
    let retype = |column: &Found, to: &str| (facts.retype)(&bare, column, to);
    let mut findings = Vec::new();
    for (index, schema) in U::SCHEMA.columns.iter().enumerate() {
        let name = schema.column;
        let Some(column) = found.iter().find(|column| is_named(column, name)) else {
            findings.push(format!("it has no column `{name}`: add it by a migration"));
            continue;
        };
        if let Some((is, to)) = misfit(index, column) {
            let fix = to.map_or_else(
                || "declare it in `table!` as it is".to_owned(),
                |to| format!("declare it in `table!` as it is, or run `{}`", retype(column, to)),
            );
            findings.push(format!("`{name}` is `{}`, {is}: {fix}", column.declared));
        }
        let (inserts, updates) = (is_inserted(schema), is_updated(schema));
        if column.is_generated && (inserts || updates) {
            findings.push(format!(
                "`{name}` is generated, and crudauth writes it: drop the expression, or take its \
                 field out of the struct"
            ));
        }
        if !inserts && !column.is_generated {
            findings.extend(unfilled(column, facts));
        }
        if column.is_padded && is_compared::<U>(schema) {
            let to = column.room.map_or_else(|| "TEXT".to_owned(), |n| format!("VARCHAR({n})"));
            findings.push(format!(
                "`{name}` is `{}`, which adds blanks to what is shorter, so that it is never equal \
                 to what was typed: run `{}`",
                column.declared,
                retype(column, &to)
            ));
        }
        for right in &column.denied {
            let is_needed = match *right {
                "INSERT" => inserts,
                "UPDATE" => updates,
                _ => true,
            };
            if is_needed {
                findings.push(format!(
                    "this role may not {right} `{name}`: run `GRANT {right} ON {bare} TO ..`"
                ));
            }
        }
    }
    let is_of_struct =
        |column: &&Found| U::SCHEMA.columns.iter().any(|schema| is_named(column, schema.column));
    let others = found.iter().filter(|column| !is_of_struct(column) && !column.is_generated);
    findings.extend(others.filter_map(|column| unfilled(column, facts)));
    findings
}

/// The room for password hashes, where it is bounded.
pub(crate) fn hash_room<U: AuthUser>(found: &[Found], facts: &TableFacts<'_>) -> Option<HashRoom> {
    let hash = |schema: &&ColumnSchema| schema.logical == Some(Logical::HashedPassword);
    let name = U::SCHEMA.columns.iter().find(hash)?.column;
    let column = found.iter().find(|column| is_named(column, name))?;
    let bare = facts.table.replace(['`', '"'], "");
    Some(HashRoom {
        table: facts.table.replace('"', "`"),
        column: name.to_owned(),
        declared: column.declared.clone(),
        characters: column.room?,
        widen: (facts.retype)(&bare, column, "VARCHAR(255)"),
    })
}

fn is_named(column: &Found, name: &str) -> bool {
    column.name.eq_ignore_ascii_case(name)
}

/// Whether nothing fills the column at sign-up.
fn unfilled(column: &Found, facts: &TableFacts<'_>) -> Option<String> {
    let is_filled = !column.is_not_null || column.fills_itself || facts.has_trigger;
    (!is_filled).then(|| {
        let name = &column.name;
        format!(
            "`{name}` is NOT NULL and has no default, and nothing fills it when a user signs up: \
             give it a default, or a field in the struct"
        )
    })
}

/// Whether a sign-up writes the column.
fn is_inserted(schema: &ColumnSchema) -> bool {
    match schema.fill {
        Fill::Client(_) | Fill::Provisioned => true,
        Fill::Database | Fill::Null => false,
        Fill::Crudauth if schema.scope.is_some() => true,
        Fill::Crudauth => matches!(
            schema.logical,
            Some(
                Logical::Id
                    | Logical::HashedPassword
                    | Logical::IsActive
                    | Logical::IsSuperuser
                    | Logical::EmailVerified
                    | Logical::FactorVerified
                    | Logical::TokenVersion
                    | Logical::CreatedAt
                    | Logical::UpdatedAt
            )
        ),
    }
}

/// Whether a change of a user can write the column.
fn is_updated(schema: &ColumnSchema) -> bool {
    matches!(
        schema.logical,
        Some(Logical::HashedPassword | Logical::TokenVersion | Logical::UpdatedAt)
    )
}

/// Whether the text of the column is compared with user input.
pub(crate) fn is_compared<U: AuthUser>(schema: &ColumnSchema) -> bool {
    schema.logical == Some(Logical::HashedPassword)
        || schema.is_login(LoginField::Email)
        || U::SCHEMA.recovery == Some(schema.field)
        || U::SCHEMA.login.iter().any(|field| schema.is_login(*field))
}
