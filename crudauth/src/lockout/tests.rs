mod watched;

use self::watched::Watched;
use super::*;
use crate::clock::ManualClock;
use crate::store::memory::MemoryState;

const SECOND: Duration = Duration::from_secs(1);
const MAX: usize = 5;

struct Bench {
    clock: Arc<ManualClock>,
    store: Arc<Watched>,
    lockout: Lockout,
}

fn bench_with(config: LockoutConfig) -> Bench {
    bench_over(config, |store| store)
}

/// A bench on which parallel tasks interleave at random, by `seed`.
fn interleaving_bench(seed: u64) -> Arc<Bench> {
    Arc::new(bench_over(LockoutConfig::default(), |store| store.interleaving(seed)))
}

fn random_seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}

fn bench_over(config: LockoutConfig, dress: impl Fn(Watched) -> Watched) -> Bench {
    let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
    let store = Arc::new(dress(Watched::new(MemoryState::new(clock.clone()))));
    let lockout = Lockout::new(store.clone(), config).expect("a valid configuration");
    Bench { clock, store, lockout }
}

fn bench() -> Bench {
    bench_with(LockoutConfig::default())
}

fn attempt<'a>(account: &'a str, address: &'a str) -> Attempt<'a> {
    Attempt { account, address: Some(address), device: None }
}

fn on_device<'a>(account: &'a str, address: &'a str, device: &'a str) -> Attempt<'a> {
    Attempt { account, address: Some(address), device: Some(device) }
}

impl Bench {
    async fn begin(&self, attempt: Attempt<'_>) -> Result<Pending, LockedOut> {
        self.lockout.begin(&attempt).await.expect("the store works")
    }

    async fn succeed(&self, attempt: Attempt<'_>) {
        self.lockout.succeed(&attempt).await.expect("the store works");
    }

    async fn forgive(&self, attempt: Attempt<'_>) {
        self.lockout.forgive(&attempt).await.expect("the store works");
    }

    /// Uses the whole budget of `account`, each attempt from another address, and goes over it.
    async fn lock_account(&self, account: &str) -> LockedOut {
        for number in 0..MAX {
            let address = format!("botnet-{account}-{number}");
            assert!(self.begin(attempt(account, &address)).await.is_ok(), "attempt {number}");
        }
        let address = format!("botnet-{account}-last");
        self.begin(attempt(account, &address)).await.expect_err("over the budget")
    }

    /// The same for `address`, each attempt on another account.
    async fn lock_address(&self, address: &str) -> LockedOut {
        for number in 0..MAX {
            let account = format!("sprayed-{address}-{number}");
            assert!(self.begin(attempt(&account, address)).await.is_ok(), "attempt {number}");
        }
        let account = format!("sprayed-{address}-last");
        self.begin(attempt(&account, address)).await.expect_err("over the budget")
    }
}

#[tokio::test]
async fn the_budget_is_exact_and_the_window_ends() {
    let bench = bench();
    for left in (0..MAX).rev() {
        let pending = bench.begin(attempt("alice", "home")).await.expect("within the budget");
        assert_eq!(pending.remaining() as usize, left);
    }
    bench.clock.advance(60 * SECOND);
    assert!(bench.begin(attempt("alice", "home")).await.is_ok(), "a new window");
}

#[tokio::test]
async fn a_lock_refuses_counts_nothing_and_ends() {
    let bench = bench();
    let locked = bench.lock_account("alice").await;
    assert_eq!(locked.retry_after, 60 * SECOND);
    for passed in 1..60_u32 {
        bench.clock.advance(SECOND);
        let refused = bench.begin(attempt("alice", "elsewhere")).await.expect_err("locked");
        assert_eq!(refused.retry_after, (60 - passed) * SECOND);
    }
    bench.clock.advance(SECOND);
    let pending = bench.begin(attempt("alice", "elsewhere")).await.expect("the lock has ended");
    assert_eq!(pending.remaining(), 4, "the knocking counted, for account or address");
}

#[tokio::test]
async fn a_paced_attack_escalates_up_to_the_cap_and_stays_there() {
    let bench = bench();
    for expected in [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
        let locked = bench.lock_account("alice").await;
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
    }
    bench.clock.advance(3600 * SECOND);
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND, "forgotten at last");
}

