//! The application's users table in a database.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::{DatabaseErrorInformation, Error};
use tokio::sync::OnceCell;

use super::beside::{self, Forget, Whose};
use super::catalogue::{Catalogue, check_link};
use super::driver::{Connection, Driver, Ending};
use super::entry_with_user::is_integer;
use super::insert_hook::InsertHook;
use super::inserted::FoundBy;
use super::login_indexes::LoginIndexes;
use super::names::{Names, check};
use super::records;
use super::row::UserRow;
use super::statement::{Insert, InsertReturning};
use super::table::table_name;
use super::users::{self, Loaded};
use crate::error::StartupError;
use crate::store::records::RecordStep;
use crate::store::{
    Changed, InsertError, InsertFuture, OneTransaction, Place, StartupFuture, StepsOfNew,
    StoreError, StoreErrorKind, StoreFuture, UserStore, linked, preferred, recovered,
};
use crate::user::{
    AuthUser, Beside, Change, LoginField, LoginName, NewUser, ProviderLink, StoredUser,
    UsernameCase,
};

/// The application's users in a database.
///
/// The collation of the columns may ignore case or accents. Two names that it treats as equal then
/// cannot both be taken, but only the exact name signs in or recovers an account. In MySQL
/// `utf8mb4_bin` distinguishes all names.
pub struct SqlUsers<D: Driver, U> {
    driver: D,
    hook: Option<InsertHook<D::Connection, U>>,
    indexes: LoginIndexes,
    /// The type of the primary key, if bound values must be cast to it. It is read once.
    id_type: OnceCell<Option<Arc<str>>>,
    table: String,
    user: PhantomData<fn() -> U>,
}

impl<D: Catalogue, U: UserRow<D::Backend>> SqlUsers<D, U> {
    /// The users in the table that `U` maps to. What a struct keeps
    /// [beside](crate::user::Beside) it needs the table of a database that was opened by
    /// [`Database::open`](crate::store::Database::open).
    #[must_use]
    pub fn new(database: D) -> Self {
        Self::over(database, LoginIndexes::default())
    }

    /// The same, in a table that has these indexes over `lower(column)`.
    pub(crate) fn over(driver: D, indexes: LoginIndexes) -> Self {
        // A name that cannot be written fails with the first statement.
        let table = table_name::<U, D::Backend>().unwrap_or_else(|_| U::SCHEMA.user.to_owned());
        let id_type = OnceCell::new();
        Self { driver, hook: None, indexes, id_type, table, user: PhantomData }
    }

    /// The same, where the application inserts rows of its own together with each user.
    pub(super) fn with_hook(self, hook: Option<InsertHook<D::Connection, U>>) -> Self {
        Self { hook, ..self }
    }

    /// The user that was found, with what is kept beside the row. The work is the same for nobody.
    async fn whole(
        &self,
        found: Option<StoredUser<U>>,
    ) -> Result<Option<StoredUser<U>>, StoreError> {
        if U::SCHEMA.beside.is_empty() {
            return Ok(found);
        }
        let whose = match &found {
            Some(user) => self.whose(user.id()),
            None => Whose::nobody(&self.table),
        };
        let beside = beside::read(&self.driver, &whose).await?;
        Ok(found.map(|user| StoredUser::new(user.into_row(), beside)))
    }

    fn whose(&self, id: &U::Id) -> Whose {
        Whose::new(&self.table, id)
    }

