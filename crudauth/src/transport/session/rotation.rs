//! Another id for a session that stays: when it gains rights, and when the password changes.
//!
//! The session before is superseded: for a few seconds its cookie still counts, without elevated
//! rights, so that the requests that are under way with it are not refused. It counts as long as
//! its successor does.

use std::time::Duration;

use super::SessionError;
use super::id::SessionId;
use super::issued::Issued;
use super::record::{SessionRecord, Standing};
use super::service::{Sessions, handle_of};
use crate::stamp::SecurityStamp;
use crate::store::{Entry, StoreError};

/// How long the cookie before still counts.
const GRACE: Duration = Duration::from_secs(10);

/// Each lost race means that somebody else's change of the record is in.
const TRIES: usize = 32;

/// A session that has another id.
pub(crate) struct Rotated {
    /// What the client receives; `None` where a parallel request has given the session its new id,
    /// and its answer carries it.
    pub(crate) issued: Option<Issued>,
    /// The handle of the session now.
    pub(crate) handle: String,
}

/// The session that stays through a change of credentials, under its id to come. It counts as soon
/// as the row has its stamp, and never if the change is not made.
pub(crate) struct Succession {
    from: String,
    id: SessionId,
    record: SessionRecord,
}

impl Succession {
    /// The handle of the session after the change.
    pub(crate) fn handle(&self) -> &str {
        self.id.handle()
    }
}

impl Sessions {
    /// Gives the session `handle` of `user` another id, and applies `change` to its record. Elevated
    /// rights do not pass over by themselves. `None` if the session is not alive.
    pub(crate) async fn rotate(
        &self,
        user: &str,
        handle: &str,
        change: impl Fn(&mut SessionRecord) + Send + Sync,
    ) -> Result<Option<Rotated>, SessionError> {
        let id = SessionId::mint(&self.ids)?;
        for _ in 0..TRIES {
            let Some((stored, record)) = self.own(user, handle).await? else {
                self.end(&id).await?;
                return Ok(None);
            };
            if let Some(successor) = record.successor {
                self.end(&id).await?;
                let amended = self.amend(&successor, |record| {
                    change(record);
                    true
                });
                let rotated = Rotated { issued: None, handle: successor.clone() };
                return Ok(amended.await?.map(|_| rotated));
            }
            let now = self.clock.now_ms();
            let mut next = record.clone().renamed(now);
            change(&mut next);
            self.put(&self.key(id.handle()), &next, now).await?;
            let stamp = record.standing.stamp;
            if self.supersede(handle, &stored, record, &id, stamp).await? {
                let issued = Some(self.issued(&id, next.standing.remember));
                return Ok(Some(Rotated { issued, handle: id.handle().to_owned() }));
            }
        }
        self.end(&id).await?;
        Err(StoreError::new("a session's record changed faster than it could be written").into())
    }

    /// Makes the session ready that is to stay when the row of `user` has the stamp `to`. Nothing
    /// of it has any force before, and the session `handle` counts from then on for the grace.
    /// `None` if the session is not alive. To be called before the change is made, and then
    /// [`succeed`](Self::succeed) or [`abandon`](Self::abandon).
    pub(crate) async fn prepare(
        &self,
        user: &str,
        handle: &str,
        to: SecurityStamp,
    ) -> Result<Option<Succession>, SessionError> {
        let Some((_, record)) = self.own(user, handle).await? else { return Ok(None) };
        let (from, record) = match &record.successor {
            // A parallel request has given it another id meanwhile.
            Some(successor) => match self.own(user, successor).await? {
                Some((_, next)) => (successor.clone(), next),
                None => return Ok(None),
            },
            None => (handle.to_owned(), record),
        };
        let id = SessionId::mint(&self.ids)?;
        let now = self.clock.now_ms();
        let mut record = record.renamed(now);
        record.standing.stamp = to;
        self.put(&self.key(id.handle()), &record, now).await?;
        let pass = Entry { value: id.handle().as_bytes(), ttl: GRACE, owner: None };
        self.state.put(&self.pass(&from, to), pass).await?;
        Ok(Some(Succession { from, id, record }))
    }