#[tokio::test]
async fn an_address_escalates_by_itself() {
    let bench = bench();
    for expected in [60, 120, 240] {
        let locked = bench.lock_address("attacker").await;
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
    }
}

#[tokio::test]
async fn a_window_longer_than_the_lock_gives_no_attempt_for_free() {
    let bench = bench_with(LockoutConfig::default().window(600 * SECOND));
    let locked = bench.lock_account("alice").await;
    bench.clock.advance(locked.retry_after);
    let again = bench.begin(attempt("alice", "elsewhere")).await.expect_err("still the window");
    assert_eq!(again.retry_after, 120 * SECOND);
}

#[tokio::test]
async fn a_parallel_burst_gets_the_budget_and_one_round() {
    for spread in [true, false].repeat(20) {
        let seed = random_seed();
        let bench = interleaving_bench(seed);
        let mut burst = tokio::task::JoinSet::new();
        for number in 0..64 {
            let bench = bench.clone();
            burst.spawn(async move {
                let address = if spread { format!("from-{number}") } else { "one".to_owned() };
                bench.begin(attempt("alice", &address)).await
            });
        }
        let outcomes = burst.join_all().await;
        let through = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(through, MAX, "seed {seed}, spread over addresses: {spread}");
        for locked in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(locked.retry_after, 60 * SECOND, "seed {seed}");
        }
        bench.clock.advance(60 * SECOND);
        let next = match spread {
            true => bench.lock_account("alice").await,
            false => bench.lock_address("one").await,
        };
        assert_eq!(next.retry_after, 120 * SECOND, "the burst was one round, seed {seed}");
    }
}

/// The same on threads that really run at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_on_several_threads_gets_the_budget() {
    for round in 0..20 {
        let bench = Arc::new(bench());
        let gate = Arc::new(tokio::sync::Barrier::new(64));
        let mut burst = tokio::task::JoinSet::new();
        for number in 0..64 {
            let (bench, gate) = (bench.clone(), gate.clone());
            burst.spawn(async move {
                gate.wait().await;
                bench.begin(attempt("alice", &format!("from-{number}"))).await
            });
        }
        let through = burst.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(through, MAX, "round {round}");
    }
}

#[tokio::test]
async fn an_address_that_trips_locks_no_account() {
    let bench = bench();
    bench.lock_address("attacker").await;
    bench.begin(attempt("victim", "attacker")).await.expect_err("the address is locked");
    let pending = bench.begin(attempt("victim", "home")).await.expect("not the account");
    assert_eq!(pending.remaining(), 4);
    // The account that was named when the address went over is not even counted.
    let pending = bench.begin(attempt("sprayed-attacker-last", "work")).await.expect("not locked");
    assert_eq!(pending.remaining(), 4);
}

#[tokio::test]
async fn an_account_that_trips_locks_no_address() {
    let bench = bench();
    bench.lock_account("victim").await;
    assert!(bench.begin(attempt("bob", "botnet-victim-last")).await.is_ok());
}

#[tokio::test]
async fn the_owner_gets_in_on_a_known_device_while_others_flood() {
    let bench = bench();
    for _ in 0..4 {
        bench.lock_account("alice").await;
        bench.lock_address("office").await;
        let owner = on_device("alice", "office", "laptop");
        assert_eq!(bench.begin(owner).await.expect("not locked").remaining(), 4);
        bench.succeed(owner).await;
        bench
            .begin(attempt("alice", "elsewhere"))
            .await
            .expect_err("a success there does not unlock the account for strangers");
        bench
            .begin(attempt("bob", "office"))
            .await
            .expect_err("a success there does not unlock the address");
        bench.clock.advance(3600 * SECOND);
    }
}

#[tokio::test]
async fn a_known_device_has_a_budget_of_its_own_and_spends_no_other() {
    let bench = bench();
    let thief = on_device("alice", "home", "laptop");
    for _ in 0..MAX {
        assert!(bench.begin(thief).await.is_ok());
    }
    assert_eq!(bench.begin(thief).await.expect_err("over").retry_after, 60 * SECOND);
    assert_eq!(bench.begin(attempt("alice", "home")).await.expect("stranger").remaining(), 4);
    assert!(bench.begin(on_device("alice", "home", "phone")).await.is_ok());
    assert!(bench.begin(on_device("bob", "home", "laptop")).await.is_ok());
    bench.clock.advance(60 * SECOND);
    bench.succeed(thief).await;
    assert_eq!(bench.begin(thief).await.expect("cleared").remaining(), 4);
}

