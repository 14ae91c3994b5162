//! Rows of crudauth's own in a database.

use diesel::backend::Backend;
use diesel::deserialize::{self, QueryableByName};
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::{Error, QueryResult};
use diesel::row::{Field as _, NamedRow};
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

use super::backend::{Holds, SqlBackend, rows};
use super::catalogue::Catalogue;
use super::driver::{Connection, Driver, Ending};
use super::migrate::OwnTable;
use super::raw::{Sql, sql};
use crate::store::records::{
    ColumnType, ColumnValue, Condition, Conditions, Insertion, RecordStep, RecordStore, Row, Table,
    Value,
};
use crate::store::{Changed, StartupFuture, StoreFuture};

/// A [`RecordStore`] in a database: in tables of crudauth's own, next to those of the application.
#[derive(Debug, Clone)]
pub struct SqlRecords<D> {
    driver: D,
}

rows! {
    struct TableName {
        name: String,
    }
}

impl<D: Driver> SqlRecords<D> {
    /// The store in `database`.
    #[must_use]
    pub fn new(database: D) -> Self {
        Self { driver: database }
    }

    /// A query for the rows that meet `conditions`.
    fn select(table: &Table, conditions: &Conditions) -> Sql {
        let columns = table.columns.iter().enumerate().map(|(place, column)| {
            format!("{} AS {}{place}", D::DIALECT.quoted(column.name), tag(column.holds))
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        Self::filtered(sql(format!("SELECT {columns} FROM {}", table.name)), table, conditions)
    }

    fn insert_row(table: &Table, row: &Row) -> Sql {
        let columns: Vec<_> = table.columns.iter().map(|it| D::DIALECT.quoted(it.name)).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let columns = columns.join(", ");
        let insert = sql(format!("INSERT INTO {} ({columns}) VALUES ({places})", table.name));
        let values = table.columns.iter().zip(row);
        values.fold(insert, |insert, (column, value)| bind(insert, table, column.name, value))
    }

    fn update_rows(table: &Table, conditions: &Conditions, set: &[(&'static str, Value)]) -> Sql {
        let columns = set.iter().map(|(column, _)| format!("{} = ?", D::DIALECT.quoted(column)));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let update = sql(format!("UPDATE {} SET {columns}", table.name));
        let update =
            set.iter().fold(update, |update, (column, value)| bind(update, table, column, value));
        Self::filtered(update, table, conditions)
    }

    /// Adds `conditions` to a statement.
    fn filtered(statement: Sql, table: &Table, conditions: &Conditions) -> Sql {
        let mut statement = statement.and(" WHERE TRUE");
        for condition in conditions {
            statement = match condition {
                Condition::Is(column, Value::Null) => {
                    statement.and(&format!(" AND {} IS NULL", D::DIALECT.quoted(column)))
                }
                Condition::Is(column, wanted) => {
                    let statement =
                        statement.and(&format!(" AND {} = ?", D::DIALECT.quoted(column)));
                    bind(statement, table, column, wanted)
                }
                Condition::IsUnsetOrBelow(column, bound) => {
                    let column = D::DIALECT.quoted(column);
                    let below = format!(" AND ({column} IS NULL OR {column} < ?)");
                    statement.and(&below).integer(*bound)
                }
                Condition::Follows(column, text) => {
                    statement.and(&format!(" AND {} > ?", D::DIALECT.quoted(column))).text(text)
                }
            };
        }
        statement
    }
}

/// What the name of a selected column begins with, so that a row says the type of each.
fn tag(holds: ColumnType) -> &'static str {
    match holds {
        ColumnType::Integer => "integer",
        ColumnType::Flag => "flag",
        ColumnType::Text(_) => "text",
        ColumnType::Bytes(_) => "bytes",
    }
}

/// Binds a value of a column.
fn bind(statement: Sql, table: &Table, column: &str, value: &Value) -> Sql {
    match (value, table.columns.iter().find(|it| it.name == column).map(|it| it.holds)) {
        (Value::Integer(number), _) => statement.integer(*number),
        (Value::Flag(flag), _) => statement.flag(*flag),
        (Value::Text(text), _) => statement.text(text),
        (Value::Bytes(bytes), _) => statement.bytes(bytes),
        // NULL has a type as well.
        (Value::Null, Some(ColumnType::Integer)) => statement.maybe_integer(None),
        (Value::Null, Some(ColumnType::Flag)) => statement.maybe_flag(None),
        (Value::Null, Some(ColumnType::Bytes(_))) => statement.maybe_bytes(None),
        (Value::Null, Some(ColumnType::Text(_)) | None) => statement.maybe_text(None),
    }
}

/// A row of any table, whose columns are named by what they hold.
struct Found(Row);

impl<DB: SqlBackend> QueryableByName<DB> for Found {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let values = (0..row.field_count()).map(|place| {
            let field = diesel::row::Row::get(row, place);
            let name = field.and_then(|field| field.field_name().map(str::to_owned));
            let name = name.ok_or("a column has no name")?;
            match name.trim_end_matches(|it: char| it.is_ascii_digit()) {
                "integer" => read::<BigInt, i64, DB>(row, &name),
                "flag" => read::<Bool, bool, DB>(row, &name),
                "text" => read::<Text, String, DB>(row, &name),
                _ => read::<Binary, Vec<u8>, DB>(row, &name),
            }
        });
        Ok(Self(values.collect::<deserialize::Result<_>>()?))
    }
}

/// Reads a column.
fn read<'a, ST, T, DB>(row: &impl NamedRow<'a, DB>, column: &str) -> deserialize::Result<Value>
where
    ST: diesel::sql_types::SqlType,
    T: ColumnValue,
    DB: Backend + Holds<Nullable<ST>, Option<T>>,
{
    <DB as Holds<Nullable<ST>, Option<T>>>::get(row, column).map(ColumnValue::into_value)
}

/// What became of a statement that writes unique values: `None` where another row has them.
fn unless_taken(written: QueryResult<usize>) -> QueryResult<Option<usize>> {
    match written {
        Err(Error::DatabaseError(UniqueViolation, _)) => Ok(None),
        written => written.map(Some),
    }
}

/// Those of `tables` that there are.
async fn there<D: Driver>(
    connection: &mut D::Connection,
    tables: impl Iterator<Item = &'static Table>,
) -> QueryResult<Vec<&'static Table>> {
    let there: Vec<TableName> = connection.rows(sql(D::DIALECT.own_tables)).await?;
    Ok(tables.filter(|it| there.iter().any(|is| is.name == it.name)).collect())
}