    /// The change is made: ends every session of `user` that does not remember the stamp `now`, but
    /// for the grace of the one that has stayed.
    pub(crate) async fn succeed(
        &self,
        user: &str,
        now: SecurityStamp,
        succession: Option<&Succession>,
    ) -> Result<(), StoreError> {
        for listed in self.state.list(&self.owner(user)).await? {
            let standing = Standing::read(&listed.value);
            if standing.is_some_and(|standing| standing.stamp == now) {
                continue;
            }
            match succession {
                Some(succession) if handle_of(&listed.key) == succession.from => {
                    self.supersede_in(succession, listed.value).await?;
                }
                _ => {
                    self.state.remove(&listed.key).await?;
                }
            }
        }
        Ok(())
    }

    /// The change is not made: what was made ready goes.
    pub(crate) async fn abandon(&self, succession: &Succession) -> Result<(), StoreError> {
        let Succession { from, id, record } = succession;
        self.end(id).await?;
        self.state.remove(&self.pass(from, record.standing.stamp)).await?;
        Ok(())
    }

    /// What the client of the session that has stayed receives.
    pub(crate) fn issue(&self, succession: &Succession) -> Issued {
        self.issued(&succession.id, succession.record.standing.remember)
    }

    /// Whether a session that remembers another stamp than the row has was succeeded by the very
    /// change that gave the row its stamp; the handle of its successor.
    pub(super) async fn successor_by_change(
        &self,
        handle: &str,
        now: SecurityStamp,
    ) -> Result<Option<String>, StoreError> {
        let successor = self.state.get(&self.pass(handle, now)).await?;
        Ok(successor.and_then(|handle| String::from_utf8(handle).ok()))
    }

    /// Whether the session `handle` is in the store.
    pub(super) async fn is_there(&self, handle: &str) -> Result<bool, StoreError> {
        Ok(self.state.get(&self.key(handle)).await?.is_some())
    }

    /// The record of the session `handle`, if it is alive and that of `user`, and its bytes.
    async fn own(
        &self,
        user: &str,
        handle: &str,
    ) -> Result<Option<(Vec<u8>, SessionRecord)>, StoreError> {
        let Some(stored) = self.state.get(&self.key(handle)).await? else { return Ok(None) };
        let record = SessionRecord::parse(&stored).map(SessionRecord::into_owned);
        let now = self.clock.now_ms();
        let alive = record.filter(|record| {
            record.user == user && !self.remaining(&record.standing, now).is_zero()
        });
        Ok(alive.map(|record| (stored, record)))
    }

    async fn supersede_in(
        &self,
        succession: &Succession,
        stored: Vec<u8>,
    ) -> Result<(), StoreError> {
        let Succession { from, id, record: next } = succession;
        let key = self.key(from);
        let mut stored = Some(stored);
        for _ in 0..TRIES {
            let Some(bytes) = stored else { return Ok(()) };
            let Some(record) = SessionRecord::parse(&bytes) else { return Ok(()) };
            let record = record.into_owned();
            if self.supersede(from, &bytes, record, id, next.standing.stamp).await? {
                return Ok(());
            }
            stored = self.state.get(&key).await?;
        }
        Err(StoreError::new("a session's record changed faster than it could be written"))
    }

    /// Marks a session as superseded by the one with the id `by`; `false` where its record is not
    /// `stored` any more.
    async fn supersede(
        &self,
        handle: &str,
        stored: &[u8],
        mut record: SessionRecord,
        by: &SessionId,
        stamp: SecurityStamp,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now_ms();
        let grace = u64::try_from(GRACE.as_millis()).unwrap_or(u64::MAX);
        record.standing.stamp = stamp;
        record.standing.elevated_until = None;
        record.standing.superseded_until = Some(now.saturating_add(grace));
        record.successor = Some(by.handle().to_owned());
        let (value, owner) = (record.to_bytes(), self.owner(&record.user));
        let ttl = self.remaining(&record.standing, now);
        let entry = Entry { value: &value, ttl, owner: Some(&owner) };
        self.state.compare_and_swap(&self.key(handle), stored, entry).await
    }

    /// The key of the entry that lets the session `handle` pass once the row has the stamp `to`.
    fn pass(&self, handle: &str, to: SecurityStamp) -> String {
        format!("succeeded:{handle}:{}", to.to_hex())
    }
}

impl SessionRecord {
    /// The record of the same session under another id: what belongs to the id alone is gone, and
    /// so are elevated rights.
    fn renamed(mut self, now: u64) -> Self {
        self.standing.seen = now;
        self.csrf_salt = None;
        self.successor = None;
        self.standing.elevated_until = None;
        self.standing.superseded_until = None;
        self
    }
}
