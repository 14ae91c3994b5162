mod watched;

use self::watched::Watched;
use super::*;
use crate::clock::{Clock as _, ManualClock};
use crate::store::memory::MemoryState;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
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

/// Without the long count, so that the short one is seen.
fn impatient() -> LockoutConfig {
    LockoutConfig::default().max_failures(1_000_000)
}

#[derive(Clone)]
struct Try {
    account: String,
    networks: Vec<String>,
    device: Option<String>,
    signed_in: bool,
}

fn attempt(account: &str, network: &str) -> Try {
    let (account, networks) = (account.to_owned(), vec![network.to_owned()]);
    Try { account, networks, device: None, signed_in: false }
}

fn on_device(account: &str, network: &str, device: &str) -> Try {
    Try { device: Some(device.to_owned()), ..attempt(account, network) }
}

fn signed_in(account: &str, network: &str) -> Try {
    Try { signed_in: true, ..attempt(account, network) }
}

impl Try {
    fn attempt(&self) -> Attempt<'_> {
        let client = match &self.device {
            _ if self.signed_in => Client::SignedIn,
            Some(device) => Client::Device(device),
            None => Client::Unknown,
        };
        Attempt { account: &self.account, networks: &self.networks, client }
    }
}

impl Bench {
    async fn begin(&self, of: &Try) -> Result<Pending, LockedOut> {
        self.lockout.begin(&of.attempt()).await.expect("the store works")
    }

    async fn succeed(&self, pending: &Pending) {
        self.lockout.succeed(pending).await.expect("the store works");
    }

    async fn fail(&self, pending: &Pending) -> Failed {
        self.lockout.fail(pending).await.expect("the store works")
    }

    /// One whole attempt with a wrong password.
    async fn wrong(&self, of: &Try) -> Result<Failed, LockedOut> {
        match self.begin(of).await {
            Ok(pending) => Ok(self.fail(&pending).await),
            Err(locked) => Err(locked),
        }
    }

    /// One whole attempt with the right one.
    async fn right(&self, of: &Try) -> Result<(), LockedOut> {
        let pending = self.begin(of).await?;
        self.succeed(&pending).await;
        Ok(())
    }

    /// How many wrong attempts of `tries` are checked.
    async fn checked(&self, tries: impl IntoIterator<Item = Try>) -> usize {
        let mut checked = 0;
        for of in tries {
            checked += usize::from(self.wrong(&of).await.is_ok());
        }
        checked
    }

    /// Uses the whole budget of `account`, each attempt from another address, and tells the lock.
    async fn lock_account(&self, account: &str) -> LockedOut {
        for number in 0..MAX {
            let of = attempt(account, &format!("botnet-{account}-{number}"));
            self.wrong(&of).await.unwrap_or_else(|_| panic!("attempt {number}"));
        }
        let last = attempt(account, &format!("botnet-{account}-last"));
        self.wrong(&last).await.expect_err("over the budget")
    }

    /// The same for `network`, each attempt on another account.
    async fn lock_network(&self, network: &str) -> LockedOut {
        for number in 0..100 {
            let of = attempt(&format!("sprayed-{network}-{number}"), network);
            self.wrong(&of).await.unwrap_or_else(|_| panic!("attempt {number}"));
        }
        let last = attempt(&format!("sprayed-{network}-last"), network);
        self.wrong(&last).await.expect_err("over the budget")
    }
}

#[tokio::test]
async fn the_budget_is_exact_and_the_window_ends() {
    let bench = bench();
    for left in (0..MAX).rev() {
        let pending = bench.begin(&attempt("alice", "home")).await.expect("within the budget");
        assert_eq!(pending.remaining() as usize, left);
    }
    bench.clock.advance(60 * SECOND);
    assert!(bench.begin(&attempt("alice", "home")).await.is_ok(), "a new window");
}

#[tokio::test]
async fn a_lock_refuses_counts_nothing_and_ends() {
    let bench = bench();
    let locked = bench.lock_account("alice").await;
    assert_eq!(locked.retry_after, 60 * SECOND);
    let before = bench.store.contents();
    for passed in 1..60_u32 {
        bench.clock.advance(SECOND);
        let refused = bench.begin(&attempt("alice", "elsewhere")).await.expect_err("locked");
        assert_eq!(refused.retry_after, (60 - passed) * SECOND);
    }
    assert_eq!(bench.store.contents(), before, "a refusal wrote something");
    bench.clock.advance(SECOND);
    let pending = bench.begin(&attempt("alice", "elsewhere")).await.expect("the lock has ended");
    assert_eq!(pending.remaining(), 4, "the knocking counted, for account or address");
}

