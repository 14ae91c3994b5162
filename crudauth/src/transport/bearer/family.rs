//! Refresh families: the life of a sign-in over all its refresh tokens, without tokens.
//!
//! A family is one record. It counts generations, and the id of a generation's token is a keyed
//! digest of family and number: so the record needs no token in it, a token tells its generation,
//! and the successor of a token can be derived again for as long as the grace lasts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::BearerError;
use crate::clock::Clock;
use crate::event::LogSafe;
use crate::hooks::HookContext;
use crate::proofs::{Factor, Proofs};
use crate::secret::{Digest, Digester, SecretKey, hex, random};
use crate::stamp::SecurityStamp;
use crate::store::{Entry, Listed, StateStore, Step, StoreError};
use crate::transport::{Pass, ProviderLogin};

/// Begins, turns and ends refresh families.
pub(crate) struct TokenFamilies {
    pub(super) state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    keys: Digester,
    token_ids: Digester,
    /// What the names of owners begin with, under the present key and then under each older one:
    /// applications of different keys over one store do not count each other's.
    prefixes: Vec<String>,
    life: Life,
}

/// How long families live, and how many a user may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) ttl: Duration,
    pub(crate) grace: Duration,
    pub(crate) per_user: usize,
}

/// A family at rest.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(rename = "u")]
    pub(super) user: String,
    /// The stamp of the user's row that the family was issued to.
    #[serde(rename = "m")]
    pub(super) stamp: SecurityStamp,
    /// The number of the token that is valid now.
    #[serde(rename = "g")]
    generation: u64,
    /// When that token was issued, in milliseconds since the Unix epoch.
    #[serde(rename = "t")]
    pub(super) turned: u64,
    /// When the family ends, in seconds since the Unix epoch.
    #[serde(rename = "x")]
    pub(super) expires: u64,
    #[serde(rename = "s")]
    scopes: Vec<String>,
    /// When the sign-in was, in milliseconds since the Unix epoch.
    #[serde(rename = "c")]
    pub(super) created: u64,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(super) agent: Option<String>,
    /// The identity at a provider that the sign-in was proved by.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(super) login: Option<String>,
    /// What the sign-in has proved, as [`Proofs`] writes it; absent where it is what
    /// [`Proofs::assumed`] says.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    proofs: Option<String>,
    /// When a step-up has added to the proofs, in seconds since the Unix epoch.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    proved_anew: Option<u64>,
    /// Whether it is that of an access token alone.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    unrenewed: bool,
}

impl Record {
    /// What the sign-in has proved.
    pub(super) fn proofs(&self) -> Proofs {
        Proofs::in_record(self.proofs.as_deref(), self.login.is_some(), self.created)
    }
}

/// The one token of a family that is valid now, as facts.
#[derive(Debug)]
pub(super) struct ActiveToken {
    pub(super) session: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) proofs: Proofs,
    /// When they were proved, in seconds since the Unix epoch: the first of the sign-in, or those of a
    /// step-up since.
    pub(super) proved_at: Option<u64>,
    pub(super) token_id: String,
    pub(super) issued_at: u64,
    pub(super) expires_at: u64,
}

/// What became of a token that was shown.
#[derive(Debug)]
pub(super) enum Rotation {
    /// It was valid: this is its successor.
    Succeeded(ActiveToken),
    /// It had a successor already, and is within its grace: this is that successor.
    Replayed(ActiveToken),
    /// The family has ended before, or never was.
    Ended,
    /// The token had a successor already, and its grace is over. The family has ended now.
    Reused,
}

impl TokenFamilies {
    pub(crate) fn new(
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        life: Life,
    ) -> Self {
        let (keys, token_ids) =
            (key.own_digester("refresh family"), key.own_digester("refresh token id"));
        let prefix = |tag: Digest| format!("refresh-{}", &tag.to_hex()[..16]);
        let prefixes = keys.digests(b"owner").map(prefix).collect();
        Self { state, clock, keys, token_ids, prefixes, life }
    }

