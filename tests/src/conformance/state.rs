//! The contract of the port [`StateStore`], one test a property.
//!
//! ```no_run
//! use std::sync::Arc;
//! use crudauth::clock::ManualClock;
//! use crudauth::store::StateStore;
//! use crudauth::store::memory::MemoryState;
//! use crudauth_tests::conformance::state::Subject;
//!
//! async fn make() -> Subject {
//!     let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
//!     let store: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone())); // your adapter
//!     Subject::new(clock, [store])
//! }
//!
//! crudauth_tests::state_store_conformance!(make);
//! # fn main() {}
//! ```

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::ManualClock;
use crudauth::store::{Add, Counter, Entry, Exceeded, Listed, StateStore, Step};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const TASKS: usize = 32;
const ROUNDS: usize = 20;

/// A fresh, empty store under test, and the means to move its time.
#[derive(Debug, Clone)]
pub struct Subject {
    clock: Arc<ManualClock>,
    handles: Arc<[Arc<dyn StateStore>]>,
    /// Dropped with the last clone.
    _kept: Arc<dyn Any + Send + Sync>,
}

impl Subject {
    /// A store that takes its time from `clock`, through one or more handles: what is written
    /// through one must be seen through all, as by several processes.
    ///
    /// # Panics
    ///
    /// If there is no handle.
    pub fn new(
        clock: Arc<ManualClock>,
        handles: impl IntoIterator<Item = Arc<dyn StateStore>>,
    ) -> Self {
        let handles: Arc<[_]> = handles.into_iter().collect();
        assert!(!handles.is_empty(), "a subject needs a handle");
        Self { clock, handles, _kept: Arc::new(()) }
    }

    /// Keeps `thing`, a temporary directory or a server, for as long as the test runs.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Self {
        self._kept = Arc::new(thing);
        self
    }

    /// One of the handles. Reads below ask all of them, and most changes go through the second, so
    /// that what one handle wrote is seen and changed through another.
    fn handle(&self, number: usize) -> &dyn StateStore {
        &*self.handles[number % self.handles.len()]
    }

    fn advance(&self, step: Duration) {
        self.clock.advance(step);
    }

    async fn get(&self, key: &str) -> Option<Vec<u8>> {
        let mut seen = BTreeSet::new();
        for handle in &*self.handles {
            seen.insert(handle.get(key).await.expect("get"));
        }
        assert_eq!(seen.len(), 1, "all handles see the same");
        seen.pop_first().expect("a handle")
    }

    async fn counter(&self, key: &str) -> Option<Counter> {
        let mut seen = Vec::new();
        for handle in &*self.handles {
            seen.push(handle.counter(key).await.expect("counter"));
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "all handles see the same");
        seen.pop().expect("a handle")
    }

    async fn list(&self, owner: &str) -> BTreeMap<String, Vec<u8>> {
        let mut all = Vec::new();
        for handle in &*self.handles {
            let listed = handle.list(owner).await.expect("list");
            let number = listed.len();
            let by_key: BTreeMap<_, _> =
                listed.into_iter().map(|Listed { key, value }| (key, value)).collect();
            assert_eq!(by_key.len(), number, "each entry is listed once");
            all.push(by_key);
        }
        all.dedup();
        assert_eq!(all.len(), 1, "all handles see the same");
        all.pop().expect("a handle")
    }

    async fn put(&self, key: &str, value: &[u8], ttl: Duration) {
        self.put_owned(key, value, ttl, None).await;
    }

    async fn put_owned(&self, key: &str, value: &[u8], ttl: Duration, owner: Option<&str>) {
        self.handle(0).put(key, Entry { value, ttl, owner }).await.expect("put");
    }

    async fn put_if_absent(&self, key: &str, value: &[u8], ttl: Duration) -> bool {
        let entry = Entry { value, ttl, owner: None };
        self.handle(1).put_if_absent(key, entry).await.expect("put_if_absent")
    }

    async fn swap(&self, key: &str, expected: &[u8], value: &[u8], ttl: Duration) -> bool {
        let entry = Entry { value, ttl, owner: None };
        self.handle(1).compare_and_swap(key, expected, entry).await.expect("compare_and_swap")
    }

    async fn take(&self, key: &str) -> Option<Vec<u8>> {
        self.handle(1).take(key).await.expect("take")
    }

    async fn remove(&self, key: &str) -> bool {
        self.handle(1).remove(key).await.expect("remove")
    }

    async fn increment(&self, key: &str, by: i64, ttl: Duration) -> Counter {
        self.handle(1).increment(key, by, ttl).await.expect("increment")
    }

    /// Lets 32 tasks, spread over the handles, do the same at the same moment.
    async fn race<T, F>(&self, act: impl Fn(usize, Arc<dyn StateStore>) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let gate = Arc::new(Barrier::new(TASKS));
        let mut tasks = JoinSet::new();
        for number in 0..TASKS {
            let gate = gate.clone();
            let act = act(number, self.handles[number % self.handles.len()].clone());
            tasks.spawn(async move {
                gate.wait().await;
                act.await
            });
        }
        tasks.join_all().await
    }
}

