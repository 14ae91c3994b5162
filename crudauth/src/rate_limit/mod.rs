//! Rate limits: how often something may be done.

mod action;
mod limits;
mod messages;
mod networks;

pub use self::action::{Action, KeyBy};
pub use self::limits::{RateLimiters, RateLimits};
pub(crate) use self::messages::MessageLimit;
pub(crate) use self::networks::{network, networks};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::chain::chain;
use crate::event::{Events, LogSafe, Needed, RequestInfo, SecurityEvent};
use crate::secret::{Digest, Digester};
use crate::store::{Add, Counter, StateStore, Step, StoreError};

/// All clients of unknown address share one counter, with the limit of this many clients.
const UNKNOWN_ADDRESS_FACTOR: u32 = 100;

/// The limit of an address is this many times wider for anonymous callers: it may be that of a
/// whole office.
const ANONYMOUS_FACTOR: u32 = 10;

/// How many calls a window of time has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    times: u32,
    period: Duration,
}

impl RateLimit {
    /// At most `times` calls in each `period`. Zero times is no limit at all.
    #[must_use]
    pub const fn new(times: u32, period: Duration) -> Self {
        Self { times, period }
    }

    /// No limit.
    #[must_use]
    pub const fn off() -> Self {
        Self::new(0, Duration::from_secs(1))
    }

    /// Stores keep time to the millisecond, so a shorter period would be zero.
    fn has_time(&self) -> bool {
        self.times == 0 || self.period.as_millis() > 0
    }

    /// At most `times` calls an hour.
    #[must_use]
    pub const fn per_hour(times: u32) -> Self {
        Self::new(times, Duration::from_secs(60 * 60))
    }
}

/// What happens to a call that cannot be counted because the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// It is refused: 503 with `Retry-After`.
    Closed,
    /// It is let through, and the failure is logged.
    Open,
}

/// Counts the calls of one action under one limit.
///
/// The window of a caller begins with the first call and ends after the period. Callers are
/// counted under keyed digests.
#[derive(Clone)]
pub struct RateLimiter {
    state: Arc<dyn StateStore>,
    digester: Digester,
    events: Events,
    /// The prefix that separates the application's actions from crudauth's.
    space: &'static str,
    action: &'static str,
    limit: RateLimit,
    on_failure: OnFailure,
}

/// A call that a [`RateLimiter`] let pass. As a part of a response it is `X-RateLimit-Limit` and
/// `X-RateLimit-Remaining`, unless the response has those of a tighter limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimitStatus {
    /// How many calls a window has.
    pub limit: u32,
    /// How many are left in this one.
    pub remaining: u32,
}

/// A call that a [`RateLimiter`] held back. Over HTTP: 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimitExceeded {
    /// How many calls a window has.
    pub limit: u32,
    /// When the next window begins.
    pub retry_after: Duration,
}

impl RateLimiter {
    /// Counts a call of `caller`. `Ok(Ok(None))` where nothing was counted: there is no limit, or
    /// the store failed and the limit is [open](OnFailure::Open).
    ///
    /// # Errors
    ///
    /// Where the store fails and the limit is [closed](OnFailure::Closed).
    pub async fn count(
        &self,
        caller: &str,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        self.count_of(caller, RequestInfo::NONE).await
    }

    /// As [`count`](Self::count), of a call that is `request`.
    pub(crate) async fn count_of(
        &self,
        caller: &str,
        request: impl Into<RequestInfo>,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        self.count_up_to(self.limit.times, caller, request, || {}).await
    }

    /// Counts a call of the client at `address`, which is a [bucket](crate::ClientAddress::bucket);
    /// of IPv6 also for the /56 and the /48 around it, which have twice and four times the calls.
    ///
    /// Clients without one are many: together they have a hundred times the calls of one, and the
    /// log says so where these are used up.
    ///
    /// # Errors
    ///
    /// As [`count`](Self::count).
    pub async fn count_address(
        &self,
        address: Option<&str>,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        self.count_address_of(address, RequestInfo::NONE).await
    }

    /// As [`count_address`](Self::count_address), of a call that is `request`.
    pub(crate) async fn count_address_of(
        &self,
        address: Option<&str>,
        request: impl Into<RequestInfo>,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        if let Some(address) = address {
            let networks = networks(address);
            return match &*networks {
                [one] => self.count_of(&format!("ip:{one}"), request).await,
                several => self.count_networks(several, request).await,
            };
        }
        let times = self.limit.times.saturating_mul(UNKNOWN_ADDRESS_FACTOR);
        let tell = || {
            tracing::warn!(
                action = self.action,
                "clients whose address is unknown have used up what they share: serve with \
                 `into_make_service_with_connect_info::<SocketAddr>()`, or declare the proxy by \
                 `Builder::trusted_proxies`"
            );
        };
        self.count_up_to(times, "no address", request, tell).await
    }

