//! Second factors in four columns of the users table, in the form of the Python library.
//!
//! The secret is a Fernet token of its base32. While it is pending, the credential epoch stands before
//! it, so that a set-up that was begun before a change of credentials is never confirmed.

use std::fmt::Display;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::enrolment::{Enrolment, Seen, SeenColumns, State};
use super::{Confirmed, ServiceFailure};
use crate::clock::Clock;
use crate::factors::{Digests, FernetKeys, TotpSecret};
use crate::secret::RandomError;
use crate::store::{Changed, StoreError, Stores};
use crate::user::{AuthUser, Change, FactorColumns, StoredUser};

pub(super) struct InColumns<U: AuthUser> {
    stores: Stores<U>,
    clock: Arc<dyn Clock>,
    keys: FernetKeys,
}

impl<U: AuthUser> InColumns<U> {
    pub(super) fn new(stores: Stores<U>, clock: Arc<dyn Clock>, keys: FernetKeys) -> Self {
        Self { stores, clock, keys }
    }

    pub(super) fn of(&self, user: &StoredUser<U>) -> Enrolment {
        let Some(columns) = user.factor_columns() else { return Enrolment::none() };
        // An empty text counts as NULL.
        let Some(secret) = columns.secret.filter(|secret| !secret.is_empty()) else {
            return Enrolment::none();
        };
        let plain = self.decrypt(secret);
        let state = match (columns.is_confirmed, plain) {
            (true, Some(plain)) => TotpSecret::from_base32(&plain).map(State::Enabled),
            (true, None) => None,
            (false, plain) => {
                let epoch = user.logical().epoch();
                let secret = plain.as_deref().and_then(|plain| pending(plain, epoch));
                Some(secret.map_or(State::None, State::Pending))
            }
        };
        let seen =
            SeenColumns { secret: secret.to_owned(), codes: columns.codes.map(str::to_owned) };
        let codes = Digests::read(columns.codes);
        Enrolment::new(state.unwrap_or(State::Unreadable), codes, Seen::Columns(seen))
    }

    pub(super) async fn begin(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
    ) -> Result<bool, ServiceFailure> {
        let plain = Zeroizing::new(format!("{}:{}", user.logical().epoch(), *secret.to_base32()));
        let change = Change::begin_factor(self.encrypt(&plain)?, self.clock.now());
        Ok(self.change(user, change).await?)
    }

    /// `pending` is what was read of the set-up, where it rests in the columns. The change, if it was
    /// applied.
    pub(super) async fn confirm(
        &self,
        user: &StoredUser<U>,
        pending: Option<&Enrolment>,
        confirmed: &Confirmed<'_>,
    ) -> Result<Option<Change>, ServiceFailure> {
        let pending = match pending.map(Enrolment::seen) {
            Some(Seen::Columns(seen)) => Some(seen.secret.clone()),
            Some(Seen::None | Seen::Row(_)) => return Ok(None),
            None => None,
        };
        let secret = self.encrypt(&confirmed.secret.to_base32())?;
        let (codes, epoch) = (confirmed.digests.write(), user.logical().epoch());
        let now = self.clock.now();
        let change = Change::confirm_factor(pending, secret, confirmed.step, codes, epoch, now)
            .while_credentials_are(&user.logical());
        let applied = self.change(user, change.clone()).await?;
        Ok(applied.then_some(change))
    }

    pub(super) async fn accept_step(
        &self,
        user: &StoredUser<U>,
        seen: &SeenColumns,
        step: i64,
    ) -> Result<bool, StoreError> {
        let change = Change::accept_factor_step(seen.secret.clone(), step, self.clock.now());
        self.change(user, change).await
    }

    /// What the columns hold after it; `None` where it was not applied.
    pub(super) async fn replace_codes(
        &self,
        user: &StoredUser<U>,
        seen: &SeenColumns,
        to: &Digests,
    ) -> Result<Option<SeenColumns>, StoreError> {
        let (secret, from, to) = (seen.secret.clone(), seen.codes.clone(), to.write());
        let change = Change::recovery_codes(secret, from, to.clone(), self.clock.now());
        let applied = self.change(user, change).await?;
        Ok(applied.then(|| SeenColumns { secret: seen.secret.clone(), codes: Some(to) }))
    }

    pub(super) async fn remove(
        &self,
        user: &StoredUser<U>,
        seen: &SeenColumns,
    ) -> Result<bool, StoreError> {
        self.change(user, Change::remove_factor(seen.secret.clone(), self.clock.now())).await
    }

    pub(super) async fn reset(&self, user: &StoredUser<U>) -> Result<bool, ServiceFailure> {
        if user.factor_columns().unwrap_or_default() == FactorColumns::default() {
            return Ok(false);
        }
        Ok(self.change(user, Change::reset_factor(self.clock.now())).await?)
    }

    async fn change(&self, user: &StoredUser<U>, change: Change) -> Result<bool, StoreError> {
        Ok(self.stores.users.change(user.id(), change).await? == Changed::Applied)
    }

    fn encrypt(&self, plain: &str) -> Result<String, RandomError> {
        self.keys.encrypt(plain.as_bytes(), self.clock.now())
    }

    fn decrypt(&self, token: &str) -> Option<Zeroizing<String>> {
        let plain = self.keys.decrypt(token)?;
        std::str::from_utf8(&plain).ok().map(|plain| Zeroizing::new(plain.to_owned()))
    }
}

/// The secret of a set-up that was begun in this epoch.
fn pending(plain: &str, epoch: impl Display) -> Option<TotpSecret> {
    let (begun, secret) = plain.split_once(':')?;
    (begun == epoch.to_string()).then(|| TotpSecret::from_base32(secret)).flatten()
}