/// Keys that an adapter could mistake for syntax, fold together or cut off.
fn odd_keys() -> Vec<String> {
    let long = "k".repeat(100 * 1024);
    let mut keys = vec![format!("{long}1"), format!("{long}2")];
    let odd = [
        " ",
        "  ",
        "a",
        "A",
        "a ",
        " a",
        "%",
        "_",
        "*",
        "?",
        "'",
        "\"",
        "''",
        "\\",
        ";",
        "--",
        ":",
        "{x}",
        "[a-z]",
        "a*",
        "a%",
        "\n",
        "\r\n",
        "\t",
        "\u{1}",
        "\u{7f}",
        "é",
        "e\u{301}",
        "ß",
        "ss",
        "ı",
        "İ",
        "ﬁ",
        "日本",
        "🦀",
        "\u{200b}",
        "\u{202e}",
        "\u{feff}",
        "\u{10ffff}",
        "0",
        "00",
        "1e3",
        "1000",
        "null",
        "NULL",
        "../../x",
        "' OR 1=1 --",
        "key=value&x",
        "%00",
    ];
    keys.extend(odd.map(str::to_owned));
    keys
}

/// What was put is what is got; a key that was never written has nothing.
pub async fn round_trip(subject: Subject) {
    assert_eq!(subject.get("key").await, None);
    subject.put("key", b"value", MINUTE).await;
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"value"[..]));
    assert_eq!(subject.get("another").await, None);
}

/// Values are bytes: none is changed, none is special, the empty value is a value.
pub async fn values_are_bytes(subject: Subject) {
    let values = [
        Vec::new(),
        vec![0],
        b"\0\0\0".to_vec(),
        (0..=255).collect(),
        b"\xff\xfe not UTF-8 \xc3".to_vec(),
        b"trailing spaces  \n".to_vec(),
        vec![0xa5; 1024 * 1024],
    ];
    for (number, value) in values.iter().enumerate() {
        let key = format!("key-{number}");
        subject.put(&key, value, MINUTE).await;
        assert!(subject.get(&key).await.as_ref() == Some(value), "value {number} by get");
        assert!(subject.swap(&key, value, value, MINUTE).await, "value {number} is as expected");
        assert!(subject.take(&key).await.as_ref() == Some(value), "value {number} by take");
        assert!(subject.put_if_absent(&key, value, MINUTE).await, "value {number} is taken");
        assert!(!subject.put_if_absent(&key, b"other", MINUTE).await, "value {number} is there");
    }
}

/// Any text without NUL is a key, of any length, and no two keys are the same.
pub async fn keys_are_text_of_any_kind(subject: Subject) {
    let keys = odd_keys();
    for (number, key) in keys.iter().enumerate() {
        let number_bytes = number.to_be_bytes();
        assert!(subject.put_if_absent(key, &number_bytes, MINUTE).await, "key {number} is new");
        let by = i64::try_from(number).expect("small") + 1;
        assert_eq!(subject.increment(key, by, MINUTE).await.count, by, "key {number} is new");
    }
    for (number, key) in keys.iter().enumerate() {
        let expected = number.to_be_bytes().to_vec();
        assert_eq!(subject.get(key).await, Some(expected.clone()), "key {number}");
        assert_eq!(subject.take(key).await, Some(expected), "key {number}");
        assert!(subject.remove(key).await, "the counter of key {number}");
    }
}

/// A second put replaces value and end.
pub async fn put_overwrites(subject: Subject) {
    subject.put("key", b"a longer first value", MINUTE).await;
    subject.put("key", b"second", 10 * SECOND).await;
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"second"[..]));
    subject.advance(10 * SECOND);
    assert_eq!(subject.get("key").await, None, "the second end counts");
    subject.put("key", b"third", SECOND).await;
    subject.put("key", b"fourth", MINUTE).await;
    subject.advance(30 * SECOND);
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"fourth"[..]), "the later end counts");
}

/// An entry ends at its millisecond, for every operation.
pub async fn entries_expire(subject: Subject) {
    let ttl = Duration::from_millis(1500);
    for key in ["get", "absent", "take", "swap", "remove"] {
        subject.put_owned(key, b"v", ttl, Some("owner")).await;
    }
    subject.advance(Duration::from_millis(1499));
    assert_eq!(subject.get("get").await.as_deref(), Some(&b"v"[..]));
    assert!(!subject.put_if_absent("absent", b"new", MINUTE).await);
    assert_eq!(subject.list("owner").await.len(), 5);
    subject.advance(Duration::from_millis(1));
    assert_eq!(subject.get("get").await, None);
    assert!(subject.list("owner").await.is_empty());
    assert_eq!(subject.take("take").await, None);
    assert!(!subject.swap("swap", b"v", b"new", MINUTE).await);
    assert!(!subject.remove("remove").await);
    assert!(subject.put_if_absent("absent", b"new", MINUTE).await);
    assert_eq!(subject.get("absent").await.as_deref(), Some(&b"new"[..]));
    assert!(subject.list("owner").await.is_empty(), "the owner went with the old entry");
}