#[tokio::test]
async fn a_paced_attack_escalates_up_to_the_cap_and_stays_there() {
    let bench = bench_with(impatient());
    for expected in [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
        let locked = bench.lock_account("alice").await;
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
    }
    bench.clock.advance(HOUR);
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND, "forgotten at last");
}

#[tokio::test]
async fn a_network_escalates_by_itself() {
    let config = LockoutConfig::default().address_window(60 * SECOND);
    let bench = bench_with(config);
    for expected in [60, 120, 240] {
        let locked = bench.lock_network("attacker").await;
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
    }
}

#[tokio::test]
async fn a_window_longer_than_the_lock_gives_no_attempt_for_free() {
    let bench = bench_with(LockoutConfig::default().window(600 * SECOND));
    assert_eq!(bench.lock_account("alice").await.retry_after, 600 * SECOND);
    bench.clock.advance(599 * SECOND);
    bench.begin(&attempt("alice", "elsewhere")).await.expect_err("still the window");
    bench.clock.advance(SECOND);
    assert_eq!(bench.lock_account("alice").await.retry_after, 600 * SECOND);
}

/// The kind: a guesser who stays below what any minute allows.
#[tokio::test]
async fn a_patient_guesser_is_slowed_down_and_stopped_in_the_end() {
    let bench = bench();
    let (mut guesses, mut told, mut hours) = (0, Vec::new(), 0);
    let last = 'year: loop {
        assert!(guesses <= 100, "nobody has stopped it");
        for number in 0..4 {
            let of = attempt("alice", &format!("from-{guesses}-{number}"));
            match bench.wrong(&of).await {
                Ok(Failed { in_a_row, .. }) => {
                    guesses += 1;
                    told.extend(in_a_row.map(|told| (told.failures, told.retry_after / 3600)));
                }
                Err(locked) if locked.retry_after > DAY => break 'year locked,
                Err(locked) => {
                    hours += locked.retry_after.as_secs().div_ceil(3600);
                    bench.clock.advance(locked.retry_after);
                }
            }
        }
        bench.clock.advance(60 * SECOND);
    };
    assert_eq!(guesses, 75);
    let stages = [(25, 1), (50, 2), (75, 30 * 24)];
    assert_eq!(told, stages.map(|(failures, hours)| (failures, hours * SECOND)));
    assert_eq!(hours, 1 + 2);
    assert!(last.retry_after <= 30 * DAY && last.retry_after > 29 * DAY, "{last:?}");
    // A quarter of the hundred is kept for who is known, and is bounded as well.
    let mut by_devices = 0;
    for number in 0..10_000 {
        let of = signed_in("alice", "stolen");
        by_devices += usize::from(bench.wrong(&of).await.is_ok());
        if number % 10 == 0 {
            bench.clock.advance(600 * SECOND);
        }
        if bench.clock.now_ms() > 1_700_000_000_000 + 20 * 24 * 3_600_000 {
            break;
        }
    }
    assert_eq!(by_devices, 25, "100 in a row in all");
    bench.clock.advance(last.retry_after);
    assert!(bench.begin(&attempt("alice", "elsewhere")).await.is_ok(), "forgotten after 30 days");
}

#[tokio::test]
async fn a_few_failures_are_forgotten_after_a_day_and_many_are_not() {
    let bench = bench();
    for (failures, forgotten) in [(4, true), (6, false)] {
        let account = format!("failed-{failures}");
        for number in 0..failures {
            bench.clock.advance(20 * SECOND);
            let of = attempt(&account, &format!("{number}"));
            assert!(bench.wrong(&of).await.is_ok(), "{number}");
        }
        bench.clock.advance(DAY);
        let pending = bench.begin(&attempt(&account, "later")).await.expect("not locked");
        assert_eq!(pending.in_a_row == 1, forgotten, "{failures}");
    }
}

