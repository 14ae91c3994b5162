//! A place that holds users and state.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use super::hash_room::HashRoom;
use super::records::{RecordStore, Records, Table};
use super::{
    EntryWithUser, Holders, Migration, OneTransaction, Place, StateStore, StoreError, UserStore,
};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::user::{AuthUser, StoredUser};

/// Where an application keeps its users and what expires: what
/// [`CrudAuth::builder`](crate::CrudAuth::builder) takes.
///
/// Opening it creates crudauth's own tables where they are missing, and checks that the users
/// table is what the struct says. The users table is never altered.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a database that can hold `{U}`",
    label = "cannot hold `{U}`",
    note = "crudauth opens its `Sqlite`, `Postgres` and `Mysql`, and `crudauth::store::Stores` of stores of your own"
)]
pub trait Database<U: AuthUser> {
    /// Makes the database ready and hands out its stores.
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U>;

    /// The steps that make crudauth's own tables in it. Default: none.
    fn migrations(&self) -> &'static [Migration] {
        &[]
    }
}

/// What [`Database::open`] returns.
pub type Opening<U> = Pin<Box<dyn Future<Output = Result<Stores<U>, StartupError>> + Send>>;

/// Where an application keeps what expires, apart from its users: what
/// [`Builder::expiring_store`](crate::Builder::expiring_store) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a place that can hold what expires",
    label = "cannot hold sessions, tokens and counters",
    note = "crudauth opens its databases, `crudauth::store::memory::Memory`, and an \
            `Arc<dyn crudauth::store::StateStore>` of your own"
)]
pub trait OpenState {
    /// Makes the place ready and hands out its store.
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState;

    /// The steps that make crudauth's own tables in it. Default: none.
    fn migrations(&self) -> &'static [Migration] {
        &[]
    }
}

/// What [`OpenState::open_state`] returns.
pub type OpeningState =
    Pin<Box<dyn Future<Output = Result<Arc<dyn StateStore>, StartupError>> + Send>>;

impl OpenState for Arc<dyn StateStore> {
    fn open_state(self, _: Arc<dyn Clock>) -> OpeningState {
        Box::pin(ready(Ok(self)))
    }
}

/// Stores, ready for use: also the way to bring your own stores.
pub struct Stores<U: AuthUser> {
    pub(crate) users: Arc<dyn UserStore<U>>,
    pub(crate) state: Arc<dyn StateStore>,
    pub(crate) holders: Option<Arc<dyn Holders<U>>>,
    pub(crate) records: Option<Records>,
    /// What writes users and records together, where one database keeps both.
    pub(crate) one_transaction: Option<Arc<dyn OneTransaction<U>>>,
    /// The room for a password hash, where the database bounds it.
    pub(crate) hash_room: Option<HashRoom>,
}

impl<U: AuthUser> Stores<U> {
    /// Stores that are asked one after the other.
    #[must_use]
    pub fn new(users: Arc<dyn UserStore<U>>, state: Arc<dyn StateStore>) -> Self {
        Self { users, state, holders: None, records: None, one_transaction: None, hash_room: None }
    }

    /// Stores of one place, with what finds an entry of `state` and its holder among `users` at
    /// once: an authenticated request then takes one round trip.
    #[must_use]
    pub fn in_one_place(
        users: Arc<dyn UserStore<U>>,
        state: Arc<dyn StateStore>,
        holders: Arc<dyn Holders<U>>,
    ) -> Self {
        Self { holders: Some(holders), ..Self::new(users, state) }
    }

    /// The same users, with what expires in another place: the two are then asked one after the
    /// other.
    #[must_use]
    pub fn with_state(self, state: Arc<dyn StateStore>) -> Self {
        Self { state, holders: None, ..self }
    }

    /// The same, with the place of crudauth's own rows that last. It has no transaction that spans users
    /// and rows: see [`change_user`](Self::change_user).
    #[must_use]
    pub fn with_records(self, records: Arc<dyn RecordStore>) -> Self {
        let records = Records::new(records, self.users.name());
        Self { records: Some(records), one_transaction: None, ..self }
    }

    /// What `read` makes of the entry under `key`, and the user whose id, as text, `owner` finds in
    /// it: a session and its user. One round trip where both are in one place; else the entry comes
    /// first, and the row only for an entry of which `read` makes something.
    pub(crate) async fn find_with_user<T>(
        &self,
        key: &str,
        read: impl FnOnce(Vec<u8>) -> Option<T>,
        owner: impl FnOnce(&T) -> &str,
    ) -> Result<Option<(T, StoredUser<U>)>, StoreError> {
        if let Some(holders) = &self.holders {
            let held = holders.find(key).await?;
            return Ok(held.and_then(|EntryWithUser { value, user }| Some((read(value)?, user))));
        }
        let Some(found) = self.state.get(key).await?.and_then(read) else { return Ok(None) };
        let Ok(id) = U::Id::from_str(owner(&found)) else { return Ok(None) };
        Ok(self.users.find_by_id(&id).await?.map(|user| (found, user)))
    }

    /// The user with this row, which the application has read: with what is kept beside the row now.
    /// `None` where there is no such user, or the row is deleted.
    pub(crate) async fn whole(&self, row: U) -> Result<Option<StoredUser<U>>, StoreError> {
        if row.is_deleted() {
            return Ok(None);
        }
        if U::SCHEMA.beside.is_empty() {
            return Ok(Some(row.into()));
        }
        let found = self.users.find_by_id(row.id()).await?;
        Ok(found.and_then(|user| Some(StoredUser::new(row, user.beside()?.clone()))))
    }

    /// Where users and state are kept, as far as the stores say.
    pub(crate) fn places(&self) -> impl Iterator<Item = &dyn Place> {
        [self.users.place(), self.state.place()].into_iter().flatten()
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> &Arc<dyn UserStore<U>> {
        &self.users
    }

    /// What expires.
    #[must_use]
    pub fn state(&self) -> &Arc<dyn StateStore> {
        &self.state
    }

    /// Crudauth's own rows that last, where the database keeps them: each kind, if a feature is
    /// mounted that needs it.
    #[must_use]
    pub fn records(&self) -> Option<&Records> {
        self.records.as_ref()
    }

    /// Makes the tables ready that the mounted features keep records in.
    ///
    /// # Errors
    ///
    /// Where there is no place for them, or it cannot be made ready.
    pub(crate) async fn open_records(&self, tables: &[&'static Table]) -> Result<(), StartupError> {
        match (&self.records, tables.first()) {
            (_, None) => Ok(()),
            (Some(records), _) => records.open(tables).await,
            (None, Some(table)) => Err(StartupError::setting(format!(
                "the stores have no place for rows of `{}`: give them one by `Stores::with_records`",
                table.name
            ))),
        }
    }

    /// Both at once, where they are in one place.
    #[must_use]
    pub fn holders(&self) -> Option<&Arc<dyn Holders<U>>> {
        self.holders.as_ref()
    }
}

impl<U: AuthUser> Database<U> for Stores<U> {
    fn open(self, _: Arc<dyn Clock>) -> Opening<U> {
        Box::pin(ready(Ok(self)))
    }
}

impl<U: AuthUser> Clone for Stores<U> {
    fn clone(&self) -> Self {
        Self {
            users: Arc::clone(&self.users),
            state: Arc::clone(&self.state),
            holders: self.holders.clone(),
            records: self.records.clone(),
            one_transaction: self.one_transaction.clone(),
            hash_room: self.hash_room.clone(),
        }
    }
}

impl<U: AuthUser> fmt::Debug for Stores<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").field("state", &self.state).finish_non_exhaustive()
    }
}
