//! Security events: what an auditor asks about, as types.
//!
//! Every success and every failure of a flow is one [`SecurityEvent`]. Each goes to [`tracing`]
//! at once, under the target `crudauth::security`, and from there to whatever the application
//! logs with; and to the application's own [`EventSink`]s, each behind queues of its own, so that
//! no request waits for a sink. [`EventLog`] is such a sink: it keeps events in a table.
//!
//! Noise hides nothing. A refusal that costs its sender nothing, such as that of a forged cookie,
//! is told when it comes first; those that are like it in the next minute are counted, and told as
//! one event with their [number](Occurrence::times). Events about users wait in a queue of their
//! own, are handed on first, and are the last to go where a table is full.
//!
//! No event carries a password, a token, a link or a session id, nor what somebody typed as a name
//! or an address: these are keyed digests, by which attempts on one name, or messages to one
//! address, can be told to belong together.
//! The `User-Agent` and the `X-Request-Id` are the client's words, and are bounded; where a layer such
//! as `tower_http::request_id::SetRequestIdLayer` gives requests their ids, the log of the application
//! has the same ones.
//! Text that an application chose, such as an id, has its control characters escaped, so that it
//! cannot forge a line or colour a terminal.

mod field;
mod log;
mod outage;
mod outlet;
mod reasons;
mod repeats;
mod request;
mod security;
mod sink;
mod text;
mod watchers;

pub use self::field::FieldValue;
pub use self::log::EventLog;
pub use self::reasons::{
    CsrfFailure, EmailChangeFailure, LinkFailure, LinkKind, LoginFailure, Needed, OAuthFailure,
    PasswordFailure, RefreshFailure, Withheld,
};
pub use self::request::RequestInfo;
pub(crate) use self::request::{request_id, user_agent};
pub use self::security::SecurityEvent;
pub use self::sink::{EventSink, SinkFuture};
pub use self::text::LogSafe;
pub(crate) use self::watchers::News;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use self::outage::Told;
use self::outlet::Outlet;
use self::repeats::Repeats;
use self::watchers::Watchers;
use crate::clock::Clock;

/// What happened, when, and from where.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Occurrence {
    /// When, by the application's clock.
    pub at: SystemTime,
    /// The client's address, an IPv6 one as its /64; `None` where the event has none.
    pub address: Option<LogSafe>,
    /// The client's `User-Agent`; `None` where the event has none.
    pub user_agent: Option<LogSafe>,
    /// The `X-Request-Id` of the request; `None` where the event has none.
    pub request_id: Option<LogSafe>,
    /// What.
    pub event: SecurityEvent,
    /// How often. More than once where the same was refused before within a minute, and these are
    /// those that came since; [`at`](Self::at) is when the last one did.
    pub times: u64,
}

/// Takes events and hands them on. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    repeats: Repeats,
    outlets: Vec<Outlet>,
    told: Told,
    watchers: Arc<Watchers>,
}

impl Events {
    /// Hands events to [`tracing`] and to `sinks`, each of which gets a task of its own; so this
    /// needs a tokio runtime where there are sinks.
    pub(crate) fn new(clock: Arc<dyn Clock>, sinks: Vec<Arc<dyn EventSink>>) -> Self {
        let outlets = sinks.into_iter().map(Outlet::open).collect();
        let inner = Inner {
            clock,
            repeats: Repeats::default(),
            told: Told::default(),
            outlets,
            watchers: Arc::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Hands on `event`, which `request` caused. Never waits.
    pub(crate) fn emit(&self, request: impl Into<RequestInfo>, event: SecurityEvent) {
        self.inner.watchers.tell(event.user());
        let RequestInfo { address, user_agent, request_id } = request.into();
        let at = self.inner.clock.now();
        let occurrence = Occurrence { at, address, user_agent, request_id, event, times: 1 };
        for occurrence in self.inner.repeats.take(occurrence) {
            self.inner.tell(occurrence);
        }
    }

    /// News of the user whose primary key is `user`, as text: of every event about it.
    pub(crate) fn news_of(&self, user: &LogSafe) -> News {
        News::of(user.as_str(), &self.inner.watchers)
    }

    /// How many wait for news.
    pub(crate) fn listeners(&self) -> usize {
        self.inner.watchers.len()
    }

    /// Tells all who wait for news that this process ends.
    pub(crate) fn end_news(&self) {
        self.inner.watchers.end();
    }

    /// How many events the application's sinks have missed: because a queue was full, or because
    /// a sink panicked. [`tracing`] has them all.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inner.outlets.iter().map(Outlet::dropped).sum()
    }

    /// Waits until the sinks have had every event from before this call, and what was counted until
    /// then: before the application ends, say.
    pub async fn flush(&self) {
        for occurrence in self.inner.repeats.drain() {
            self.inner.tell(occurrence);
        }
        for outlet in &self.inner.outlets {
            outlet.flush().await;
        }
    }

    /// As [`flush`](Self::flush), and tells the sinks that no more events come.
    pub(crate) async fn close(&self) {
        self.flush().await;
        for outlet in &self.inner.outlets {
            outlet.close().await;
        }
    }
}

impl Inner {
    fn tell(&self, occurrence: Occurrence) {
        occurrence.log();
        if self.outlets.is_empty() {
            return;
        }
        let occurrence = Arc::new(occurrence);
        for outlet in &self.outlets {
            outlet.offer(Arc::clone(&occurrence));
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("sinks", &self.inner.outlets.len())
            .field("dropped", &self.dropped())
            .finish()
    }
}
