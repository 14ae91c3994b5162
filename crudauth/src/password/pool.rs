//! Runs hashing on threads outside of the async runtime, within bounds.

use std::fs;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use super::hasher::{HashError, PasswordHasher, Verdict};
use super::slow_build::SlowBuild;
use super::workers::Workers;
use super::{Password, PasswordHash};

/// The limits of a [`HashingPool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingLimits {
    threads: NonZeroUsize,
    waiting: usize,
    max_wait: Duration,
    memory: Option<u64>,
}

/// The default of [`HashingLimits::max_wait`].
const DEFAULT_MAX_WAIT: Duration = Duration::from_secs(5);

impl HashingLimits {
    /// At most `threads` hashes at once, and 64 waiting for each, but no fewer than 128 in all.
    ///
    /// The memory of hashing is `threads` times that of one hash: 19 MiB each by default.
    #[must_use]
    pub fn new(threads: NonZeroUsize) -> Self {
        let waiting = threads.get().saturating_mul(64).max(128);
        Self { threads, waiting, max_wait: DEFAULT_MAX_WAIT, memory: None }
    }

    /// How much memory all hashes together may use, in bytes. If fewer hashes fit into it than
    /// there are threads, only so many run at once, but at least one. Default: no bound, except
    /// that [`HashingLimits::default`] uses half of the container's memory limit (cgroup v2), if it
    /// has one.
    #[must_use]
    pub fn memory(self, bytes: u64) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// How many calls may wait in the queue. With 0, a call that finds no free thread fails at
    /// once.
    #[must_use]
    pub fn waiting(self, waiting: usize) -> Self {
        Self { waiting, ..self }
    }

    /// How long a call waits in the queue at most. After that it fails, as if the queue had been
    /// full. Default: 5 seconds.
    #[must_use]
    pub fn max_wait(self, max_wait: Duration) -> Self {
        Self { max_wait, ..self }
    }
}

impl Default for HashingLimits {
    /// One thread for each core that the process may use, and half of the memory.
    fn default() -> Self {
        let limits = Self::new(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
        Self { memory: memory_of_the_container().map(|bytes| bytes / 2), ..limits }
    }
}

impl HashingLimits {
    /// How many hashes of `memory` bytes may run at once.
    fn at_once(self, memory: u64) -> usize {
        let fit = self.memory.and_then(|bytes| bytes.checked_div(memory));
        let fit = fit.map_or(usize::MAX, |fit| usize::try_from(fit).unwrap_or(usize::MAX));
        self.threads.get().min(fit).clamp(1, Semaphore::MAX_PERMITS)
    }
}

/// The memory limit of this process's control group, if it has one.
fn memory_of_the_container() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let limit = fs::read_to_string(format!("/sys/fs/cgroup{group}/memory.max")).ok()?;
    limit.trim().parse().ok()
}

/// Runs a [`PasswordHasher`] on dedicated threads, within [`HashingLimits`].
///
/// On Linux these threads have the lowest priority (`nice` 19), so that hashing does not slow down
/// other requests.
///
/// A call that finds the queue full fails at once with [`HashError::Busy`], and so does one that
/// has waited for too long. Known devices and clients that are signed in have a reserved queue: a
/// flood of strangers' sign-ins neither fills it nor comes before it. A hash that has begun keeps
/// its permit until it is done, even if its request is cancelled; otherwise a client that hangs up
/// and asks again could run any number of hashes. A request that is cancelled while it waits leaves
/// the queue.
///
/// Cloning is cheap and shares the limits.
///
/// ```
/// use std::sync::Arc;
/// use crudauth::password::{Argon2id, HashingLimits, HashingPool, Password, Verdict};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), crudauth::password::HashError> {
/// let pool = HashingPool::new(Arc::new(Argon2id::default()), HashingLimits::default());
/// let stored = pool.hash(Password::new("correct horse battery staple")).await?;
///
/// let typed = Password::new("incorrect horse");
/// assert_eq!(pool.verify(typed.clone(), Some(stored)).await?, Verdict::Mismatch);
/// assert_eq!(pool.verify(typed, None).await?, Verdict::Mismatch);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HashingPool {
    hasher: Arc<dyn PasswordHasher>,
    queue: Queue,
    /// The queue of known devices and of clients that are signed in.
    reserved: Queue,
    /// Whether this handle uses the reserved queue.
    uses_reserved: bool,
    max_wait: Duration,
    workers: Arc<Workers>,
    slow_build: Arc<SlowBuild>,
}

/// The permits for calls that wait and run.
#[derive(Debug, Clone)]
struct Queue {
    /// One permit for each call that runs or waits.
    admission: Arc<Semaphore>,
    /// One permit for each call that runs or is next.
    running: Arc<Semaphore>,
}