#[tokio::test]
async fn a_success_anywhere_ends_the_row() {
    let bench = bench();
    for right in
        [attempt("alice", "home"), on_device("alice", "home", "laptop"), signed_in("alice", "home")]
    {
        for number in 0..3 {
            assert!(bench.wrong(&attempt("alice", &format!("{number}"))).await.is_ok());
            assert!(bench.wrong(&signed_in("alice", "home")).await.is_ok());
        }
        assert!(bench.right(&right).await.is_ok());
        for of in [attempt("alice", "home"), signed_in("alice", "home")] {
            bench.clock.advance(60 * SECOND);
            assert_eq!(bench.begin(&of).await.expect("not locked").in_a_row, 1);
        }
        bench.lockout.unlock("alice").await.expect("the store works");
    }
}

/// The kind: right passwords that are under way at once.
#[tokio::test]
async fn right_passwords_lock_nobody_however_many_are_under_way() {
    let bench = bench();
    let mut under_way = Vec::new();
    for number in 0..100 {
        under_way
            .push(bench.begin(&attempt(&format!("user-{number}"), "office")).await.expect("one"));
    }
    let held = bench.begin(&attempt("one more", "office")).await.expect_err("held back");
    assert_eq!(held.retry_after, SECOND, "for a moment, and no lock");
    for pending in &under_way {
        bench.succeed(pending).await;
    }
    assert_eq!(bench.begin(&attempt("one more", "office")).await.expect("free").remaining(), 4);

    let mut of_one = Vec::new();
    for _ in 0..MAX {
        of_one.push(bench.begin(&attempt("alice", "home")).await.expect("within"));
    }
    let held = bench.begin(&attempt("alice", "home")).await.expect_err("held back");
    assert_eq!(held.retry_after, SECOND);
    for pending in &of_one {
        bench.succeed(pending).await;
    }
    assert_eq!(bench.begin(&attempt("alice", "home")).await.expect("free").remaining(), 4);
}

#[tokio::test]
async fn an_attempt_whose_client_has_left_stays_counted_and_locks_nobody() {
    let bench = bench();
    for _ in 0..MAX {
        drop(bench.begin(&attempt("alice", "home")).await.expect("within the budget"));
    }
    for _ in 0..59 {
        bench.clock.advance(SECOND);
        let held = bench.begin(&attempt("alice", "home")).await.expect_err("held back");
        assert_eq!(held.retry_after, SECOND);
    }
    bench.clock.advance(SECOND);
    let pending = bench.begin(&attempt("alice", "home")).await.expect("no lock came of it");
    assert_eq!(pending.in_a_row, 6, "they are failures of the row");
}

#[tokio::test]
async fn a_parallel_burst_gets_the_budget_and_one_round() {
    for _ in 0..40 {
        let seed = random_seed();
        let bench = interleaving_bench(seed);
        let mut burst = tokio::task::JoinSet::new();
        for number in 0..64 {
            let bench = bench.clone();
            burst.spawn(
                async move { bench.wrong(&attempt("alice", &format!("from-{number}"))).await },
            );
        }
        let outcomes = burst.join_all().await;
        let through = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(through, MAX, "seed {seed}");
        for locked in outcomes.into_iter().filter_map(Result::err) {
            assert!([SECOND, 60 * SECOND].contains(&locked.retry_after), "seed {seed}");
        }
        bench.clock.advance(60 * SECOND);
        let next = bench.lock_account("alice").await;
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
                bench.begin(&attempt("alice", &format!("from-{number}"))).await
            });
        }
        let through = burst.join_all().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(through, MAX, "round {round}");
    }
}

#[tokio::test]
async fn a_network_that_trips_locks_no_account() {
    let bench = bench();
    bench.lock_network("attacker").await;
    bench.begin(&attempt("victim", "attacker")).await.expect_err("the network is locked");
    let pending = bench.begin(&attempt("victim", "home")).await.expect("not the account");
    assert_eq!((pending.remaining(), pending.in_a_row), (4, 1));
    // The account that was named when the network went over is not even counted.
    let last = attempt("sprayed-attacker-last", "work");
    assert_eq!(bench.begin(&last).await.expect("not locked").in_a_row, 1);
}

#[tokio::test]
async fn an_account_that_trips_locks_no_network() {
    let bench = bench();
    bench.lock_account("victim").await;
    assert!(bench.begin(&attempt("bob", "botnet-victim-last")).await.is_ok());
}

