use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crudauth::event::{Occurrence, SinkFuture};
use crudauth::{CrudAuth, EventSink, SecurityEvent};

use super::Account;

/// A sink that keeps all events. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    seen: Arc<Mutex<Vec<Occurrence>>>,
}

impl EventSink for Recorder {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(async move { self.lock().push(occurrence.clone()) })
    }
}

impl Recorder {
    /// What has happened since the last call.
    pub async fn take(&self, auth: &CrudAuth<Account>) -> Vec<SecurityEvent> {
        let all = self.occurrences(auth).await;
        all.into_iter().map(|occurrence| occurrence.event).collect()
    }

    /// What has happened since the last call, with when and where.
    pub async fn occurrences(&self, auth: &CrudAuth<Account>) -> Vec<Occurrence> {
        auth.events().flush().await;
        std::mem::take(&mut *self.lock())
    }

    /// What has arrived here so far; the rest may be on its way.
    #[must_use]
    pub fn seen(&self) -> Vec<Occurrence> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Occurrence>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
