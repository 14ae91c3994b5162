//! The outbox: when it delivers, what it survives, and what it shows to whom reads its store.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crudauth::clock::ManualClock;
use crudauth::message::{Channel, Delivery, DeliveryError, Message, MessageKind};
use crudauth::outbox::{Outbox, OutboxConfig, OutboxError, Run};
use crudauth::store::StateStore;
use crudauth::store::memory::MemoryState;
use crudauth::store::sqlite::SqliteState;
use crudauth::{SecretKey, Sqlite};
use crudauth_tests::support::logs::Logs;
use tokio::sync::Notify;

const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";
const OTHER_KEY: &str = "Zk3xW9cVb7nMq1aSd5fGh2jKl8pOi4uYt6rEwQzX";
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What a channel under test does with a message.
#[derive(Debug, Clone, Copy)]
enum Does {
    Deliver,
    FailForNow,
    FailForGood,
    Hang,
    Panic,
}

/// A channel that does as it is told, and delivers when it is told nothing more.
#[derive(Debug, Clone)]
struct Told {
    name: &'static str,
    sends_email: bool,
    orders: Arc<Mutex<VecDeque<Does>>>,
    delivered: Arc<Mutex<Vec<Message>>>,
    arrived: Arc<Notify>,
}

impl Told {
    fn email(orders: impl IntoIterator<Item = Does>) -> Self {
        Self {
            name: "email",
            sends_email: true,
            orders: Arc::new(Mutex::new(orders.into_iter().collect())),
            delivered: Arc::default(),
            arrived: Arc::default(),
        }
    }

    fn sms(orders: impl IntoIterator<Item = Does>) -> Self {
        Self { name: "sms", sends_email: false, ..Self::email(orders) }
    }

    fn delivered(&self) -> Vec<Message> {
        self.delivered.lock().expect("no panic").clone()
    }

