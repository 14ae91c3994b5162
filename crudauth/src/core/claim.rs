//! The first proof of a mailbox.
//!
//! The person who made an account may not own its mailbox: anybody can sign up with any address. So the
//! owner of the mailbox, who proves it for the first time, gets the account without what that person has
//! set up: the password, the linked identities, passkeys, second factors and keys, and every sign-in.

use std::sync::Arc;

use super::{Core, ServiceFailure};
use crate::chain::chain;
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::{HookContext, HookUser};
use crate::password::PasswordHash;
use crate::store::records::{
    ApiKey, Identity, Passkey, PasskeyUser, Record as _, RecordSteps, SecondFactor, Table,
};
use crate::store::{Changed, StoreError};
use crate::user::{AuthUser, Change, StoredUser};

/// The records by which a user signs in.
pub(crate) const KEYS: &[&Table] =
    &[Identity::TABLE, Passkey::TABLE, PasskeyUser::TABLE, ApiKey::TABLE];

/// The records that a claim removes: every way in that the person who made the account has set up, and
/// what would bar the owner. Roles stay: an administrator has given them to the address.
pub(crate) const WAYS_IN: &[&Table] =
    &[Identity::TABLE, Passkey::TABLE, PasskeyUser::TABLE, SecondFactor::TABLE, ApiKey::TABLE];

impl<U: AuthUser> Core<U> {
    /// Whether a proof of the mailbox of `user` is the first one.
    pub(crate) fn awaits_first_proof(&self, user: &StoredUser<U>) -> bool {
        U::SCHEMA.recovers_by_email() && user.logical().recovery_verified == Some(false)
    }

    /// The steps that remove from `tables` what `user` has there. Another process may have mounted the
    /// features that keep it, where this one has not.
    pub(crate) fn removal_of(
        &self,
        user: &StoredUser<U>,
        tables: &'static [&'static Table],
    ) -> RecordSteps {
        match self.stores.records() {
            Some(records) => records.steps().remove_all_of(&user.id().to_string(), tables),
            None => RecordSteps::none(),
        }
    }

    /// Gives the account to the owner of its mailbox, who has just proved it for the first time, by one
    /// transaction. `None` where the row has changed meanwhile.
    pub(crate) async fn claim_by_mailbox(
        &self,
        user: &StoredUser<U>,
        address: &str,
    ) -> Result<Option<Change>, ServiceFailure> {
        let logical = user.logical();
        let from = logical.hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        let to = PasswordHash::unusable()?;
        let (address, now) = (address.to_owned(), self.clock.now());
        let change = Change::claim_by_mailbox(from, to, logical.epoch(), address, now);
        let removal = self.removal_of(user, WAYS_IN);
        let written = self.stores.change_user(user.id(), change.clone(), removal).await?;
        Ok((written == Changed::Applied).then_some(change))
    }

    /// Tells of an account that was taken from the person who made it. `user` is the row as it is now.
    pub(crate) fn tell_claimed(&self, user: &Arc<StoredUser<U>>, context: &HookContext) {
        let event = SecurityEvent::AccountClaimed { user: LogSafe::from_display(user.id()) };
        self.events.emit(context, event);
        self.hooks.on_account_claimed(HookUser::new(Arc::clone(user)), context);
    }

    /// Removes the entries of the sign-ins that a claim has ended, and forgets what was counted of the
    /// account. Sign-ins that began after the claim stay. A failure does not undo the claim.
    pub(crate) async fn clear_after_claim(&self, user: &StoredUser<U>) {
        let removed = async {
            let (now, id) = (self.stamps.of(user), user.id().to_string());
            self.sessions.succeed(&id, now, None).await?;
            self.families.end_before(&id, now).await?;
            self.unlock(&id).await?;
            Ok::<_, StoreError>(())
        };
        if let Err(error) = removed.await {
            tracing::warn!(
                error = chain(&error),
                "what a claim has ended could not be removed; it serves nobody"
            );
        }
    }
}
