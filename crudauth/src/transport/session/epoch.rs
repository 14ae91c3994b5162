//! What a change of credentials does to the sessions of its user.

use std::time::Duration;

use super::record::{SessionRecord, Standing};
use super::service::{Sessions, handle_of};
use crate::store::{Entry, StoreError};

/// Each lost race means that somebody else's change of the record is in.
const TRIES: usize = 32;

impl Sessions {
    /// Takes the session `handle` along into `epoch` and ends every other session of `user`.
    ///
    /// The others do not authenticate any more as soon as the user's row has the new epoch; this
    /// is what removes them, and what ends them where the struct has given up its epoch.
    pub(crate) async fn enter_epoch(
        &self,
        user: &str,
        handle: Option<&str>,
        epoch: i64,
    ) -> Result<(), StoreError> {
        for listed in self.state.list(&self.owner(user)).await? {
            if Some(handle_of(&listed.key)) == handle {
                self.rebind(&listed.key, listed.value, epoch).await?;
            } else {
                self.state.remove(&listed.key).await?;
            }
        }
        Ok(())
    }

    /// Whether the session `handle` of `user` shows that the user is there: it is alive, and either
    /// began no longer ago than `fresh`, where zero is never, or has the elevated rights of the
    /// sudo mode.
    pub(crate) async fn vouches(
        &self,
        user: &str,
        handle: &str,
        fresh: Duration,
    ) -> Result<bool, StoreError> {
        let listed = self.state.list(&self.owner(user)).await?;
        let found = listed.into_iter().find(|listed| handle_of(&listed.key) == handle);
        let standing = found.and_then(|listed| Standing::read(&listed.value));
        let now = self.clock.now_ms();
        Ok(standing.is_some_and(|standing| {
            let age = Duration::from_millis(now.saturating_sub(standing.created));
            let is_fresh = age <= fresh && !fresh.is_zero();
            let is_alive = !self.remaining(&standing, now).is_zero();
            is_alive && (is_fresh || standing.is_elevated(now))
        }))
    }

    async fn rebind(&self, key: &str, stored: Vec<u8>, epoch: i64) -> Result<(), StoreError> {
        let mut stored = Some(stored);
        for _ in 0..TRIES {
            let Some(bytes) = stored else { return Ok(()) };
            let Some(mut record) = SessionRecord::parse(&bytes) else { return Ok(()) };
            record.standing.epoch = epoch;
            let (value, owner) = (record.to_bytes(), self.owner(record.user));
            let ttl = self.remaining(&record.standing, self.clock.now_ms());
            let entry = Entry { value: &value, ttl, owner: Some(&owner) };
            if self.state.compare_and_swap(key, &bytes, entry).await? {
                return Ok(());
            }
            stored = self.state.get(key).await?;
        }
        Err(StoreError::new("a session's record changed faster than it could be written"))
    }
}
