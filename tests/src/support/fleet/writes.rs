//! The death of a process at a statement by which a database writes, in a transaction as well.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// How many of them are left, the one that is the last included; zero for a process that does not die.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// What begins a statement that writes. All that was written before it is lost with its transaction, or
/// rests.
const WRITES: [&str; 6] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "COMMIT"];

/// Watches each connection to a database that is made from now on.
pub(super) fn watch() {
    let made = set_default_instrumentation(|| {
        let watched: Box<dyn Instrumentation> =
            Box::new(|event: InstrumentationEvent<'_>| see(&event));
        Some(watched)
    });
    made.expect("nobody has panicked");
}

/// The process dies before the n-th from now.
pub(super) fn die_at(nth: usize) {
    LEFT.store(nth, Ordering::SeqCst);
}

fn see(event: &InstrumentationEvent<'_>) {
    let InstrumentationEvent::StartQuery { query, .. } = event else { return };
    if LEFT.load(Ordering::SeqCst) == 0 {
        return;
    }
    let text = query.to_string();
    let is_write = WRITES.iter().any(|word| text.trim_start().starts_with(word));
    if is_write && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        // No destructor runs and no connection is closed by the program, as with SIGKILL.
        std::process::abort();
    }
}
