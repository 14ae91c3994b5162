//! Whose a credential is, while it counts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::ending::Ending;
use crate::stamp::{SecurityStamp, Stamps};
use crate::store::{EntryWithUser, Holders, StateStore, StoreError, Stores, UserStore};
use crate::user::AuthUser;

/// Finds the users that credentials were issued to, and says whether they still count. Every
/// transport asks here, so that what ends one credential ends them all.
pub(crate) struct Owners<U: AuthUser> {
    users: Arc<dyn UserStore<U>>,
    state: Arc<dyn StateStore>,
    /// Where an entry and its user are found at once, if they are in one place.
    holders: Option<Arc<dyn Holders<U>>>,
    stamps: Stamps,
    ending: Arc<Ending<U>>,
}

impl<U: AuthUser> Owners<U> {
    pub(crate) fn new(stores: &Stores<U>, stamps: Stamps, ending: Arc<Ending<U>>) -> Self {
        Self {
            users: Arc::clone(&stores.users),
            state: Arc::clone(&stores.state),
            holders: stores.holders.clone(),
            stamps,
            ending,
        }
    }

    pub(crate) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// What `read` makes of the entry under `key`, and the user whose id, as text, `owner` finds in
    /// it. One round trip where both are in one place; else the entry comes first, and the row
    /// only for an entry of which `read` makes something.
    pub(crate) async fn find<T>(
        &self,
        key: &str,
        read: impl FnOnce(Vec<u8>) -> Option<T>,
        owner: impl FnOnce(&T) -> &str,
    ) -> Result<Option<(T, U)>, StoreError> {
        if let Some(holders) = &self.holders {
            let held = holders.find(key).await?;
            return Ok(held.and_then(|EntryWithUser { value, user }| Some((read(value)?, user))));
        }
        let Some(found) = self.state.get(key).await?.and_then(read) else { return Ok(None) };
        let Ok(id) = U::Id::from_str(owner(&found)) else { return Ok(None) };
        Ok(self.users.find_by_id(&id).await?.map(|user| (found, user)))
    }

    /// Whether a credential that remembers `stamp` counts for `user`, who may sign in.
    pub(crate) async fn admit(&self, user: &U, stamp: &SecurityStamp) -> Result<bool, StoreError> {
        Ok(self.stamps.count(user, stamp).await? && self.may_use(user).await)
    }

    /// Whether `user`, for whom a credential counts, may use it. Where the account is not active,
    /// this is the moment to end all that it holds.
    pub(crate) async fn may_use(&self, user: &U) -> bool {
        let may_sign_in = user.logical().may_sign_in();
        if !may_sign_in {
            Box::pin(self.ending.met_inactive(user)).await;
        }
        may_sign_in
    }
}

impl<U: AuthUser> fmt::Debug for Owners<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owners").field("stamps", &self.stamps).finish_non_exhaustive()
    }
}