/// The kind: one customer with 65,536 networks.
#[tokio::test]
async fn wider_networks_have_budgets_that_grow() {
    let bench = bench();
    let from = |place: [u8; 3], number: usize| Try {
        networks: vec![
            format!("{place:?}"),
            format!("{:?}", &place[..2]),
            format!("{:?}", &place[..1]),
        ],
        ..attempt(&format!("{place:?}-{number}"), "")
    };
    let mut of_site = 0;
    for (place, expected) in [
        ([1, 1, 1], 100),
        ([1, 1, 2], 100),
        ([1, 1, 3], 0),
        ([1, 2, 1], 100),
        ([1, 2, 2], 100),
        ([1, 3, 1], 0),
        ([2, 1, 1], 100),
    ] {
        let checked = bench.checked((0..150).map(|number| from(place, number))).await;
        assert_eq!(checked, expected, "{place:?}");
        of_site += if place[0] == 1 { checked } else { 0 };
    }
    assert_eq!(of_site, 400);
}

#[tokio::test]
async fn where_the_address_is_unknown_the_account_alone_is_counted() {
    let bench = bench();
    let from_nowhere = |account: String| Try { networks: Vec::new(), ..attempt(&account, "") };
    let many = (0..300).map(|number| from_nowhere(format!("{number}")));
    assert_eq!(bench.checked(many).await, 300);
    assert_eq!(bench.checked((0..9).map(|_| from_nowhere("one".to_owned()))).await, MAX);
}

#[tokio::test]
async fn the_owner_gets_in_on_a_known_device_while_others_flood() {
    let bench = bench();
    let owner = on_device("alice", "office", "laptop");
    for _ in 0..3 {
        bench.lock_account("alice").await;
        bench.lock_network("office").await;
        assert_eq!(bench.begin(&owner).await.expect("not locked").remaining(), 4);
        assert!(bench.right(&owner).await.is_ok());
        bench
            .begin(&attempt("alice", "elsewhere"))
            .await
            .expect_err("a success there does not unlock the account for strangers");
        bench
            .begin(&attempt("bob", "office"))
            .await
            .expect_err("a success there does not unlock the network");
        bench.clock.advance(2 * HOUR);
    }
}

#[tokio::test]
async fn a_known_device_has_a_budget_of_its_own_and_spends_none_of_strangers() {
    let bench = bench();
    let thief = on_device("alice", "home", "laptop");
    assert_eq!(bench.checked(vec![thief.clone(); 9]).await, MAX);
    assert_eq!(bench.begin(&thief).await.expect_err("over").retry_after, 60 * SECOND);
    assert_eq!(bench.begin(&attempt("alice", "home")).await.expect("stranger").remaining(), 4);
    assert!(bench.begin(&on_device("alice", "home", "phone")).await.is_ok());
    assert!(bench.begin(&on_device("bob", "home", "laptop")).await.is_ok());
    bench.clock.advance(60 * SECOND);
    assert!(bench.right(&thief).await.is_ok());
    assert_eq!(bench.begin(&thief).await.expect("cleared").remaining(), 4);
}

/// The kind: tokens that each bring a budget.
#[tokio::test]
async fn known_devices_and_signed_in_clients_share_one_budget_of_their_account() {
    let bench = bench();
    let by_token =
        |token: usize| (0..MAX).map(move |_| on_device("alice", "one", &format!("{token}")));
    assert_eq!(bench.checked((0..30).flat_map(by_token)).await, 15, "of 150");
    assert_eq!(bench.checked(vec![signed_in("alice", "one"); MAX]).await, 0);
    // They count for the network too, though it does not stop them.
    let pending = bench.begin(&attempt("bob", "one")).await.expect("not locked");
    let count = bench.store.counter(&pending.networks[0].tries).await.expect("the store works");
    assert_eq!(count.map(|counter| counter.count), Some(16));
    // Another account's are not touched, and the owner without a token comes in as anybody.
    assert!(bench.begin(&on_device("bob", "two", "0")).await.is_ok());
    assert!(bench.right(&attempt("alice", "home")).await.is_ok());
}