    async fn wait_for(&self, count: usize) {
        let arrived = async {
            loop {
                let next = self.arrived.notified();
                if self.delivered().len() >= count {
                    return;
                }
                next.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("it arrives");
    }
}

impl Channel for Told {
    fn name(&self) -> &str {
        self.name
    }

    fn sends_email(&self) -> bool {
        self.sends_email
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a> {
        let order = self.orders.lock().expect("no panic").pop_front();
        Box::pin(async move {
            match order.unwrap_or(Does::Deliver) {
                Does::Deliver => {
                    self.delivered.lock().expect("no panic").push(message.clone());
                    self.arrived.notify_waiters();
                    Ok(())
                }
                Does::FailForNow => Err(DeliveryError::temporary("away")),
                Does::FailForGood => Err(DeliveryError::permanent("refused\r\nforged line")),
                Does::Hang => std::future::pending().await,
                Does::Panic => panic!("a channel that panics"),
            }
        })
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_unix(1_800_000_000))
}

fn over(
    state: Arc<dyn StateStore>,
    clock: &Arc<ManualClock>,
    channels: Vec<Told>,
    config: OutboxConfig,
) -> Outbox {
    let key = SecretKey::new(KEY).expect("good");
    let channels = channels.into_iter().map(|channel| Box::new(channel) as Box<dyn Channel>);
    Outbox::new(state, clock.clone(), &key, channels.collect(), config).expect("good")
}

fn in_memory(clock: &Arc<ManualClock>, channels: Vec<Told>) -> Outbox {
    let state = Arc::new(MemoryState::new(clock.clone()));
    over(state, clock, channels, OutboxConfig::default())
}

async fn in_file(folder: &Path, clock: &Arc<ManualClock>, channel: Told) -> (Sqlite, Outbox) {
    let sqlite = Sqlite::open(folder.join("test.db")).expect("opens");
    sqlite.migrate().await.expect("migrates");
    let state = Arc::new(SqliteState::new(sqlite.clone(), clock.clone()));
    (sqlite, over(state, clock, vec![channel], OutboxConfig::default()))
}

fn reset(recipient: &str) -> Message {
    Message::new(MessageKind::ResetPassword, recipient)
        .with_link("https://app.example.com/reset-password?token=t0k3n")
}

async fn step(outbox: &Outbox) -> Run {
    outbox.run_due().await.expect("the store works")
}

async fn waiting(outbox: &Outbox) -> usize {
    outbox.waiting().await.expect("the store works")
}

#[tokio::test]
async fn waits_double_up_to_the_limit_of_attempts() {
    const ATTEMPTS: u32 = 15;
    let logs = Logs::capture();
    let clock = clock();
    let channel = Told::email([Does::FailForNow; 100]);
    let state = Arc::new(MemoryState::new(clock.clone()));
    let config = OutboxConfig::default().max_attempts(ATTEMPTS);
    let outbox = over(state, &clock, vec![channel.clone()], config);
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");

    for failures in 1..ATTEMPTS {
        let run = step(&outbox).await;
        assert_eq!((run.retried, run.given_up), (1, 0), "attempt {failures}");
        let longest = (SECOND * 2_u32.pow(failures - 1)).min(HOUR);
        let wait = run.next_in.expect("it waits");
        assert!(wait <= longest && wait >= longest.mul_f64(0.74), "{failures}: {wait:?}");

        clock.advance(wait - Duration::from_millis(1));
        let early = step(&outbox).await;
        assert_eq!((early.retried, early.next_in), (0, Some(Duration::from_millis(1))));
        clock.advance(Duration::from_millis(1));
    }
    let last = step(&outbox).await;
    assert_eq!(last, Run { given_up: 1, ..Run::default() });
    assert_eq!(waiting(&outbox).await, 0);
    let counts = outbox.counts();
    assert_eq!((counts.sent, counts.retried, counts.given_up), (0, u64::from(ATTEMPTS) - 1, 1));
    assert!(logs.text().contains("ERROR") && logs.text().contains("given up"), "{}", logs.text());
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_at_once_and_cannot_forge_a_line_of_the_log() {
    let logs = Logs::capture();
    let outbox = in_memory(&clock(), vec![Told::email([Does::FailForGood])]);
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    assert_eq!(step(&outbox).await, Run { given_up: 1, ..Run::default() });
    assert_eq!(waiting(&outbox).await, 0);
    let logs = logs.text();
    assert!(logs.contains("refused"), "{logs}");
    assert!(!logs.lines().any(|line| line.starts_with("forged")), "{logs}");
    assert!(!logs.contains("t0k3n") && !logs.contains("ada@"), "{logs}");
}

#[tokio::test]
async fn an_attempt_that_dies_is_repeated_when_its_lease_ends() {
    let clock = clock();
    let state: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone()));
    let (hanging, healthy) = (Told::email([Does::Hang]), Told::email([]));
    let dying = over(Arc::clone(&state), &clock, vec![hanging], OutboxConfig::default());
    let living = over(state, &clock, vec![healthy.clone()], OutboxConfig::default());
    dying.enqueue(&reset("ada@example.com")).await.expect("enqueued");

    // Polled once, it has claimed the message and hangs; dropped, it is as dead as a process.
    let dead = tokio::time::timeout(Duration::from_millis(100), dying.run_due()).await;
    assert!(dead.is_err(), "it hangs");

    // The lease: one time-out for the channel and one to spare.
    clock.advance(2 * MINUTE - Duration::from_millis(1));
    assert_eq!(step(&living).await.sent, 0, "the lease holds");
    clock.advance(Duration::from_millis(1));
    assert_eq!(step(&living).await.sent, 1);
    assert_eq!(healthy.delivered(), [reset("ada@example.com")]);
    assert_eq!(waiting(&living).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_share_a_store_send_each_message_once() {
    const MESSAGES: usize = 100;
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, channel) = (clock(), Told::email([]));
    let mut outboxes = Vec::new();
    for _ in 0..3 {
        // Handles that share nothing but the file, as processes do.
        outboxes.push(in_file(folder.path(), &clock, channel.clone()).await.1);
    }
    for number in 0..MESSAGES {
        let message = reset(&format!("u{number}@example.com"));
        outboxes[number % 3].enqueue(&message).await.expect("enqueued");
    }
    let mut runs = tokio::task::JoinSet::new();
    for outbox in outboxes.clone() {
        runs.spawn(async move { step(&outbox).await.sent });
    }
    let sent: Vec<u64> = runs.join_all().await;
    assert_eq!(sent.iter().sum::<u64>(), MESSAGES as u64, "{sent:?}");

    let mut times = BTreeMap::new();
    for message in channel.delivered() {
        *times.entry(message.recipient().to_owned()).or_insert(0) += 1;
    }
    assert_eq!(times.len(), MESSAGES);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(waiting(&outboxes[0]).await, 0);
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, channel) = (clock(), Told::email([Does::FailForNow]));
    let (sqlite, outbox) = in_file(folder.path(), &clock, channel.clone()).await;
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    assert_eq!(step(&outbox).await.retried, 1);
    drop((sqlite, outbox));
    clock.advance(HOUR);
    let (_sqlite, outbox) = in_file(folder.path(), &clock, channel.clone()).await;
    assert_eq!(step(&outbox).await.sent, 1);
    assert_eq!(channel.delivered(), [reset("ada@example.com")]);
}

#[tokio::test]
async fn nothing_of_a_message_can_be_read_in_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, channel) = (clock(), Told::email([Does::FailForNow]));
    let (_sqlite, outbox) = in_file(folder.path(), &clock, channel).await;
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    outbox.enqueue(&reset("bob@example.com")).await.expect("enqueued");
    step(&outbox).await;