/// Nothing lives for no time, and the longest time to live is no error.
pub async fn extreme_times_to_live(subject: Subject) {
    subject.put("none", b"v", Duration::ZERO).await;
    assert_eq!(subject.get("none").await, None);
    assert!(subject.put_if_absent("none", b"v", Duration::from_micros(999)).await);
    assert_eq!(subject.get("none").await, None);
    assert_eq!(subject.increment("none", 1, Duration::ZERO).await.count, 1);
    assert_eq!(subject.counter("none").await, None);
    assert_eq!(subject.increment("none", 1, MINUTE).await.count, 1);

    subject.put("ever", b"v", Duration::MAX).await;
    assert_eq!(subject.increment("ever", 1, Duration::MAX).await.count, 1);
    subject.advance(Duration::from_secs(1_000_000_000));
    assert_eq!(subject.get("ever").await.as_deref(), Some(&b"v"[..]));
    assert_eq!(subject.increment("ever", 1, SECOND).await.count, 2);
}

/// `put_if_absent` writes where nothing is, and changes nothing where something is.
pub async fn put_if_absent_keeps_what_is_there(subject: Subject) {
    assert!(subject.put_if_absent("key", b"first", MINUTE).await);
    assert!(!subject.put_if_absent("key", b"second", 10 * MINUTE).await);
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"first"[..]));
    subject.advance(MINUTE);
    assert_eq!(subject.get("key").await, None, "the end did not move");
}

/// Of parallel callers of `put_if_absent` one wins, and what is there is the winner's.
pub async fn put_if_absent_has_one_winner(subject: Subject) {
    for round in 0..ROUNDS {
        let key = format!("key-{round}");
        if round % 2 == 1 {
            subject.put(&key, b"expired", SECOND).await;
            subject.advance(SECOND);
        }
        let outcomes = subject.race(|number, store| {
            let key = key.clone();
            async move {
                let value = number.to_be_bytes();
                let entry = Entry { value: &value, ttl: MINUTE, owner: None };
                (number, store.put_if_absent(&key, entry).await.expect("put_if_absent"))
            }
        });
        let winners: Vec<_> =
            outcomes.await.into_iter().filter(|(_, won)| *won).map(|(number, _)| number).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let expected = winners[0].to_be_bytes().to_vec();
        assert_eq!(subject.get(&key).await, Some(expected), "round {round}");
    }
}

/// `take` removes what it returns.
pub async fn take_removes(subject: Subject) {
    assert_eq!(subject.take("key").await, None);
    subject.put_owned("key", b"value", MINUTE, Some("owner")).await;
    assert_eq!(subject.take("key").await.as_deref(), Some(&b"value"[..]));
    assert_eq!(subject.take("key").await, None);
    assert_eq!(subject.get("key").await, None);
    assert!(subject.list("owner").await.is_empty());
}

/// Of parallel takers one gets the value.
pub async fn take_has_one_consumer(subject: Subject) {
    for round in 0..ROUNDS {
        let key = format!("key-{round}");
        subject.put(&key, b"once", MINUTE).await;
        let taken = subject.race(|_, store| {
            let key = key.clone();
            async move { store.take(&key).await.expect("take") }
        });
        let got: Vec<_> = taken.await.into_iter().flatten().collect();
        assert_eq!(got, [b"once".to_vec()], "round {round}");
    }
}

/// `compare_and_swap` writes only over the expected value, and then value, end and owner.
pub async fn compare_and_swap_compares(subject: Subject) {
    assert!(!subject.swap("key", b"", b"new", MINUTE).await, "nothing is not the empty value");
    assert_eq!(subject.get("key").await, None);
    subject.put_owned("key", b"old", MINUTE, Some("owner")).await;
    for wrong in [&b""[..], b"ol", b"old ", b"OLD", b"old\0"] {
        assert!(!subject.swap("key", wrong, b"new", MINUTE).await, "{wrong:?}");
    }
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"old"[..]));
    assert!(subject.swap("key", b"old", b"new", 2 * MINUTE).await);
    assert!(!subject.swap("key", b"old", b"newer", MINUTE).await);
    assert!(subject.list("owner").await.is_empty(), "the swap gave it no owner");
    subject.advance(MINUTE);
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"new"[..]), "the end moved");
    subject.advance(MINUTE);
    assert_eq!(subject.get("key").await, None);
}

