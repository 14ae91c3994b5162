//! What is logged while a test runs.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The log of this thread, at every level. In a test on a runtime of one thread, that is the log
/// of all its tasks and of no other test.
///
/// The subscriber is one for the whole process: whether a line is wanted is remembered for all
/// threads at once, so that one subscriber for each thread would miss some.
#[derive(Debug)]
pub struct Logs(());

impl Logs {
    /// Captures from now on.
    ///
    /// # Panics
    ///
    /// If the process has another subscriber.
    #[must_use]
    pub fn capture() -> Self {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| ToThread)
                .init();
        });
        WRITTEN.with_borrow_mut(Vec::clear);
        Self(())
    }

    /// What has been logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        WRITTEN.with_borrow(|written| String::from_utf8_lossy(written).into_owned())
    }
}

struct ToThread;

impl io::Write for ToThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
