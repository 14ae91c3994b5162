use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use super::StoreFuture;

/// Keeps security events, one after another, for [`EventLog`](crate::event::EventLog).
///
/// Events only come, are read, and go by their age or number; none is changed.
pub trait EventStore: fmt::Debug + Send + Sync + 'static {
    /// Adds an event after all that are there.
    fn append(&self, event: EventRecord) -> StoreFuture<'_, ()>;

    /// At most `limit` events, the newest first: those about `user` if one is given, and only
    /// those from before the number `before` if one is given.
    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>>;

    /// Removes at most `limit` of the events that are older than `before`, or beyond the newest
    /// `most`; says how many it removed.
    fn purge(&self, before: SystemTime, most: u64, limit: u32) -> StoreFuture<'_, u64>;
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
