//! The application's users table on MySQL.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::mysql::Mysql as Backend;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::{Error, QueryResult};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl};

use super::Mysql;
use super::database::{UniqueKey, unique_keys};
use super::fault::{has_foreign_characters, unfit};
use super::names::Names;
use crate::error::StartupError;
use crate::store::sql::{self, FoundBy, Insert, Loaded, Lowered, UserRow};
use crate::store::{
    Changed, InsertError, InsertFuture, NameCheck, StoreFuture, UserStore, preferred, recovered,
};
use crate::user::{Change, LoginField, LoginName, NewUser, UsernameCase};

/// A user struct that is a row of a MySQL table. The derive makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for MySQL",
    label = "needs a user with a store for MySQL",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait MysqlUser: UserRow<diesel::mysql::Mysql> {}

#[diagnostic::do_not_recommend]
impl<U: UserRow<diesel::mysql::Mysql>> MysqlUser for U {}

/// The application's users on MySQL or MariaDB.
///
/// The collation of the columns may ignore case or accents: two such names then cannot both be
/// taken, and nobody signs in, or recovers an account, by a name that only the collation takes for
/// theirs. `utf8mb4_bin` tells all apart.
pub struct MysqlUsers<U> {
    mysql: Mysql,
    table: String,
    user: PhantomData<fn() -> U>,
}

impl<U: MysqlUser> MysqlUsers<U> {
    /// The users in the table that `U` maps to.
    #[must_use]
    pub fn new(mysql: Mysql) -> Self {
        // A name that cannot be written fails with the first statement.
        let table = sql::table_name::<U, diesel::mysql::Mysql>()
            .unwrap_or_else(|_| U::SCHEMA.user.to_owned());
        Self { mysql, table, user: PhantomData }
    }
}

impl<U: MysqlUser> UserStore<U> for MysqlUsers<U> {
    fn name(&self) -> &str {
        &self.table
    }

    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<U>> {
        let id = id.clone();
        Box::pin(self.mysql.read(move |connection| {
            let id = id.clone();
            Box::pin(async move {
                let mut rows: Vec<Loaded<U>> = sql::find_by_id::<U>(&id).load(connection).await?;
                // A collation may take another text for the same id.
                let found = rows.pop().map(|Loaded(user)| user);
                Ok(found.filter(|user| user.id().to_string() == id.to_string()))
            })
        }))
    }

    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<U>> {
        let name = name.clone();
        Box::pin(self.mysql.read(move |connection| {
            let name = name.clone();
            Box::pin(async move {
                let find = sql::find_by_login::<U, Backend>(&name, &Lowered::default());
                let rows: Vec<Loaded<U>> = known(find.load(connection).await)?;
                Ok(preferred(rows.into_iter().map(|Loaded(user)| user).collect(), &name))
            })
        }))
    }

    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<U>> {
        let value = value.to_owned();
        Box::pin(self.mysql.read(move |connection| {
            let value = value.clone();
            let find = sql::find_by_recovery::<U, Backend>(&value, &Lowered::default());
            let Some(find) = find else {
                return Box::pin(ready(Ok(None)));
            };
            Box::pin(async move {
                let rows: Vec<Loaded<U>> = known(find.load(connection).await)?;
                Ok(recovered(rows.into_iter().map(|Loaded(user)| user).collect(), &value))
            })
        }))
    }

    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
    ) -> StoreFuture<'a, Vec<String>> {
        let names = names.to_owned();
        Box::pin(self.mysql.read(move |connection| {
            let find = sql::find_stored::<U, Backend>(field, &names, &Lowered::default());
            let Some(find) = find else {
                return Box::pin(ready(Ok(Vec::new())));
            };
            Box::pin(async move {
                let rows: Vec<Loaded<U>> = known(find.load(connection).await)?;
                let stored = rows.iter().filter_map(|Loaded(user)| user.login_value(field));
                Ok(stored.map(str::to_owned).collect())
            })
        }))
    }

    fn check_names(&self, case: UsernameCase) -> NameCheck<'_> {
        Box::pin(async move {
            let table = Names::of::<U>(self.mysql.clone()).map_err(StartupError::database)?;
            sql::check(&table, self, &Lowered::default(), case).await
        })
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        let insert = Arc::new(sql::insert::<U, Backend>(new));
        Box::pin(async move {
            let inserted = self.mysql.write(move |connection| {
                let insert = Arc::clone(&insert);
                Box::pin(async move {
                    let written = connection
                        .transaction(async |connection| write(connection, &insert).await)
                        .await;
                    match written {
                        Ok(user) => Ok(Ok(user)),
                        Err(Error::DatabaseError(UniqueViolation, violation)) => {
                            let keys = unique_keys::<U>(connection).await?;
                            let column = violated_column(violation.message(), &keys);
                            Ok(Err(InsertError::Duplicate(column)))
                        }
                        Err(error) => unfit(error).map(Err),
                    }
                })
            });
            inserted.await?
        })
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        let id = id.clone();
        Box::pin(self.mysql.write(move |connection| {
            let (id, change) = (id.clone(), change.clone());
            Box::pin(async move {
                match sql::change::<U, Backend>(&id, &change)?.execute(connection).await {
                    Ok(0) => Ok(Changed::Stale),
                    Ok(_) => Ok(Changed::Applied),
                    Err(Error::DatabaseError(UniqueViolation, _)) => Ok(Changed::Taken),
                    Err(error) => Err(error),
                }
            })
        }))
    }
}