impl Queue {
    fn new(admitted: usize, running: usize) -> Self {
        let semaphore =
            |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { admission: semaphore(admitted), running: semaphore(running) }
    }
}

impl HashingPool {
    /// A pool around `hasher`.
    #[must_use]
    pub fn new(hasher: Arc<dyn PasswordHasher>, limits: HashingLimits) -> Self {
        let threads = limits.at_once(hasher.memory());
        let admitted = threads.saturating_add(limits.waiting);
        Self {
            hasher,
            // Twice the threads, so that a thread that is done finds the next job ready.
            queue: Queue::new(admitted, threads.saturating_mul(2)),
            reserved: Queue::new(threads.saturating_add(limits.waiting / 4), threads),
            uses_reserved: false,
            max_wait: limits.max_wait,
            workers: Arc::new(Workers::new(threads)),
            slow_build: Arc::default(),
        }
    }

    /// The same pool for known clients: its calls use the reserved queue, ahead of strangers.
    pub(crate) fn with_reserved_queue(&self) -> Self {
        Self { uses_reserved: true, ..self.clone() }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] if the queue is full; [`HashError::Failed`] if the hasher fails.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        self.run(move |hasher| hasher.hash(&password)).await?
    }

    /// Verifies a password against the hash of a user. For `None` it verifies the decoy and answers
    /// [`Verdict::Mismatch`], after the same number of hashes.
    ///
    /// # Errors
    ///
    /// [`HashError::Busy`] if the queue is full; [`HashError::Failed`] if the hasher panics.
    pub async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, HashError> {
        self.run(move |hasher| {
            let verdict = hasher.verify(&password, stored.as_ref().unwrap_or(hasher.decoy()));
            if stored.is_some() { verdict } else { Verdict::Mismatch }
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, HashError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn PasswordHasher) -> T + Send + 'static,
    {
        let waiting = QueuedPermit(Arc::new(Mutex::new(Some(self.acquire_permit().await?))));
        let (answer, answered) = oneshot::channel();
        let (hasher, turn) = (Arc::clone(&self.hasher), Arc::clone(&waiting.0));
        let slow_build = Arc::clone(&self.slow_build);
        let job = move || {
            // The job holds the permit for as long as the hash runs, even if the future that waits
            // for it is dropped. A future that was dropped before has taken the permit with it.
            let Some(place) = turn.lock().unwrap_or_else(PoisonError::into_inner).take() else {
                return;
            };
            let result = slow_build.watch(|| work(hasher.as_ref()));
            drop(place);
            drop(answer.send(result));
        };
        self.workers.run(Box::new(job), self.uses_reserved).map_err(HashError::failed)?;
        answered.await.map_err(HashError::failed)
    }

    async fn acquire_permit(&self) -> Result<Permit, HashError> {
        let Queue { admission, running } =
            if self.uses_reserved { &self.reserved } else { &self.queue };
        // Neither semaphore is ever closed, so the one error is that there is no room.
        let admission = Arc::clone(admission).try_acquire_owned().map_err(|_| HashError::Busy)?;
        let running = timeout(self.max_wait, Arc::clone(running).acquire_owned()).await;
        let running = running.map_err(|_| HashError::Busy)?.map_err(HashError::failed)?;
        Ok(Permit { _running: running, _admission: admission })
    }
}

/// The permit of a call whose hash has not begun. It is released when the call is dropped.
struct QueuedPermit(Arc<Mutex<Option<Permit>>>);

impl Drop for QueuedPermit {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Permits to run and to be in the queue, which are released together.
struct Permit {
    _running: OwnedSemaphorePermit,
    _admission: OwnedSemaphorePermit,
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;

    /// A hasher that says when it begins and goes on when it is told to.
    #[derive(Debug)]
    struct Gate {
        begun: Sender<String>,
        go_on: Mutex<Receiver<()>>,
        running: AtomicUsize,
        most: AtomicUsize,
        decoy: PasswordHash,
    }

    impl Gate {
        fn pass(&self, what: &str) {
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            self.begun.send(what.to_owned()).unwrap();
            self.go_on.lock().unwrap().recv().unwrap();
            self.running.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl PasswordHasher for Gate {
        fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
            self.pass(password.expose());
            assert_ne!(password.expose(), "panic", "as the test asked for");
            Ok(PasswordHash::from_stored(password.expose().to_owned()))
        }

        fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
            self.pass(stored.as_stored());
            if password.expose() == stored.as_stored() { Verdict::Match } else { Verdict::Mismatch }
        }

        fn decoy(&self) -> &PasswordHash {
            &self.decoy
        }
    }

    struct Fixture {
        pool: HashingPool,
        gate: Arc<Gate>,
        begun: Receiver<String>,
        go_on: Sender<()>,
    }

    fn fixture(threads: usize, waiting: usize) -> Fixture {
        let (begun_sender, begun) = channel();
        let (go_on, go_on_receiver) = channel();
        let gate = Arc::new(Gate {
            begun: begun_sender,
            go_on: Mutex::new(go_on_receiver),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            decoy: PasswordHash::from_stored("decoy".to_owned()),
        });
        let limits = HashingLimits::new(NonZeroUsize::new(threads).unwrap()).waiting(waiting);
        let pool = HashingPool::new(Arc::clone(&gate) as Arc<dyn PasswordHasher>, limits);
        Fixture { pool, gate, begun, go_on }
    }

    impl Fixture {
        /// What began next. Far longer than it takes; if nothing begins, the test fails.
        fn next_begun(&self) -> String {
            self.begun.recv_timeout(Duration::from_secs(30)).expect("a hash begins")
        }
    }

    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn is_busy<T>(poll: &Poll<Result<T, HashError>>) -> bool {
        matches!(poll, Poll::Ready(Err(HashError::Busy)))
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy_at_once() {
        let fixture = fixture(1, 1);
        let mut first = Box::pin(fixture.pool.hash(Password::new("first")));
        let mut second = Box::pin(fixture.pool.hash(Password::new("second")));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(second.as_mut()).is_pending());
        let third = poll_once(pin!(fixture.pool.hash(Password::new("third"))));
        assert!(is_busy(&third));
        let Poll::Ready(Err(error)) = third else { unreachable!() };
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));

        fixture.go_on.send(()).unwrap();
        fixture.go_on.send(()).unwrap();
        assert_eq!(first.await.unwrap().as_stored(), "first");
        assert_eq!(second.await.unwrap().as_stored(), "second");
        fixture.go_on.send(()).unwrap();
        assert_eq!(fixture.pool.hash(Password::new("fourth")).await.unwrap().as_stored(), "fourth");
    }

    #[tokio::test]
    async fn a_cancelled_request_keeps_its_permit_until_its_hash_is_done() {
        let fixture = fixture(1, 0);
        let mut gone = Box::pin(fixture.pool.hash(Password::new("gone")));
        assert!(poll_once(gone.as_mut()).is_pending());
        assert_eq!(fixture.next_begun(), "gone");
        drop(gone);

        assert!(is_busy(&poll_once(pin!(fixture.pool.hash(Password::new("next"))))));
        fixture.go_on.send(()).unwrap();
        let free = fixture.pool.queue.running.acquire().await.unwrap();
        drop(free);
        let free = fixture.pool.queue.admission.acquire().await.unwrap();
        drop(free);
        fixture.go_on.send(()).unwrap();
        assert_eq!(fixture.pool.hash(Password::new("next")).await.unwrap().as_stored(), "next");
    }

    #[tokio::test]
    async fn a_cancelled_waiter_leaves_the_queue() {
        let fixture = fixture(1, 1);
        let mut first = Box::pin(fixture.pool.hash(Password::new("first")));
        let mut gone = Box::pin(fixture.pool.hash(Password::new("gone")));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll_once(gone.as_mut()).is_pending());
        drop(gone);

        let mut third = Box::pin(fixture.pool.hash(Password::new("third")));
        assert!(poll_once(third.as_mut()).is_pending(), "there is room again");
        fixture.go_on.send(()).unwrap();
        fixture.go_on.send(()).unwrap();
        first.await.unwrap();
        third.await.unwrap();
        assert_eq!(fixture.next_begun(), "first");
        assert_eq!(fixture.next_begun(), "third");
    }

    #[tokio::test]
    async fn a_flood_of_strangers_does_not_delay_known_clients() {
        let fixture = fixture(1, 8);
        let known = fixture.pool.with_reserved_queue();
        let mut flood: Vec<_> = (0..9)
            .map(|number| Box::pin(fixture.pool.hash(Password::new(format!("stranger{number}")))))
            .collect();
        for stranger in &mut flood {
            assert!(poll_once(stranger.as_mut()).is_pending());
        }
        assert!(is_busy(&poll_once(pin!(fixture.pool.hash(Password::new("one more"))))));
        assert_eq!(fixture.next_begun(), "stranger0");
        let mut owner = Box::pin(known.hash(Password::new("owner")));
        assert!(poll_once(owner.as_mut()).is_pending());
        for _ in 0..2 {
            fixture.go_on.send(()).unwrap();
        }
        assert_eq!(fixture.next_begun(), "owner", "before the eight who came earlier");
        assert_eq!(owner.await.unwrap().as_stored(), "owner");
        // The reserved queue is bounded too.
        let mut kept: Vec<_> =
            (0..3).map(|_| Box::pin(known.hash(Password::new("known")))).collect();
        for call in &mut kept {
            assert!(poll_once(call.as_mut()).is_pending());
        }
        assert!(is_busy(&poll_once(pin!(known.hash(Password::new("too many"))))));
        for _ in 0..11 {
            fixture.go_on.send(()).unwrap();
        }
    }

    /// The clock of the runtime goes on by itself where nothing but a wait is left.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_waits_too_long_fails_and_leaves_the_queue() {
        let mut fixture = fixture(1, 8);
        fixture.pool.max_wait = Duration::from_secs(3);
        let started = tokio::time::Instant::now();
        let mut running = [
            Box::pin(fixture.pool.hash(Password::new("first"))),
            Box::pin(fixture.pool.hash(Password::new("next"))),
        ];
        for call in &mut running {
            assert!(poll_once(call.as_mut()).is_pending());
        }
        let late = fixture.pool.hash(Password::new("late")).await;
        assert!(matches!(late, Err(HashError::Busy)));
        assert_eq!(started.elapsed(), Duration::from_secs(3));
        assert_eq!(fixture.pool.queue.admission.available_permits(), 7);
        for _ in 0..2 {
            fixture.go_on.send(()).unwrap();
        }
        for call in running {
            call.await.unwrap();
        }
    }

    #[tokio::test]
    async fn never_more_run_than_there_are_threads() {
        let fixture = fixture(3, 100);
        let calls: Vec<_> = (0..20)
            .map(|n| {
                let pool = fixture.pool.clone();
                tokio::spawn(async move { pool.hash(Password::new(n.to_string())).await })
            })
            .collect();
        tokio::task::yield_now().await;
        for _ in 0..3 {
            fixture.next_begun();
        }
        assert_eq!(fixture.gate.running.load(Ordering::SeqCst), 3);
        for _ in 0..20 {
            fixture.go_on.send(()).unwrap();
        }
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!(fixture.gate.most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_missing_user_is_verified_against_the_decoy_and_never_matches() {
        let fixture = fixture(1, 0);
        fixture.go_on.send(()).unwrap();
        let verdict = fixture.pool.verify(Password::new("decoy"), None).await.unwrap();
        assert_eq!(verdict, Verdict::Mismatch);
        assert_eq!(fixture.next_begun(), "decoy");

        fixture.go_on.send(()).unwrap();
        let stored = PasswordHash::from_stored("right".to_owned());
        let verdict = fixture.pool.verify(Password::new("right"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Match);
        assert_eq!(fixture.next_begun(), "right");
        assert!(fixture.begun.try_recv().is_err(), "one hash for each");
    }

    #[tokio::test]
    async fn a_hasher_that_panics_fails_its_call_and_releases_its_permit() {
        let fixture = fixture(1, 0);
        fixture.go_on.send(()).unwrap();
        let error = fixture.pool.hash(Password::new("panic")).await.unwrap_err();
        assert!(matches!(error, HashError::Failed(_)));
        assert_eq!(error.retry_after(), None);
        fixture.go_on.send(()).unwrap();
        assert!(fixture.pool.hash(Password::new("next")).await.is_ok());
    }

    #[tokio::test]
    async fn a_slow_hash_of_a_debug_build_is_told() {
        let mut fixture = fixture(1, 0);
        fixture.pool.slow_build = Arc::new(SlowBuild::beyond(Duration::ZERO));
        fixture.go_on.send(()).unwrap();
        fixture.pool.hash(Password::new("any")).await.unwrap();
        assert_eq!(fixture.pool.slow_build.has_told(), cfg!(debug_assertions));
    }

    #[test]
    fn as_many_run_at_once_as_fit_into_the_memory_and_one_in_any_case() {
        let limits = HashingLimits::new(NonZeroUsize::new(8).unwrap());
        let at_once = |bytes| limits.memory(bytes).at_once(100);
        assert_eq!([at_once(10_000), at_once(399), at_once(99)], [8, 3, 1]);
        assert_eq!(limits.at_once(100), 8, "no limit was given");
        assert_eq!(limits.memory(1).at_once(0), 8, "a hasher that takes none");
    }

    #[test]
    fn the_queue_is_64_for_each_thread_and_no_less_than_128() {
        let waiting = |threads| HashingLimits::new(NonZeroUsize::new(threads).unwrap()).waiting;
        assert_eq!([waiting(1), waiting(2), waiting(3)], [128, 128, 192]);
        assert_eq!(waiting(usize::MAX), usize::MAX);
        let _pool = fixture(usize::MAX, usize::MAX);
    }
}
