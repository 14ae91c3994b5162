//! Rows of the application that are inserted together with a user.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use super::catalogue::{Catalogue, open_with};
use super::driver::Driver;
use super::row::UserRow;
use crate::clock::Clock;
use crate::store::{Database, Migration, Opening};

/// What an insert hook returns.
pub type Inserting<'c> =
    Pin<Box<dyn Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'c>>;

/// The hook itself, on a connection `C`.
pub(crate) type InsertHook<C, U> =
    Arc<dyn for<'c> Fn(&'c mut C, &'c U) -> Inserting<'c> + Send + Sync>;

/// A database that inserts rows of the application together with each new user, in one transaction:
/// what `with_insert_hook` of a database returns. It is the database for everything else.
pub struct WithInsertHook<D: Driver, U> {
    database: D,
    hook: InsertHook<D::Connection, U>,
}

impl<D: Driver, U> WithInsertHook<D, U> {
    pub(crate) fn new(
        database: D,
        hook: impl for<'c> Fn(&'c mut D::Connection, &'c U) -> Inserting<'c> + Send + Sync + 'static,
    ) -> Self {
        Self { database, hook: Arc::new(hook) }
    }
}

impl<D: Catalogue + Database<U>, U: UserRow<D::Backend>> Database<U> for WithInsertHook<D, U> {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        open_with(self.database, clock, Some(self.hook))
    }

    fn migrations(&self) -> &'static [Migration] {
        Database::<U>::migrations(&self.database)
    }
}

impl<D: Driver, U> Deref for WithInsertHook<D, U> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.database
    }
}

impl<D: Driver, U> Clone for WithInsertHook<D, U> {
    fn clone(&self) -> Self {
        Self { database: self.database.clone(), hook: Arc::clone(&self.hook) }
    }
}

impl<D: Driver, U> fmt::Debug for WithInsertHook<D, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.database, f)
    }
}
