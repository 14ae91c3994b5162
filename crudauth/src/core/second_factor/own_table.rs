//! Second factors in crudauth's own table, `crudauth_second_factors`.
//!
//! The secret is sealed for its user, under the secret key. Of recovery codes there are digests under the
//! secret of the app, so that they need the secret key too, and outlive a change of it: what an earlier
//! key has sealed is sealed anew when it is read.

use std::sync::Arc;

use super::enrolment::{Enrolment, Seen, State};
use super::{Confirmed, ServiceFailure};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::factors::{Digests, TotpSecret};
use crate::secret::{SealError, Sealer, SecretKey};
use crate::store::records::{
    Insertion, Records, SecondFactor, Target, is_of_earlier_user, made_at, new_id,
};
use crate::store::{Changed, StoreError, Stores};
use crate::user::{AuthUser, Change, StoredUser};

/// How often a set-up is begun again where another one was begun or ended at the same time.
const TRIES: usize = 3;

pub(super) struct InOwnTable<U: AuthUser> {
    stores: Stores<U>,
    records: Records,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
}

impl<U: AuthUser> InOwnTable<U> {
    pub(super) fn new(
        stores: Stores<U>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
    ) -> Result<Self, StartupError> {
        let Some(records) = stores.records.clone() else {
            return Err(StartupError::setting(
                "the stores have no place for second factors: give them one by \
                 `Stores::with_records`",
            ));
        };
        Ok(Self { stores, records, clock, sealer: key.sealer("second factor") })
    }

    /// What is kept of a recovery code.
    pub(super) fn digest(&self, user: &StoredUser<U>, secret: &TotpSecret, code: &str) -> String {
        secret.digester("recovery code").digest(&self.named(user, code)).to_hex()
    }

    /// A text of one user.
    fn named(&self, user: &StoredUser<U>, text: &str) -> Vec<u8> {
        let (users, owner) = (self.stores.users.name(), user.id().to_string());
        [users, "\0", &owner, "\0", text].concat().into_bytes()
    }

    pub(super) async fn of(&self, user: &StoredUser<U>) -> Result<Enrolment, StoreError> {
        let row = self.row(user).await?.filter(|row| !is_stale(row, user));
        let Some(mut row) = row else { return Ok(Enrolment::none()) };
        let secret = match self.open(user, &row.secret) {
            Some((secret, is_current)) => {
                if !is_current {
                    row = self.seal_anew(user, &secret, row).await?;
                }
                Some(secret)
            }
            None => None,
        };
        Ok(enrolment(user, row, secret))
    }

    /// The row under the present key. Where it was changed meanwhile, it is left as it was read, and
    /// nothing happens to it.
    async fn seal_anew(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
        row: SecondFactor,
    ) -> Result<SecondFactor, StoreError> {
        let Ok(sealed) = self.seal(user, secret) else { return Ok(row) };
        let set = [SecondFactor::secret().to(sealed.clone())];
        Ok(match self.records.change(target(&row), set).await? {
            Changed::Applied => SecondFactor { secret: sealed, ..row },
            Changed::Stale | Changed::Taken => row,
        })
    }

    async fn row(&self, user: &StoredUser<U>) -> Result<Option<SecondFactor>, StoreError> {
        self.records.find(SecondFactor::by_owner(&user.id().to_string())).await
    }

    /// A row with nothing confirmed.
    fn new_row(&self, user: &StoredUser<U>, secret: Vec<u8>) -> SecondFactor {
        SecondFactor {
            id: new_id(),
            owner: user.id().to_string(),
            secret,
            confirmed_at: None,
            last_step: None,
            codes: None,
            epoch: user.logical().epoch(),
        }
    }

