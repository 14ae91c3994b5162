use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use super::outlet::count;
use super::{EventSink, LogSafe, Occurrence, SinkFuture};
use crate::chain::chain;
use crate::store::{EventCaps, EventRecord, EventStore, LoggedEvent, StartupFuture, StoreError};

/// How many events are written at once.
const BATCH: usize = 128;

/// After how many events old ones are removed, beginning with the first.
const EVENTS_PER_PURGE: u64 = 250;

/// How many a purge removes at most: more than come between two of them.
const ROWS_PER_PURGE: u32 = 500;

/// Keeps security events in a table, and reads them back. A handle: clones share everything. Each
/// database has a store for it: `SqliteEvents`, `PostgresEvents`, `MysqlEvents`.
///
/// It is an [`EventSink`], and so never in the way of an answer: events wait in bounded queues,
/// those beyond are dropped, [counted](super::Events::dropped) and said aloud in the log. The
/// table is bounded too: events go after [90 days](Self::keep_for); the oldest about users beyond
/// [a million](Self::keep_at_most), and the oldest about nobody beyond
/// [a hundred thousand](Self::keep_of_nobody_at_most); 500 at a time, once in 250 events.
///
/// ```
/// # use crudauth::{AuthUser, CrudAuth, SecretKey, Sqlite};
/// use crudauth::event::EventLog;
/// use crudauth::store::sqlite::SqliteEvents;
///
/// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
/// #     is_active -> Bool, token_version -> Integer } }
/// # #[derive(AuthUser)]
/// # #[diesel(table_name = accounts)]
/// # struct Account {
/// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
/// # }
/// # async fn run(sqlite: Sqlite, key: SecretKey) -> Result<(), Box<dyn std::error::Error>> {
/// let log = EventLog::new(SqliteEvents::new(sqlite.clone()));
/// let auth = CrudAuth::<Account>::builder(sqlite, key)
///     .add_event_sink(log.clone())
///     .build()
///     .await?;
///
/// for logged in log.of_user(&7, None, 20).await? {
///     println!("{:?} {} {:?}", logged.event.at, logged.event.event, logged.event.address);
/// }
/// # drop(auth);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventLog {
    store: Arc<dyn EventStore>,
    keep_for: Duration,
    caps: EventCaps,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    lost: AtomicU64,
}

impl EventLog {
    /// A log in `store`.
    #[must_use]
    pub fn new(store: impl EventStore) -> Self {
        Self {
            store: Arc::new(store),
            keep_for: Duration::from_secs(90 * 24 * 60 * 60),
            caps: EventCaps { of_users: 1_000_000, of_nobody: 100_000 },
            counts: Arc::default(),
        }
    }

    /// How long an event is kept. Default: 90 days.
    #[must_use]
    pub fn keep_for(mut self, age: Duration) -> Self {
        self.keep_for = age;
        self
    }

    /// How many events about users are kept. Default: one million.
    #[must_use]
    pub fn keep_at_most(mut self, events: u64) -> Self {
        self.caps.of_users = events;
        self
    }

    /// How many events about nobody are kept: forged cookies, unknown names. They take no place from
    /// those about users. Default: a hundred thousand.
    #[must_use]
    pub fn keep_of_nobody_at_most(mut self, events: u64) -> Self {
        self.caps.of_nobody = events;
        self
    }

    /// At most `limit` events about the user with the primary key `user`, the newest first. For
    /// the next page, pass the number of the last one as `before`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn of_user(
        &self,
        user: &impl fmt::Display,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        let user = super::LogSafe::from_display(user);
        self.store.list(Some(user.as_str()), before, limit).await
    }

    /// At most `limit` events of all users and of nobody, the newest first. For the next page,
    /// pass the number of the last one as `before`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn latest(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.store.list(None, before, limit).await
    }

    /// How many events came here and could not be written, because the store failed. Those that
    /// never came are counted by [`Events::dropped`](super::Events::dropped).
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    async fn keep(&self, records: Vec<EventRecord>) {
        let (events, last) = (records.len() as u64, records.last().map(|record| record.at));
        if let Err(error) = self.store.append(records).await {
            tracing::debug!(error = chain(&error), "security events could not be written");
            count(&self.counts.lost, events, "the log of security events could not be written");
        }
        let earlier = self.counts.taken.fetch_add(events, Ordering::Relaxed);
        let rounds = |events: u64| events.div_ceil(EVENTS_PER_PURGE);
        let (true, Some(now)) = (rounds(earlier + events) > rounds(earlier), last) else { return };
        let before = now.checked_sub(self.keep_for).unwrap_or(UNIX_EPOCH);
        let purged = self.store.purge(before, self.caps, ROWS_PER_PURGE).await;
        if let Err(error) = purged {
            tracing::warn!(error = chain(&error), "old security events could not be removed");
        }
    }
}

fn record(occurrence: &Occurrence) -> EventRecord {
    let Occurrence { at, address, user_agent, request_id, event, times } = occurrence;
    let text = |plain: &Option<LogSafe>| plain.as_ref().map(ToString::to_string);
    let mut details = BTreeMap::new();
    event.visit(&mut |name, value| {
        if name != "user" {
            details.insert(name.to_owned(), value.to_string());
        }
    });
    if *times > 1 {
        details.insert("times".to_owned(), times.to_string());
    }
    EventRecord {
        at: *at,
        event: event.name().to_owned(),
        is_refusal: event.is_refusal(),
        user: event.user().map(str::to_owned),
        address: text(address),
        user_agent: text(user_agent),
        request_id: text(request_id),
        details,
    }
}

impl EventSink for EventLog {
    fn open(&self) -> StartupFuture<'_> {
        Box::pin(async move {
            self.store.open().await?;
            if let Some(place) = self.store.place() {
                place.hold();
            }
            Ok(())
        })
    }

    fn close(&self) -> SinkFuture<'_> {
        match self.store.place() {
            Some(place) => place.release(),
            None => Box::pin(ready(())),
        }
    }

    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(self.keep(vec![record(occurrence)]))
    }

    fn record_all<'a>(&'a self, occurrences: &'a [Arc<Occurrence>]) -> SinkFuture<'a> {
        Box::pin(self.keep(occurrences.iter().map(|occurrence| record(occurrence)).collect()))
    }

    fn batch(&self) -> usize {
        BATCH
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("store", &self.store)
            .field("keep_for", &self.keep_for)
            .field("caps", &self.caps)
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}
