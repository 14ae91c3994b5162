//! Checks at start-up for stored names that no lookup would find.
//!
//! Names and addresses are looked up in one form. A value that was stored in another form is found
//! only if the database compares without case, by an index over `lower(column)` or by a collation.
//! Otherwise its owner is locked out, and another person can sign up with the same address. So the
//! application does not start, and the error says what to run.
//!
//! The check is one pass over each login column, for which an index is enough: the database counts
//! the values in plain ASCII itself. Up to [`MAX_ROWS_READ`] other values are read, and
//! [`MAX_NAMES_PER_QUERY`] of those in another form are looked up as a sign-in would.

use super::backend::rows;
use super::dialect::Dialect;
use super::driver::Driver;
use super::login_indexes::LoginIndexes;
use super::raw::sql;
use super::row::UserRow;
use super::scope::and_counts;
use super::statement::By;
use super::unique::statement;
use super::user_store::known;
use super::users::{find_by_login, find_by_recovery, login_index, recovery};
use crate::chain::chain;
use crate::error::StartupError;
use crate::identity::{folded_username, lookup_email, lookup_username};
use crate::store::{StoreError, preferred, recovered};
use crate::user::{AuthUser, Logical, LoginField, LoginName, StoredUser, UsernameCase};

/// The maximum number of values that are read.
const MAX_ROWS_READ: usize = 10_000;
/// The maximum number of values that are looked up.
const MAX_NAMES_PER_QUERY: usize = 100;

/// A users table and its database.
pub(crate) struct Names<'a, D> {
    pub(crate) driver: &'a D,
    pub(crate) table: String,
}

rows! {
    struct Count {
        n: i64,
    }

    struct Stored {
        text: String,
    }
}

impl<D: Driver> Names<'_, D> {
    /// The number that the statement selects.
    async fn count(&self, query: String) -> Result<i64, StoreError> {
        let rows: Vec<Count> = self.driver.rows(sql(query)).await?;
        Ok(rows.first().map_or(0, |count| count.n))
    }

    /// The texts that the statement selects.
    async fn texts(&self, query: String) -> Result<Vec<String>, StoreError> {
        let rows: Vec<Stored> = self.driver.rows(sql((D::DIALECT.as_texts)(&query))).await?;
        Ok(rows.into_iter().map(|Stored { text }| text).collect())
    }
}

/// Checks the columns by which users are found. If the check fails, for example because the table
/// is too large for the time-out, it is logged and does not prevent the start.
pub(crate) async fn check<D: Driver, U: UserRow<D::Backend>>(
    database: &Names<'_, D>,
    indexes: &LoginIndexes,
    case: UsernameCase,
) -> Result<(), StartupError> {
    for column in columns::<U>(indexes, case) {
        match column.strays::<D, U>(database, indexes).await {
            Ok(strays) => strays.map_or(Ok(()), Err)?,
            Err(error) => {
                let field = column.field;
                tracing::warn!(
                    error = chain(&error),
                    field,
                    "it could not be checked that all users can be found"
                );
            }
        }
    }
    Ok(())
}

/// A column that users are found by.
struct Column {
    /// The name of the field.
    field: &'static str,
    /// The name of the column.
    name: &'static str,
    kind: Kind,
    by: By,
}

#[derive(Clone, Copy)]
enum Kind {
    /// An e-mail address that users sign in by, or are recovered by alone.
    Address { signs_in: bool },
    /// A user name, or another login field.
    Name(LoginField, UsernameCase),
}