    async fn count_up_to(
        &self,
        times: u32,
        caller: &str,
        request: impl Into<RequestInfo>,
        at_the_first_beyond: impl FnOnce(),
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        let period = self.limit.period;
        if times == 0 {
            return Ok(Ok(None));
        }
        let (key, caller) = self.key(caller);
        let counter = match self.state.increment(&key, 1, period).await {
            Ok(counter) => counter,
            Err(error) => return self.uncounted(error),
        };
        let count = u32::try_from(counter.count).unwrap_or(u32::MAX);
        let Some(remaining) = times.checked_sub(count) else {
            if count - times == 1 {
                at_the_first_beyond();
            }
            let caller = LogSafe::digest(&caller);
            self.events.emit(request, SecurityEvent::RateLimited { action: self.action, caller });
            return Ok(Err(RateLimitExceeded { limit: times, retry_after: counter.ttl }));
        };
        Ok(Ok(Some(RateLimitStatus { limit: times, remaining })))
    }

    /// Forgets the calls of `caller`.
    pub(crate) async fn forget(&self, caller: &str) -> Result<(), StoreError> {
        self.state.remove(&self.key(caller).0).await?;
        Ok(())
    }

    /// Counts a call for several networks, each of which is a part of the next.
    async fn count_networks(
        &self,
        networks: &[String],
        request: impl Into<RequestInfo>,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        let RateLimit { times, period } = self.limit;
        if times == 0 {
            return Ok(Ok(None));
        }
        let keys: Vec<_> = networks.iter().map(|name| self.key(&format!("ip:{name}"))).collect();
        let limits = (0..).map(|wider| times.saturating_mul(2_u32.saturating_pow(wider)));
        let steps = keys.iter().zip(limits.clone()).map(|((key, _), limit)| {
            let at_most = Some(i64::from(limit));
            Step::Add(Add { key, by: 1, ttl: period, extends: false, at_most })
        });
        let steps: Vec<_> = steps.collect();
        let counters = match self.state.batch(&steps).await {
            Ok(Ok(counters)) => counters,
            Ok(Err(exceeded)) => {
                let caller = keys.get(exceeded.step).map(|(_, caller)| LogSafe::digest(caller));
                if let Some(caller) = caller {
                    let action = self.action;
                    self.events.emit(request, SecurityEvent::RateLimited { action, caller });
                }
                return Ok(Err(RateLimitExceeded {
                    limit: times,
                    retry_after: exceeded.counter.ttl,
                }));
            }
            Err(error) => return self.uncounted(error),
        };
        let left = counters.iter().flatten().zip(limits).map(|(Counter { count, .. }, limit)| {
            limit.saturating_sub(u32::try_from(*count).unwrap_or(u32::MAX))
        });
        let remaining = left.min().unwrap_or(0).min(times);
        Ok(Ok(Some(RateLimitStatus { limit: times, remaining })))
    }

    /// Refuses a call that cannot be counted, or lets it through.
    fn uncounted(
        &self,
        error: StoreError,
    ) -> Result<Result<Option<RateLimitStatus>, RateLimitExceeded>, StoreError> {
        let refused = self.on_failure == OnFailure::Closed;
        self.events.outage(Needed::RateLimit, refused);
        if refused {
            return Err(error);
        }
        tracing::error!(error = chain(&error), action = self.action, "a call could not be counted");
        Ok(Ok(None))
    }

    /// The key of a caller's counter, and the digest of the caller in it.
    fn key(&self, caller: &str) -> (String, Digest) {
        let caller = self.digester.digest(caller.as_bytes());
        (format!("{}:{}:{}", self.space, self.action, caller.to_hex()), caller)
    }

    /// The same limit for an address with anonymous callers, ten times as wide.
    pub(crate) fn for_anonymous(&self) -> Self {
        let RateLimit { times, period } = self.limit;
        self.clone().with_limit(RateLimit::new(times.saturating_mul(ANONYMOUS_FACTOR), period))
    }

    /// The counter of an action of the application's, in the same store.
    fn of<A: Action>(&self) -> Self {
        Self {
            space: "limit",
            action: A::NAME,
            limit: A::LIMIT,
            on_failure: A::ON_FAILURE,
            ..self.clone()
        }
    }

    /// The same counter under another limit.
    pub(crate) fn with_limit(self, limit: RateLimit) -> Self {
        Self { limit, ..self }
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter")
            .field("action", &self.action)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