    let mut files = Vec::new();
    for file in fs::read_dir(folder.path()).expect("a folder") {
        files.extend(fs::read(file.expect("a file").path()).expect("reads"));
    }
    let contains = |text: &str| files.windows(text.len()).any(|bytes| bytes == text.as_bytes());
    assert!(contains("outbox:"), "the entries are in these files");
    for readable in ["t0k3n", "app.example.com", "ada@", "bob@", "reset_password", "email\""] {
        assert!(!contains(readable), "{readable}");
    }
}

#[tokio::test]
async fn an_entry_that_was_tampered_with_is_reported_once_and_stops_nobody() {
    let logs = Logs::capture();
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, channel) = (clock(), Told::email([]));
    let (sqlite, outbox) = in_file(folder.path(), &clock, channel.clone()).await;
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    sqlite
        .execute_batch("UPDATE crudauth_state SET value = CAST(value || 'x' AS BLOB)")
        .await
        .expect("updated");
    outbox.enqueue(&reset("bob@example.com")).await.expect("enqueued");
    assert_eq!(step(&outbox).await.sent, 1);
    step(&outbox).await;
    assert_eq!(channel.delivered(), [reset("bob@example.com")]);
    assert_eq!(logs.text().matches("cannot be read").count(), 1, "{}", logs.text());
}

