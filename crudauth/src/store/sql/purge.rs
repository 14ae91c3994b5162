//! When expired rows are removed.

use std::sync::atomic::{AtomicU64, Ordering};

/// After how many writes of this process expired rows are removed, beginning with the first.
pub(crate) const WRITES_PER_PURGE: u64 = 250;

/// How many rows of each table a purge removes at most. More than the writes between two purges
/// can add, so that the tables stay about as large as their live rows.
pub(crate) const ROWS_PER_PURGE: i64 = 500;

/// Counts writes, and says which of them has to see to a purge.
#[derive(Debug, Default)]
pub(crate) struct PurgeTurns {
    writes: AtomicU64,
}

impl PurgeTurns {
    pub(crate) fn is_due(&self) -> bool {
        self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(WRITES_PER_PURGE)
    }
}
