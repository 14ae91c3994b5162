//! Changes of a row that end nothing, though its stamp is another one afterwards.
//!
//! A hash that is renewed at sign-in, a first password. Before such a change is made, an entry
//! says of the stamp to come which one it came of; it is read only where a credential remembers
//! another stamp than the row has. The stamp to come has a salt of its own, so of two changes that
//! race each writes an entry of its own, and that of the loser says nothing of any row.

use super::{SecurityStamp, Stamps};
use crate::store::{Entry, StoreError};
use crate::user::{AuthUser, Change};

/// How many renewals in a row a credential survives that is not used between them.
const MAX_RENEWALS: usize = 8;

impl Stamps {
    /// Notes that what was issued to `user` counts after `change` too, and returns the stamp that
    /// the row will have. Call it before the change is made.
    pub(crate) async fn carry_over<U: AuthUser>(
        &self,
        user: &U,
        change: &Change,
    ) -> Result<SecurityStamp, StoreError> {
        let (from, to) = (self.of(user), self.after(user, change));
        self.note(from, to).await?;
        Ok(to)
    }

    /// Notes that what remembers the stamp of `before` counts for `after` too.
    pub(crate) async fn carry_between<U: AuthUser>(
        &self,
        before: &U,
        after: &U,
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

    /// The stamps that `now` came of by renewals alone, the last one first.
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

    /// The stamps that a credential of `user` may remember where it does not remember that of the
    /// row: the one under an older secret key, and what each of them came of by renewals alone.
    pub(crate) async fn earlier<U: AuthUser>(
        &self,
        user: &U,
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
