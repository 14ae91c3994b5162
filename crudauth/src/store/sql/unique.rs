//! What makes a column unique, among the indexes that a database reports.

use super::dialect::Dialect;
use super::scope::holds;
use super::statement::By;
use crate::user::{AuthUser, ColumnSchema, RowScope, UserSchema};

/// A unique index, as the database reports it.
#[derive(Debug, Default)]
pub struct UniqueIndex {
    pub(crate) name: String,
    pub(crate) keys: Vec<IndexKey>,
    /// The condition of the rows that it is over; `None` where these are all.
    pub(crate) rows: Option<String>,
}

/// A key of an index.
#[cfg_attr(
    not(all(feature = "mysql", any(feature = "sqlite", feature = "postgres"))),
    allow(dead_code, reason = "no database has every kind of key")
)]
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IndexKey {
    /// A column.
    Column(String),
    /// `lower(column)`.
    Lower(String),
    /// A column that the database computes by this expression.
    #[cfg_attr(
        not(feature = "mysql"),
        allow(dead_code, reason = "no other database has such columns in its keys")
    )]
    Generated { column: String, by: String },
    /// Another expression.
    Other,
}

impl UniqueIndex {
    /// The column of `U`, by its index in the struct, whose value no two rows that count share, and
    /// how it is looked up so that the index helps.
    pub(crate) fn decides<U: AuthUser>(&self) -> Option<(usize, By)> {
        let scope = U::SCHEMA.soft_delete();
        let is_over_them = match (&self.rows, scope) {
            (None, _) => true,
            (Some(rows), Some(column)) => says(rows, column),
            (Some(_), None) => false,
        };
        let mut keys = self.keys.iter().filter_map(|key| key.over::<U>(scope));
        let (key, another) = (keys.next()?, keys.next());
        key.filter(|_| is_over_them && another.is_none())
    }

    /// The column of `U` whose value no two rows that count share, whatever tenants they are of.
    pub(crate) fn decides_in_all_tenants<U: AuthUser>(&self) -> Option<usize> {
        let (index, _) = self.decides::<U>()?;
        let is_of_tenant = U::SCHEMA.tenant().is_some_and(|tenant| self.is_over(tenant.column));
        (!is_of_tenant).then_some(index)
    }

    /// Whether the index is over this column of the struct, whatever else it is over.
    fn is_over(&self, column: &str) -> bool {
        self.keys.iter().any(|key| match key {
            IndexKey::Column(name) | IndexKey::Lower(name) => name.eq_ignore_ascii_case(column),
            IndexKey::Generated { .. } | IndexKey::Other => false,
        })
    }
}

impl IndexKey {
    /// The column that the key decides on; `Some(None)` where it decides on something else, and
    /// `None` where it tells tenants apart, or takes the rows out that do not count.
    fn over<U: AuthUser>(&self, scope: Option<&ColumnSchema>) -> Option<Option<(usize, By)>> {
        let of = |name: &str, by| {
            let is_it = |schema: &ColumnSchema| schema.column.eq_ignore_ascii_case(name);
            Some(U::SCHEMA.columns.iter().position(is_it).map(|index| (index, by)))
        };
        let is_tenant =
            |name: &str| U::SCHEMA.tenant().is_some_and(|it| it.column.eq_ignore_ascii_case(name));
        match self {
            Self::Column(name) if is_tenant(name) => None,
            Self::Column(name) => of(name, By::Column),
            Self::Lower(name) => of(name, By::Lower),
            Self::Generated { by, .. } => {
                match scope.and_then(|scope| counted_value(by, scope)).as_deref() {
                    None => Some(None),
                    Some(value) if is_constant(value) => None,
                    Some(column) => of(column, By::Column),
                }
            }
            Self::Other => Some(None),
        }
    }
}

/// Whether `condition`, as a database writes it, is that of the rows that count.
fn says(condition: &str, column: &ColumnSchema) -> bool {
    conditions(column).contains(&squeezed(condition))
}

/// What the expression of a generated column is where the row counts, if it is NULL in all others.
fn counted_value(expression: &str, column: &ColumnSchema) -> Option<String> {
    let expression = squeezed(expression);
    conditions(column).iter().find_map(|condition| {
        let if_else = expression.strip_prefix(&format!("if{condition},"));
        let case = || {
            let then = expression.strip_prefix(&format!("casewhen{condition}then"))?;
            then.strip_suffix("elsenullend").or_else(|| then.strip_suffix("end"))
        };
        let value = if_else.and_then(|it| it.strip_suffix(",null")).or_else(case)?;
        Some(value.to_owned())
    })
}

