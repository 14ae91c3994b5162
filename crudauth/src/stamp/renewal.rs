//! Changes of a row that end no credential although they change its stamp: a hash that is renewed
//! at sign-in, and a first password.
//!
//! Before such a change, an entry links the new stamp to the old one. It is read only if a
//! credential remembers another stamp than the row has. Each new hash has another salt, so two
//! racing changes write two entries, and the entry of the loser matches no row.

use super::{SecurityStamp, Stamps};
use crate::store::{Entry, StoreError};
use crate::user::{AuthUser, Change, StoredUser};

/// How many renewals in a row a credential survives without being used.
const MAX_RENEWALS: usize = 8;

impl Stamps {
    /// Keeps the credentials of `user` valid after `change`, and returns the stamp that the row
    /// will have. Call it before the change is made.
    pub(crate) async fn carry_over<U: AuthUser>(
        &self,
        user: &StoredUser<U>,
        change: &Change,
    ) -> Result<SecurityStamp, StoreError> {
        let (from, to) = (self.of(user), self.after(user, change));
        self.note(from, to).await?;
        Ok(to)
    }

    /// Keeps the credentials of `before` valid for `after`.
    pub(crate) async fn carry_between<U: AuthUser>(
        &self,
        before: &StoredUser<U>,
        after: &StoredUser<U>,
    ) -> Result<(), StoreError> {
        self.note(self.of(before), self.of(after)).await
    }

    async fn note(&self, from: SecurityStamp, to: SecurityStamp) -> Result<(), StoreError> {
        if from == to {
            return Ok(());
        }
        let entry = Entry { value: from.bytes(), ttl: self.longest, owner: None };
        self.state.put(&key(to), entry).await
    }

    /// The stamps from which renewals led to `now`, the latest first.
    async fn renewed_from(&self, now: SecurityStamp) -> Result<Vec<SecurityStamp>, StoreError> {
        let (mut chain, mut at) = (Vec::new(), now);
        while chain.len() < MAX_RENEWALS {
            let Some(before) = self.state.get(&key(at)).await? else { break };
            let Ok(before) = before.try_into().map(SecurityStamp::from_bytes) else { break };
            chain.push(before);
            at = before;
        }
        Ok(chain)
    }

    /// The stamps, other than that of the row, that a valid credential of `user` may remember:
    /// those under older secret keys, and those from which renewals led to one of them.
    pub(crate) async fn earlier<U: AuthUser>(
        &self,
        user: &StoredUser<U>,
    ) -> Result<Vec<SecurityStamp>, StoreError> {
        let mut earlier = Vec::new();
        for stamp in self.under_each_key(user) {
            earlier.push(stamp);
            earlier.extend(self.renewed_from(stamp).await?);
        }
        Ok(earlier)
    }
}

fn key(to: SecurityStamp) -> String {
    format!("renewed:{}", to.to_hex())
}
