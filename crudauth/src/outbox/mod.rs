//! A queue of messages: they are kept until they are delivered, and never delivered inside a
//! request.
//!
//! [`Outbox::enqueue`] writes a [`Message`] into the [`StateStore`], encrypted, and returns. A
//! background task ([`Outbox::start`]) delivers it through every [`Channel`] that it concerns,
//! tries again with growing waits where that fails, and gives up loudly: an error in the log, a
//! count in [`Outbox::counts`], and a [`SecurityEvent`](crate::SecurityEvent).
//!
//! Queued messages survive a restart if the store does. Any number of processes may share a store:
//! each message is delivered by one of them. If a process dies between a delivery and the note
//! that it happened, the message is delivered **again** after a few minutes; the same holds where
//! the store fails at that moment. A message may come twice. A process that is told to end
//! ([`CrudAuth::shutdown`](crate::CrudAuth::shutdown)) hands back what it has not delivered.
//!
//! A message is given up after [40 attempts](OutboxConfig::max_attempts), where its link has
//! expired, or where it can never be delivered. One that no process has tried for seven days is
//! removed by the store. So are those under another secret key, which are not seen, unless the key
//! is a [fallback](crate::SecretKey::with_fallbacks) of the present one.

mod config;
mod delivery;
mod error;
mod queued_message;
mod worker;

pub use self::config::OutboxConfig;
pub use self::error::OutboxError;
pub use self::worker::OutboxWorker;

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use self::queued_message::{QueueState, QueuedMessage};
use crate::clock::Clock;
use crate::error::{Mistakes, StartupError};
use crate::event::{Events, LogSafe};
use crate::message::{Channel, Message, MessageKind};
use crate::secret::{Digester, Sealer, SecretKey, hex, random};
use crate::store::{Entry, Listed, StateStore, StoreError};

/// How long the store keeps an entry that no process touches.
const ENTRY_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Keeps messages until they are delivered. A handle: clones share everything.
///
/// ```
/// # use std::sync::Arc;
/// use crudauth::clock::SystemClock;
/// use crudauth::message::{ConsoleSender, EmailChannel, Message, MessageKind, Templates};
/// use crudauth::outbox::{Outbox, OutboxConfig};
/// use crudauth::store::memory::MemoryState;
/// use crudauth::SecretKey;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(SystemClock);
/// let email = EmailChannel::new(ConsoleSender::for_development_only(), Templates::new())?;
/// let outbox = Outbox::new(
///     Arc::new(MemoryState::new(clock.clone())),
///     clock,
///     &SecretKey::random()?,
///     vec![Box::new(email)],
///     OutboxConfig::default(),
/// )?;
/// let worker = outbox.start();
/// outbox.enqueue(&Message::new(MessageKind::PasswordChanged, "ada@example.com")).await?;
/// worker.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Outbox {
    inner: Arc<Inner>,
}

struct Inner {
    state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    sealer: Sealer,
    /// Names recipients in events.
    names: Digester,
    events: Events,
    /// The owner under which the store lists our entries, and the prefix of their keys.
    owner: String,
    /// The owners of entries that were written under older secret keys.
    earlier_owners: Vec<String>,
    channels: Vec<Box<dyn Channel>>,
    config: OutboxConfig,
    wake: Notify,
    /// Whether deliveries under way are to end at once.
    interrupted: watch::Sender<bool>,
    sent: AtomicU64,
    retried: AtomicU64,
    given_up: AtomicU64,
    /// The entries that could not be read, so that each is reported once.
    unreadable: Mutex<HashSet<String>>,
}

impl Outbox {
    /// An outbox in `state` that delivers through `channels`. Messages are stored encrypted under a
    /// key that is derived from `key`.
    ///
    /// # Errors
    ///
    /// Where there is no channel, two have one name, or a setting of `config` is zero.
    pub fn new(
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        channels: Vec<Box<dyn Channel>>,
        config: OutboxConfig,
    ) -> Result<Self, StartupError> {
        Mistakes::none_of(|mistakes| Self::check(&channels, &config, mistakes))?;
        let events = Events::new(Arc::clone(&clock), Vec::new());
        Ok(Self::with_events(events, state, clock, key, channels, config))
    }

    /// Notes what keeps an outbox from delivering.
    pub(crate) fn check(
        channels: &[Box<dyn Channel>],
        config: &OutboxConfig,
        mistakes: &mut Mistakes,
    ) {
        config.check(mistakes);
        if channels.is_empty() {
            mistakes.add("an outbox without a channel delivers nothing: give it an `EmailChannel`");
        }
        let mut names = HashSet::new();
        for channel in channels.iter().filter(|channel| !names.insert(channel.name())) {
            mistakes.add(format!(
                "two channels have the name `{}`: messages wait under the name, so give each its \
                 own",
                channel.name()
            ));
        }
    }

