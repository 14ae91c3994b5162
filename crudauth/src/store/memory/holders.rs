//! Users and state in the memory of one process.

use std::fmt;
use std::future::ready;
use std::sync::Arc;

use super::{MemoryRecords, MemoryState, MemoryUsers};
use crate::store::{EntryWithUser, Holders, StoreFuture, Stores};
use crate::user::AuthUser;

/// Users and state in the memory of this process, looked up together, and a store for records.
///
/// ```
/// # use crudauth::clock::SystemClock;
/// # use crudauth::store::{Stores, memory::{self, MemoryState, MemoryUsers}};
/// # use crudauth::user::{AuthUser, NewUser};
/// # use std::sync::Arc;
/// fn in_memory<U: AuthUser + Clone>(row: fn(NewUser<U>, i64) -> U) -> Stores<U> {
///     let state = MemoryState::new(Arc::new(SystemClock));
///     memory::stores(Arc::new(MemoryUsers::new(row)), Arc::new(state))
/// }
/// ```
#[must_use]
pub fn stores<U: AuthUser + Clone>(
    users: Arc<MemoryUsers<U>>,
    state: Arc<MemoryState>,
) -> Stores<U> {
    let holders = MemoryHolders { users: Arc::clone(&users), state: Arc::clone(&state) };
    Stores::in_one_place(users, state, Arc::new(holders))
        .with_records(Arc::new(MemoryRecords::new()))
}

struct MemoryHolders<U: AuthUser> {
    users: Arc<MemoryUsers<U>>,
    state: Arc<MemoryState>,
}

impl<U: AuthUser + Clone> Holders<U> for MemoryHolders<U> {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<EntryWithUser<U>>> {
        let held = self.state.look_up(key, |value, owner| {
            let (_, id) = owner?.split_once(':')?;
            Some(EntryWithUser { user: self.users.named(id)?, value: value.to_vec() })
        });
        Box::pin(ready(Ok(held)))
    }
}

impl<U: AuthUser> fmt::Debug for MemoryHolders<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryHolders").field("state", &self.state).finish_non_exhaustive()
    }
}