    fn insert_with(&self, new: NewUser<U>, with: Option<StepsOfNew<U>>) -> InsertFuture<'_, U> {
        let beside = Arc::new(Beside {
            token_version: new.token_version,
            verified_email: new.verified_email().map(str::to_owned),
            ..Beside::default()
        });
        let insert = Arc::new(users::insert::<U, D::Backend>(new));
        let hook = self.hook.clone();
        Box::pin(async move {
            let id_type = if hook.is_some() { self.id_type().await? } else { None };
            let together = Together { insert, beside, hook, with, id_type };
            let inserted = self.driver.write_alone(move |connection| {
                let together = together.clone();
                Box::pin(async move {
                    match write_together::<D, U>(connection, together).await {
                        Err(Error::DatabaseError(UniqueViolation, violation)) => {
                            Ok(Err(Refused::Violation(violation)))
                        }
                        Err(error) => D::unfit(error).map(|unfit| Err(Refused::As(unfit))),
                        written => written,
                    }
                })
            });
            match inserted.await? {
                Ok(user) => Ok(user),
                Err(Refused::As(error)) => Err(error),
                Err(Refused::Violation(violation)) => {
                    let column = self.driver.violated_column::<U>(&*violation, &self.indexes);
                    Err(InsertError::Duplicate(column.await?))
                }
            }
        })
    }

    fn change_with<'a>(
        &'a self,
        id: &'a U::Id,
        change: Change,
        with: Arc<[RecordStep]>,
    ) -> StoreFuture<'a, Changed> {
        let id = id.clone();
        Box::pin(async move {
            let id_type = self.id_type().await?;
            let changed = self.driver.write_alone(move |connection| {
                let (id, change, id_type) = (id.clone(), change.clone(), id_type.clone());
                let with = Arc::clone(&with);
                Box::pin(async move {
                    let changed = if U::SCHEMA.beside.is_empty() && with.is_empty() {
                        change_row::<D, U>(connection, &id, &change, id_type.as_deref())
                            .await
                            .map(|applied| if applied { Changed::Applied } else { Changed::Stale })
                    } else {
                        change_together::<D, U>(connection, id, change, id_type, with).await
                    };
                    match changed {
                        Err(Error::DatabaseError(UniqueViolation, _)) => Ok(Changed::Taken),
                        changed => changed,
                    }
                })
            });
            changed.await
        })
    }

    async fn id_type(&self) -> Result<Option<Arc<str>>, StoreError> {
        self.id_type.get_or_try_init(|| self.driver.id_type::<U>()).await.cloned()
    }
}

impl<D: Catalogue, U: UserRow<D::Backend>> UserStore<U> for SqlUsers<D, U> {
    fn name(&self) -> &str {
        &self.table
    }

    fn place(&self) -> Option<&dyn Place> {
        Some(&self.driver)
    }

    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(async move {
            let find = users::find_by_id::<U>(id, self.id_type().await?);
            let found: Option<Loaded<U>> = self.driver.look_up(find).await?;
            let found = found.map(|Loaded(user)| StoredUser::from(user));
            // A collation, or a type that pads, may treat another text as the same id.
            let is_it = |user: &StoredUser<U>| {
                is_integer::<U::Id>() || user.id().to_string() == id.to_string()
            };
            self.whole(found.filter(is_it)).await
        })
    }

    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(async move {
            let find = users::find_by_login::<U, D::Backend>(name, &self.indexes, Some(within));
            self.whole(preferred(known(self.driver.rows(find).await)?, name)).await
        })
    }

    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(async move {
            match users::find_by_recovery::<U, D::Backend>(value, &self.indexes, Some(within)) {
                Some(find) => {
                    self.whole(recovered(known(self.driver.rows(find).await)?, value)).await
                }
                None => Ok(None),
            }
        })
    }

    fn find_by_link<'a>(
        &'a self,
        link: &'a ProviderLink,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(async move {
            match users::find_by_link::<U, D::Backend>(link) {
                Some(find) => self.whole(linked(known(self.driver.rows(find).await)?, link)?).await,
                None => Ok(None),
            }
        })
    }

    fn check_link<'a>(&'a self, provider: &'a str) -> StartupFuture<'a> {
        Box::pin(check_link::<D, U>(&self.driver, provider))
    }

    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            let find = users::find_stored::<U, D::Backend>(field, names, &self.indexes, within);
            let Some(find) = find else { return Ok(Vec::new()) };
            let rows: Vec<StoredUser<U>> = known(self.driver.rows(find).await)?;
            let stored = rows.iter().filter_map(|user| user.login_value(field));
            Ok(stored.map(str::to_owned).collect())
        })
    }

    fn check_names(&self, case: UsernameCase) -> StartupFuture<'_> {
        Box::pin(async move {
            let table = table_name::<U, D::Backend>().map_err(StartupError::database)?;
            check::<D, U>(&Names { driver: &self.driver, table }, &self.indexes, case).await
        })
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        self.insert_with(new, None)
    }

    fn forget<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, ()> {
        if U::SCHEMA.beside.is_empty() {
            return Box::pin(ready(Ok(())));
        }
        Box::pin(async move {
            let (whose, id) = (self.whose(id), id.clone());
            let id_type = self.id_type().await?;
            let removed = self.driver.write(move |connection| {
                connection.execute(Forget::<U>::new(&whose, id.clone(), id_type.clone()))
            });
            removed.await?;
            Ok(())
        })
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        self.change_with(id, change, Arc::default())
    }
}

