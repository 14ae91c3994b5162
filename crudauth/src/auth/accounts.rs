//! What an application does to the accounts of its users, past the routes.

use http::HeaderValue;

use super::CrudAuth;
use crate::event::{Plain, SecurityEvent};
use crate::store::{Changed, StoreError};
use crate::transport::session::Issued;
use crate::user::{AuthUser, Change, HasActive};

/// Each lost race means that somebody else has moved the epoch on.
const TRIES: usize = 32;

impl<U: AuthUser> CrudAuth<U> {
    /// Forbids a user to sign in, and ends all that the user holds: sessions, tokens, elevated
    /// rights, links, known devices. By one statement, so that a sign-in that is under way ends
    /// with it. `false` if there is no such user.
    ///
    /// # Errors
    ///
    /// Where the store fails. Once the row is written, nothing counts any more, also what could not
    /// be removed.
    pub async fn deactivate(&self, id: &U::Id) -> Result<bool, StoreError>
    where
        U: HasActive,
    {
        let inner = &self.inner;
        for _ in 0..TRIES {
            let Some(user) = inner.stores.users.find_by_id(id).await? else { return Ok(false) };
            let change = Change::deactivate(user.logical().epoch(), inner.clock.now());
            if inner.stores.users.change(id, change).await? == Changed::Applied {
                inner.ending.all_of(id).await?;
                inner.events.emit(None, SecurityEvent::Deactivated { user: Plain::of(id) });
                return Ok(true);
            }
        }
        Err(StoreError::new("the credentials of an account changed faster than it could be closed"))
    }

    /// Allows a user to sign in again. What has ended stays ended. `false` if there is no such user.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn reactivate(&self, id: &U::Id) -> Result<bool, StoreError>
    where
        U: HasActive,
    {
        let inner = &self.inner;
        let change = Change::reactivate(inner.clock.now());
        let is_there = inner.stores.users.change(id, change).await? == Changed::Applied;
        if is_there {
            inner.events.emit(None, SecurityEvent::Reactivated { user: Plain::of(id) });
        }
        Ok(is_there)
    }

    /// Removes all that crudauth keeps of a user: sessions, sign-ins by tokens, elevated rights,
    /// and what was counted of the user's guesses and calls. To be called where the application
    /// deletes a user, before or after. The row itself is the application's, and so are the
    /// security events where they are kept.
    ///
    /// Nothing that was issued to a row ever serves another one that gets its id, whether or not
    /// this is called.
    ///
    /// # Errors
    ///
    /// Where the store fails; some of it may be left then.
    pub async fn forget(&self, id: &U::Id) -> Result<(), StoreError> {
        let (inner, user) = (&self.inner, id.to_string());
        inner.ending.all_of(id).await?;
        inner.password_check.unlock(&user).await?;
        inner.throttles.forget(&user).await?;
        inner.events.emit(None, SecurityEvent::Forgotten { user: Plain::of(id) });
        Ok(())
    }

    /// The `Set-Cookie` headers that hand a session to its client.
    #[must_use]
    pub fn set_cookies(&self, issued: &Issued) -> Vec<HeaderValue> {
        self.inner.cookies.issued(issued)
    }

    /// Lets what was issued to a user count on, though the application itself has replaced the
    /// stored hash or moved the epoch: `before` and `after` are the row as it was and as it is.
    /// Otherwise each such change ends every credential of the user, which is what a change of
    /// credentials is for.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn carry_over(&self, before: &U, after: &U) -> Result<(), StoreError> {
        self.inner.stamps.carry_between(before, after).await
    }
}
