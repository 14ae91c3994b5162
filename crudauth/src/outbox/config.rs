use std::time::Duration;

use crate::error::Mistakes;

/// How often and how long the outbox tries to deliver.
///
/// ```
/// use std::time::Duration;
/// use crudauth::outbox::OutboxConfig;
///
/// let config = OutboxConfig::default().max_attempts(10).poll_interval(Duration::from_secs(1));
/// # let _ = config;
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct OutboxConfig {
    pub(super) first_wait: Duration,
    pub(super) longest_wait: Duration,
    pub(super) max_attempts: u32,
    pub(super) delivery_timeout: Duration,
    pub(super) concurrency: usize,
    pub(super) poll_interval: Duration,
}

impl Default for OutboxConfig {
    /// 40 attempts, after waits from one second, doubling, to one hour, which is about a day in
    /// all; 60 seconds for a delivery; four deliveries at once; a look into the store every five
    /// seconds.
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(3600),
            max_attempts: 40,
            delivery_timeout: Duration::from_secs(60),
            concurrency: 4,
            poll_interval: Duration::from_secs(5),
        }
    }
}

impl OutboxConfig {
    /// The wait after the first failure; it doubles with each that follows. Default: 1 second.
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// The longest wait between two attempts. Default: 1 hour.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// After how many attempts a message is given up. Default: 40.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long one delivery may take. A process that dies in the middle of one is waited for
    /// about twice as long before another process tries. Default: 60 seconds.
    pub fn delivery_timeout(mut self, timeout: Duration) -> Self {
        self.delivery_timeout = timeout;
        self
    }

    /// How many messages a process delivers at once. Default: 4.
    pub fn concurrency(mut self, messages: usize) -> Self {
        self.concurrency = messages;
        self
    }

    /// How often the store is asked for what other processes left. What this process enqueues goes
    /// out at once. Default: 5 seconds.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    pub(super) fn check(&self, mistakes: &mut Mistakes) {
        let at_least_one = [
            ("max_attempts", self.max_attempts > 0),
            ("concurrency", self.concurrency > 0),
            ("first_wait", !self.first_wait.is_zero()),
            ("delivery_timeout", !self.delivery_timeout.is_zero()),
            ("poll_interval", !self.poll_interval.is_zero()),
        ];
        for (setting, _) in at_least_one.iter().filter(|(_, holds)| !holds) {
            mistakes.add(format!(
                "nothing would be delivered with `OutboxConfig::{setting}` at zero: raise it"
            ));
        }
    }

    /// How long a message that is being delivered through `channels` is left alone by others.
    pub(super) fn lease(&self, channels: usize) -> Duration {
        let channels = u32::try_from(channels).unwrap_or(u32::MAX);
        self.delivery_timeout.saturating_mul(channels.saturating_add(1))
    }

    /// The wait after `failures` of them, at least one. `jitter`, from 0 to 255, shortens it by up
    /// to a quarter, so that what failed together does not come back together.
    pub(super) fn wait(&self, failures: u32, jitter: u8) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let wait = self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait);
        wait - wait / 1024 * u32::from(jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_longest_and_jitter_takes_a_quarter_at_most() {
        let config = OutboxConfig::default();
        let seconds = |failures| config.wait(failures, 0).as_secs();
        assert_eq!(
            [1, 2, 3, 4, 12, 13, 14, 1000].map(seconds),
            [1, 2, 4, 8, 2048, 3600, 3600, 3600]
        );
        for failures in 1..40 {
            let (longest, shortest) = (config.wait(failures, 0), config.wait(failures, 255));
            assert!(shortest < longest && shortest >= longest.mul_f64(0.75), "{failures}");
        }
    }

    #[test]
    fn a_message_is_tried_for_about_a_day() {
        let config = OutboxConfig::default();
        let whole: Duration =
            (1..config.max_attempts).map(|failures| config.wait(failures, 128)).sum();
        let hours = whole.as_secs() / 3600;
        assert!((23..=26).contains(&hours), "{hours} hours");
    }

    #[test]
    fn a_zero_setting_is_refused_by_its_name() {
        let check = |config: OutboxConfig| Mistakes::none_of(|mistakes| config.check(mistakes));
        let error = check(OutboxConfig::default().concurrency(0)).expect_err("zero");
        assert!(error.to_string().contains("concurrency"), "{error}");
        assert!(check(OutboxConfig::default()).is_ok());
    }
}