/// Parallel callers that each add one by `compare_and_swap` lose no addition.
pub async fn compare_and_swap_loses_no_update(subject: Subject) {
    subject.put("sum", &0_u64.to_be_bytes(), MINUTE).await;
    let tries = subject.race(|_, store| async move {
        let mut tries = 0_u64;
        loop {
            tries += 1;
            let old = store.get("sum").await.expect("get").expect("the sum is there");
            let sum = u64::from_be_bytes(old.as_slice().try_into().expect("eight bytes"));
            let new = (sum + 1).to_be_bytes();
            let entry = Entry { value: &new, ttl: MINUTE, owner: None };
            // Where a store never waits, nobody else would come between the two.
            tokio::task::yield_now().await;
            if store.compare_and_swap("sum", &old, entry).await.expect("compare_and_swap") {
                return tries;
            }
            tokio::task::yield_now().await;
        }
    });
    let tries: u64 = tries.await.into_iter().sum();
    let expected = (TASKS as u64).to_be_bytes().to_vec();
    assert_eq!(subject.get("sum").await, Some(expected), "after {tries} tries");
}

/// `remove` removes an entry, a counter or both, and says whether there was anything.
pub async fn remove_removes(subject: Subject) {
    assert!(!subject.remove("key").await);
    subject.put_owned("key", b"v", MINUTE, Some("owner")).await;
    subject.put("other", b"v", MINUTE).await;
    assert!(subject.remove("key").await);
    assert!(!subject.remove("key").await);
    assert_eq!(subject.get("key").await, None);
    assert!(subject.list("owner").await.is_empty());
    subject.increment("key", 1, MINUTE).await;
    assert!(subject.remove("key").await);
    assert_eq!(subject.counter("key").await, None);
    subject.put("key", b"v", MINUTE).await;
    subject.increment("key", 1, MINUTE).await;
    assert!(subject.remove("key").await);
    assert_eq!(subject.get("key").await, None);
    assert_eq!(subject.counter("key").await, None);
    assert!(subject.get("other").await.is_some());
}

/// An entry and a counter under one key know nothing of each other.
pub async fn entries_and_counters_are_separate(subject: Subject) {
    subject.increment("key", 7, MINUTE).await;
    assert_eq!(subject.get("key").await, None);
    assert_eq!(subject.take("key").await, None);
    assert!(!subject.swap("key", b"7", b"v", MINUTE).await);
    assert!(subject.put_if_absent("key", b"v", MINUTE).await);
    assert_eq!(subject.increment("key", 1, MINUTE).await.count, 8);
    assert_eq!(subject.get("key").await.as_deref(), Some(&b"v"[..]));
    assert_eq!(subject.take("key").await.as_deref(), Some(&b"v"[..]));
    assert_eq!(subject.counter("key").await.map(|counter| counter.count), Some(8));
}

/// A counter starts at zero, takes any sign, and refuses what it cannot hold.
pub async fn counters_add_up(subject: Subject) {
    assert_eq!(subject.counter("key").await, None);
    for (by, sum) in [(5, 5), (-2, 3), (0, 3), (-10, -7), (7, 0)] {
        let counter = subject.increment("key", by, MINUTE).await;
        assert_eq!(counter, Counter { count: sum, ttl: MINUTE });
        assert_eq!(subject.counter("key").await, Some(counter));
    }
    assert_eq!(subject.increment("below", -3, MINUTE).await.count, -3);
    assert_eq!(subject.increment("full", i64::MAX, MINUTE).await.count, i64::MAX);
    subject.handle(0).increment("full", 1, MINUTE).await.expect_err("a sum that does not fit");
    assert_eq!(subject.counter("full").await.map(|counter| counter.count), Some(i64::MAX));
    assert_eq!(subject.increment("full", i64::MIN, MINUTE).await.count, -1);
}

/// A counter keeps the end that it got first; past it a new one starts at zero.
pub async fn counters_keep_their_end(subject: Subject) {
    subject.increment("key", 1, MINUTE).await;
    for second in 1..60 {
        subject.advance(SECOND);
        let counter = subject.increment("key", 1, 60 * MINUTE).await;
        let left = MINUTE - second * SECOND;
        assert_eq!(counter, Counter { count: i64::from(second) + 1, ttl: left });
        assert_eq!(subject.counter("key").await, Some(counter));
    }
    subject.advance(SECOND);
    assert_eq!(subject.counter("key").await, None);
    assert!(!subject.remove("key").await, "an expired counter is nothing");
    let again = subject.increment("key", 3, 2 * MINUTE).await;
    assert_eq!(again, Counter { count: 3, ttl: 2 * MINUTE });
}

