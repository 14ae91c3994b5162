//! The end of all that one user holds.

use std::fmt;
use std::sync::Arc;

use super::SignIns;
use crate::chain::chain;
use crate::clock::Clock;
use crate::event::{Events, LogSafe, RequestInfo, SecurityEvent};
use crate::store::{Changed, StoreError, UserStore};
use crate::user::{AuthUser, Change, StoredUser};

/// Ends every session and every sign-in by tokens of a user.
pub(crate) struct Ending<U: AuthUser> {
    pub(crate) users: Arc<dyn UserStore<U>>,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
}

impl<U: AuthUser> Ending<U> {
    /// Ends what the user with the primary key `id` holds, and says how much it was.
    pub(crate) async fn all_of(&self, id: &U::Id) -> Result<u64, StoreError> {
        self.sign_ins.end_all(id, None).await
    }

    /// A credential that counts for `user` was shown, and the account is not active: so the
    /// application has deactivated it by its own means. Ends all of it for good. The next request
    /// finds no credential any more, so this happens once.
    pub(crate) async fn met_inactive(&self, user: &StoredUser<U>) {
        let ended = async {
            let moved = self.move_epoch(user).await?;
            Ok::<_, StoreError>(moved | (self.all_of(user.id()).await? > 0))
        };
        match ended.await {
            Ok(true) => {
                self.events.emit(
                    RequestInfo::NONE,
                    SecurityEvent::Deactivated { user: LogSafe::from_display(user.id()) },
                );
            }
            Ok(false) => {}
            Err(error) => {
                tracing::error!(
                    error = chain(&error),
                    "what an inactive account holds could not be ended yet"
                );
            }
        }
    }

    /// Ends what carries no entry: access tokens elsewhere, links, device tokens. Of parallel calls
    /// one does it. `false` where it was done, or the struct has no epoch.
    async fn move_epoch(&self, user: &StoredUser<U>) -> Result<bool, StoreError> {
        let Some(epoch) = user.logical().token_version else { return Ok(false) };
        let change = Change::end_credentials(epoch, self.clock.now());
        Ok(self.users.change(user.id(), change).await? == Changed::Applied)
    }
}

impl<U: AuthUser> fmt::Debug for Ending<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").field("sign_ins", &self.sign_ins).finish_non_exhaustive()
    }
}
