//! For whom a session counts, and as what.

use super::live::LiveSession;
use super::record::SessionRecord;
use super::service::Sessions;
use crate::stamp::SecurityStamp;
use crate::store::StoreError;
use crate::user::{AuthUser, StoredUser};

/// As what a session counts.
#[derive(Debug)]
pub(crate) enum Counts {
    /// As the session that it is, for a row that has this stamp.
    AsItself(SecurityStamp),
    /// For its grace, as the session with this handle, which has taken its place.
    AsSuccessor(String),
}

impl Sessions {
    /// As what `session` counts for `user`; `None` where it was issued to another row, or before a
    /// change of credentials. It asks the store only where the session remembers another stamp
    /// than the row has, or has another id by now.
    pub(crate) async fn counts_for<U: AuthUser>(
        &self,
        session: &LiveSession,
        user: &StoredUser<U>,
    ) -> Result<Option<Counts>, StoreError> {
        let now = self.stamps.of(user);
        if now == session.standing().stamp && session.standing().superseded_until.is_none() {
            return Ok(Some(Counts::AsItself(now)));
        }
        // Most requests do not get here, and need no room for it.
        Box::pin(self.counts_otherwise(session, user, now)).await
    }

    async fn counts_otherwise<U: AuthUser>(
        &self,
        session: &LiveSession,
        user: &StoredUser<U>,
        now: SecurityStamp,
    ) -> Result<Option<Counts>, StoreError> {
        let counts = self.stamps.count(user, &session.standing().stamp).await?;
        let named = session.record().and_then(|SessionRecord { successor, .. }| successor);
        let successor = match (counts, named) {
            (true, None) => return Ok(Some(Counts::AsItself(now))),
            (true, Some(successor)) => Some(successor.to_owned()),
            (false, _) => self.successor_by_change(session.handle(), now).await?,
        };
        // What ends the successor ends it.
        match successor {
            Some(successor) if self.is_there(&successor).await? => {
                Ok(Some(Counts::AsSuccessor(successor)))
            }
            _ => Ok(None),
        }
    }
}