#[tokio::test]
async fn a_device_escalates_and_success_clears_its_rounds() {
    let bench = bench();
    let device = on_device("alice", "home", "laptop");
    for expected in [60, 120, 60] {
        for _ in 0..MAX {
            assert!(bench.begin(device).await.is_ok());
        }
        let locked = bench.begin(device).await.expect_err("over the budget");
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
        if expected == 120 {
            assert!(bench.begin(device).await.is_ok());
            bench.succeed(device).await;
        }
    }
}

#[tokio::test]
async fn success_clears_count_and_rounds_of_the_account() {
    let bench = bench();
    let locked = bench.lock_account("alice").await;
    bench.clock.advance(locked.retry_after);
    for _ in 0..3 {
        assert!(bench.begin(attempt("alice", "home")).await.is_ok());
    }
    bench.succeed(attempt("alice", "home")).await;
    assert_eq!(bench.begin(attempt("alice", "work")).await.expect("cleared").remaining(), 4);
    bench.succeed(attempt("alice", "work")).await;
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND, "rounds are cleared");
}

#[tokio::test]
async fn success_gives_the_address_back_no_more_than_its_own_share() {
    let bench = bench();
    for victim in ["victim-1", "victim-2"] {
        assert!(bench.begin(attempt(victim, "shared")).await.is_ok());
    }
    for _ in 0..10 {
        let own = attempt("own", "shared");
        assert_eq!(bench.begin(own).await.expect("not locked").remaining(), 2);
        bench.succeed(own).await;
        // A second success without an attempt has nothing to take back.
        bench.succeed(own).await;
    }
    assert_eq!(bench.begin(attempt("victim-3", "shared")).await.expect("third").remaining(), 2);
}

#[tokio::test]
async fn success_never_clears_the_lock_or_the_rounds_of_an_address() {
    let bench = bench();
    assert!(bench.begin(attempt("own", "attacker")).await.is_ok());
    for number in 1..MAX {
        assert!(bench.begin(attempt(&format!("victim-{number}"), "attacker")).await.is_ok());
    }
    bench.begin(attempt("victim", "attacker")).await.expect_err("over the budget");
    bench.succeed(attempt("own", "attacker")).await;
    let refused = bench.begin(attempt("own", "attacker")).await.expect_err("still locked");
    bench.clock.advance(refused.retry_after);
    assert_eq!(bench.lock_address("attacker").await.retry_after, 120 * SECOND);
}

#[tokio::test]
async fn clear_user_only_leaves_the_address_its_count() {
    let bench = bench_with(LockoutConfig::default().on_success(OnSuccess::ClearUserOnly));
    for number in 0..MAX {
        let own = attempt("own", "home");
        assert_eq!(bench.begin(own).await.expect("within").remaining() as usize, MAX - 1 - number);
        bench.succeed(own).await;
    }
    bench.begin(attempt("own", "home")).await.expect_err("the address went over");
    assert!(bench.begin(attempt("own", "work")).await.is_ok(), "the account did not");
}

#[tokio::test]
async fn a_forgiven_attempt_was_never_made() {
    let configs =
        [LockoutConfig::default(), LockoutConfig::default().on_success(OnSuccess::ClearUserOnly)];
    for config in configs {
        let bench = bench_with(config);
        for asked in [attempt("alice", "home"), on_device("alice", "home", "laptop")] {
            assert_eq!(bench.begin(asked).await.expect("first").remaining(), 4);
            for _ in 0..20 {
                assert_eq!(bench.begin(asked).await.expect("not locked").remaining(), 3);
                bench.forgive(asked).await;
            }
        }
        assert_eq!(bench.begin(attempt("bob", "home")).await.expect("address").remaining(), 3);
        assert_eq!(bench.begin(attempt("alice", "work")).await.expect("account").remaining(), 3);
    }
}

