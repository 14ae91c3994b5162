use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::store::{EventCaps, EventRecord, EventStore, LoggedEvent, StoreFuture};

/// An [`EventStore`] in memory: for tests. It ends with the process.
#[derive(Debug, Default)]
pub struct MemoryEvents {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<LoggedEvent>,
    next: i64,
}

impl MemoryEvents {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventStore for MemoryEvents {
    fn append(&self, events: Vec<EventRecord>) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut kept = self.lock();
            for event in events {
                kept.next += 1;
                let number = kept.next;
                kept.events.push_back(LoggedEvent { number, event });
            }
            Ok(())
        })
    }

    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>> {
        Box::pin(async move {
            let kept = self.lock();
            let asked = kept.events.iter().rev().filter(|logged| {
                user.is_none_or(|user| logged.event.user.as_deref() == Some(user))
                    && before.is_none_or(|before| logged.number < before)
            });
            Ok(asked.take(usize::try_from(limit).unwrap_or(usize::MAX)).cloned().collect())
        })
    }

    fn purge(&self, before: SystemTime, caps: EventCaps, limit: u32) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut kept = self.lock();
            let count = |of_users: bool| {
                let of = kept.events.iter().filter(|kept| kept.event.user.is_some() == of_users);
                of.count() as u64
            };
            let mut beyond = [count(false), count(true)];
            beyond[0] = beyond[0].saturating_sub(caps.of_nobody);
            beyond[1] = beyond[1].saturating_sub(caps.of_users);
            let mut removed = 0;
            kept.events.retain(|logged| {
                let beyond = &mut beyond[usize::from(logged.event.user.is_some())];
                let goes = removed < u64::from(limit) && (logged.event.at < before || *beyond > 0);
                *beyond = beyond.saturating_sub(u64::from(goes));
                removed += u64::from(goes);
                !goes
            });
            Ok(removed)
        })
    }
}
