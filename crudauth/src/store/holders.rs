//! The port to an entry and its holder at once.

use super::StoreFuture;
use crate::user::{AuthUser, StoredUser};

/// Finds an entry of the state together with the user who holds it, in one round trip. Only a place
/// that keeps both can: a database does it by a join.
///
/// # Contract
///
/// - The holder of an entry is the user whose id, as text, is what follows the first colon in the
///   name of the entry's owner.
/// - An entry whose holder does not exist is not found, and neither is one that has expired.
/// - What is found is what [`StateStore::get`](super::StateStore::get) and
///   [`UserStore::find_by_id`](super::UserStore::find_by_id) would find at one moment.
pub trait Holders<U: AuthUser>: Send + Sync + 'static {
    /// The entry under `key` and its holder.
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<EntryWithUser<U>>>;
}

/// An entry, and the user who holds it.
#[derive(Debug, Clone)]
pub struct EntryWithUser<U: AuthUser> {
    /// What is there.
    pub value: Vec<u8>,
    /// Whose it is.
    pub user: StoredUser<U>,
}
