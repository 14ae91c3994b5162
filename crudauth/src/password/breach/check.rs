//! Checks whether a password has leaked, within a time limit.

use std::sync::Arc;
use std::time::Duration;

use super::range::Digested;
use super::{BreachLookupError, BreachedPasswords};
use crate::chain::chain;
use crate::password::Password;

/// Asks a [`BreachedPasswords`] service about new passwords. See the [module](super).
#[derive(Debug, Clone)]
#[must_use]
pub struct BreachCheck {
    service: Arc<dyn BreachedPasswords>,
    timeout: Duration,
    fail_open: bool,
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::password) enum Screened {
    /// The service does not know it.
    Clean,
    /// It has leaked.
    Breached,
    /// The service did not answer. The value says whether the password is accepted nevertheless.
    Unknown { let_through: bool },
}

impl BreachCheck {
    /// A check by `service`, which has two seconds to answer. If it does not, the password is
    /// refused: 503 with `Retry-After`.
    pub fn new(service: impl BreachedPasswords) -> Self {
        Self { service: Arc::new(service), timeout: Duration::from_secs(2), fail_open: false }
    }

    /// How long the service has to answer. A sign-up or a change of password waits so long at
    /// most. Default: two seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Accepts a new password if the service does not answer, so that sign-up does not depend on a
    /// third party. Default: it is refused.
    pub fn fail_open(mut self) -> Self {
        self.fail_open = true;
        self
    }

    pub(in crate::password) async fn screen(&self, password: &Password) -> Screened {
        let Digested { prefix, suffix } = Digested::new(password);
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

    fn without_answer(&self, error: &BreachLookupError) -> Screened {
        tracing::warn!(
            target: "crudauth::security",
            event = "breach_check_unavailable",
            refused = !self.fail_open,
            error = chain(error),
        );
        Screened::Unknown { let_through: self.fail_open }
    }

    /// Checks the configuration.
    pub(in crate::password) fn check(&self) -> Result<(), &'static str> {
        if self.timeout.is_zero() {
            return Err("the breach check has no time for an answer: raise \
                        `BreachCheck::timeout` above zero");
        }
        Ok(())
    }
}