impl<U> fmt::Debug for MysqlUsers<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MysqlUsers").field("mysql", &self.mysql).finish_non_exhaustive()
    }
}

/// The rows of a lookup: none where the text has a character that the column has no code for.
fn known<U>(rows: QueryResult<Vec<U>>) -> QueryResult<Vec<U>> {
    match rows {
        Err(error) if has_foreign_characters(&error) => Ok(Vec::new()),
        rows => rows,
    }
}

/// Inserts the row, and reads it as the database now has it.
async fn write<U: MysqlUser>(
    connection: &mut AsyncMysqlConnection,
    insert: &Insert<U, Backend>,
) -> QueryResult<U> {
    insert.execute(connection).await?;
    for by in [FoundBy::Id, FoundBy::Login] {
        let Some(inserted) = insert.inserted(by) else { continue };
        let mut rows: Vec<Loaded<U>> = inserted.load(connection).await?;
        if let (Some(Loaded(user)), true) = (rows.pop(), rows.is_empty()) {
            return Ok(user);
        }
    }
    Err(sql::no_row())
}

/// Reads `Duplicate entry 'ada' for key 'accounts.by_name'`, where MariaDB leaves the table out. A
/// key over several columns names no single one.
fn violated_column(message: &str, keys: &[UniqueKey]) -> Option<String> {
    let key = message.trim_end().strip_suffix('\'')?.rsplit('\'').next()?;
    let is_key = |name: &str| {
        key == name || key.strip_suffix(name).is_some_and(|table| table.ends_with('.'))
    };
    keys.iter().find(|unique| is_key(&unique.key)).map(|unique| unique.column.clone())
}

#[cfg(test)]
mod tests {
    use super::{UniqueKey, violated_column};

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let keys = [("PRIMARY", "id"), ("by_name", "name"), ("name", "e-mail")];
        let keys = keys.map(|(key, column)| UniqueKey { key: key.into(), column: column.into() });
        let column = |message| violated_column(message, &keys);
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(column("Duplicate entry 'ada' for key 'by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'ada' for key 'accounts.by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'x' for key 'name' for key 'PRIMARY'"), some("id"));
        assert_eq!(column("Duplicate entry 'ada' for key 'name'"), some("e-mail"));
        assert_eq!(column("Duplicate entry 'a-b' for key 'by_both'"), None);
        assert_eq!(column("something else"), None);
    }
}
