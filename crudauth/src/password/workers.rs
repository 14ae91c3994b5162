//! The threads that hash.
//!
//! They are not threads of the runtime. A thread that has finished a hash takes the next one
//! directly, and all of them have a low priority, so that a flood of sign-ins does not slow down
//! other work.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

/// Threads that are started when they are first needed, and that end with this handle.
pub(super) struct Workers {
    shared: Arc<Shared>,
    most: usize,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when there is a job, or when the workers must end.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    is_over: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No job runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` at the end.
    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_over {
                return None;
            }
            state.idle += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }
}

impl Workers {
    /// No more than `most` of them.
    pub(super) fn new(most: usize) -> Self {
        Self { shared: Arc::default(), most }
    }

    /// Runs `job` when a thread is free; one that goes first does not wait for the others.
    ///
    /// # Errors
    ///
    /// If the system cannot start any thread. The job is not run then.
    pub(super) fn run(&self, job: Job, goes_first: bool) -> io::Result<()> {
        let mut state = self.shared.state();
        if goes_first {
            state.jobs.push_front(job);
        } else {
            state.jobs.push_back(job);
        }
        if state.idle >= state.jobs.len() {
            self.shared.changed.notify_one();
        } else if state.threads < self.most {
            match self.start() {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    state.jobs.clear();
                    return Err(error);
                }
                Err(error) => tracing::warn!(%error, "hashing has fewer threads than it may have"),
            }
        }
        Ok(())
    }

    fn start(&self) -> io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let work = move || {
            lower_priority();
            while let Some(job) = shared.next() {
                // The caller notices a panic, since it gets no answer.
                let _ = catch_unwind(AssertUnwindSafe(job));
            }
        };
        thread::Builder::new().name("crudauth-hash".to_owned()).spawn(work).map(drop)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("most", &self.most).finish_non_exhaustive()
    }
}

/// Gives this thread the lowest priority. On other systems than Linux it would affect the whole
/// process.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "hashing competes with everything else");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_thread_takes_the_next_job_after_one_that_panicked_and_ends_with_its_handle() {
        let (told, heard) = channel();
        let threads = Workers::new(1);
        threads.run(Box::new(|| panic!("on purpose")), false).expect("a thread");
        for number in 0..3 {
            let told = told.clone();
            let tell = move || told.send((number, thread::current().id())).expect("a listener");
            threads.run(Box::new(tell), false).expect("a thread");
        }
        let patience = Duration::from_secs(30);
        let heard_of = |_| heard.recv_timeout(patience).expect("it runs");
        let said: Vec<_> = (0..3).map(heard_of).collect();
        assert_eq!(said.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(said.iter().all(|(_, thread)| *thread == said[0].1), "one thread");
        let shared = Arc::downgrade(&threads.shared);
        drop(threads);
        let start = std::time::Instant::now();
        while shared.upgrade().is_some() {
            assert!(start.elapsed() < patience, "the thread lives on");
            thread::yield_now();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_workers_have_the_lowest_priority() {
        let (told, heard) = channel();
        let before = rustix::process::nice(0).expect("a priority");
        let threads = Workers::new(1);
        let tell = move || told.send(rustix::process::nice(0)).expect("a listener");
        threads.run(Box::new(tell), false).expect("a thread");
        let lowest = heard.recv_timeout(Duration::from_secs(30)).expect("it runs");
        assert_eq!(lowest.expect("a priority"), 19);
        assert_eq!(rustix::process::nice(0).expect("a priority"), before);
    }
}