    /// Begins a family, and ends those of the user beyond the cap: the ones that were renewed the
    /// longest ago.
    pub(super) async fn begin(
        &self,
        pass: &Pass,
        scopes: Vec<String>,
        context: &HookContext,
        beside: Vec<Step<'_>>,
    ) -> Result<ActiveToken, BearerError> {
        let session = hex(random::<16>()?);
        let now = self.clock.now_ms();
        let expires = (now / 1000).saturating_add(self.life.ttl.as_secs());
        let record = Record {
            user: pass.user().to_owned(),
            stamp: pass.stamp(),
            generation: 0,
            turned: now,
            expires,
            scopes,
            created: now,
            address: context.address.map(|address| address.to_string()),
            agent: context.user_agent.clone(),
            login: pass.login().map(ProviderLogin::to_text),
            proofs: pass.proofs_to_note(now),
            proved_anew: None,
            unrenewed: false,
        };
        let (value, owner) = (to_bytes(&record)?, self.owner(&record.user));
        let entry = Entry { value: &value, ttl: remaining(&record, now), owner: Some(&owner) };
        let key = self.key(&session);
        let beyond = self.beyond_the_cap(&record.user, &key, 1).await?;
        let ended = beyond.iter().map(|key| Step::Remove(key));
        let put = Step::Put(&key, entry);
        let steps: Vec<_> = beside.into_iter().chain(ended).chain([put]).collect();
        // There is no bound, so that nothing is refused.
        let _made = self.state.batch(&steps).await?;
        // The new family is in the store before these are counted, so that parallel sign-ins see
        // each other and end at the cap together.
        for key in self.beyond_the_cap(&record.user, &key, 0).await? {
            self.state.remove(&key).await?;
        }
        Ok(self.active(session, record))
    }

    /// Begins what an access token without a refresh token belongs to, so that it can be ended.
    pub(super) async fn begin_unrenewed(
        &self,
        pass: &Pass,
        scopes: Vec<String>,
        lifetime: Duration,
    ) -> Result<ActiveToken, BearerError> {
        let session = hex(random::<16>()?);
        let now = self.clock.now_ms();
        let record = Record {
            user: pass.user().to_owned(),
            stamp: pass.stamp(),
            generation: 0,
            turned: now,
            expires: (now / 1000).saturating_add(lifetime.as_secs()),
            scopes,
            created: now,
            address: None,
            agent: None,
            login: pass.login().map(ProviderLogin::to_text),
            proofs: pass.proofs_to_note(now),
            proved_anew: None,
            unrenewed: true,
        };
        let (value, owner) = (to_bytes(&record)?, self.owner(&record.user));
        let entry = Entry { value: &value, ttl: remaining(&record, now), owner: Some(&owner) };
        self.state.put(&self.key(&session), entry).await?;
        Ok(self.active(session, record))
    }

    /// The families of `user` that have rested the longest, for which there is no room beside
    /// `newest`, where `more` of them are to come.
    async fn beyond_the_cap(
        &self,
        user: &str,
        newest: &str,
        more: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut listed = self.entries_of(user).await?;
        listed.retain(|family| read(&family.value).is_none_or(|record| !record.unrenewed));
        if listed.len() + more <= self.life.per_user {
            return Ok(Vec::new());
        }
        let others = listed.into_iter().filter(|family| family.key != newest);
        let mut others: Vec<_> = others
            .map(|family| {
                let record = read(&family.value);
                (record.map_or(0, |record| record.turned), family.key)
            })
            .collect();
        others.sort_unstable_by(|left, right| right.cmp(left));
        let beyond = others.into_iter().skip(self.life.per_user - 1);
        Ok(beyond.map(|(_, key)| key).collect())
    }