#[tokio::test]
async fn stolen_tokens_keep_their_owner_out_no_more_than_none() {
    let bench = bench();
    let mut guesses = 0;
    for number in 0..400 {
        let of = on_device("alice", "thief", &format!("{}", number % 8));
        let of = if number % 2 == 0 { of } else { signed_in("alice", "thief") };
        guesses += usize::from(bench.wrong(&of).await.is_ok() && of.signed_in);
        bench.clock.advance(120 * SECOND);
    }
    assert!(guesses <= 25, "{guesses}");
    bench.clock.advance(2 * DAY);
    bench.begin(&signed_in("alice", "thief")).await.expect_err("25 in a row");
    bench.clock.advance(20 * DAY);
    bench.lockout.unlock("alice").await.expect("the store works");
    for _ in 0..25 {
        let pending = bench.begin(&signed_in("alice", "thief")).await;
        if let Ok(pending) = pending {
            bench.fail(&pending).await;
        }
        bench.clock.advance(3 * HOUR);
    }
    bench.begin(&signed_in("alice", "thief")).await.expect_err("25 in a row");
    assert!(bench.right(&on_device("alice", "home", "laptop")).await.is_ok(), "as a stranger");
    assert!(bench.begin(&signed_in("alice", "home")).await.is_ok(), "which ends the row");
}

#[tokio::test]
async fn a_device_escalates_and_success_clears_its_rounds() {
    let bench = bench_with(impatient());
    let device = on_device("alice", "home", "laptop");
    for expected in [60, 120, 60] {
        assert_eq!(bench.checked(vec![device.clone(); MAX]).await, MAX);
        let locked = bench.begin(&device).await.expect_err("over the budget");
        assert_eq!(locked.retry_after.as_secs(), expected);
        bench.clock.advance(locked.retry_after);
        if expected == 120 {
            assert!(bench.right(&device).await.is_ok());
        }
    }
}

#[tokio::test]
async fn success_clears_count_and_rounds_of_the_account() {
    let bench = bench();
    let locked = bench.lock_account("alice").await;
    bench.clock.advance(locked.retry_after);
    assert_eq!(bench.checked(vec![attempt("alice", "home"); 3]).await, 3);
    assert!(bench.right(&attempt("alice", "home")).await.is_ok());
    assert_eq!(bench.begin(&attempt("alice", "work")).await.expect("cleared").remaining(), 4);
    bench.clock.advance(60 * SECOND);
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND, "rounds are cleared");
}

#[tokio::test]
async fn success_gives_the_network_back_no_more_than_its_own_share() {
    let bench = bench();
    let left = async || {
        let pending = bench.begin(&attempt("probe", "shared")).await.expect("not locked");
        let count = bench.store.counter(&pending.networks[0].tries).await.expect("the store works");
        let failed = bench.store.counter(&pending.networks[0].failed).await.expect("it works");
        bench.lockout.forgive(&pending).await.expect("the store works");
        (count.map_or(0, |it| it.count) - 1, failed.map_or(0, |it| it.count))
    };
    for victim in ["victim-1", "victim-2"] {
        assert!(bench.wrong(&attempt(victim, "shared")).await.is_ok());
    }
    for _ in 0..10 {
        let own = attempt("own", "shared");
        assert!(bench.wrong(&own).await.is_ok());
        assert_eq!(left().await, (3, 3));
        assert!(bench.right(&own).await.is_ok());
        assert_eq!(left().await, (2, 2));
        assert!(bench.right(&own).await.is_ok());
        assert_eq!(left().await, (2, 2), "a second success has nothing to take back");
    }
}

#[tokio::test]
async fn success_never_clears_the_lock_or_the_rounds_of_a_network() {
    let bench = bench_with(LockoutConfig::default().address_window(60 * SECOND));
    let own = attempt("own", "attacker");
    let pending = bench.begin(&own).await.expect("within");
    for number in 0..100 {
        let of = attempt(&format!("victim-{number}"), "attacker");
        let _ = bench.wrong(&of).await;
    }
    let last = attempt("last", "attacker");
    bench.fail(&bench.begin(&attempt("own", "home")).await.expect("elsewhere")).await;
    bench.begin(&last).await.expect_err("99 and one under way");
    bench.succeed(&pending).await;
    assert!(bench.wrong(&last).await.is_ok(), "the hundredth");
    let refused = bench.begin(&own).await.expect_err("locked");
    assert_eq!(refused.retry_after, 60 * SECOND);
    bench.clock.advance(refused.retry_after);
    assert_eq!(bench.lock_network("attacker").await.retry_after, 120 * SECOND);
}

