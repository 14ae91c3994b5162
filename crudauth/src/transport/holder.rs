//! Whose a credential is, while it counts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::ending::Ending;
use crate::stamp::{SecurityStamp, Stamps};
use crate::store::{StoreError, Stores};
use crate::user::{AuthUser, StoredUser};

/// Finds the users that credentials were issued to, and says whether they still count. Every
/// transport asks here, so that what ends one credential ends them all.
pub(crate) struct Owners<U: AuthUser> {
    stores: Stores<U>,
    stamps: Stamps,
    ending: Arc<Ending<U>>,
}

impl<U: AuthUser> Owners<U> {
    pub(crate) fn new(stores: &Stores<U>, stamps: Stamps, ending: Arc<Ending<U>>) -> Self {
        Self { stores: stores.clone(), stamps, ending }
    }

    pub(crate) fn stores(&self) -> &Stores<U> {
        &self.stores
    }

    pub(crate) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Whether a credential that remembers `stamp` counts for `user`, who may sign in.
    pub(crate) async fn admit(
        &self,
        user: &StoredUser<U>,
        stamp: &SecurityStamp,
    ) -> Result<bool, StoreError> {
        Ok(self.stamps.count(user, stamp).await? && self.may_use(user).await)
    }

    /// No user was found for the entry under `key`, of which `user_of` reads the user's id. Where a
    /// deleted row stays in the table, it may be the user of such a row, which may come back: so this
    /// is the moment to end all that the user holds.
    pub(crate) async fn met_nobody(
        &self,
        key: &str,
        user_of: impl FnOnce(&[u8]) -> Option<String> + Send,
    ) -> Result<(), StoreError> {
        if U::SCHEMA.soft_delete().is_none() {
            return Ok(());
        }
        let found = self.stores.state.get(key).await?;
        let user = found.and_then(|stored| user_of(&stored));
        let Some(id) = user.and_then(|user| U::Id::from_str(&user).ok()) else { return Ok(()) };
        if self.stores.users.find_by_id(&id).await?.is_none() {
            self.ending.all_of(&id).await?;
        }
        Ok(())
    }

    /// Whether `user`, for whom a credential counts, may use it. Where the account is not active,
    /// this is the moment to end all that it holds.
    pub(crate) async fn may_use(&self, user: &StoredUser<U>) -> bool {
        let may_sign_in = user.logical().may_sign_in(|| self.ending.clock.now());
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
