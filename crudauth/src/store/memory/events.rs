use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::store::{EventRecord, EventStore, LoggedEvent, StoreFuture};

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
    fn append(&self, event: EventRecord) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut kept = self.lock();
            kept.next += 1;
            let number = kept.next;
            kept.events.push_back(LoggedEvent { number, event });
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

    fn purge(&self, before: SystemTime, most: u64, limit: u32) -> StoreFuture<'_, u64> {
        Box::pin(async move {
            let mut kept = self.lock();
            let mut removed = 0;
            for _ in 0..limit {
                let is_old = kept.events.front().is_some_and(|oldest| oldest.event.at < before);
                let is_beyond = u64::try_from(kept.events.len()).is_ok_and(|count| count > most);
                if !is_old && !is_beyond {
                    break;
                }
                kept.events.pop_front();
                removed += 1;
            }
            Ok(removed)
        })
    }
}