    pub(super) async fn begin(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
    ) -> Result<bool, ServiceFailure> {
        let sealed = self.seal(user, secret)?;
        for _ in 0..TRIES {
            let begun = match self.row(user).await? {
                None => {
                    let row = self.new_row(user, sealed.clone());
                    self.records.insert(row).await? == Insertion::Inserted
                }
                Some(row) if is_stale(&row, user) => {
                    // The row belongs to an earlier user and makes room. Or this user has confirmed a
                    // factor since `user` was read.
                    let now = self.stores.users.find_by_id(user.id()).await?;
                    if !now.is_some_and(|now| is_stale(&row, &now)) {
                        return Ok(false);
                    }
                    self.records.remove(target(&row)).await?;
                    false
                }
                Some(row) if row.confirmed_at.is_some() => return Ok(false),
                Some(row) => {
                    let set = [
                        SecondFactor::secret().to(sealed.clone()),
                        SecondFactor::last_step().to(None),
                        SecondFactor::codes().to(None),
                        SecondFactor::epoch().to(user.logical().epoch()),
                    ];
                    let target = Target::of(&row).only_if(SecondFactor::confirmed_at(), None);
                    self.records.change(target, set).await? == Changed::Applied
                }
            };
            if begun {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `pending` is what was read of the set-up, where it rests in the table. The change of the user, if
    /// it was applied.
    pub(super) async fn confirm(
        &self,
        user: &StoredUser<U>,
        pending: Option<&Enrolment>,
        confirmed: &Confirmed<'_>,
    ) -> Result<Option<Change>, ServiceFailure> {
        let row = match pending.map(Enrolment::seen) {
            Some(Seen::Row(row)) => Some(row.clone()),
            Some(Seen::None | Seen::Columns(_)) => return Ok(None),
            None => self.row(user).await?,
        };
        let now = self.clock.now();
        let change = Change::end_credentials(user.logical().epoch(), now)
            .while_credentials_are(&user.logical());
        let new = SecondFactor {
            confirmed_at: Some(made_at(user, now)),
            last_step: Some(confirmed.step),
            codes: Some(confirmed.digests.write()),
            epoch: change.set().epoch.unwrap_or_else(|| user.logical().epoch()),
            ..self.new_row(user, self.seal(user, confirmed.secret)?)
        };
        let steps = self.records.steps();
        let steps = match row {
            None => steps.insert(new),
            Some(row) if is_stale(&row, user) => steps.remove(target(&row)).insert(new),
            Some(row) => {
                let set = [
                    SecondFactor::secret().to(new.secret),
                    SecondFactor::confirmed_at().to(new.confirmed_at),
                    SecondFactor::last_step().to(new.last_step),
                    SecondFactor::codes().to(new.codes),
                    SecondFactor::epoch().to(new.epoch),
                ];
                steps.change(target(&row).only_if(SecondFactor::confirmed_at(), None), set)
            }
        };
        let applied = self.stores.change_user(user.id(), change.clone(), steps).await?;
        Ok((applied == Changed::Applied).then_some(change))
    }

    pub(super) async fn accept_step(
        &self,
        row: &SecondFactor,
        step: i64,
    ) -> Result<bool, StoreError> {
        let target = target(row).only_if_below(SecondFactor::last_step(), step);
        let set = [SecondFactor::last_step().to(Some(step))];
        Ok(self.records.change(target, set).await? == Changed::Applied)
    }

    /// The row after it; `None` where it was not applied.
    pub(super) async fn replace_codes(
        &self,
        row: &SecondFactor,
        to: &Digests,
    ) -> Result<Option<SecondFactor>, StoreError> {
        let to = Some(to.write());
        let target = target(row).only_if(SecondFactor::codes(), row.codes.clone());
        let set = [SecondFactor::codes().to(to.clone())];
        let applied = self.records.change(target, set).await? == Changed::Applied;
        Ok(applied.then(|| SecondFactor { codes: to, ..row.clone() }))
    }

    pub(super) async fn remove(&self, row: &SecondFactor) -> Result<bool, StoreError> {
        self.records.remove(target(row)).await
    }

    pub(super) async fn reset(&self, user: &StoredUser<U>) -> Result<bool, ServiceFailure> {
        // A set-up may be begun or confirmed meanwhile.
        for _ in 0..TRIES {
            let Some(row) = self.row(user).await? else { return Ok(false) };
            if self.records.remove(Target::of(&row)).await? {
                return Ok(!is_stale(&row, user));
            }
        }
        Ok(false)
    }

    fn seal(&self, user: &StoredUser<U>, secret: &TotpSecret) -> Result<Vec<u8>, ServiceFailure> {
        let plain = secret.to_base32();
        let sealed = self.sealer.seal(plain.as_bytes(), &self.named(user, "secret"));
        sealed.map_err(|error| match error {
            SealError::Random(error) => error.into(),
            too_long @ SealError::TooLong => StoreError::broken(too_long).into(),
        })
    }

    /// The secret, and whether the present key has sealed it.
    fn open(&self, user: &StoredUser<U>, sealed: &[u8]) -> Option<(TotpSecret, bool)> {
        let (plain, is_current) = self.sealer.open_by_any(sealed, &self.named(user, "secret"))?;
        let secret = TotpSecret::from_base32(std::str::from_utf8(&plain).ok()?)?;
        Some((secret, is_current))
    }
}

/// What a row says of `user`.
fn enrolment<U: AuthUser>(
    user: &StoredUser<U>,
    row: SecondFactor,
    secret: Option<TotpSecret>,
) -> Enrolment {
    let is_of_now = row.epoch == user.logical().epoch();
    let state = match (row.confirmed_at, secret) {
        (Some(_), Some(secret)) => State::Enabled(secret),
        (Some(_), None) => State::Unreadable,
        (None, Some(secret)) if is_of_now => State::Pending(secret),
        (None, _) => State::None,
    };
    let codes = Digests::read(row.codes.as_deref());
    Enrolment::new(state, codes, Seen::Row(row))
}

/// This row, with the secret that was read: each set-up seals it anew.
fn target(row: &SecondFactor) -> Target<SecondFactor> {
    Target::of(row).only_if(SecondFactor::secret(), row.secret.clone())
}

/// Whether a row is that of an earlier user, who had the id before.
fn is_stale<U: AuthUser>(row: &SecondFactor, user: &StoredUser<U>) -> bool {
    is_of_earlier_user(user, row.confirmed_at, Some(row.epoch))
}
