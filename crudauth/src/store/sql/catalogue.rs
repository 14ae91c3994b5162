//! The facts of a users table in its database, and how an application over it is opened.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorInformation, Error};

use super::HashRoom;
use super::beside;
use super::driver::Driver;
use super::holders::SqlHolders;
use super::insert_hook::InsertHook;
use super::login_indexes::LoginIndexes;
use super::migrate::OwnTable;
use super::records::SqlRecords;
use super::row::UserRow;
use super::state::SqlState;
use super::table::table_name;
use super::unique::{UniqueIndex, near_miss, statement, statement_in_all_tenants};
use super::user_store::SqlUsers;
use super::users::{Loaded, link_column, login_index, probe};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::migration::STATE;
use crate::store::records::Records;
use crate::store::{
    InsertError, Opening, OpeningState, StartupFuture, StateStore, StoreFuture, Stores,
    UserStore as _,
};

/// A step of the start, which can fail.
pub(crate) type Checked<'a, T> = Pin<Box<dyn Future<Output = Result<T, StartupError>> + Send + 'a>>;

/// The facts that a database reports of a users table.
pub trait Catalogue: Driver {
    /// Makes these tables of crudauth's own, or checks that they are there.
    fn open_tables(&self, tables: Vec<OwnTable>) -> StartupFuture<'_>;

    /// Checks the columns, and returns the room for password hashes if it is bounded.
    fn check_columns<U: UserRow<Self::Backend>>(&self) -> Checked<'_, Option<HashRoom>>;

    /// The unique indexes of the table.
    fn unique<U: UserRow<Self::Backend>>(&self) -> StoreFuture<'_, Vec<UniqueIndex>>;

    /// The type of the primary key, where a bound value must be cast to it.
    fn id_type<U: UserRow<Self::Backend>>(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(ready(Ok(None)))
    }

    /// The expression that reads the id of a holder in the name of an owner; `None` where the
    /// database cannot.
    fn holder_id<U: UserRow<Self::Backend>>(&self) -> StoreFuture<'_, Option<String>>;

    /// The column whose value is taken, if a violation of uniqueness says which.
    fn violated_column<U: UserRow<Self::Backend>>(
        &self,
        violation: &(dyn DatabaseErrorInformation + Send + Sync),
        indexes: &LoginIndexes,
    ) -> StoreFuture<'_, Option<String>>;

    /// The meaning of an error by which the database refuses a value, with the column if it names
    /// one.
    ///
    /// # Errors
    ///
    /// Any other error is returned as it is.
    fn unfit(error: Error) -> QueryResult<InsertError>;
}

/// Makes a database ready for users and state.
pub(crate) fn open<D: Catalogue, U: UserRow<D::Backend>>(
    driver: D,
    clock: Arc<dyn Clock>,
) -> Opening<U> {
    open_with(driver, clock, None)
}

/// As [`open`], with what the application inserts together with each user.
pub(crate) fn open_with<D: Catalogue, U: UserRow<D::Backend>>(
    driver: D,
    clock: Arc<dyn Clock>,
    hook: Option<InsertHook<D::Connection, U>>,
) -> Opening<U> {
    Box::pin(async move {
        let state = open_state(driver.clone(), Arc::clone(&clock)).await?;
        let hash_room = driver.check_columns::<U>().await?;
        let indexes = check_table::<D, U>(&driver).await?;
        if let Some(table) = beside::table::<U>() {
            driver.open_tables(vec![table]).await?;
        }
        let holder_id = driver.holder_id::<U>().await.map_err(StartupError::database)?;
        let holders = holder_id.map(|id| SqlHolders::<D, U>::over(driver.clone(), clock, id));
        let users = SqlUsers::<D, U>::over(driver.clone(), indexes).with_hook(hook);
        let users = Arc::new(users);
        Ok(Stores {
            records: Some(Records::new(Arc::new(SqlRecords::new(driver)), users.name())),
            one_transaction: Some(Arc::clone(&users) as _),
            users,
            state,
            holders: holders.map(|holders| Arc::new(holders) as _),
            hash_room,
        })
    })
}

/// Makes a database ready for state.
pub(crate) fn open_state<D: Catalogue>(driver: D, clock: Arc<dyn Clock>) -> OpeningState {
    Box::pin(async move {
        driver.open_tables(state_tables::<D>()).await?;
        let state: Arc<dyn StateStore> = Arc::new(SqlState::new(driver, clock));
        Ok(state)
    })
}

/// The tables of what expires.
fn state_tables<D: Driver>() -> Vec<OwnTable> {
    let (key, total) = (D::DIALECT.key, D::DIALECT.total);
    vec![
        OwnTable { name: STATE, columns: D::DIALECT.columns.to_vec() },
        OwnTable { name: "crudauth_counters", columns: vec![key, total, "expires_at"] },
    ]
}

/// Checks that the column that links users to a provider, where the struct has one, is unique among the
/// rows that count, in all tenants.
pub(super) async fn check_link<D: Catalogue, U: UserRow<D::Backend>>(
    driver: &D,
    provider: &str,
) -> Result<(), StartupError> {
    let Some(schema) = U::SCHEMA.link_column(provider) else { return Ok(()) };
    let unique = driver.unique::<U>().await.map_err(StartupError::database)?;
    // An identity is one user's, whatever tenant the user is of.
    let index = link_column::<U>(provider);
    if unique.iter().any(|unique| unique.decides_in_all_tenants::<U>() == index) {
        return Ok(());
    }
    let table = table_name::<U, D::Backend>().map_err(StartupError::database)?;
    let table = table.replace('"', "`");
    let fix = statement_in_all_tenants(&U::SCHEMA, &D::DIALECT, &table, schema.column);
    Err(StartupError::link_not_unique(&table, schema.column, provider, &fix))
}

/// Checks what Diesel's `table!` cannot know: that the table has the columns, and that the login
/// fields are unique among the rows that count. Returns the indexes that say so.
async fn check_table<D: Catalogue, U: UserRow<D::Backend>>(
    driver: &D,
) -> Result<LoginIndexes, StartupError> {
    let table = table_name::<U, D::Backend>().map_err(StartupError::database)?;
    let table = table.replace('"', "`");
    if let Err(error) = driver.rows::<Loaded<U>>(probe::<U>()).await {
        return Err(StartupError::table(&table, U::SCHEMA.user, error));
    }
    let unique = driver.unique::<U>().await.map_err(StartupError::database)?;
    let indexes = LoginIndexes::new::<U>(&unique);
    let lacks_one = U::SCHEMA.login.iter().find_map(|field| {
        let index = login_index::<U>(*field).filter(|index| !indexes.cover(*index))?;
        Some((field.name(), U::SCHEMA.columns.get(index)?.column))
    });
    let Some((field, column)) = lacks_one else { return Ok(indexes) };
    let near = near_miss(&U::SCHEMA, &unique, column);
    let fix = statement(&U::SCHEMA, &D::DIALECT, &table, column, false);
    Err(StartupError::not_unique(&table, (field, column), near.as_deref(), &fix))
}
