//! The state store in Redis.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::{Script, ScriptInvocation};

use super::Redis;
use super::entry::{LATEST, Stored};
use super::note::{key_of, note};
use crate::clock::Clock;
use crate::store::expiry::{counter, end_of, now_ms};
use crate::store::{
    Add, Batched, Counter, Entry, Exceeded, Listed, Place, StateStore, Step, StoreError,
    StoreFuture,
};

/// How much longer than its life Redis keeps what it is given: by so much may the clock of a
/// process go slower than that of the server without a loss.
const SLACK: Duration = Duration::from_secs(60);

/// The longest that Redis is told to keep anything: a hundred years.
const MAX_TTL: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// How many entries of an owner are read at once.
const ENTRIES_PER_READ: usize = 256;

static PUT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("put.lua")));
static INCREMENT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("increment.lua")));
static BATCH: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("batch.lua")));
static REMOVE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("remove.lua")));

/// A [`StateStore`] in Redis: shared by every process that uses the server.
///
/// Each operation is one command or one script, which Redis runs as a whole; only
/// [`list`](StateStore::list) takes several. Whether something has expired is decided by the given
/// clock, so that the clocks of several processes must agree; Redis itself forgets it a minute
/// later.
#[derive(Clone)]
pub struct RedisState {
    redis: Redis,
    clock: Arc<dyn Clock>,
}

impl RedisState {
    /// The store in `redis`, with the time from `clock`.
    #[must_use]
    pub fn new(redis: Redis, clock: Arc<dyn Clock>) -> Self {
        Self { redis, clock }
    }

    fn now(&self) -> i64 {
        now_ms(&*self.clock)
    }

    fn entry(&self, key: &str) -> String {
        self.redis.name('e', key)
    }

    fn counter_name(&self, key: &str) -> String {
        self.redis.name('c', key)
    }

    fn of_owner(&self, owner: &str) -> String {
        self.redis.name('o', owner)
    }

    fn add_step(&self, batch: &mut ScriptInvocation<'_>, step: &Step<'_>, now: i64) {
        match step {
            Step::Add(Add { key, by, ttl, extends, at_most }) => {
                batch.key(self.counter_name(key)).arg("add").arg(1).arg(5);
                batch.arg(*by).arg(end(*ttl, now)).arg(kept(*ttl)).arg(i32::from(*extends));
                batch.arg(at_most.map(|most| most.to_string()).unwrap_or_default());
            }
            Step::TakeBack { share, of } => {
                let share = share.map(|share| self.counter_name(share));
                let counters = of.iter().map(|(key, _)| self.counter_name(key));
                batch.arg("back").arg(usize::from(share.is_some()) + of.len()).arg(1 + of.len());
                batch.arg(i32::from(share.is_some()));
                for key in share.into_iter().chain(counters) {
                    batch.key(key);
                }
                for (_, by) in of {
                    batch.arg(*by);
                }
            }
            Step::Remove(key) => {
                batch.key(self.entry(key)).key(self.counter_name(key));
                batch.arg("remove").arg(2).arg(1).arg(note(key));
            }
            Step::Put(key, Entry { value, ttl, owner }) => {
                let (ttl, owner) = (*ttl, *owner);
                batch.key(self.entry(key));
                if let Some(owner) = owner {
                    batch.key(self.of_owner(owner));
                }
                let expires_at = end(ttl, now);
                let stored = Stored { expires_at, owner: owner.map(str::as_bytes), value }.encode();
                batch.arg("put").arg(1 + usize::from(owner.is_some())).arg(4);
                batch.arg(stored).arg(kept(ttl)).arg(expires_at).arg(note(key));
            }
        }
    }

    /// Writes `entry` if what is under `key` allows it.
    async fn write(&self, key: &str, over: Over<'_>, entry: Entry<'_>) -> Result<bool, StoreError> {
        let now = self.now();
        let expires_at = end(entry.ttl, now);
        let owner = entry.owner.map(str::as_bytes);
        let stored = Stored { expires_at, owner, value: entry.value }.encode();
        let (mode, expected) = match over {
            Over::Anything => ("any", &b""[..]),
            Over::Nothing => ("none", &b""[..]),
            Over::Value(expected) => ("same", expected),
        };
        let mut put = PUT.key(self.entry(key));
        if let Some(owner) = entry.owner {
            put.key(self.of_owner(owner));
        }
        put.arg(mode).arg(now).arg(stored).arg(kept(entry.ttl)).arg(expected);
        put.arg(expires_at).arg(note(key));
        self.redis.run(async |mut connection| put.invoke_async(&mut connection).await).await
    }
}

