//! Whether a password has leaked, as far as that can be known in time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::range::Digested;
use super::{BreachLookupError, BreachedPasswords};
use crate::password::Password;

/// Asks a [`BreachedPasswords`] service about new passwords. See the [module](super).
#[derive(Debug, Clone)]
#[must_use]
pub struct BreachCheck {
    service: Arc<dyn BreachedPasswords>,
    timeout: Duration,
    fail_closed: bool,
}

/// What is known of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::password) enum Screened {
    /// The service does not know it.
    Clean,
    /// It has leaked.
    Breached,
    /// The service did not say, and the check is not to be passed without.
    Unknown,
}

impl BreachCheck {
    /// A check by `service`, which has two seconds to answer. Where it does not, the password is
    /// let through and a warning is logged.
    pub fn new(service: impl BreachedPasswords) -> Self {
        Self { service: Arc::new(service), timeout: Duration::from_secs(2), fail_closed: false }
    }

    /// How long the service has to answer. A sign-up or a change of password waits so long at
    /// most. Default: two seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Refuses a new password where the service does not answer: 503 with `Retry-After`. Default:
    /// it is let through.
    pub fn fail_closed(mut self) -> Self {
        self.fail_closed = true;
        self
    }

    pub(in crate::password) async fn screen(&self, password: &Password) -> Screened {
        let Digested { prefix, suffix } = Digested::of(password);
        let answer = tokio::time::timeout(self.timeout, self.service.range(&prefix)).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(BreachLookupError::new(format!("no answer within {:?}", self.timeout)))
        });
        match answer {
            Ok(range) if range.contains(&suffix) => Screened::Breached,
            Ok(_) => Screened::Clean,
            Err(error) => self.without_answer(&error),
        }
    }

    fn without_answer(&self, error: &dyn fmt::Display) -> Screened {
        tracing::warn!(
            target: "crudauth::security",
            event = "breach_check_unavailable",
            refused = self.fail_closed,
            %error,
        );
        if self.fail_closed { Screened::Unknown } else { Screened::Clean }
    }

    /// Says what is wrong, and the way out.
    pub(in crate::password) fn check(&self) -> Result<(), &'static str> {
        if self.timeout.is_zero() {
            return Err("the breach check has no time for an answer: raise \
                        `BreachCheck::timeout` above zero");
        }
        Ok(())
    }
}