fn columns<U: AuthUser>(indexes: &LoginIndexes, case: UsernameCase) -> Vec<Column> {
    let of = |field, index: usize, kind| {
        let name = U::SCHEMA.columns.get(index)?.column;
        Some(Column { field, name, kind, by: indexes.lookup_by(index) })
    };
    let login = U::SCHEMA.login.iter().filter_map(|field| {
        let kind = match field {
            LoginField::Email => Kind::Address { signs_in: true },
            field => Kind::Name(*field, case),
        };
        of(field.name(), login_index::<U>(*field)?, kind)
    });
    let mut columns: Vec<_> = login.collect();
    let email = Logical::Email.name();
    let recovers_alone =
        U::SCHEMA.recovery == Some(email) && !U::SCHEMA.login.contains(&LoginField::Email);
    if let Some(index) = recovery::<U>().filter(|_| recovers_alone) {
        columns.extend(of(email, index, Kind::Address { signs_in: false }));
    }
    columns
}

impl Column {
    async fn strays<D: Driver, U: UserRow<D::Backend>>(
        &self,
        database: &Names<'_, D>,
        indexes: &LoginIndexes,
    ) -> Result<Option<StartupError>, StoreError> {
        let (table, column) = (&database.table, D::DIALECT.quoted(self.name));
        let special = self.special(&D::DIALECT, &column);
        let counts = and_counts::<U>(&D::DIALECT);
        if let Some(plain) = self.plain(&column) {
            let key = match self.by {
                By::Column => column.clone(),
                By::Lower => format!("lower({column})"),
            };
            let differs = (D::DIALECT.differs)(&key, &plain);
            let strays = format!("FROM {table} WHERE NOT ({special}) AND {differs}{counts}");
            let rows = database.count(format!("SELECT count(*) AS n {strays}")).await?;
            let some = format!("SELECT {column} AS text {strays} LIMIT {MAX_NAMES_PER_QUERY}");
            if rows > 0
                && !self.finds_each::<D, U>(database, indexes, &database.texts(some).await?).await?
            {
                return Ok(Some(self.refused_plain::<D, U>(database, rows, &plain)));
            }
        }
        let sql = format!(
            "SELECT {column} AS text FROM {table} WHERE ({special}){counts} LIMIT {MAX_ROWS_READ}"
        );
        let read = database.texts(sql).await?;
        let mut lost = 0;
        for stored in read
            .iter()
            .filter(|stored| self.looked_up_as(stored) != **stored)
            .take(MAX_NAMES_PER_QUERY)
        {
            lost += usize::from(!self.finds::<D, U>(database, indexes, stored).await?);
        }
        Ok((lost > 0).then(|| self.refused_special(database, lost, &special)))
    }

    /// A condition for the values that the database cannot check: those beyond plain ASCII, and
    /// addresses in Punycode or with a display name.
    fn special(&self, dialect: &Dialect, column: &str) -> String {
        let beyond = (dialect.beyond_ascii)(column);
        match self.kind {
            Kind::Address { .. } => {
                format!("{beyond} OR lower({column}) LIKE '%@%xn--%' OR {column} LIKE '%<%'")
            }
            Kind::Name(..) => beyond,
        }
    }

    /// The form in which plain ASCII is looked up; `None` where it is looked up as it is.
    fn plain(&self, column: &str) -> Option<String> {
        match self.kind {
            Kind::Address { .. } => Some(format!("lower(trim({column}))")),
            Kind::Name(_, UsernameCase::Ignored) => Some(format!("lower({column})")),
            Kind::Name(_, UsernameCase::Counts) => None,
        }
    }

    fn looked_up_as(&self, stored: &str) -> String {
        match self.kind {
            Kind::Address { .. } => lookup_email(stored),
            Kind::Name(_, UsernameCase::Counts) => lookup_username(stored),
            Kind::Name(_, UsernameCase::Ignored) => folded_username(stored),
        }
    }