/// Reads the answer of a batch: zero, then sum and end of each counter that was added to; or the
/// number of a step, counted from one, with its counter.
fn batched(steps: &[Step<'_>], answer: &[i64], now: i64) -> Option<Batched> {
    let (&refused, mut counters) = answer.split_first()?;
    let mut next = || {
        let (&[sum, end], rest) = counters.split_first_chunk()?;
        counters = rest;
        Some(counter((sum, end), now))
    };
    if refused != 0 {
        let step = usize::try_from(refused).ok()?.checked_sub(1)?;
        return Some(Err(Exceeded { step, counter: next()? }));
    }
    let mut made = Vec::with_capacity(steps.len());
    for step in steps {
        made.push(match step {
            Step::Add(_) => Some(next()?),
            _ => None,
        });
    }
    Some(Ok(made))
}

/// What an entry may be written over.
enum Over<'a> {
    Anything,
    Nothing,
    Value(&'a [u8]),
}

fn end(ttl: Duration, now: i64) -> i64 {
    end_of(ttl, now).min(LATEST)
}

/// For how many milliseconds Redis keeps what lives for `ttl`.
fn kept(ttl: Duration) -> u64 {
    let kept = ttl.min(MAX_TTL) + SLACK;
    u64::try_from(kept.as_millis()).unwrap_or(u64::MAX)
}

fn live(bytes: &[u8], now: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let stored = Stored::decode(bytes).ok_or_else(foreign)?;
    Ok((stored.expires_at > now).then(|| stored.value.to_vec()))
}

fn foreign() -> StoreError {
    StoreError::broken("a key of crudauth holds what crudauth has not written")
}

impl StateStore for RedisState {
    fn place(&self) -> Option<&dyn Place> {
        Some(&self.redis)
    }

    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let name = self.entry(key);
            let found: Option<Vec<u8>> = self.redis.ask(redis::cmd("GET").arg(name)).await?;
            found.map_or(Ok(None), |bytes| live(&bytes, self.now()))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.write(key, Over::Anything, entry).await.map(|_| ()) })
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(self.write(key, Over::Nothing, entry))
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let name = self.entry(key);
            let take = async |mut connection| {
                redis::cmd("GETDEL").arg(name).query_async::<Option<Vec<u8>>>(&mut connection).await
            };
            // One that has expired is gone for good as well, which is no harm.
            let taken = self.redis.run(take).await?;
            taken.map_or(Ok(None), |bytes| live(&bytes, self.now()))
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        Box::pin(self.write(key, Over::Value(expected), entry))
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut remove = REMOVE.key(self.entry(key));
            remove
                .key(self.counter_name(key))
                .arg(self.now())
                .arg(self.of_owner(""))
                .arg(note(key));
            self.redis.run(async |mut connection| remove.invoke_async(&mut connection).await).await
        })
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            let (name, now) = (self.of_owner(owner), self.now());
            let mut noted = redis::cmd("ZRANGEBYSCORE");
            noted.arg(name).arg(format!("({now}")).arg("+inf");
            let notes: Vec<Vec<u8>> = self.redis.ask(&noted).await?;
            let keys = notes.iter().map(|note| key_of(note).ok_or_else(foreign));
            let keys: Vec<String> = keys.collect::<Result<_, _>>()?;
            let mut listed = Vec::with_capacity(keys.len());
            for keys in keys.chunks(ENTRIES_PER_READ) {
                let names: Vec<_> = keys.iter().map(|key| self.entry(key)).collect();
                let entries: Vec<Option<Vec<u8>>> =
                    self.redis.ask(redis::cmd("MGET").arg(names)).await?;
                for (key, bytes) in keys.iter().zip(entries) {
                    // An entry that was taken, or has another owner now, is still noted here.
                    let Some(bytes) = bytes else { continue };
                    let stored = Stored::decode(&bytes).ok_or_else(foreign)?;
                    if stored.owner == Some(owner.as_bytes()) && stored.expires_at > now {
                        listed.push(Listed { key: key.clone(), value: stored.value.to_vec() });
                    }
                }
            }
            Ok(listed)
        })
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(async move {
            let now = self.now();
            let mut add = INCREMENT.key(self.counter_name(key));
            add.arg(by).arg(now).arg(end(ttl, now)).arg(kept(ttl));
            let count_and_end: (i64, i64) = self
                .redis
                .run(async |mut connection| add.invoke_async(&mut connection).await)
                .await?;
            Ok(counter(count_and_end, now))
        })
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        Box::pin(async move {
            let now = self.now();
            let mut batch = BATCH.arg(now);
            batch.arg(self.of_owner(""));
            for step in steps {
                self.add_step(&mut batch, step, now);
            }
            let made: Vec<i64> = self
                .redis
                .run(async |mut connection| batch.invoke_async(&mut connection).await)
                .await?;
            batched(steps, &made, now).ok_or_else(foreign)
        })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(async move {
            let (name, now) = (self.counter_name(key), self.now());
            let read = redis::cmd("HMGET").arg(name).arg(&["total", "ends"]).to_owned();
            let count_and_end: (Option<i64>, Option<i64>) = self.redis.ask(&read).await?;
            let (Some(total), Some(ends)) = count_and_end else { return Ok(None) };
            Ok((ends > now).then(|| counter((total, ends), now)))
        })
    }
}

impl fmt::Debug for RedisState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisState").field("redis", &self.redis).finish_non_exhaustive()
    }
}