    /// Puts the successor in the place of the token `token_id`, for a row that has the stamp `now`.
    /// `scopes` clamps those of the family, and what was `proved` with the token is noted. Of parallel calls one turns the record; the others find
    /// it turned, and the token within its grace.
    pub(super) async fn rotate(
        &self,
        session: &str,
        token_id: &str,
        stamp: SecurityStamp,
        scopes: impl Fn(&[String]) -> Vec<String>,
        proved: Option<Factor>,
    ) -> Result<Rotation, StoreError> {
        loop {
            let Some((key, stored)) = self.find(session).await? else { return Ok(Rotation::Ended) };
            let Some(record) = read(&stored) else { return Ok(Rotation::Ended) };
            let now = self.clock.now_ms();
            let Some(generation) = self.generation(session, token_id, &record) else {
                self.state.remove(&key).await?;
                return Ok(Rotation::Reused);
            };
            let is_replayed = generation < record.generation;
            if is_replayed && !self.is_within_grace(&record, now) {
                self.state.remove(&key).await?;
                return Ok(Rotation::Reused);
            }
            if is_replayed && proved.is_none() {
                return Ok(Rotation::Replayed(self.active(session.to_owned(), record)));
            }
            let mut next = match is_replayed {
                true => record,
                false => Record {
                    generation: record.generation + 1,
                    turned: now,
                    stamp,
                    scopes: scopes(&record.scopes),
                    ..record
                },
            };
            if let Some(factor) = proved {
                next.proofs = Some(next.proofs().and(factor, self.clock.now()).to_text());
                next.proved_anew = Some(now / 1000);
            }
            let (value, owner) = (to_bytes(&next)?, self.owner(&next.user));
            let entry = Entry { value: &value, ttl: remaining(&next, now), owner: Some(&owner) };
            // Who loses looks again: somebody else has won, so this ends.
            if self.state.compare_and_swap(&key, &stored, entry).await? {
                let active = self.active(session.to_owned(), next);
                return Ok(match is_replayed {
                    true => Rotation::Replayed(active),
                    false => Rotation::Succeeded(active),
                });
            }
        }
    }

    /// How many generations the token `token_id` is behind the valid one of its family, while it
    /// would be taken; `None` where it would not. Nothing is changed by asking.
    pub(super) async fn behind(
        &self,
        session: &str,
        token_id: &str,
    ) -> Result<Option<u64>, StoreError> {
        let Some((_, stored)) = self.find(session).await? else { return Ok(None) };
        let Some(record) = read(&stored) else { return Ok(None) };
        let Some(generation) = self.generation(session, token_id, &record) else { return Ok(None) };
        let behind = record.generation - generation;
        let is_taken = behind == 0 || self.is_within_grace(&record, self.clock.now_ms());
        Ok(is_taken.then_some(behind))
    }

    /// How events call a family: by the beginning of the digest under which it rests.
    pub(super) fn name_of(&self, session: &str) -> LogSafe {
        LogSafe::digest(&self.keys.digest(session.as_bytes()))
    }

