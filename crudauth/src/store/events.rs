use std::collections::BTreeMap;
use std::fmt;
use std::future::ready;
use std::time::SystemTime;

use super::{Place, StartupFuture, StoreFuture};

/// Keeps security events, one after another, for [`EventLog`](crate::event::EventLog).
///
/// Events only come, are read, and go by their age or number; none is changed.
pub trait EventStore: fmt::Debug + Send + Sync + 'static {
    /// Makes the store ready, such as its table: building a [`CrudAuth`](crate::CrudAuth) over the log
    /// does it. Default: it is ready.
    fn open(&self) -> StartupFuture<'_> {
        Box::pin(ready(Ok(())))
    }

    /// Where it keeps what it is given. Default: `None`, a place of its own, which nobody opens or
    /// closes.
    fn place(&self) -> Option<&dyn Place> {
        None
    }

    /// Adds events after all that are there, in their order: all of them, or none.
    fn append(&self, events: Vec<EventRecord>) -> StoreFuture<'_, ()>;

    /// At most `limit` events, the newest first: those about `user` if one is given, and only
    /// those from before the number `before` if one is given.
    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>>;

    /// Removes at most about `limit` of the events that are older than `before`, and of those of
    /// each kind that are beyond the newest that `caps` allows; says how many it removed.
    fn purge(&self, before: SystemTime, caps: EventCaps, limit: u32) -> StoreFuture<'_, u64>;
}

/// How many events are kept: of users and of nobody each, so that none takes the place of another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCaps {
    /// Of those about a user.
    pub of_users: u64,
    /// Of those about nobody.
    pub of_nobody: u64,
}

/// A security event as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// When it happened, to the millisecond.
    pub at: SystemTime,
    /// Its [name](crate::SecurityEvent::name).
    pub event: String,
    /// Whether something was refused, or failed.
    pub is_refusal: bool,
    /// The primary key of the user whom it is about, as text.
    pub user: Option<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The `X-Request-Id` of the request.
    pub request_id: Option<String>,
    /// Its other fields, by the names that they have in the log.
    pub details: BTreeMap<String, String>,
}

/// An event with its place in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Grows from event to event.
    pub number: i64,
    /// The event.
    pub event: EventRecord,
}
