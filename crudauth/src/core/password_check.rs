//! Asks a client that is signed in for its password again.
//!
//! It is the same secret that a sign-in asks for. So every route that asks for it checks it here,
//! where each attempt is counted with all others at the account (see [`lockout`](crate::lockout)).
//! Otherwise guesses would be free on such a route.

use std::time::Duration;

use super::{Core, ServiceFailure};
use crate::event::{LogSafe, Needed, SecurityEvent};
use crate::hooks::HookContext;
use crate::lockout::{Attempt, Client, ExtraLimit, FailureStreak};
use crate::password::{Password, PasswordHash};
use crate::store::StoreError;
use crate::user::{AuthUser, StoredUser};

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    Right,
    Wrong {
        /// How long the limit beside those of the account is locked by it, if it is.
        locked: Option<Duration>,
    },
}

impl Checked {
    pub(crate) fn is_right(self) -> bool {
        self == Self::Right
    }
}

impl<U: AuthUser> Core<U> {
    /// Checks the password of `user`. What is no password is wrong, and counts as one that is.
    pub(crate) async fn check_password(
        &self,
        user: &StoredUser<U>,
        password: Option<Password>,
        context: &HookContext,
        extra: Option<ExtraLimit>,
    ) -> Result<Checked, ServiceFailure> {
        let account = self.subject_keys.account(&user.id().to_string());
        let networks = self.subject_keys.networks(&context.networks());
        let attempt = Attempt { account: &account, networks: &networks, client: Client::SignedIn };
        let begun = self.lockout.begin_within(&attempt, extra).await;
        let begun = begun.inspect_err(|_| self.events.outage(Needed::Lockout, true))?;
        let pending = begun
            .map_err(|locked| ServiceFailure::LockedOut { retry_after: locked.retry_after })?;

        let stored = user.logical().hashed_password;
        let stored = stored.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        let is_right = match password {
            Some(password) => {
                match self.hashing.with_reserved_queue().verify(password, stored).await {
                    Ok(verdict) => verdict.is_match(),
                    Err(error) => {
                        // It was not checked, so it is not one that failed.
                        self.lockout.forgive(&pending).await?;
                        return Err(ServiceFailure::Hashing(error));
                    }
                }
            }
            None => false,
        };
        if is_right {
            self.lockout.succeed(&pending).await?;
            return Ok(Checked::Right);
        }
        let failed = self.lockout.fail(&pending).await?;
        if let Some(FailureStreak { failures, retry_after, .. }) = failed.in_a_row {
            let user = Some(LogSafe::from_display(user.id()));
            let event =
                SecurityEvent::LoginFailuresInARow { user, name: None, failures, retry_after };
            self.events.emit(context, event);
        }
        Ok(Checked::Wrong { locked: failed.locked })
    }

    /// Forgets what was counted of the user with the primary key `id`, who has proved by another way
    /// than the password to be it.
    pub(crate) async fn unlock(&self, id: &str) -> Result<(), StoreError> {
        self.lockout.unlock(&self.subject_keys.account(id)).await
    }
}
