//! The life of sessions, without HTTP.

use std::sync::Arc;
use std::time::Duration;

use super::SessionError;
use super::config::SessionConfig;
use super::id::SessionId;
use super::issued::Issued;
use super::live::LiveSession;
use super::mask::mask;
use super::record::{SessionRecord, Standing};
use super::shown::Shown;
use crate::chain::chain;
use crate::clock::Clock;
use crate::hooks::HookContext;
use crate::secret::{Digester, RandomError, SecretKey};
use crate::stamp::{SecurityStamp, Stamps};
use crate::store::{Entry, StateStore, Step, StoreError};
use crate::transport::{Pass, ProviderLogin};

/// Begins, finds and ends sessions.
#[derive(Debug)]
pub struct Sessions {
    pub(super) state: Arc<dyn StateStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stamps: Stamps,
    config: SessionConfig,
    pub(super) ids: Digester,
    csrf: Digester,
}

impl Sessions {
    pub(crate) fn new(
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        stamps: Stamps,
        config: SessionConfig,
    ) -> Self {
        let purpose = |name: &str| key.own_digester(&format!("{name} {}", config.prefix));
        let (ids, csrf) = (purpose("session id"), purpose("csrf token"));
        Self { ids, csrf, state, clock, stamps, config }
    }

    pub(crate) fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// Which sessions the values of a session cookie name.
    pub(crate) fn shown<'a>(&self, cookies: impl Iterator<Item = &'a [u8]>) -> Shown {
        Shown::of(cookies.map(|cookie| SessionId::read(cookie, &self.ids)))
    }

    /// Begins a session for a sign-in, always under a new id; with `remember`, it outlives the
    /// browser. The sessions that the browser presented end, and
    /// so do the user's least recently active ones beyond the cap. All of it, and what the sign-in
    /// writes `beside` it, is one operation of the store.
    ///
    /// # Errors
    ///
    /// Where the store fails; the client then has no session.
    pub(crate) async fn begin(
        &self,
        pass: &Pass,
        remember: bool,
        context: &HookContext,
        presented: &[SessionId],
        beside: Vec<Step<'_>>,
    ) -> Result<Issued, SessionError> {
        let id = SessionId::mint(&self.ids)?;
        let now = self.clock.now_ms();
        let standing = Standing {
            stamp: pass.stamp(),
            created: now,
            seen: now,
            remember,
            elevated_until: None,
            superseded_until: None,
        };
        let record = SessionRecord {
            user: pass.user().to_owned(),
            standing,
            csrf_salt: None,
            address: context.address.map(|address| address.to_string()),
            agent: context.user_agent.clone(),
            successor: None,
            login: pass.login().map(ProviderLogin::to_text),
            proofs: pass.proofs_to_note(now),
        };
        let (key, owner, value) =
            (self.key(id.handle()), self.owner(&record.user), record.to_bytes());
        let mut ended: Vec<_> = presented.iter().map(|shown| self.key(shown.handle())).collect();
        ended.extend(self.beyond_the_cap(&owner, &ended).await?);
        ended.sort_unstable();
        ended.dedup();
        let ttl = self.remaining(&record.standing, now);
        let put = Step::Put(&key, Entry { value: &value, ttl, owner: Some(&owner) });
        let ended = ended.iter().map(|key| Step::Remove(key));
        let steps: Vec<_> = beside.into_iter().chain(ended).chain([put]).collect();
        // There is no bound, so that nothing is refused.
        let _made = self.state.batch(&steps).await?;
        // The new session is in the store before these are counted, so that parallel logins see
        // each other and end at the cap together.
        for key in self.beyond_the_cap(&owner, &[key]).await? {
            self.state.remove(&key).await?;
        }
        Ok(self.issued(&id, remember))
    }

    /// What the client of the session `id` receives.
    pub(super) fn issued(&self, id: &SessionId, remember: bool) -> Issued {
        Issued {
            cookie: id.cookie_value(),
            csrf: self.csrf_token(id, None),
            max_age: remember.then_some(self.config.remember),
            handle: id.handle().to_owned(),
        }
    }

    /// The session that is stored as `stored`, unless its time is up by the configuration of today,
    /// which may allow less than that of the day when it was stored. It is boxed, since it is handed
    /// on through several futures on each request.
    pub(super) fn alive(&self, id: SessionId, stored: Vec<u8>) -> Option<Box<LiveSession>> {
        let Some(record) = SessionRecord::locate(&stored) else {
            tracing::error!("a session record in the store could not be read");
            return None;
        };
        let at = self.clock.now_ms();
        let is_over = self.remaining(&record.standing, at).is_zero();
        (!is_over).then(|| Box::new(LiveSession { id, record, stored, at }))
    }

    /// Notes activity, if it is time to, and that the user's row has the stamp `now`.
    pub(crate) async fn touch(&self, session: &LiveSession, now: SecurityStamp) {
        let since = Duration::from_millis(session.at.saturating_sub(session.standing().seen));
        let is_due = since >= self.config.touch_after(session.standing().remember);
        if is_due || session.standing().stamp != now {
            // Most requests do not get here, and need no room for it.
            Box::pin(self.note_activity(session, now)).await;
        }
    }

    /// Of parallel requests one writes; a write that lost to another, or that the store could not
    /// make, costs nothing but precision.
    async fn note_activity(&self, session: &LiveSession, stamp: SecurityStamp) {
        let now = session.at;
        let Some(mut record) = session.record() else { return };
        record.standing.seen = now;
        record.standing.stamp = stamp;
        let (key, owner, value) =
            (self.key(session.handle()), self.owner(record.user), record.to_bytes());
        let ttl = self.remaining(&record.standing, now);
        let entry = Entry { value: &value, ttl, owner: Some(&owner) };
        let swapped = self.state.compare_and_swap(&key, &session.stored, entry);
        if let Err(error) = swapped.await {
            tracing::warn!(error = chain(&error), "the activity of a session could not be noted");
        }
    }

    /// Ends a session; `false` if it was not alive.
    pub(crate) async fn end(&self, id: &SessionId) -> Result<bool, StoreError> {
        self.end_named(id.handle()).await
    }

    /// As [`end`](Self::end), of the session with this handle.
    pub(crate) async fn end_named(&self, handle: &str) -> Result<bool, StoreError> {
        self.state.remove(&self.key(handle)).await
    }

    /// The CSRF token of a session; `None` where tokens are given up.
    pub(super) fn csrf_token(&self, id: &SessionId, salt: Option<&str>) -> Option<String> {
        let token = || id.csrf_token(&self.csrf, salt);
        self.config.csrf.then(|| token().to_hex())
    }

    /// The CSRF token of a session that is alive, masked for a page; `None` where tokens are given
    /// up.
    pub(crate) fn csrf_token_for_page(
        &self,
        session: &LiveSession,
    ) -> Result<Option<String>, RandomError> {
        let Some(record) = session.record().filter(|_| self.config.csrf) else { return Ok(None) };
        mask(&session.id.csrf_token(&self.csrf, record.csrf_salt)).map(Some)
    }

    /// Whether `shown` is the CSRF token of the session, compared in constant time.
    pub(crate) fn csrf_matches(&self, session: &LiveSession, shown: &[u8]) -> bool {
        let Some(record) = session.record() else { return false };
        session.id.is_csrf_token(&self.csrf, record.csrf_salt, shown)
    }

    pub(super) async fn put(
        &self,
        key: &str,
        record: &SessionRecord,
        now: u64,
    ) -> Result<(), StoreError> {
        let value = record.to_bytes();
        let owner = self.owner(&record.user);
        let ttl = self.remaining(&record.standing, now);
        self.state.put(key, Entry { value: &value, ttl, owner: Some(&owner) }).await
    }

    /// The least recently active sessions of `owner` for which there is no room beside a new one,
    /// not looking at some `keys`.
    async fn beyond_the_cap(
        &self,
        owner: &str,
        keys: &[String],
    ) -> Result<Vec<String>, StoreError> {
        let mut others: Vec<_> = self
            .state
            .list(owner)
            .await?
            .into_iter()
            .filter(|listed| !keys.contains(&listed.key))
            .filter_map(|listed| match Standing::read(&listed.value) {
                // It is the session that has taken its place, which counts already.
                Some(Standing { superseded_until: Some(_), .. }) => None,
                standing => Some((standing.map_or(0, |it| it.seen), listed.key)),
            })
            .collect();
        others.sort_unstable_by(|left, right| right.cmp(left));
        let beyond = others.into_iter().skip(self.config.per_user - 1);
        Ok(beyond.map(|(_, key)| key).collect())
    }

    pub(super) fn remaining(&self, standing: &Standing, now: u64) -> Duration {
        standing.remaining(now, self.config.window(standing.remember), self.config.absolute)
    }

    /// The key of the session `handle`. Every request of a session asks for it.
    pub(super) fn key(&self, handle: &str) -> String {
        [&self.config.prefix, ":", handle].concat()
    }

    pub(super) fn owner(&self, user: &str) -> String {
        format!("{}:{user}", self.config.prefix)
    }
}

/// The handle in a key: what follows the prefix, which has no colon.
pub(super) fn handle_of(key: &str) -> &str {
    key.split_once(':').map_or(key, |(_, handle)| handle)
}
