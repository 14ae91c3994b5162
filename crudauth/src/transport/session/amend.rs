//! Changes of a session that is alive.

use super::SessionError;
use super::live::LiveSession;
use super::record::SessionRecord;
use super::service::Sessions;
use crate::secret::{hex, random};
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
        let mut key = self.key(handle);
        for _ in 0..TRIES {
            let Some(stored) = self.state.get(&key).await? else { return Ok(None) };
            let now = self.clock.now_ms();
            let Some(record) = SessionRecord::parse(&stored) else { return Ok(None) };
            let mut record = record.into_owned();
            if self.remaining(&record.standing, now).is_zero() {
                return Ok(None);
            }
            // A session that has another id by now is changed where it is.
            if let Some(successor) = &record.successor {
                key = self.key(successor);
                continue;
            }
            if !change(&mut record) {
                return Ok(Some(record));
            }
            let (value, owner) = (record.to_bytes(), self.owner(&record.user));
            let ttl = self.remaining(&record.standing, now);
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
    ) -> Result<Option<String>, SessionError> {
        let Some(from) = session.record() else { return Ok(None) };
        if from.successor.is_some() {
            // The token of the session that has taken its place is another one.
            return Ok(None);
        }
        let to = hex(random::<16>()?);
        let record = self.amend(session.handle(), |record| {
            let unchanged = record.csrf_salt.as_deref() == from.csrf_salt;
            if unchanged {
                record.csrf_salt = Some(to.clone());
            }
            unchanged
        });
        let Some(record) = record.await? else { return Ok(None) };
        Ok(self.csrf_token(&session.id, record.csrf_salt.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;
    use crate::hooks::HookContext;
    use crate::secret::SecretKey;
    use crate::stamp::{SecurityStamp, Stamps};
    use crate::store::memory::MemoryState;
    use crate::transport::Pass;
    use crate::transport::session::SessionConfig;
    use crate::transport::session::shown::Ids;

    const STAMP: SecurityStamp = SecurityStamp::from_bytes([5; SecurityStamp::LENGTH]);

    struct World {
        clock: Arc<ManualClock>,
        sessions: Sessions,
        cookie: String,
    }

    impl World {
        async fn begin() -> Self {
            let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
            let state = Arc::new(MemoryState::new(clock.clone()));
            let key = SecretKey::random().expect("random");
            let stamps = Stamps::new(&key, state.clone(), Duration::from_secs(60));
            let config = SessionConfig::default();
            let sessions = Sessions::new(state, clock.clone(), &key, stamps, config);
            let context = HookContext {
                address: Some([203, 0, 113, 7].into()),
                user_agent: Some("a browser".to_owned()),
                ..HookContext::default()
            };
            let pass = Pass::for_tests("7", STAMP);
            let issued = sessions.begin(&pass, false, &context, &[], Vec::new());
            let issued = issued.await.expect("a session");
            Self { clock, cookie: issued.cookie.to_string(), sessions }
        }

        async fn find(&self) -> LiveSession {
            let Ids::One(id) = self.sessions.shown([self.cookie.as_bytes()].into_iter()).ids else {
                panic!("the id is genuine");
            };
            let stored = self.sessions.state.get(&self.sessions.key(id.handle())).await;
            let stored = stored.expect("the store works").expect("it is there");
            *self.sessions.alive(id, stored).expect("it is alive")
        }
    }

    #[tokio::test]
    async fn who_rotates_at_the_same_time_gets_the_same_token() {
        let world = World::begin().await;
        let (one, two) = (world.find().await, world.find().await);
        let old = world.sessions.csrf_token(&one.id, None).expect("a token");
        let first = world.sessions.rotate_csrf(&one).await.expect("the store works");
        let second = world.sessions.rotate_csrf(&two).await.expect("the store works");
        assert_eq!(first, second);
        assert_ne!(first, Some(old.clone()));
        let now = world.find().await;
        assert!(world.sessions.csrf_matches(&now, first.expect("a token").as_bytes()));
        assert!(!world.sessions.csrf_matches(&now, old.as_bytes()));
    }

    #[tokio::test]
    async fn activity_is_noted_and_where_a_session_was_begun_stays() {
        let world = World::begin().await;
        let begun = world.find().await.standing().seen;
        world.clock.advance(Duration::from_secs(120));
        world.sessions.touch(&world.find().await, STAMP).await;
        let found = world.find().await;
        let stored = world.sessions.state.get(&world.sessions.key(found.handle())).await;
        let stored = stored.expect("the store works").expect("it is alive");
        let record = SessionRecord::parse(&stored).expect("a record");
        assert_eq!(record.standing.seen, begun + 120_000);
        assert_eq!(record.address, Some("203.0.113.7"));
        assert_eq!(record.agent, Some("a browser"));
    }

    #[tokio::test]
    async fn a_change_neither_revives_nor_prolongs_a_session() {
        let world = World::begin().await;
        let session = world.find().await;
        let handle = session.handle();
        let elevate = |record: &mut SessionRecord| {
            record.standing.elevated_until = Some(u64::MAX);
            true
        };
        world.clock.advance(Duration::from_secs(29 * 60));
        assert!(world.sessions.amend(handle, elevate).await.expect("an answer").is_some());
        world.clock.advance(Duration::from_secs(60));
        assert!(world.sessions.amend(handle, elevate).await.expect("an answer").is_none());
        assert_eq!(world.sessions.list(&7).await.expect("a list").len(), 0);
    }
}