#[tokio::test]
async fn clear_user_only_leaves_the_network_its_failures() {
    let config = impatient().address_attempts(MAX as u32).on_success(OnSuccess::ClearUserOnly);
    let bench = bench_with(config);
    for _ in 0..20 {
        assert!(bench.right(&attempt("own", "home")).await.is_ok(), "a success is no failure");
    }
    for _ in 0..MAX {
        assert!(bench.wrong(&attempt("own", "home")).await.is_ok());
        let pending = bench.begin(&attempt("own", "work")).await.expect("elsewhere");
        bench.succeed(&pending).await;
    }
    bench.begin(&attempt("own", "home")).await.expect_err("the network went over");
    assert!(bench.begin(&attempt("own", "work")).await.is_ok(), "the account did not");
}

#[tokio::test]
async fn a_forgiven_attempt_was_never_made() {
    let bench = bench();
    for of in
        [attempt("alice", "home"), on_device("alice", "home", "laptop"), signed_in("alice", "home")]
    {
        assert_eq!(bench.begin(&of).await.expect("first").remaining(), 4);
        for _ in 0..20 {
            let pending = bench.begin(&of).await.expect("not locked");
            assert_eq!((pending.remaining(), pending.in_a_row >= 2), (3, true));
            bench.lockout.forgive(&pending).await.expect("the store works");
        }
    }
    let pending = bench.begin(&attempt("alice", "home")).await.expect("not locked");
    assert_eq!((pending.remaining(), pending.in_a_row), (3, 2));
}

#[tokio::test]
async fn an_unlocked_account_starts_afresh() {
    let bench = bench();
    bench.lock_account("alice").await;
    assert_eq!(bench.checked(vec![signed_in("alice", "home"); 9]).await, MAX);
    bench.lockout.unlock("alice").await.expect("the store works");
    assert_eq!(bench.begin(&signed_in("alice", "home")).await.expect("unlocked").in_a_row, 1);
    assert_eq!(bench.lock_account("alice").await.retry_after, 60 * SECOND);
}

#[tokio::test]
async fn texts_with_separators_do_not_run_into_each_other() {
    let bench = bench();
    assert_eq!(bench.checked(vec![on_device("a:b", "home", "c"); 9]).await, MAX);
    let pending = bench.begin(&on_device("a", "home", "b:c")).await.expect("another pair");
    assert_eq!(pending.remaining(), 4);
}

#[test]
fn an_attempt_does_not_show_whose_it_is() {
    let shown = format!("{:?}", on_device("alice", "home", "laptop").attempt());
    assert_eq!(shown, "Attempt { client: Device, .. }");
}

#[tokio::test]
async fn a_store_that_fails_at_any_point_lets_nobody_through() {
    for of in [attempt("alice", "home"), on_device("alice", "home", "laptop")] {
        let bench = bench_over(LockoutConfig::default(), |store| store.failing_after(0));
        bench.lockout.begin(&of.attempt()).await.expect_err("a broken store");
        let bench = bench_over(LockoutConfig::default(), |store| store.failing_after(1));
        let pending = bench.begin(&of).await.expect("a store that just suffices");
        bench.lockout.fail(&pending).await.expect_err("a broken store");
        bench.lockout.succeed(&pending).await.expect_err("a broken store");
    }
}

#[tokio::test]
async fn the_documented_costs_hold() {
    for of in [attempt("alice", "home"), on_device("alice", "home", "laptop")] {
        let bench = bench();
        let pending = bench.begin(&of).await.expect("allowed");
        assert_eq!(bench.store.operations(), 1, "begin");
        bench.succeed(&pending).await;
        assert_eq!(bench.store.operations(), 1, "succeed");
        let pending = bench.begin(&of).await.expect("allowed");
        bench.lockout.forgive(&pending).await.expect("the store works");
        assert_eq!(bench.store.operations(), 2, "begin and forgive");
        for number in 1..=MAX {
            let pending = bench.begin(&of).await.expect("allowed");
            assert_eq!(bench.store.operations(), 1, "begin");
            bench.fail(&pending).await;
            let expected = if number == MAX { 3 } else { 1 };
            assert_eq!(bench.store.operations(), expected, "failure {number}");
        }
        bench.begin(&of).await.expect_err("locked");
        assert_eq!(bench.store.operations(), 1, "locked");
        bench.lockout.unlock("alice").await.expect("the store works");
        assert_eq!(bench.store.operations(), 1, "unlock");
    }
}
