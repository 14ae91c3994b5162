//! Whether a session shows that its user is there.

use std::time::Duration;

use super::record::Standing;
use super::service::{Sessions, handle_of};
use crate::store::StoreError;

impl Sessions {
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
}