    /// Ends a family; `false` if it was not alive.
    pub(super) async fn end(&self, session: &str) -> Result<bool, StoreError> {
        for key in self.keys(session) {
            if self.state.remove(&key).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the token before the valid one still gets its successor.
    fn is_within_grace(&self, record: &Record, now: u64) -> bool {
        Duration::from_millis(now.saturating_sub(record.turned)) < self.life.grace
    }

    /// Which of the two tokens that count this one is: the valid one, or the one before it.
    fn generation(&self, session: &str, token_id: &str, record: &Record) -> Option<u64> {
        let current = record.generation;
        let known = [Some(current), current.checked_sub(1)];
        let mut known = known.into_iter().flatten();
        known.find(|generation| {
            let named = named(session, *generation);
            self.token_ids.digests(named.as_bytes()).any(|digest| short(&digest) == token_id)
        })
    }

    fn token_id(&self, session: &str, generation: u64) -> String {
        short(&self.token_ids.digest(named(session, generation).as_bytes()))
    }

    fn active(&self, session: String, record: Record) -> ActiveToken {
        let proofs = record.proofs();
        ActiveToken {
            proved_at: record.proved_anew.or_else(|| proofs.first()),
            proofs,
            token_id: self.token_id(&session, record.generation),
            session,
            user: record.user,
            scopes: record.scopes,
            issued_at: record.turned / 1000,
            expires_at: record.expires,
        }
    }

    /// The record of the family `session`, and its key.
    async fn find(&self, session: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        for key in self.keys(session) {
            if let Some(stored) = self.state.get(&key).await? {
                return Ok(Some((key, stored)));
            }
        }
        Ok(None)
    }

    /// Every family of a user.
    pub(super) async fn entries_of(&self, user: &str) -> Result<Vec<Listed>, StoreError> {
        let mut families = Vec::new();
        for prefix in &self.prefixes {
            families.extend(self.state.list(&owner(prefix, user)).await?);
        }
        Ok(families)
    }

    /// The key of the family `session`.
    fn key(&self, session: &str) -> String {
        key(&self.keys.digest(session.as_bytes()))
    }

    /// The keys that the family `session` may have: under the present secret key, and then under
    /// each older one.
    pub(super) fn keys(&self, session: &str) -> Vec<String> {
        self.keys.digests(session.as_bytes()).map(|digest| key(&digest)).collect()
    }

    fn owner(&self, user: &str) -> String {
        owner(self.prefixes.first().map_or("", String::as_str), user)
    }
}

impl fmt::Debug for TokenFamilies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFamilies").field("life", &self.life).finish_non_exhaustive()
    }
}

fn key(session: &Digest) -> String {
    format!("refresh:{}", session.to_hex())
}

fn owner(prefix: &str, user: &str) -> String {
    format!("{prefix}:{user}")
}

/// What the id of a token is a digest of.
fn named(session: &str, generation: u64) -> String {
    format!("{session}\0{generation}")
}

fn short(digest: &Digest) -> String {
    hex(&digest.bytes()[..16])
}

/// The record that is stored as `stored`.
pub(super) fn read(stored: &[u8]) -> Option<Record> {
    let record = serde_json::from_slice(stored);
    if record.is_err() {
        tracing::error!("a refresh family in the store could not be read");
    }
    record.ok()
}

fn remaining(record: &Record, now: u64) -> Duration {
    Duration::from_millis(record.expires.saturating_mul(1000).saturating_sub(now))
}

