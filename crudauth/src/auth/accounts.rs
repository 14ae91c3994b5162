//! What an application does to the accounts of its users, past the routes.

use super::CrudAuth;
use crate::event::{LogSafe, RequestInfo, SecurityEvent};
use crate::store::{Changed, StoreError};
use crate::user::{AuthUser, Change, HasActive, StoredUser};

/// Each lost race means that somebody else has moved the epoch on.
const TRIES: usize = 32;

impl<U: AuthUser> CrudAuth<U> {
    /// Forbids a user to sign in, and ends all that the user holds: sessions, tokens, elevated
    /// rights, links, known devices. By one statement, so that a sign-in that is under way ends
    /// with it. `false` if there is no such user.
    ///
    /// Where several columns say whether an account is active, it writes the first that is not
    /// compared with the clock. A moment at which the account was closed before stays.
    ///
    /// # Errors
    ///
    /// Where the store fails. Once the row is written, nothing counts any more, also what could not
    /// be removed.
    pub async fn deactivate(&self, id: &U::Id) -> Result<bool, StoreError>
    where
        U: HasActive,
    {
        let core = self.inner.core();
        for _ in 0..TRIES {
            let Some(user) = core.stores.users.find_by_id(id).await? else { return Ok(false) };
            let change = Change::deactivate(user.logical().epoch(), core.clock.now());
            if core.stores.users.change(id, change).await? == Changed::Applied {
                core.ending.all_of(id).await?;
                core.events.emit(
                    RequestInfo::NONE,
                    SecurityEvent::Deactivated { user: LogSafe::from_display(id) },
                );
                return Ok(true);
            }
        }
        Err(StoreError::new("the credentials of an account changed faster than it could be closed"))
    }

    /// Allows a user to sign in again. What has ended stays ended. `false` if there is no such user,
    /// or if the account stays closed: it writes the column that [`deactivate`](Self::deactivate)
    /// writes, and another one of the application's (`deleted_at`, say) may speak against it too.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn reactivate(&self, id: &U::Id) -> Result<bool, StoreError>
    where
        U: HasActive,
    {
        let core = self.inner.core();
        let users = &core.stores.users;
        let Some(mut user) = users.find_by_id(id).await? else { return Ok(false) };
        let may_sign_in = |user: &StoredUser<U>| user.logical().may_sign_in(|| core.clock.now());
        if may_sign_in(&user) {
            return Ok(true);
        }
        let change = Change::reactivate(core.clock.now());
        if users.change(id, change.clone()).await? != Changed::Applied {
            return Ok(false);
        }
        user.apply(&change);
        let is_open = may_sign_in(&user);
        if is_open {
            core.events.emit(
                RequestInfo::NONE,
                SecurityEvent::Reactivated { user: LogSafe::from_display(id) },
            );
        }
        Ok(is_open)
    }

    /// Removes all that crudauth keeps of a user: sessions, sign-ins by tokens, elevated rights,
    /// what was counted of the user's guesses and calls, and all [`records`](crate::store::records). To be called where the application
    /// deletes a user, after that: what is kept [beside](crate::user::Beside) the row stays as long as the
    /// row is there. The row itself is the application's, and so are the
    /// security events where they are kept.
    ///
    /// No credential that was issued to a row ever serves another one that gets its id, whether or not
    /// this is called. Links to providers and other records end where crudauth makes the next row. Where
    /// the application makes it, a link ends if the row is newer than the link, by its `created_at`, or if
    /// no changes of credentials lead from the epoch (`token_version`) at the link to that of the row: it is
    /// lower, or higher by more than 65,536. The first epoch that crudauth gives is random. For a struct
    /// without `created_at`, call this, or start each epoch at a random number.
    ///
    /// # Errors
    ///
    /// Where the store fails; some of it may be left then.
    pub async fn forget(&self, id: &U::Id) -> Result<(), StoreError> {
        let (core, user) = (self.inner.core(), id.to_string());
        core.ending.all_of(id).await?;
        core.unlock(&user).await?;
        core.rate_limiters.forget(&user).await?;
        core.stores.users.forget(id).await?;
        if let Some(records) = core.stores.records() {
            records.remove_all_of(&user).await?;
        }
        core.events
            .emit(RequestInfo::NONE, SecurityEvent::Forgotten { user: LogSafe::from_display(id) });
        Ok(())
    }

    /// Lets what was issued to a user count on, though the application itself has replaced the
    /// stored hash or moved the epoch: `before` and `after` are the row as it was and as it is.
    /// Otherwise each such change ends every credential of the user, which is what a change of
    /// credentials is for.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn carry_over(&self, before: U, after: U) -> Result<(), StoreError> {
        let core = self.inner.core();
        let (before, after) = (core.stores.whole(before).await?, core.stores.whole(after).await?);
        match before.zip(after) {
            Some((before, after)) => core.stamps.carry_between(&before, &after).await,
            None => Ok(()),
        }
    }
}