    /// As [`new`](Self::new), after [`check`](Self::check), and tells the sinks of `events` what
    /// becomes of messages.
    pub(crate) fn with_events(
        events: Events,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        channels: Vec<Box<dyn Channel>>,
        config: OutboxConfig,
    ) -> Self {
        // Applications with other keys may share the store: each sees its own entries.
        let owners = key.own_digester("outbox");
        let mut owners = owners.digests(b"owner").map(|owner| {
            let owner = owner.to_hex();
            format!("outbox:{}", &owner[..16])
        });
        let owner = owners.next().unwrap_or_default();
        let earlier_owners = owners.collect();
        let inner = Inner {
            state,
            clock,
            sealer: key.sealer("outbox"),
            names: key.own_digester("recipient"),
            events,
            owner,
            earlier_owners,
            channels,
            config,
            wake: Notify::new(),
            interrupted: watch::Sender::new(false),
            sent: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            unreadable: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether there is a channel for messages of `kind`: any, or one that sends e-mail where the
    /// message is about an e-mail address.
    #[must_use]
    pub fn reaches(&self, kind: MessageKind) -> bool {
        self.inner.channels_for(kind).next().is_some()
    }

    /// Takes `message` for delivery: one write to the store, and no more.
    ///
    /// # Errors
    ///
    /// If the store fails or is full, or no channel delivers this kind. The message is not kept
    /// then, and the caller decides what follows: a flow whose answer must not change logs it, a
    /// job tries again.
    pub async fn enqueue(&self, message: &Message) -> Result<(), OutboxError> {
        self.inner.put(message, false).await?;
        self.wake();
        Ok(())
    }

    /// Does the work of [`enqueue`](Self::enqueue) for a message that is never delivered, so that
    /// the answer to a request takes the same time whether or not it has a recipient.
    ///
    /// # Errors
    ///
    /// As [`enqueue`](Self::enqueue).
    pub async fn enqueue_decoy(&self, like: &Message) -> Result<(), OutboxError> {
        self.inner.put(like, true).await?;
        self.wake();
        Ok(())
    }

    /// Delivers in the background until the handle is dropped.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn start(&self) -> OutboxWorker {
        OutboxWorker::spawn(self.clone())
    }

    /// Tries each message that is due now once, and returns when that is done. It is one step of
    /// the background task, for tests and for the application's jobs.
    ///
    /// # Errors
    ///
    /// If the store fails, or the system gives no random bytes. Undelivered messages stay queued.
    pub async fn run_due(&self) -> Result<Run, OutboxError> {
        self.run_while(&|| true).await
    }

    /// How many messages are queued, by any process. This reads all of them, so it suits a health
    /// check and not a request.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn waiting(&self) -> Result<usize, StoreError> {
        Ok(self.inner.list().await?.len())
    }

    /// What this process has done since it started.
    #[must_use]
    pub fn counts(&self) -> OutboxCounts {
        OutboxCounts {
            sent: self.inner.sent.load(Ordering::Relaxed),
            retried: self.inner.retried.load(Ordering::Relaxed),
            given_up: self.inner.given_up.load(Ordering::Relaxed),
        }
    }

    /// The name of a recipient in events: the beginning of a keyed digest.
    pub(crate) fn name_of(&self, recipient: &str) -> LogSafe {
        self.inner.name_of(recipient)
    }

    fn wake(&self) {
        self.inner.wake.notify_one();
    }
}

impl Inner {
    fn channels_for(&self, kind: MessageKind) -> impl Iterator<Item = &dyn Channel> {
        let channels = self.channels.iter().map(|channel| &**channel);
        channels.filter(move |channel| channel.sends_email() || !kind.is_about_email())
    }

    /// All queued entries.
    async fn list(&self) -> Result<Vec<Listed>, StoreError> {
        let mut listed = self.state.list(&self.owner).await?;
        for owner in &self.earlier_owners {
            listed.extend(self.state.list(owner).await?);
        }
        Ok(listed)
    }

    async fn put(&self, message: &Message, is_decoy: bool) -> Result<(), OutboxError> {
        let channels: Vec<String> =
            self.channels_for(message.kind()).map(|channel| channel.name().to_owned()).collect();
        if channels.is_empty() {
            return Err(OutboxError::NoChannel(message.kind()));
        }
        let key = format!("{}:{}", self.owner, hex(random::<16>()?));

        let now = self.clock.now_ms();
        let queued = QueuedMessage::new(message, channels, is_decoy, now);
        let entry = queued.seal(&self.sealer, &key, QueueState { due: now, attempts: 0 })?;
        self.state.put(&key, self.entry(&entry)).await?;
        Ok(())
    }

    fn name_of(&self, recipient: &str) -> LogSafe {
        LogSafe::digest(&self.names.digest(recipient.as_bytes()))
    }

    fn entry<'a>(&'a self, value: &'a [u8]) -> Entry<'a> {
        Entry { value, ttl: ENTRY_TTL, owner: Some(&self.owner) }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("channels", &self.inner.channels)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

/// What an outbox of this process has done. A message that goes through two channels counts for
/// each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxCounts {
    /// Deliveries that worked.
    pub sent: u64,
    /// Deliveries that failed and will be tried again.
    pub retried: u64,
    /// Messages that were given up: refused for good, tried too often, or too late.
    pub given_up: u64,
}

/// What one [`Outbox::run_due`] did, counted as in [`OutboxCounts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Run {
    /// Deliveries that worked.
    pub sent: u64,
    /// Deliveries that failed and will be tried again.
    pub retried: u64,
    /// Messages that were given up.
    pub given_up: u64,
    /// How long until the next message is due, where one waits.
    pub next_in: Option<Duration>,
}