#[tokio::test]
async fn a_store_that_fails_is_the_callers_business() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sqlite, outbox) = in_file(folder.path(), &clock(), Told::email([])).await;
    sqlite.execute_batch("DROP TABLE crudauth_state").await.expect("dropped");
    let error = outbox.enqueue(&reset("ada@example.com")).await.expect_err("it fails");
    assert!(matches!(error, OutboxError::Store(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("t0k3n"));
    assert!(outbox.run_due().await.is_err());
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_does_not_end_the_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clock, channel) = (clock(), Told::email([]));
    let (sqlite, outbox) = in_file(folder.path(), &clock, channel.clone()).await;
    sqlite.execute_batch("ALTER TABLE crudauth_state RENAME TO away").await.expect("renamed");
    let worker = outbox.start();
    outbox.enqueue(&reset("ada@example.com")).await.expect_err("the store is away");
    sqlite.execute_batch("ALTER TABLE away RENAME TO crudauth_state").await.expect("renamed");
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    channel.wait_for(1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_decoy_is_the_work_of_a_message_and_is_never_delivered() {
    let clock = clock();
    let (state, channel) = (Arc::new(MemoryState::new(clock.clone())), Told::email([]));
    let outbox = over(state.clone(), &clock, vec![channel.clone()], OutboxConfig::default());
    outbox.enqueue_decoy(&reset("ada@example.com")).await.expect("enqueued");
    assert_eq!(waiting(&outbox).await, 1);
    assert_eq!(step(&outbox).await, Run::default());
    assert_eq!(waiting(&outbox).await, 0);
    assert_eq!(channel.delivered(), []);
}

#[tokio::test]
async fn a_message_goes_out_at_once() {
    let (clock, channel) = (clock(), Told::email([]));
    let state = Arc::new(MemoryState::new(clock.clone()));
    let config = OutboxConfig::default().poll_interval(HOUR);
    let outbox = over(state, &clock, vec![channel.clone()], config);
    let worker = outbox.start();
    for count in 1..=3 {
        outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
        channel.wait_for(count).await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn what_another_process_left_is_found_by_polling() {
    let (clock, channel) = (clock(), Told::email([]));
    let state: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone()));
    let config = OutboxConfig::default().poll_interval(Duration::from_millis(10));
    let working = over(Arc::clone(&state), &clock, vec![channel.clone()], config.clone());
    let silent = over(state, &clock, vec![Told::email([])], config);
    let worker = working.start();
    silent.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    channel.wait_for(1).await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_ends_with_its_handle() {
    let (clock, channel) = (clock(), Told::email([Does::Hang]));
    let held = Arc::downgrade(&channel.delivered);
    let outbox = in_memory(&clock, vec![channel]);
    let worker = outbox.start();
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    drop((worker, outbox));
    // The channel lives in the outbox, and the outbox in the task.
    let ended = async {
        while held.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("the task ends");
}

#[tokio::test]
async fn a_channel_that_panics_or_hangs_stops_nobody_else() {
    let clock = clock();
    let channel = Told::email([Does::Panic, Does::Hang]);
    let state = Arc::new(MemoryState::new(clock.clone()));
    let config = OutboxConfig::default().delivery_timeout(Duration::from_millis(50));
    let outbox = over(state, &clock, vec![channel.clone()], config);
    for name in ["ada", "bob", "cyd"] {
        outbox.enqueue(&reset(&format!("{name}@example.com"))).await.expect("enqueued");
    }
    let run = step(&outbox).await;
    assert_eq!((run.sent, run.retried), (1, 1));
    clock.advance(HOUR);
    assert_eq!(step(&outbox).await.sent, 2);
    assert_eq!(waiting(&outbox).await, 0);
}

#[tokio::test]
async fn a_dead_link_is_not_delivered_and_a_late_one_says_how_long_it_lives() {
    let clock = clock();
    let channel = Told::email([Does::FailForNow, Does::FailForNow]);
    let outbox = in_memory(&clock, vec![channel.clone()]);
    let message = |name: &str, life| reset(name).with_expires_in(life);
    outbox.enqueue(&message("short@example.com", HOUR)).await.expect("enqueued");
    outbox.enqueue(&message("long@example.com", 24 * HOUR)).await.expect("enqueued");
    assert_eq!(step(&outbox).await.retried, 2);
    clock.advance(HOUR);
    let run = step(&outbox).await;
    assert_eq!((run.sent, run.given_up), (1, 1));
    assert_eq!(channel.delivered(), [message("long@example.com", 23 * HOUR)]);
}

#[tokio::test]
async fn each_channel_is_tried_until_it_has_delivered_and_not_again() {
    let clock = clock();
    let (email, sms) = (Told::email([]), Told::sms([Does::FailForNow]));
    let outbox = in_memory(&clock, vec![email.clone(), sms.clone()]);
    outbox.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    let run = step(&outbox).await;
    assert_eq!((run.sent, run.retried), (1, 1));
    clock.advance(SECOND);
    assert_eq!(step(&outbox).await.sent, 1);
    assert_eq!((email.delivered().len(), sms.delivered().len()), (1, 1));
    assert_eq!(waiting(&outbox).await, 0);
}

#[tokio::test]
async fn what_is_about_an_email_address_goes_by_email_only() {
    let (email, sms) = (Told::email([]), Told::sms([]));
    let outbox = in_memory(&clock(), vec![email.clone(), sms.clone()]);
    for kind in MessageKind::ALL {
        outbox.enqueue(&Message::new(kind, "ada@example.com")).await.expect("enqueued");
    }
    step(&outbox).await;
    let mut by_sms: Vec<&str> =
        sms.delivered().iter().map(|message| message.kind().as_str()).collect();
    by_sms.sort_unstable();
    assert_eq!(email.delivered().len(), MessageKind::ALL.len());
    assert_eq!(
        by_sms,
        [
            "existing_account",
            "mfa_disabled",
            "mfa_enabled",
            "password_changed",
            "provider_linked",
            "provider_unlinked",
            "recovery_codes_few",
            "recovery_codes_replaced",
            "reset_password",
            "verify_recovery"
        ]
    );

    let outbox = in_memory(&clock(), vec![Told::sms([])]);
    assert!(outbox.reaches(MessageKind::ResetPassword));
    assert!(!outbox.reaches(MessageKind::ChangeEmail));
    let change = Message::new(MessageKind::ChangeEmail, "ada@example.com");
    let error = outbox.enqueue(&change).await.expect_err("nobody delivers it");
    assert!(matches!(error, OutboxError::NoChannel(MessageKind::ChangeEmail)), "{error:?}");
}

#[tokio::test]
async fn a_channel_that_is_gone_after_a_restart_is_waited_for() {
    let clock = clock();
    let state: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone()));
    let (email, sms) = (Told::email([]), Told::sms([]));
    let both = vec![email.clone(), sms.clone()];
    let before = over(Arc::clone(&state), &clock, both, OutboxConfig::default());
    before.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    let without = over(Arc::clone(&state), &clock, vec![email.clone()], OutboxConfig::default());
    let run = step(&without).await;
    assert_eq!((run.sent, run.retried), (1, 1));
    clock.advance(SECOND);
    assert_eq!(step(&before).await.sent, 1);
    assert_eq!((email.delivered().len(), sms.delivered().len()), (1, 1));
}

#[tokio::test]
async fn applications_with_other_keys_share_a_store_and_no_messages() {
    let clock = clock();
    let state: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone()));
    let ours = over(Arc::clone(&state), &clock, vec![Told::email([])], OutboxConfig::default());
    let key = SecretKey::new(OTHER_KEY).expect("good");
    let theirs = Told::email([]);
    let channels: Vec<Box<dyn Channel>> = vec![Box::new(theirs.clone())];
    let other = Outbox::new(state, clock, &key, channels, OutboxConfig::default()).expect("good");
    ours.enqueue(&reset("ada@example.com")).await.expect("enqueued");
    assert_eq!(step(&other).await, Run::default());
    assert_eq!(theirs.delivered(), []);
    assert_eq!(step(&ours).await.sent, 1);
}

#[tokio::test]
async fn a_configuration_that_cannot_work_does_not_start() {
    let start = |channels: Vec<Box<dyn Channel>>, config| {
        let clock = clock();
        let state = Arc::new(MemoryState::new(clock.clone()));
        let key = SecretKey::new(KEY).expect("good");
        Outbox::new(state, clock, &key, channels, config).expect_err("it cannot work").to_string()
    };
    let email = || Box::new(Told::email([])) as Box<dyn Channel>;
    assert!(start(vec![], OutboxConfig::default()).contains("without a channel"));
    assert!(start(vec![email(), email()], OutboxConfig::default()).contains("`email`"));
    let hopeless = OutboxConfig::default().max_attempts(0);
    assert!(start(vec![email()], hopeless).contains("`OutboxConfig::max_attempts`"));
}
