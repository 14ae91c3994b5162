//! Sign-in by a mailbox: the proof, and the guesses at codes that are mailed.

use std::sync::Arc;

use super::device::DeviceToken;
use super::error::{LoginError, SignInError};
use super::service::{Entrance, LoginService, Origin};
use crate::event::{LogSafe, Needed, RequestInfo, SecurityEvent};
use crate::hooks::{HookContext, LockedOutLogin};
use crate::lockout::{Attempt, Client, Pending};
use crate::store::StoreError;
use crate::transport::FirstFactor;
use crate::user::{AuthUser, LoginName, StoredUser};

/// A guess at a code, which is counted and still to be checked.
pub(crate) struct Guess {
    pending: Pending,
    request: RequestInfo,
    user: Option<LogSafe>,
    name: LogSafe,
}

impl Guess {
    pub(crate) fn pending(&self) -> &Pending {
        &self.pending
    }

    pub(crate) fn into_pending(self) -> Pending {
        self.pending
    }
}

impl<U: AuthUser> LoginService<U> {
    /// Counts a guess at a code that was mailed to `address`, the mailbox of `user` if it is that of an
    /// account: with all others at the account, whether these are at codes or at its password.
    pub(crate) async fn begin_guess(
        &self,
        user: Option<&StoredUser<U>>,
        address: &str,
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Guess, LoginError> {
        let name = LoginName::new(address).under(self.core.username_case);
        let (owner, counted_as) = self.owner_of(user, &name, context);
        let account = self.core.subject_keys.account(&owner);
        let device = self.known_device(user, devices, &owner).await?;
        let request = RequestInfo::from(context);
        let (id, digest) = (
            user.map(|user| LogSafe::from_display(user.id())),
            LogSafe::digest(&self.names.digest(counted_as.as_bytes())),
        );
        let networks = self.core.subject_keys.networks(&context.networks());
        let client = device.as_deref().map_or(Client::Unknown, Client::Device);
        let attempt = Attempt { account: &account, networks: &networks, client };
        let begun = self.core.lockout.begin(&attempt).await;
        match begun.inspect_err(|_| self.core.events.outage(Needed::Lockout, true))? {
            Ok(pending) => Ok(Guess { pending, request, user: id, name: digest }),
            Err(locked) => {
                let retry_after = locked.retry_after;
                let event = SecurityEvent::LoginLockedOut { user: id, name: digest, retry_after };
                self.core.events.emit(request, event);
                let locked = LockedOutLogin::new(address.to_owned(), retry_after);
                self.core.hooks.on_lockout(locked, context);
                Err(LoginError::LockedOut { retry_after })
            }
        }
    }

    /// The code was wrong.
    pub(crate) async fn fail_guess(&self, guess: Guess) -> Result<(), StoreError> {
        let failed = self.core.lockout.fail(&guess.pending).await?;
        let Guess { request, user, name, .. } = guess;
        self.tell_of_row(&Origin { request: &request, user, name }, failed);
        Ok(())
    }

    /// Admits a user who has proved the mailbox of the account, from a client that shows
    /// `devices`. A success takes back what was counted of the guess `pending`, if there was one.
    pub(crate) async fn admit_by_mailbox(
        &self,
        user: &Arc<StoredUser<U>>,
        pending: Option<Pending>,
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        match self.admit_proof(user, FirstFactor::by_mailbox(user), devices, context).await {
            Ok(entrance) => Ok(entrance.after(pending)),
            Err(refused) => {
                // The code was right, so the guess has not failed.
                if let Some(pending) = &pending {
                    self.core
                        .lockout
                        .forgive(pending)
                        .await
                        .map_err(crate::error::Rejection::from)?;
                }
                Err(refused)
            }
        }
    }
}