/// The ways to write that a row counts, [squeezed].
fn conditions(column: &ColumnSchema) -> Vec<String> {
    let name = squeezed(column.column);
    let ways: &[(&str, &str)] = match column.scope {
        Some(RowScope::Null) => &[("", "isnull")],
        Some(RowScope::False) => {
            &[("", "=false"), ("not", ""), ("", "isfalse"), ("", "isnottrue"), ("", "=0")]
        }
        Some(RowScope::Zero) => &[("", "=0")],
        Some(RowScope::Tenant) | None => &[],
    };
    ways.iter().map(|(before, after)| format!("{before}{name}{after}")).collect()
}

/// An expression in lower case, without blanks, quotation marks, brackets and casts of numbers.
fn squeezed(expression: &str) -> String {
    let left_out = |c: char| c.is_whitespace() || "()[]`\"".contains(c);
    let kept: String = expression.chars().filter(|c| !left_out(*c)).collect();
    kept.to_lowercase().replace("::smallint", "").replace("::boolean", "")
}

fn is_constant(value: &str) -> bool {
    let is_text = value.len() > 1 && value.starts_with('\'') && value.ends_with('\'');
    is_text && !value[1..value.len() - 1].contains('\'')
        || !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// The statement that makes `column` unique among the rows that count, by itself or, if it is
/// `lowered`, in any case.
pub(crate) fn statement(
    schema: &UserSchema,
    dialect: &Dialect,
    table: &str,
    column: &str,
    lowered: bool,
) -> String {
    let key = if lowered { format!("lower({column})") } else { column.to_owned() };
    let key = match schema.tenant() {
        Some(tenant) => format!("{}, {key}", tenant.column),
        None => key,
    };
    over_rows_that_count(
        schema,
        dialect,
        (table, column),
        if lowered { "lower_" } else { "" },
        &key,
    )
}

/// The statement that makes `column` unique among the rows that count, whatever tenants they are of.
pub(crate) fn statement_in_all_tenants(
    schema: &UserSchema,
    dialect: &Dialect,
    table: &str,
    column: &str,
) -> String {
    over_rows_that_count(schema, dialect, (table, column), "", column)
}

fn over_rows_that_count(
    schema: &UserSchema,
    dialect: &Dialect,
    (table, column): (&str, &str),
    form: &str,
    key: &str,
) -> String {
    let bare = table.replace(['`', '"'], "");
    let name = format!("{bare}_{column}_{form}key");
    let name = name.replace('.', "_").replace(['`', '"'], "");
    let counts =
        schema.soft_delete().and_then(|it| Some(format!("{}{}", it.column, holds(it.scope?)?)));
    match counts {
        None => format!("CREATE UNIQUE INDEX {name} ON {bare} ({key})"),
        Some(counts) if dialect.has_partial_indexes => {
            format!("CREATE UNIQUE INDEX {name} ON {bare} ({key}) WHERE {counts}")
        }
        // Rows with NULL in a key are not unique to each other.
        Some(counts) => format!(
            "ALTER TABLE {bare} ADD {column}_counts TINYINT AS (IF({counts}, 1, NULL)), ADD UNIQUE \
             INDEX {name} ({key}, {column}_counts)"
        ),
    }
}

/// Why an index over `column` does not do, where there is one, with what to declare for it.
pub(crate) fn near_miss(
    schema: &UserSchema,
    indexes: &[UniqueIndex],
    column: &str,
) -> Option<String> {
    let mut over = indexes.iter().filter(|index| index.is_over(column));
    let index = over.find(|index| index.rows.is_some() || index.keys.len() == 2)?;
    let name = &index.name;
    let Some(rows) = index.rows.as_deref() else {
        let other = index.keys.iter().find_map(|key| match key {
            IndexKey::Column(other) if !other.eq_ignore_ascii_case(column) => Some(other),
            _ => None,
        })?;
        return schema.tenant().is_none().then(|| {
            format!(
                "the index `{name}` is over `{other}` too. If that says which tenant a row is of, \
                 mark its field with `#[auth(tenant)]`"
            )
        });
    };
    Some(match schema.soft_delete().and_then(|it| Some((it.column, holds(it.scope?)?))) {
        Some((scope, is)) => format!(
            "the index `{name}` is over the rows `WHERE {rows}` alone, and those that count are \
             `WHERE {scope}{is}`",
        ),
        None => format!(
            "the index `{name}` is over the rows `WHERE {rows}` alone. If the others are deleted, \
             mark the field that says so with `#[auth(soft_delete)]`"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    diesel::table! {
        guests (id) {
            id -> Integer,
            mail -> Text,
            hashed_password -> Text,
            deleted_at -> Nullable<Text>,
        }
    }

    diesel::table! {
        hosts (id) {
            id -> Integer,
            mail -> Text,
            hashed_password -> Text,
            gone -> Bool,
        }
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = guests)]
    #[auth(crate = crate, login(mail), recovery(none), without(is_active, token_version))]
    struct Guest {
        id: i32,
        mail: String,
        hashed_password: String,
        #[auth(soft_delete)]
        deleted_at: Option<String>,
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = hosts)]
    #[auth(crate = crate, login(mail), recovery(none), without(is_active, token_version))]
    struct Host {
        id: i32,
        mail: String,
        hashed_password: String,
        #[auth(soft_delete)]
        gone: bool,
    }

    fn index(keys: Vec<IndexKey>, rows: Option<&str>) -> UniqueIndex {
        UniqueIndex { name: "i".to_owned(), keys, rows: rows.map(str::to_owned) }
    }

    fn mail() -> IndexKey {
        IndexKey::Column("Mail".to_owned())
    }

    fn generated(by: &str) -> IndexKey {
        IndexKey::Generated { column: "it".to_owned(), by: by.to_owned() }
    }

    #[test]
    fn an_index_over_the_rows_that_count_decides_as_one_over_all_rows_does() {
        let decides = |rows| index(vec![mail()], rows).decides::<Guest>();
        for rows in [None, Some("deleted_at IS NULL"), Some("(\"Deleted_At\"  is null)")] {
            assert_eq!(decides(rows), Some((1, By::Column)), "{rows:?}");
        }
        for rows in ["deleted_at IS NOT NULL", "deleted_at IS NULL AND id > 1", "id IS NULL", ""] {
            assert_eq!(decides(Some(rows)), None, "{rows}");
        }
        let decides = |rows| index(vec![mail()], Some(rows)).decides::<Host>();
        for rows in ["gone = FALSE", "NOT gone", "(gone = 0)", "`gone` IS FALSE"] {
            assert_eq!(decides(rows), Some((1, By::Column)), "{rows}");
        }
        for rows in ["gone", "gone = TRUE", "gone = 1", "NOT other", "gone IS NULL"] {
            assert_eq!(decides(rows), None, "{rows}");
        }
        let lower = vec![IndexKey::Lower("mail".to_owned())];
        assert_eq!(index(lower, Some("not gone")).decides::<Host>(), Some((1, By::Lower)));
    }

    #[test]
    fn an_index_over_anything_more_decides_on_no_column() {
        let id = || IndexKey::Column("id".to_owned());
        for keys in
            [vec![mail(), id()], vec![mail(), IndexKey::Other], vec![IndexKey::Other], vec![]]
        {
            assert_eq!(index(keys, None).decides::<Guest>(), None);
        }
        let other = || IndexKey::Column("deleted_at".to_owned());
        assert_eq!(index(vec![mail(), other()], None).decides::<Guest>(), None);
    }

    #[test]
    fn a_generated_column_takes_out_the_rows_that_do_not_count() {
        let decides = |by: &str| index(vec![mail(), generated(by)], None).decides::<Guest>();
        for by in [
            "if(`deleted_at` is null,1,NULL)",
            "if((`deleted_at` is null),_utf8mb4'y',NULL)".replace("_utf8mb4", "").as_str(),
            "case when `deleted_at` is null then 1 end",
            "(case when (`deleted_at` is null) then 1 else NULL end)",
        ] {
            assert_eq!(decides(by), Some((1, By::Column)), "{by}");
        }
        for by in [
            "if(`deleted_at` is null,NULL,1)",
            "if(`deleted_at` is null,1,2)",
            "if(`deleted_at` is not null,1,NULL)",
            "if(`deleted_at` is null,`id`,NULL)",
            "ifnull(`deleted_at`,1)",
        ] {
            assert_eq!(decides(by), None, "{by}");
        }
        let alone = |by: &str| index(vec![generated(by)], None).decides::<Guest>();
        assert_eq!(alone("if(`deleted_at` is null,`mail`,NULL)"), Some((1, By::Column)));
        assert_eq!(alone("if(`deleted_at` is null,`other`,NULL)"), None);
        assert_eq!(alone("if(`deleted_at` is null,1,NULL)"), None);
    }
}