fn to_bytes(record: &Record) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(StoreError::new)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{ActiveToken, Life, Rotation, TokenFamilies};
    use crate::clock::ManualClock;
    use crate::hooks::HookContext;
    use crate::secret::SecretKey;
    use crate::stamp::SecurityStamp;
    use crate::store::StateStore;
    use crate::store::memory::MemoryState;
    use crate::transport::Pass;

    const GRACE: Duration = Duration::from_secs(20);
    const TTL: Duration = Duration::from_secs(1000);

    fn families() -> (TokenFamilies, Arc<ManualClock>, Arc<MemoryState>) {
        let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
        let state = Arc::new(MemoryState::new(clock.clone()));
        let key = SecretKey::random().expect("random");
        let life = Life { ttl: TTL, grace: GRACE, per_user: 3 };
        (TokenFamilies::new(state.clone(), clock.clone(), &key, life), clock, state)
    }

    fn stamp(of: u8) -> SecurityStamp {
        SecurityStamp::from_bytes([of; SecurityStamp::LENGTH])
    }

    async fn begun(families: &TokenFamilies) -> ActiveToken {
        let scopes = vec!["a".to_owned()];
        let (pass, context) = (Pass::for_tests("7", stamp(3)), HookContext::default());
        let begun = families.begin(&pass, scopes, &context, Vec::new());
        begun.await.expect("begins")
    }

    async fn rotated(families: &TokenFamilies, token: &ActiveToken) -> Rotation {
        let keep = <[String]>::to_vec;
        families
            .rotate(&token.session, &token.token_id, stamp(4), keep, None)
            .await
            .expect("the store works")
    }

    async fn successor(families: &TokenFamilies, token: &ActiveToken) -> ActiveToken {
        match rotated(families, token).await {
            Rotation::Succeeded(active) | Rotation::Replayed(active) => active,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_token_has_one_successor_however_often_it_is_shown_within_the_grace() {
        let (families, clock, _) = families();
        let first = begun(&families).await;
        clock.advance(Duration::from_secs(5));
        let second = successor(&families, &first).await;
        assert_ne!(first.token_id, second.token_id);
        assert_eq!(second.user, "7");
        clock.advance(GRACE - Duration::from_millis(1));
        let again = successor(&families, &first).await;
        assert_eq!((again.token_id, again.issued_at), (second.token_id.clone(), second.issued_at));
        let third = successor(&families, &second).await;
        assert_eq!(third.expires_at, first.expires_at, "renewing does not prolong");
    }

    #[tokio::test]
    async fn a_use_after_the_grace_ends_the_family() {
        let (families, clock, _) = families();
        let first = begun(&families).await;
        let second = successor(&families, &first).await;
        clock.advance(GRACE);
        assert!(matches!(rotated(&families, &first).await, Rotation::Reused));
        assert!(matches!(rotated(&families, &second).await, Rotation::Ended));
    }

    #[tokio::test]
    async fn an_older_generation_ends_the_family_at_once() {
        let (families, _, _) = families();
        let first = begun(&families).await;
        let second = successor(&families, &first).await;
        let third = successor(&families, &second).await;
        assert!(matches!(rotated(&families, &first).await, Rotation::Reused));
        assert!(matches!(rotated(&families, &third).await, Rotation::Ended));
    }

    #[tokio::test]
    async fn a_family_ends_by_its_age_by_itself_and_with_all_of_its_user() {
        let (families, clock, state) = families();
        let first = begun(&families).await;
        clock.advance(TTL);
        assert!(matches!(rotated(&families, &first).await, Rotation::Ended));

        let (one, other) = (begun(&families).await, begun(&families).await);
        assert!(families.end(&one.session).await.expect("ends"));
        assert!(!families.end(&one.session).await.expect("ended"));
        assert!(matches!(rotated(&families, &one).await, Rotation::Ended));
        assert_eq!(families.end_all("7", None).await.expect("ends"), 1);
        assert!(matches!(rotated(&families, &other).await, Rotation::Ended));
        assert_eq!(state.list(&families.owner("7")).await.expect("lists"), []);
    }

    #[tokio::test]
    async fn beyond_the_cap_the_family_that_rested_longest_ends() {
        let (families, clock, state) = families();
        let mut begun_one_by_one = Vec::new();
        for _ in 0..3 {
            begun_one_by_one.push(begun(&families).await);
            clock.advance(Duration::from_secs(1));
        }
        let renewed = successor(&families, &begun_one_by_one[0]).await;
        let fourth = begun(&families).await;
        assert_eq!(state.list(&families.owner("7")).await.expect("lists").len(), 3);
        assert!(matches!(rotated(&families, &begun_one_by_one[1]).await, Rotation::Ended));
        for alive in [&renewed, &begun_one_by_one[2], &fourth] {
            successor(&families, alive).await;
        }
        let (pass, context) = (Pass::for_tests("8", stamp(0)), HookContext::default());
        let other = families.begin(&pass, Vec::new(), &context, Vec::new());
        let other = other.await.expect("begins");
        successor(&families, &other).await;
    }

    #[tokio::test]
    async fn the_record_has_neither_the_token_nor_the_family_id() {
        let (families, _, state) = families();
        let first = begun(&families).await;
        for listed in state.list(&families.owner("7")).await.expect("lists") {
            let text = format!("{}{}", listed.key, String::from_utf8_lossy(&listed.value));
            assert!(!text.contains(&first.session) && !text.contains(&first.token_id), "{text}");
        }
    }
}