    /// Whether a lookup of `stored` finds its row. Of tenants the row may be that of any: in one it is
    /// the only row that the index takes for the name.
    async fn finds<D: Driver, U: UserRow<D::Backend>>(
        &self,
        database: &Names<'_, D>,
        indexes: &LoginIndexes,
        stored: &str,
    ) -> Result<bool, StoreError> {
        let is_of_one = U::SCHEMA.tenant().is_none();
        let (field, case) = match self.kind {
            Kind::Address { signs_in: false } => {
                let value = lookup_email(stored);
                let find = find_by_recovery::<U, D::Backend>(&value, indexes, None);
                let Some(find) = find else { return Ok(false) };
                let mut rows: Vec<StoredUser<U>> = known(database.driver.rows(find).await)?;
                if is_of_one {
                    rows = recovered(rows, &value).into_iter().collect();
                }
                return Ok(rows.iter().any(|user| user.mapped().recovery == Some(stored)));
            }
            Kind::Address { signs_in: true } => (LoginField::Email, UsernameCase::Counts),
            Kind::Name(field, case) => (field, case),
        };
        let name = LoginName::new(stored).under(case);
        let find = find_by_login::<U, D::Backend>(&name, indexes, None);
        let mut rows: Vec<StoredUser<U>> = known(database.driver.rows(find).await)?;
        if is_of_one {
            rows = preferred(rows, &name).into_iter().collect();
        }
        Ok(rows.iter().any(|user| user.login_value(field) == Some(stored)))
    }

    /// Whether a lookup of each finds its row: the type of the field may give a name the form that
    /// the column has, such as one in capitals.
    async fn finds_each<D: Driver, U: UserRow<D::Backend>>(
        &self,
        database: &Names<'_, D>,
        indexes: &LoginIndexes,
        stored: &[String],
    ) -> Result<bool, StoreError> {
        for stored in stored {
            if !self.finds::<D, U>(database, indexes, stored).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn refused_plain<D: Driver, U: AuthUser>(
        &self,
        database: &Names<'_, D>,
        rows: i64,
        plain: &str,
    ) -> StartupError {
        let Self { field, name, .. } = self;
        let (table, column) = (shown(&database.table), shown(&D::DIALECT.quoted(name)));
        let plain = plain.replace(&D::DIALECT.quoted(name), &column);
        let index = match self.by {
            By::Column if D::DIALECT.has_lower_indexes => {
                let index = statement(&U::SCHEMA, &D::DIALECT, &table, &column, true);
                format!(", or, to have them found in any case, `{index}`")
            }
            _ => String::new(),
        };
        StartupError::setting(format!(
            "{} by which nobody can be found, since `{field}` is looked up in lower case, and \
             addresses without outer blanks: run `UPDATE {table} SET {column} = {plain} WHERE \
             {column} <> {plain}`{index}. Where the database then finds two rows with one value, \
             decide which account keeps it",
            counted(rows, &table, field),
        ))
    }

    fn refused_special<D: Driver>(
        &self,
        database: &Names<'_, D>,
        rows: usize,
        special: &str,
    ) -> StartupError {
        let Self { field, name, .. } = self;
        let (table, column) = (shown(&database.table), D::DIALECT.quoted(name));
        let function = match self.kind {
            Kind::Address { .. } => "lookup_email",
            Kind::Name(_, UsernameCase::Counts) => "lookup_username",
            Kind::Name(_, UsernameCase::Ignored) => "folded_username",
        };
        let at_least = if rows == MAX_NAMES_PER_QUERY { "at least " } else { "" };
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        StartupError::setting(format!(
            "{at_least}{} by which nobody can be found, since it has letters beyond ASCII, \
             Punycode or a name around it, in another form than that in which it is looked up: \
             store what `crudauth::identity::{function}` makes of it. They are among those of \
             SELECT {column} FROM {} WHERE {special}",
            counted(rows, &table, field),
            &database.table,
        ))
    }
}

fn counted(rows: i64, table: &str, field: &str) -> String {
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    format!("{rows} of the table `{table}` with a value of `{field}`")
}

/// A name as people write it: without the quotation marks that it does not need.
fn shown(quoted: &str) -> String {
    let bare = quoted.replace(['`', '"'], "");
    let is_plain = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
            && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if bare.split('.').all(is_plain) { bare } else { quoted.to_owned() }
}
