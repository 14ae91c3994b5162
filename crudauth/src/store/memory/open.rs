//! State in the memory of this process.

use std::sync::Arc;

use super::MemoryState;
use crate::clock::Clock;
use crate::store::{OpenState, OpeningState, StateStore};

/// State in the memory of this process, for [`Builder::expiring_store`](crate::Builder::expiring_store): a restart
/// ends all sessions and lifts all locks, and a second process knows of neither.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory;

impl OpenState for Memory {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        let state: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock));
        Box::pin(std::future::ready(Ok(state)))
    }
}
