//! Rate limits: how often a route may be called.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::secret::{Digester, SecretKey};
use crate::store::{StateStore, StoreError};

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

    /// At most `times` calls an hour.
    #[must_use]
    pub const fn per_hour(times: u32) -> Self {
        Self::new(times, Duration::from_secs(60 * 60))
    }
}

/// How often the routes of crudauth may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimits {
    /// `POST /change-password`, by user. Default: 5 an hour.
    pub change_password: RateLimit,
    /// `POST /email/verify-request`, by address; and, silently, by the account that is written to.
    /// Default: 5 an hour.
    pub email_verify_request: RateLimit,
    /// `POST /password/reset-request`, by address; and, silently, by the account that is written
    /// to. Default: 5 an hour.
    pub password_reset_request: RateLimit,
    /// `POST /email/change-request`, by address; and, silently, by the account that is written to.
    /// Default: 3 an hour.
    pub email_change_request: RateLimit,
    /// The password in `POST /email/change-request`, by user. Default: 5 an hour.
    pub email_change_password: RateLimit,
    /// The notice to the owner of an address that somebody tried to sign up with, by address
    /// written to. Default: 5 an hour.
    pub existing_account_notice: RateLimit,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            change_password: RateLimit::per_hour(5),
            email_verify_request: RateLimit::per_hour(5),
            password_reset_request: RateLimit::per_hour(5),
            email_change_request: RateLimit::per_hour(3),
            email_change_password: RateLimit::per_hour(5),
            existing_account_notice: RateLimit::per_hour(5),
        }
    }
}

impl RateLimits {
    /// No limit on anything.
    #[must_use]
    pub const fn off() -> Self {
        let off = RateLimit::off();
        Self {
            change_password: off,
            email_verify_request: off,
            password_reset_request: off,
            email_change_request: off,
            email_change_password: off,
            existing_account_notice: off,
        }
    }
}

/// Counts the calls of one action under one limit.
///
/// The window of a caller begins with the first call and ends after the period. Callers are
/// counted under keyed digests.
pub(crate) struct Throttle {
    state: Arc<dyn StateStore>,
    digester: Digester,
    action: &'static str,
    limit: RateLimit,
}

/// A call that a [`Throttle`] let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
}

/// A call that a [`Throttle`] held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// How many calls a window has.
    pub limit: u32,
    /// When the next window begins.
    pub retry_after: Duration,
}

impl Throttle {
    pub(crate) fn new(
        state: Arc<dyn StateStore>,
        key: &SecretKey,
        action: &'static str,
        limit: RateLimit,
    ) -> Self {
        Self { state, digester: key.digester("throttle"), action, limit }
    }

    /// Counts a call of `caller`. `Ok(Ok(None))` where there is no limit.
    pub(crate) async fn count(
        &self,
        caller: &str,
    ) -> Result<Result<Option<Passed>, Throttled>, StoreError> {
        let RateLimit { times, period } = self.limit;
        if times == 0 {
            return Ok(Ok(None));
        }
        let caller = self.digester.digest(caller.as_bytes()).to_hex();
        let key = format!("throttle:{}:{caller}", self.action);
        let counter = self.state.increment(&key, 1, period).await?;
        let count = u32::try_from(counter.count).unwrap_or(u32::MAX);
        Ok(match times.checked_sub(count) {
            Some(remaining) => Ok(Some(Passed { limit: times, remaining })),
            None => Err(Throttled { limit: times, retry_after: counter.ttl }),
        })
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("action", &self.action)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