/// Removes the rows of an owner, in a transaction.
async fn remove_all<D: Driver>(
    connection: &mut D::Connection,
    users: &str,
    owner: &str,
    tables: &[&'static Table],
) -> QueryResult<u64> {
    let mut removed = 0;
    for table in there::<D>(connection, tables.iter().copied()).await? {
        let delete = sql(format!("DELETE FROM {} WHERE users = ? AND owner = ?", table.name));
        removed += connection.execute(delete.text(users).text(owner)).await? as u64;
    }
    Ok(removed)
}

/// Makes the steps in the transaction that the caller is in, and stops at the first that is not made:
/// the caller rolls back then.
pub(super) async fn make<D: Driver>(
    connection: &mut D::Connection,
    steps: &[RecordStep],
) -> QueryResult<Changed> {
    for step in steps {
        let made = match step {
            RecordStep::Insert { table, row } => {
                let insert = SqlRecords::<D>::insert_row(table, row);
                unless_taken(connection.execute(insert).await)?
            }
            RecordStep::Change { table, conditions, set } => {
                let update = SqlRecords::<D>::update_rows(table, conditions, set);
                unless_taken(connection.execute(update).await)?
            }
            RecordStep::Remove { table, conditions } => {
                let delete = sql(format!("DELETE FROM {}", table.name));
                let delete = SqlRecords::<D>::filtered(delete, table, conditions);
                Some(connection.execute(delete).await?)
            }
            RecordStep::RemoveAll { tables, users, owner } => {
                remove_all::<D>(connection, users, owner, tables).await?;
                continue;
            }
            RecordStep::Require(any) => {
                let there = there::<D>(connection, any.iter().map(|(table, _)| *table)).await?;
                let mut found = 0;
                for (table, conditions) in any.iter().filter(|(it, _)| there.contains(it)) {
                    let one = SqlRecords::<D>::select(table, conditions).and(" LIMIT 1");
                    found += connection.rows::<Found>(one).await?.len();
                }
                Some(found)
            }
        };
        match made {
            None => return Ok(Changed::Taken),
            Some(0) => return Ok(Changed::Stale),
            Some(_) => {}
        }
    }
    Ok(Changed::Applied)
}

impl<D: Catalogue> RecordStore for SqlRecords<D> {
    fn open<'a>(&'a self, tables: &'a [&'static Table]) -> StartupFuture<'a> {
        let own = |table: &&Table| OwnTable {
            name: table.name,
            columns: table.columns.iter().map(|column| column.name).collect(),
        };
        self.driver.open_tables(tables.iter().map(own).collect())
    }

    fn insert(&self, table: &'static Table, row: Row) -> StoreFuture<'_, Insertion> {
        let insert = Self::insert_row(table, &row);
        Box::pin(async move {
            let inserted = self.driver.write(move |connection| {
                let insert = insert.clone();
                Box::pin(async move { unless_taken(connection.execute(insert).await) })
            });
            Ok(inserted.await?.map_or(Insertion::Taken, |_| Insertion::Inserted))
        })
    }

    fn find(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, Option<Row>> {
        Box::pin(async move {
            let found = self.driver.look_up(Self::select(table, &conditions)).await?;
            Ok(found.map(|Found(row)| row))
        })
    }

    fn list(
        &self,
        table: &'static Table,
        conditions: Conditions,
        limit: u32,
    ) -> StoreFuture<'_, Vec<Row>> {
        Box::pin(async move {
            let page = Self::select(table, &conditions).and(" ORDER BY id LIMIT ?");
            let found = self.driver.rows(page.integer(i64::from(limit))).await?;
            Ok(found.into_iter().map(|Found(row)| row).collect())
        })
    }

    fn update(
        &self,
        table: &'static Table,
        conditions: Conditions,
        set: Vec<(&'static str, Value)>,
    ) -> StoreFuture<'_, Changed> {
        let update = Self::update_rows(table, &conditions, &set);
        Box::pin(async move {
            let updated = self.driver.write(move |connection| {
                let update = update.clone();
                Box::pin(async move { unless_taken(connection.execute(update).await) })
            });
            Ok(match updated.await? {
                None => Changed::Taken,
                Some(0) => Changed::Stale,
                Some(_) => Changed::Applied,
            })
        })
    }

    fn remove(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, bool> {
        let delete = sql(format!("DELETE FROM {}", table.name));
        let delete = Self::filtered(delete, table, &conditions);
        Box::pin(async move {
            let removed = self.driver.write(move |connection| connection.execute(delete.clone()));
            Ok(removed.await? > 0)
        })
    }

    fn remove_all_of<'a>(
        &'a self,
        users: &'a str,
        owner: &'a str,
        tables: &'a [&'static Table],
    ) -> StoreFuture<'a, u64> {
        let (users, owner, tables) = (users.to_owned(), owner.to_owned(), tables.to_vec());
        self.driver.write(move |connection| {
            let (users, owner, tables) = (users.clone(), owner.clone(), tables.clone());
            connection.transaction(move |connection| {
                Box::pin(async move {
                    let removed = remove_all::<D>(connection, &users, &owner, &tables).await?;
                    Ok(Ending::Commit(removed))
                })
            })
        })
    }
}