/// Parallel increments each get a sum of their own.
pub async fn parallel_increments_are_all_counted(subject: Subject) {
    for round in 0..ROUNDS {
        let key = format!("key-{round}");
        if round % 2 == 1 {
            subject.increment(&key, 1000, SECOND).await;
            subject.advance(SECOND);
        }
        let sums = subject.race(|_, store| {
            let key = key.clone();
            async move { store.increment(&key, 1, MINUTE).await.expect("increment").count }
        });
        let sums: BTreeSet<_> = sums.await.into_iter().collect();
        let expected = 1..=i64::try_from(TASKS).expect("small");
        assert!(sums.iter().copied().eq(expected), "round {round}: {sums:?}");
    }
}

fn add(key: &str, by: i64, ttl: Duration) -> Add<'_> {
    Add { key, by, ttl, extends: false, at_most: None }
}

fn up_to(at_most: i64, key: &str) -> Step<'_> {
    Step::Add(Add { at_most: Some(at_most), ..add(key, 1, MINUTE) })
}

/// A batch makes all of its steps, and tells each sum.
pub async fn a_batch_makes_all_steps(subject: Subject) {
    let batch = async |steps: &[Step<'_>]| subject.handle(1).batch(steps).await.expect("a batch");
    assert_eq!(batch(&[]).await, Ok(Vec::new()));
    subject.put_owned("old", b"1", MINUTE, Some("owner")).await;
    subject.increment("counted", 2, MINUTE).await;
    subject.increment("gone", 2, MINUTE).await;
    let entry = Entry { value: b"\0\xff", ttl: 2 * MINUTE, owner: Some("owner") };
    let steps = [
        Step::Remove("old"),
        Step::Add(add("counted", 5, 10 * MINUTE)),
        Step::Put("new", entry),
        Step::Remove("gone"),
        Step::Remove("nothing"),
        Step::Add(add("fresh", -3, 2 * MINUTE)),
    ];
    let counted = Counter { count: 7, ttl: MINUTE };
    let fresh = Counter { count: -3, ttl: 2 * MINUTE };
    let made = batch(&steps).await;
    assert_eq!(made, Ok(vec![None, Some(counted), None, None, None, Some(fresh)]));
    assert_eq!(subject.counter("counted").await, Some(counted));
    assert_eq!(subject.counter("fresh").await, Some(fresh));
    assert_eq!((subject.get("old").await, subject.counter("gone").await), (None, None));
    let expected = BTreeMap::from([("new".to_owned(), b"\0\xff".to_vec())]);
    assert_eq!(subject.list("owner").await, expected);

    subject.advance(MINUTE);
    let anew = Counter { count: 5, ttl: 10 * MINUTE };
    let made = batch(&[Step::Add(add("counted", 5, 10 * MINUTE))]).await;
    assert_eq!(made, Ok(vec![Some(anew)]), "one that has ended starts anew");
    let bare = Entry { owner: None, ..entry };
    assert_eq!(batch(&[Step::Put("new", bare)]).await, Ok(vec![None]));
    assert!(subject.list("owner").await.is_empty(), "the owner went with the old entry");
}

/// Keys of any kind are told apart in a batch too.
pub async fn a_batch_takes_keys_of_any_kind(subject: Subject) {
    let keys = odd_keys();
    for (number, keys) in keys.chunks(7).enumerate() {
        let steps: Vec<_> = keys.iter().map(|key| Step::Add(add(key, 1, MINUTE))).collect();
        let made = subject.handle(number).batch(&steps).await.expect("a batch").expect("no bound");
        assert!(made.iter().all(|made| made.is_some_and(|made| made.count == 1)), "{keys:?}");
    }
    for keys in keys.chunks(7) {
        let removed: Vec<_> = keys.iter().map(|key| Step::Remove(key)).collect();
        subject.handle(0).batch(&removed).await.expect("a batch").expect("no bound");
        for key in keys {
            assert_eq!(subject.counter(key).await, None, "{key:?}");
        }
    }
}

/// A counter that is extended lives for as long as is said from then, and never shorter.
pub async fn a_batch_extends_the_life_of_counters(subject: Subject) {
    let extend = async |by, ttl| {
        let extending = Step::Add(Add { extends: true, ..add("key", by, ttl) });
        let beside = Step::Add(add("beside", 1, MINUTE));
        let steps = [extending, beside];
        let made = subject.handle(1).batch(&steps).await.expect("a batch").expect("no bound");
        made[0].expect("a counter")
    };
    assert_eq!(extend(1, MINUTE).await, Counter { count: 1, ttl: MINUTE });
    subject.advance(30 * SECOND);
    assert_eq!(extend(0, MINUTE).await, Counter { count: 1, ttl: MINUTE });
    assert_eq!(extend(2, SECOND).await, Counter { count: 3, ttl: MINUTE });
    subject.advance(30 * SECOND);
    assert_eq!(subject.counter("key").await, Some(Counter { count: 3, ttl: 30 * SECOND }));
    assert_eq!(subject.counter("beside").await, None, "the other was not extended");
    subject.advance(30 * SECOND);
    assert_eq!(subject.counter("key").await, None);
}

/// A batch that goes over a bound does nothing, and tells the bound that lasts the longest.
pub async fn a_batch_over_its_bound_does_nothing(subject: Subject) {
    let batch = async |steps: &[Step<'_>]| subject.handle(1).batch(steps).await.expect("a batch");
    let entry = Entry { value: b"v", ttl: MINUTE, owner: None };
    let with = |bounded| {
        [
            Step::Add(add("beside", 1, MINUTE)),
            bounded,
            Step::Put("entry", entry),
            Step::TakeBack { share: Some("share"), of: vec![("whole", 1)] },
            Step::Remove("kept"),
        ]
    };
    subject.increment("share", 1, MINUTE).await;
    subject.increment("whole", 5, MINUTE).await;
    subject.put("kept", b"v", MINUTE).await;
    subject.increment("full", 3, 2 * MINUTE).await;
    let standing = Counter { count: 3, ttl: 2 * MINUTE };
    for _ in 0..2 {
        let refused = batch(&with(up_to(3, "full"))).await;
        assert_eq!(refused, Err(Exceeded { step: 1, counter: standing }));
        assert_eq!(subject.counter("full").await, Some(standing));
        assert_eq!(subject.counter("beside").await, None);
        assert_eq!(subject.get("entry").await, None);
        assert_eq!(subject.counter("share").await.map(|it| it.count), Some(1));
        assert_eq!(subject.counter("whole").await.map(|it| it.count), Some(5));
        assert!(subject.get("kept").await.is_some());
    }
    // Nothing is there, and even that is too much.
    let none = Counter { count: 0, ttl: MINUTE };
    let refused = batch(&with(up_to(0, "none"))).await;
    assert_eq!(refused, Err(Exceeded { step: 1, counter: none }));
    assert_eq!(subject.counter("none").await, None);

    subject.increment("longer", 9, 3 * MINUTE).await;
    let both = [up_to(3, "full"), up_to(9, "longer"), up_to(3, "brief")];
    let longest = Counter { count: 9, ttl: 3 * MINUTE };
    assert_eq!(batch(&both).await, Err(Exceeded { step: 1, counter: longest }));

    let made = batch(&with(up_to(4, "full"))).await.expect("it has room for one");
    assert_eq!(made[1], Some(Counter { count: 4, ..standing }));
    assert_eq!(subject.counter("whole").await.map(|it| it.count), Some(3));
    assert_eq!(subject.get("kept").await, None);
    subject.advance(2 * MINUTE);
    let made = batch(&[up_to(1, "full")]).await.expect("one that has ended starts anew");
    assert_eq!(made[0], Some(Counter { count: 1, ttl: MINUTE }));
}

/// Of parallel batches, as many pass as every bound has room for, and those leave their mark.
pub async fn parallel_batches_keep_to_their_bounds(subject: Subject) {
    for round in 0..ROUNDS {
        let names = ["one", "two", "three"].map(|name| format!("{name}-{round}"));
        let made = subject.race(|number, store| {
            let names = names.clone();
            async move {
                let [one, two, three] = &names;
                let entry = Entry { value: b"v", ttl: MINUTE, owner: Some(one) };
                let key = format!("entry-{round}-{number}");
                let mut steps = vec![up_to(7, one), up_to(9, two), Step::Put(&key, entry)];
                steps.push(Step::Add(add(three, 1, MINUTE)));
                // Callers name their counters in different orders, and must not wait for ever.
                if number % 2 == 1 {
                    steps.reverse();
                }
                store.batch(&steps).await.expect("a batch").is_ok()
            }
        });
        let passed = made.await.into_iter().filter(|passed| *passed).count();
        assert_eq!(passed, 7, "round {round}");
        for name in &names {
            let count = subject.counter(name).await.map(|counter| counter.count);
            assert_eq!(count, Some(7), "round {round}, {name}");
        }
        assert_eq!(subject.list(&names[0]).await.len(), 7, "round {round}");
    }
}

/// A batch takes back from counters what a share has counted, and what else is said.
pub async fn a_batch_takes_back(subject: Subject) {
    let count = async |key| subject.counter(key).await.map_or(0, |counter| counter.count);
    let batch = async |steps: &[Step<'_>]| {
        subject.handle(0).batch(steps).await.expect("a batch").expect("no bound");
    };
    for (share, more, whole, left) in [
        (2, 0, 5, 3),
        (2, 1, 5, 2),
        (5, 0, 2, 0),
        (5, 9, 2, 0),
        (-1, 0, 2, 2),
        (-1, 1, 2, 1),
        (0, 0, 2, 2),
        (1, 1, -4, -4),
    ] {
        for key in ["share", "whole", "other"] {
            subject.remove(key).await;
        }
        subject.increment("share", share, MINUTE).await;
        let standing = subject.increment("whole", whole, 2 * MINUTE).await;
        subject.increment("other", 100, MINUTE).await;
        let of = vec![("whole", more), ("gone", 1), ("other", 0)];
        batch(&[Step::TakeBack { share: Some("share"), of }, Step::Remove("nothing")]).await;
        assert_eq!(count("whole").await, left, "{share} and {more} of {whole}");
        assert_eq!(subject.counter("whole").await.map(|whole| whole.ttl), Some(standing.ttl));
        assert_eq!(count("other").await, 100 - share.max(0));
        assert_eq!(subject.counter("share").await, None);
        assert_eq!(subject.counter("gone").await, None);
    }
    subject.increment("whole", 7, MINUTE).await;
    batch(&[Step::TakeBack { share: None, of: vec![("whole", 1)] }]).await;
    assert_eq!(count("whole").await, 2);
    subject.increment("brief", 1, SECOND).await;
    subject.advance(SECOND);
    batch(&[Step::TakeBack { share: Some("brief"), of: vec![("whole", 0)] }]).await;
    assert_eq!(count("whole").await, 2, "a share that has ended is nothing");
}

/// Of parallel batches, one takes a share back.
pub async fn a_share_is_taken_back_once(subject: Subject) {
    for round in 0..ROUNDS {
        let (share, whole) = (format!("share-{round}"), format!("whole-{round}"));
        subject.increment(&share, 2, MINUTE).await;
        subject.increment(&whole, 100, MINUTE).await;
        let taken = subject.race(|number, store| {
            let (share, whole) = (share.clone(), whole.clone());
            async move {
                let of = vec![(&*whole, 1)];
                let back = Step::TakeBack { share: Some(&share), of };
                let beside = format!("beside-{number}");
                let steps = [back, Step::Add(add(&beside, 1, MINUTE))];
                store.batch(&steps).await.expect("a batch").expect("no bound");
            }
        });
        taken.await;
        let left = subject.counter(&whole).await.map(|counter| counter.count);
        let each = i64::try_from(TASKS).expect("small");
        assert_eq!(left, Some(98 - each), "round {round}");
    }
}

/// A batch that cannot be made leaves nothing.
pub async fn a_batch_that_fails_leaves_nothing(subject: Subject) {
    subject.increment("full", i64::MAX, MINUTE).await;
    let entry = Entry { value: b"v", ttl: MINUTE, owner: None };
    let steps = [
        Step::Put("entry", entry),
        Step::Add(add("before", 1, MINUTE)),
        Step::Add(add("full", 1, MINUTE)),
        Step::Add(add("after", 1, MINUTE)),
    ];
    subject.handle(0).batch(&steps).await.expect_err("a sum that does not fit");
    assert_eq!(subject.get("entry").await, None);
    assert_eq!((subject.counter("before").await, subject.counter("after").await), (None, None));
    assert_eq!(subject.counter("full").await.map(|counter| counter.count), Some(i64::MAX));
}

/// `list` finds the live entries of an owner and no others.
pub async fn list_finds_what_an_owner_has(subject: Subject) {
    assert!(subject.list("owner").await.is_empty());
    subject.put_owned("a", b"1", MINUTE, Some("owner")).await;
    subject.put_owned("b", b"\0\xff", 2 * MINUTE, Some("owner")).await;
    subject.put_owned("c", b"3", MINUTE, Some("owner2")).await;
    subject.put_owned("d", b"4", MINUTE, Some("Owner")).await;
    subject.put_owned("e", b"5", MINUTE, Some("%")).await;
    subject.put_owned("f", b"6", MINUTE, None).await;
    subject.increment("owner", 1, MINUTE).await;
    let expected =
        BTreeMap::from([("a".to_owned(), b"1".to_vec()), ("b".to_owned(), b"\0\xff".to_vec())]);
    assert_eq!(subject.list("owner").await, expected);
    assert_eq!(subject.list("%").await.len(), 1);
    assert!(subject.list("own").await.is_empty());
    subject.advance(MINUTE);
    assert!(subject.list("owner").await.keys().eq(["b"]), "the expired one is gone");
}

/// An entry that is written anew has the new owner, or none.
pub async fn an_entry_has_its_last_owner(subject: Subject) {
    subject.put_owned("key", b"1", MINUTE, Some("first")).await;
    subject.put_owned("key", b"2", MINUTE, Some("second")).await;
    assert!(subject.list("first").await.is_empty());
    assert_eq!(subject.list("second").await.len(), 1);
    let entry = Entry { value: b"3", ttl: MINUTE, owner: Some("third") };
    assert!(subject.handle(0).compare_and_swap("key", b"2", entry).await.expect("swap"));
    assert!(subject.list("second").await.is_empty());
    assert_eq!(subject.list("third").await.get("key").map(Vec::as_slice), Some(&b"3"[..]));
    subject.put("key", b"4", MINUTE).await;
    assert!(subject.list("third").await.is_empty());
    subject.advance(MINUTE);
    let entry = Entry { value: b"5", ttl: MINUTE, owner: Some("fourth") };
    assert!(subject.handle(0).put_if_absent("key", entry).await.expect("put_if_absent"));
    assert_eq!(subject.list("fourth").await.len(), 1);
}

/// An owner can have many entries, and owners are text of any kind.
pub async fn owners_are_many_and_of_any_kind(subject: Subject) {
    const EACH: usize = 3;
    let owners = odd_keys();
    for (number, owner) in owners.iter().enumerate() {
        for entry in 0..EACH {
            subject.put_owned(&format!("{number}-{entry}"), b"v", MINUTE, Some(owner)).await;
        }
    }
    for (number, owner) in owners.iter().enumerate() {
        let expected: Vec<_> = (0..EACH).map(|entry| format!("{number}-{entry}")).collect();
        let found: Vec<_> = subject.list(owner).await.into_keys().collect();
        assert_eq!(found, expected, "owner {number}");
    }
    for entry in 0..300 {
        subject.put_owned(&format!("many-{entry}"), b"v", MINUTE, Some("many")).await;
    }
    assert_eq!(subject.list("many").await.len(), 300);
}

/// The removal of what has expired, which writes cause, never removes what is alive.
pub async fn purging_spares_the_living(subject: Subject) {
    subject.put_owned("living", b"v", 60 * MINUTE, Some("owner")).await;
    subject.increment("living", 1, 60 * MINUTE).await;
    for round in 0..4 {
        for number in 0..200 {
            let key = format!("{round}-{number}");
            subject.put_owned(&key, b"v", SECOND, Some("owner")).await;
            subject.increment(&key, 1, SECOND).await;
        }
        subject.advance(SECOND);
        assert!(subject.list("owner").await.keys().eq(["living"]), "round {round}");
    }
    assert_eq!(subject.get("living").await.as_deref(), Some(&b"v"[..]));
    assert_eq!(subject.counter("living").await.map(|counter| counter.count), Some(1));
}

/// Of many who read at once, each gets what it asked for, also while others leave in the middle.
pub async fn parallel_readers_get_their_own(subject: Subject) {
    for number in 0..20 {
        subject.put(&format!("key {number}"), format!("value {number}").as_bytes(), MINUTE).await;
    }
    let read = |number: usize| {
        let subject = subject.clone();
        async move {
            let key = format!("key {}", number % 20);
            let value = subject.handle(number / 20).get(&key).await.expect("get");
            assert_eq!(value, Some(format!("value {}", number % 20).into_bytes()));
        }
    };
    let mut staying = JoinSet::new();
    for number in 0..400 {
        if number % 3 > 0 {
            staying.spawn(read(number));
            continue;
        }
        let leaving = tokio::spawn(read(number));
        for _ in 0..number % 5 {
            tokio::task::yield_now().await;
        }
        leaving.abort();
    }
    assert_eq!(staying.join_all().await.len(), 266);
}

/// One test for each property of the contract, on what the async function `$make` returns: a
/// [`Subject`](crate::conformance::state::Subject), fresh each time, or an `Option` of one, with
/// `None` where the server that it needs is not installed. Put it into a module of its own for each
/// adapter.
#[macro_export]
macro_rules! state_store_conformance {
    ($make:path) => {
        $crate::state_store_conformance! { $make:
            round_trip
            values_are_bytes
            keys_are_text_of_any_kind
            put_overwrites
            entries_expire
            extreme_times_to_live
            put_if_absent_keeps_what_is_there
            put_if_absent_has_one_winner
            take_removes
            take_has_one_consumer
            compare_and_swap_compares
            compare_and_swap_loses_no_update
            remove_removes
            entries_and_counters_are_separate
            counters_add_up
            counters_keep_their_end
            parallel_increments_are_all_counted
            parallel_readers_get_their_own
            a_batch_makes_all_steps
            a_batch_takes_keys_of_any_kind
            a_batch_extends_the_life_of_counters
            a_batch_over_its_bound_does_nothing
            parallel_batches_keep_to_their_bounds
            a_batch_takes_back
            a_share_is_taken_back_once
            a_batch_that_fails_leaves_nothing
            list_finds_what_an_owner_has
            an_entry_has_its_last_owner
            owners_are_many_and_of_any_kind
            purging_spares_the_living
        }
    };
    ($make:path: $($property:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $property() {
                if let Some(subject) = Option::<$crate::conformance::state::Subject>::from($make().await) {
                    $crate::conformance::state::$property(subject).await;
                }
            }
        )*
    };
}