#[tokio::test]
async fn nothing_can_be_taken_back_that_was_not_counted() {
    let bench = bench();
    for _ in 0..20 {
        bench.forgive(attempt("alice", "home")).await;
        bench.forgive(on_device("alice", "home", "laptop")).await;
        bench.succeed(attempt("alice", "home")).await;
    }
    assert_eq!(bench.begin(attempt("alice", "home")).await.expect("first").remaining(), 4);
    let device = on_device("alice", "home", "laptop");
    assert_eq!(bench.begin(device).await.expect("first").remaining(), 4);
    for _ in 0..20 {
        bench.forgive(device).await;
    }
    assert_eq!(bench.begin(device).await.expect("second").remaining(), 4);
}

#[tokio::test]
async fn parallel_successes_take_a_share_back_once() {
    for _ in 0..50 {
        let seed = random_seed();
        let bench = interleaving_bench(seed);
        for victim in ["victim-1", "victim-2", "victim-3"] {
            assert!(bench.begin(attempt(victim, "shared")).await.is_ok());
        }
        assert!(bench.begin(attempt("own", "shared")).await.is_ok());
        let mut successes = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let bench = bench.clone();
            successes.spawn(async move { bench.succeed(attempt("own", "shared")).await });
        }
        successes.join_all().await;
        // Successes that collide may all miss the share; the next one finds it, and so does one
        // after another attempt.
        for round in 0..2 {
            bench.succeed(attempt("own", "shared")).await;
            let counter = bench.store.counter(&Subject::address("shared").count()).await;
            let count = counter.expect("the store works").map(|counter| counter.count);
            assert_eq!(count, Some(3), "seed {seed}, round {round}");
            assert!(bench.begin(attempt("own", "shared")).await.is_ok());
        }
    }
}

#[tokio::test]
async fn an_unlocked_account_starts_afresh() {
    let bench = bench();
    bench.lock_account("alice").await;
    bench.lockout.unlock("alice").await.expect("the store works");
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND);
}

#[tokio::test]
async fn texts_with_separators_do_not_run_into_each_other() {
    let bench = bench();
    for _ in 0..MAX {
        assert!(bench.begin(on_device("a:b", "home", "c")).await.is_ok());
    }
    bench.begin(on_device("a:b", "home", "c")).await.expect_err("over the budget");
    let pending = bench.begin(on_device("a", "home", "b:c")).await.expect("another pair");
    assert_eq!(pending.remaining(), 4);
}

#[test]
fn an_attempt_does_not_show_whose_it_is() {
    let shown = format!("{:?}", on_device("alice", "home", "laptop"));
    assert_eq!(shown, "Attempt { from_known_device: true, .. }");
}

#[tokio::test]
async fn a_store_that_fails_at_any_point_lets_nobody_through() {
    for (asked, operations) in
        [(attempt("alice", "home"), 5), (on_device("alice", "home", "laptop"), 2)]
    {
        for left in 0..operations {
            let bench = bench_over(LockoutConfig::default(), |store| store.failing_after(left));
            bench.lockout.begin(&asked).await.expect_err("a broken store");
        }
        let bench = bench_over(LockoutConfig::default(), |store| store.failing_after(operations));
        assert!(bench.lockout.begin(&asked).await.expect("a store that just suffices").is_ok());
    }
}

#[tokio::test]
async fn the_documented_costs_hold() {
    for (asked, [allowed, locking, locked, succeed, forgive]) in [
        (attempt("alice", "home"), [5, 6, 2, 1, 5]),
        (on_device("alice", "home", "laptop"), [2, 5, 1, 1, 2]),
    ] {
        let bench = bench();
        assert!(bench.begin(asked).await.is_ok());
        assert_eq!(bench.store.operations(), allowed);
        bench.forgive(asked).await;
        assert_eq!(bench.store.operations(), forgive);
        for _ in 0..MAX {
            assert!(bench.begin(asked).await.is_ok());
        }
        assert_eq!(bench.store.operations(), MAX * allowed);
        bench.begin(asked).await.expect_err("over the budget");
        assert_eq!(bench.store.operations(), locking);
        bench.begin(asked).await.expect_err("locked");
        assert_eq!(bench.store.operations(), locked);
        bench.succeed(asked).await;
        assert_eq!(bench.store.operations(), succeed);
    }
}