impl<D: Catalogue, U: UserRow<D::Backend>> OneTransaction<U> for SqlUsers<D, U> {
    fn insert(&self, new: NewUser<U>, with: StepsOfNew<U>) -> InsertFuture<'_, U> {
        self.insert_with(new, Some(with))
    }

    fn change<'a>(
        &'a self,
        id: &'a U::Id,
        change: Change,
        with: Arc<[RecordStep]>,
    ) -> StoreFuture<'a, Changed> {
        self.change_with(id, change, with)
    }
}

impl<D: Driver, U> fmt::Debug for SqlUsers<D, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlUsers").field("driver", &self.driver).finish_non_exhaustive()
    }
}

/// Why a row was not inserted.
enum Refused {
    /// A unique value is taken.
    Violation(Box<dyn DatabaseErrorInformation + Send + Sync>),
    /// Something else, that is known.
    As(InsertError),
}

/// What is inserted with a user.
struct Together<D: Driver, U: AuthUser> {
    insert: Arc<Insert<U, D::Backend>>,
    /// What is kept beside the row, where the struct keeps something there.
    beside: Arc<Beside>,
    hook: Option<InsertHook<D::Connection, U>>,
    with: Option<StepsOfNew<U>>,
    id_type: Option<Arc<str>>,
}

impl<D: Driver, U: AuthUser> Clone for Together<D, U> {
    fn clone(&self) -> Self {
        Self {
            insert: Arc::clone(&self.insert),
            beside: Arc::clone(&self.beside),
            hook: self.hook.clone(),
            with: self.with.clone(),
            id_type: self.id_type.clone(),
        }
    }
}

/// The users of a lookup; none if the text has a character that the database cannot encode.
pub(super) fn known<U>(
    rows: Result<Vec<Loaded<U>>, StoreError>,
) -> Result<Vec<StoredUser<U>>, StoreError> {
    match rows {
        Err(error) if error.kind() == StoreErrorKind::Unfit => Ok(Vec::new()),
        rows => Ok(rows?.into_iter().map(|Loaded(user)| user.into()).collect()),
    }
}

/// Of whom a row beside the table is.
fn whose<D: Driver, U: UserRow<D::Backend>>(id: &U::Id) -> QueryResult<Whose> {
    Ok(Whose::new(&table_name::<U, D::Backend>()?, id))
}

