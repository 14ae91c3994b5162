//! Changes of a session that is alive.

use super::record::SessionRecord;
use super::service::{LiveSession, Sessions};
use crate::secret::hex;
use crate::store::{Entry, StoreError};

/// Each lost race means that somebody else's change is in.
const TRIES: usize = 32;

impl Sessions {
    /// Changes the record of the session `handle`, whatever is done to it meanwhile, and returns
    /// it as it then is. A `change` that returns `false` wants nothing written. `None` if the
    /// session is not alive.
    pub(crate) async fn amend(
        &self,
        handle: &str,
        change: impl Fn(&mut SessionRecord) -> bool + Send + Sync,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let key = self.key(handle);
        for _ in 0..TRIES {
            let Some(stored) = self.state.get(&key).await? else { return Ok(None) };
            let now = self.clock.now_ms();
            let Some(mut record) = SessionRecord::parse(&stored) else { return Ok(None) };
            if self.remaining(&record, now).is_zero() {
                return Ok(None);
            }
            if !change(&mut record) {
                return Ok(Some(record));
            }
            let (value, owner) = (record.to_bytes(), self.owner(&record.user));
            let ttl = self.remaining(&record, now);
            let entry = Entry { value: &value, ttl, owner: Some(&owner) };
            if self.state.compare_and_swap(&key, &stored, entry).await? {
                return Ok(Some(record));
            }
        }
        Err(StoreError::new("a session's record changed faster than it could be written"))
    }

    /// Gives a session another CSRF token, after which the one before is refused. Of parallel
    /// calls one writes, and all return its token. `None` if the session has ended, or tokens are
    /// given up.
    pub(crate) async fn rotate_csrf(
        &self,
        session: &LiveSession,
    ) -> Result<Option<String>, StoreError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| StoreError::new(error.to_string()))?;
        let (from, to) = (&session.record.csrf_salt, hex(&salt));
        let handle = session.id.handle();
        let record = self.amend(&handle, |record| {
            let unchanged = record.csrf_salt == *from;
            if unchanged {
                record.csrf_salt = Some(to.clone());
            }
            unchanged
        });
        Ok(record.await?.and_then(|record| self.csrf_token(&session.id, &record)))
    }
}
