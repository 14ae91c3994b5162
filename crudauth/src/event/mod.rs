//! Security events: what an auditor asks about, as types.
//!
//! Every success and every failure of a flow is one [`SecurityEvent`]. Each goes to [`tracing`]
//! at once, under the target `crudauth::security`, and from there to whatever the application
//! logs with; and to the application's own [`EventSink`]s, each behind a queue of its own, so that
//! no request waits for a sink.
//!
//! No event carries a password, a token or a session id, nor what somebody typed as a name: a
//! typed name is a keyed digest, by which attempts on one name can be told to belong together.
//! Text that an application chose, such as an id, has its control characters escaped, so that it
//! cannot forge a line or colour a terminal.

mod outlet;
mod sink;
mod text;
mod trace;

pub use self::sink::{EventSink, SinkFuture};
pub use self::text::Plain;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::outlet::Outlet;
use crate::clock::Clock;

/// What happened, when, and from where.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Occurrence {
    /// When, by the application's clock.
    pub at: SystemTime,
    /// The client's address, an IPv6 one as its /64; `None` where the event has none.
    pub address: Option<Plain>,
    /// What.
    pub event: SecurityEvent,
}

/// One thing that happened to the security of an account or of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityEvent {
    /// Somebody signed up.
    SignedUp {
        /// The new user's id.
        user: Plain,
    },
    /// A sign-up was refused because a unique value is taken.
    SignUpRefused,
    /// Somebody signed in by password.
    LoginSucceeded {
        /// Whose account it is.
        user: Plain,
        /// Whether the device has signed in to it before.
        known_device: bool,
    },
    /// A sign-in by password was refused. The client is not told which of the reasons it was.
    LoginFailed {
        /// Whose account was named, if it exists.
        user: Option<Plain>,
        /// The name as typed, as a keyed digest.
        name: Plain,
        /// Why.
        reason: LoginFailure,
    },
    /// A sign-in was refused unchecked.
    LoginLockedOut {
        /// Whose account was named, if it exists.
        user: Option<Plain>,
        /// The name as typed, as a keyed digest.
        name: Plain,
        /// How long the lock still lasts.
        retry_after: Duration,
    },
    /// A page of another site tried to sign its visitor in.
    CrossSiteLogin,
    /// Somebody signed out.
    LoggedOut {
        /// Who.
        user: Plain,
        /// The handle of the session that ended.
        session: Plain,
    },
    /// One session was ended from another place than itself, or by its handle.
    SessionRevoked {
        /// Whose it was.
        user: Plain,
        /// Its handle.
        session: Plain,
    },
    /// A user's sessions were ended together.
    SessionsRevoked {
        /// Whose they were.
        user: Plain,
        /// How many.
        revoked: u64,
    },
    /// A session cookie in our form whose seal is not ours.
    SessionForged,
    /// A session got another CSRF token.
    CsrfRotated {
        /// Whose session it is.
        user: Plain,
        /// Its handle.
        session: Plain,
    },
    /// A request with a live session was not proved to come from the application's own pages.
    CsrfRefused {
        /// Whose session it is.
        user: Plain,
        /// Its handle.
        session: Plain,
        /// What was wrong.
        reason: CsrfFailure,
    },
    /// A gate did not let an authenticated user pass.
    GateDenied {
        /// Who.
        user: Plain,
        /// The transport that carried the proof.
        via: &'static str,
        /// The type of the gate.
        gate: &'static str,
    },
    /// A user proved to be present, and has the elevated rights of the sudo mode.
    SudoGranted {
        /// Who.
        user: Plain,
        /// The session that is elevated.
        session: Plain,
    },
    /// The proof for the sudo mode was wrong.
    SudoFailed {
        /// Who.
        user: Plain,
        /// The session that asked.
        session: Plain,
    },
    /// The sudo mode was refused after too many attempts.
    SudoLockedOut {
        /// Who.
        user: Plain,
        /// The session that asked.
        session: Plain,
        /// How long the lock still lasts.
        retry_after: Duration,
    },
    /// A rate limit held a call back.
    RateLimited {
        /// The limited action.
        action: &'static str,
        /// The caller, as the keyed digest under which calls are counted.
        caller: Plain,
    },
}

/// Why a sign-in was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFailure {
    /// No account has this name.
    UnknownUser,
    /// The password is not that of the account, or the account has none.
    WrongPassword,
    /// The password is right, and the account may not sign in.
    Inactive,
}

/// Why a request was not taken for one of the application's own pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrfFailure {
    /// The browser says that a page of another site made it.
    CrossSite,
    /// There is no CSRF token.
    MissingToken,
    /// The CSRF token is not that of the session.
    WrongToken,
}

/// Takes events and hands them on. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    outlets: Vec<Outlet>,
}

impl Events {
    /// Hands events to [`tracing`] and to `sinks`, each of which gets a task of its own; so this
    /// needs a tokio runtime where there are sinks.
    pub(crate) fn new(clock: Arc<dyn Clock>, sinks: Vec<Arc<dyn EventSink>>) -> Self {
        let outlets = sinks.into_iter().map(Outlet::open).collect();
        Self { inner: Arc::new(Inner { clock, outlets }) }
    }

    /// Hands on `event`, which came from `address`. Never waits.
    pub(crate) fn emit(&self, address: Option<&str>, event: SecurityEvent) {
        let at = self.inner.clock.now();
        let occurrence = Occurrence { at, address: address.map(Plain::new), event };
        trace::write(&occurrence);
        if self.inner.outlets.is_empty() {
            return;
        }
        let occurrence = Arc::new(occurrence);
        for outlet in &self.inner.outlets {
            outlet.offer(Arc::clone(&occurrence));
        }
    }

    /// How many events the application's sinks have missed: because a queue was full, or because
    /// a sink panicked. [`tracing`] has them all.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inner.outlets.iter().map(Outlet::dropped).sum()
    }

    /// Waits until the sinks have had every event from before this call: before the application
    /// ends, say.
    pub async fn flush(&self) {
        for outlet in &self.inner.outlets {
            outlet.flush().await;
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