/// Inserts the row, and what crudauth and the application keep of the user elsewhere: all or nothing.
async fn write_together<D: Driver, U: UserRow<D::Backend>>(
    connection: &mut D::Connection,
    together: Together<D, U>,
) -> QueryResult<Result<StoredUser<U>, Refused>> {
    let Together { insert, beside, hook, with, id_type } = together;
    let keeps_beside = !U::SCHEMA.beside.is_empty();
    if hook.is_none() && with.is_none() && !keeps_beside {
        return Ok(Ok(write::<D, U>(connection, insert).await?.into()));
    }
    let written = connection.transaction(move |connection| {
        Box::pin(async move {
            let mut user = write::<D, U>(connection, insert).await?;
            let whose = whose::<D, U>(user.id())?;
            if keeps_beside {
                beside::begin::<D>(connection, &whose, &beside).await?;
            }
            if let Some(hook) = hook {
                if let Err(failure) = hook(connection, &user).await {
                    return Ok(Ending::RollBack(Err(Refused::As(InsertError::Hook(failure)))));
                }
                // A hook may pass over an error by which the database has given up the transaction.
                let find = users::find_by_id::<U>(user.id(), id_type);
                let mut rows: Vec<Loaded<U>> = connection.rows(find).await?;
                Loaded(user) = rows.pop().ok_or_else(users::no_row)?;
            }
            let user = match keeps_beside {
                true => StoredUser::new(user, beside::read_in(connection, &whose).await?),
                false => user.into(),
            };
            let Some(with) = with else { return Ok(Ending::Commit(Ok(user))) };
            let refused = match with(&user).checked() {
                Err(misfit) => InsertError::Store(misfit),
                Ok(steps) => match records::make::<D>(connection, &steps).await? {
                    Changed::Applied => return Ok(Ending::Commit(Ok(user))),
                    Changed::Taken | Changed::Stale => InsertError::RecordTaken,
                },
            };
            Ok(Ending::RollBack(Err(Refused::As(refused))))
        })
    });
    written.await
}

/// Changes the row, if it is as the change expects.
async fn change_row<D: Driver, U: UserRow<D::Backend>>(
    connection: &mut D::Connection,
    id: &U::Id,
    change: &Change,
    id_type: Option<&str>,
) -> QueryResult<bool> {
    let mut update = users::change::<U, D::Backend>(id, change)?;
    update.id_type = id_type;
    update.exact = D::DIALECT.exact;
    Ok(connection.execute(update).await? > 0)
}

/// Changes the row, what is kept beside it, and records, if all are as it is expected.
async fn change_together<D: Driver, U: UserRow<D::Backend>>(
    connection: &mut D::Connection,
    id: U::Id,
    change: Change,
    id_type: Option<Arc<str>>,
    with: Arc<[RecordStep]>,
) -> QueryResult<Changed> {
    let changed = connection.transaction(move |connection| {
        Box::pin(async move {
            // The row beside it comes first, so that no two changes wait for each other, and the records
            // last: another change of the user and its records waits for the row.
            let applied = match U::SCHEMA.beside {
                [] => true,
                _ => {
                    let whose = whose::<D, U>(&id)?;
                    beside::change::<D, U>(connection, &whose, &change).await?
                }
            };
            if !applied || !change_row::<D, U>(connection, &id, &change, id_type.as_deref()).await?
            {
                return Ok(Ending::RollBack(Changed::Stale));
            }
            Ok(match records::make::<D>(connection, &with).await? {
                Changed::Applied => Ending::Commit(Changed::Applied),
                outcome => Ending::RollBack(outcome),
            })
        })
    });
    changed.await
}

/// Inserts the row, and reads it back from the database.
async fn write<D: Driver, U: UserRow<D::Backend>>(
    connection: &mut D::Connection,
    insert: Arc<Insert<U, D::Backend>>,
) -> QueryResult<U> {
    if D::DIALECT.returning {
        let mut rows: Vec<Loaded<U>> = connection.rows(InsertReturning(&insert)).await?;
        return rows.pop().map(|Loaded(user)| user).ok_or_else(users::no_row);
    }
    let inserted = connection.transaction(move |connection| {
        Box::pin(async move {
            connection.execute(&*insert).await?;
            for by in [FoundBy::Id, FoundBy::Login] {
                let Some(inserted) = insert.inserted(by) else { continue };
                let mut rows: Vec<Loaded<U>> = connection.rows(inserted).await?;
                if let (Some(Loaded(user)), true) = (rows.pop(), rows.is_empty()) {
                    return Ok(Ending::Commit(user));
                }
            }
            Err(users::no_row())
        })
    });
    inserted.await
}
