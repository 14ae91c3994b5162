//! The lockout: a bound on guesses that escalates, and that nobody can turn against a user.
//!
//! Three kinds of subject have a budget of attempts each, by default 5 in 60 seconds: the account
//! that is named, the address that asks, and the known device. Whoever goes over it is locked for
//! 60 seconds, the next time for 120, and so on up to an hour.
//!
//! - An attempt is counted **before** the password is checked, so that parallel guesses share the
//!   budget too. While locked, nothing is counted: a lock does not grow by knocking.
//! - Only the subject that went over is locked. An address that tries one password on each of many
//!   accounts locks itself and none of them.
//! - A device that has logged in to the account before is counted by itself, and neither the lock
//!   of the account nor that of the address applies to it. A flood of guesses therefore never
//!   keeps the owner out, and a stolen device has no more than its own budget.
//! - An account that does not exist is counted like one that does.
//! - A store that fails is an error and never a pass.
//!
//! # Cost
//!
//! Operations of the store; a write is a counter or a small entry.
//!
//! | | unknown device | known device |
//! |---|---|---|
//! | [`begin`](Lockout::begin), allowed | 2 reads, 3 writes | 1 read, 1 write |
//! | `begin`, locked | 2 reads | 1 read |
//! | `begin`, the attempt that locks | 3 reads, 3 or 4 writes | 2 reads, 3 writes |
//! | [`succeed`](Lockout::succeed) | 1 [`batch`](StateStore::batch) | 1 `batch` |
//! | [`forgive`](Lockout::forgive) | 2 reads, 3 writes | 1 read, 1 write |

mod config;
mod naming;
mod subject;

pub use self::config::{LockoutConfig, LockoutConfigError, OnSuccess};
pub(crate) use self::naming::{Naming, Unlock};
pub use self::subject::Attempt;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::subject::{Subject, share};
use crate::store::{Counter, Entry, StateStore, Step, StoreError};

/// The bound on guesses. See the [module](self) for what it promises.
///
/// ```
/// # use std::sync::Arc;
/// # use crudauth::clock::SystemClock;
/// # use crudauth::store::memory::MemoryState;
/// use crudauth::lockout::{Attempt, Lockout, LockoutConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(MemoryState::new(Arc::new(SystemClock)));
/// # let password_is_right = true;
/// let lockout = Lockout::new(store, LockoutConfig::default())?;
/// let attempt = Attempt { account: "d41d8c", address: Some("74e6f7"), device: None };
/// match lockout.begin(&attempt).await? {
///     Err(locked) => println!("429, come back in {:?}", locked.retry_after),
///     Ok(_) if password_is_right => lockout.succeed(&attempt).await?,
///     Ok(_) => println!("401"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Lockout {
    store: Arc<dyn StateStore>,
    config: LockoutConfig,
}

/// An attempt that was counted, as if it had failed, and may now be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Pending {
    remaining: u32,
}

impl Pending {
    /// How many attempts are left in this window after this one. For logs; a client that knew it
    /// would know how others fare with the account.
    #[must_use]
    pub fn remaining(self) -> u32 {
        self.remaining
    }
}

/// An attempt that is refused unchecked. Over HTTP it becomes 429 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedOut {
    /// How long the lock lasts from now, to the millisecond. A header in seconds rounds up.
    pub retry_after: Duration,
}

impl fmt::Display for LockedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many attempts; locked for another {:?}", self.retry_after)
    }
}

impl Error for LockedOut {}

impl Lockout {
    /// A lockout that counts in `store`. All that share a store, in any number of processes, share
    /// the budgets.
    ///
    /// # Errors
    ///
    /// [`LockoutConfigError`], which names the setting.
    pub fn new(
        store: Arc<dyn StateStore>,
        config: LockoutConfig,
    ) -> Result<Self, LockoutConfigError> {
        config.check()?;
        Ok(Self { store, config })
    }

    /// Counts `attempt` before it is checked, or refuses it.
    ///
    /// After it: [`succeed`](Self::succeed) if the proof was right, [`forgive`](Self::forgive) if
    /// it was right and not enough yet, nothing if it was wrong.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the attempt must not be checked.
    pub async fn begin(
        &self,
        attempt: &Attempt<'_>,
    ) -> Result<Result<Pending, LockedOut>, StoreError> {
        let Attempt { account, address, device } = *attempt;
        if let Some(device) = device {
            let device = Subject::device(account, device);
            if let Some(locked) = self.lock_on(&device).await? {
                return Ok(Err(locked));
            }
            let counted = self.count(&device).await?;
            return Ok(counted.map(|counted| self.pending(counted.count)));
        }

        let Some(address) = address else { return self.begin_anywhere(account).await };
        let from = Subject::address(address);
        let named = Subject::account(account);
        // Both locks come before both counts, or an attempt that is refused would be counted.
        let locks = (self.lock_on(&from).await?, self.lock_on(&named).await?);
        if let Some(locked) = longer(locks) {
            return Ok(Err(locked));
        }
        // The address comes first: what it is refused for never counts against the account.
        let of_address = match self.count(&from).await? {
            Ok(counted) => counted,
            Err(locked) => return Ok(Err(locked)),
        };
        let of_account = match self.count(&named).await? {
            Ok(counted) => counted,
            Err(locked) => return Ok(Err(locked)),
        };
        if self.config.on_success == OnSuccess::ClearAll {
            // It ends with the counter that it is a share of.
            self.store.increment(&share(account, address), 1, of_address.ttl).await?;
        }
        Ok(Ok(self.pending(of_address.count.max(of_account.count))))
    }

    /// Forgives what came before a successful login, as
    /// [`on_success`](LockoutConfig::on_success) says.
    ///
    /// From a known device it clears the device and nothing else. The lock of an address, and its
    /// failures with other accounts, are never cleared: who owns one account must not get fresh
    /// guesses for others by logging in to it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was not cleared ends by itself.
    pub async fn succeed(&self, attempt: &Attempt<'_>) -> Result<(), StoreError> {
        let Attempt { account, address, device } = *attempt;
        if let Some(device) = device {
            return self.clear(&Subject::device(account, device), None).await;
        }
        let address = address.filter(|_| self.config.on_success == OnSuccess::ClearAll);
        let given_back =
            address.map(|address| (share(account, address), Subject::address(address).count()));
        self.clear(&Subject::account(account), given_back).await
    }

    /// Takes one attempt back, as if it had not been made: the password was right, and a second
    /// factor is due. Call it once, after a [`begin`](Self::begin) that let the attempt through.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the attempt then stays counted until the window ends.
    pub async fn forgive(&self, attempt: &Attempt<'_>) -> Result<(), StoreError> {
        let Attempt { account, address, device } = *attempt;
        if let Some(device) = device {
            return self.take_back(&Subject::device(account, device)).await;
        }
        match (address, self.config.on_success) {
            (Some(address), OnSuccess::ClearAll) => {
                let share = share(account, address);
                self.take_back_share(&share, &Subject::address(address)).await?;
            }
            (Some(address), OnSuccess::ClearUserOnly) => {
                self.take_back(&Subject::address(address)).await?;
            }
            (None, _) => {}
        }
        self.take_back(&Subject::account(account)).await
    }

    /// Unlocks an account: an administrator decided so, or its owner proved another way to be it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the account may still be locked.
    pub async fn unlock(&self, account: &str) -> Result<(), StoreError> {
        self.clear(&Subject::account(account), None).await
    }

    /// As [`begin`](Self::begin), from nobody knows where.
    async fn begin_anywhere(
        &self,
        account: &str,
    ) -> Result<Result<Pending, LockedOut>, StoreError> {
        let named = Subject::account(account);
        if let Some(locked) = self.lock_on(&named).await? {
            return Ok(Err(locked));
        }
        let counted = self.count(&named).await?;
        Ok(counted.map(|counted| self.pending(counted.count)))
    }

    async fn lock_on(&self, subject: &Subject) -> Result<Option<LockedOut>, StoreError> {
        let lock = self.store.counter(&subject.lock()).await?;
        Ok(lock.map(|lock| LockedOut { retry_after: lock.ttl }))
    }

    /// Counts one attempt of `subject`, and locks it if that was one too many.
    async fn count(&self, subject: &Subject) -> Result<Result<Counter, LockedOut>, StoreError> {
        let counted = self.store.increment(&subject.count(), 1, self.config.window).await?;
        if counted.count > i64::from(self.config.max_attempts) {
            return Ok(Err(self.lock(subject).await?));
        }
        Ok(Ok(counted))
    }

    async fn lock(&self, subject: &Subject) -> Result<LockedOut, StoreError> {
        let rounds_key = subject.rounds();
        let rounds = self.store.get(&rounds_key).await?;
        let rounds = rounds.map_or(0, |bytes| read_rounds(&bytes));
        let wait = self.config.wait(rounds);
        // Of a burst, whoever makes the counter sets its end and counts the round; the others find
        // it there and learn how long it lasts. Were each to count a round, one burst would go
        // straight to the cap.
        let lock = self.store.increment(&subject.lock(), 1, wait).await?;
        if lock.count == 1 {
            let value = &rounds.saturating_add(1).to_be_bytes();
            let ttl = wait.saturating_add(self.config.retention);
            self.store.put(&rounds_key, Entry { value, ttl, owner: None }).await?;
        }
        Ok(LockedOut { retry_after: lock.ttl })
    }

    /// Forgets all of `subject`, and gives a share back to the counter that it is a share of. One
    /// write, where the store can.
    async fn clear(
        &self,
        subject: &Subject,
        given_back: Option<(String, String)>,
    ) -> Result<(), StoreError> {
        let keys = [subject.count(), subject.lock(), subject.rounds()];
        let share = given_back
            .iter()
            .map(|(share, of)| Step::TakeBack { share: Some(share), of: vec![(of.as_str(), 0)] });
        let removed = keys.iter().map(|key| Step::Remove(key));
        let steps: Vec<_> = share.chain(removed).collect();
        self.store.batch(&steps).await.map(drop)
    }

    /// Takes one attempt back from a share and from the address that it is a share of. Of several
    /// callers that take the same one back, one does: it is claimed from the share first.
    async fn take_back_share(&self, share: &str, address: &Subject) -> Result<(), StoreError> {
        let left = self.store.increment(share, -1, self.config.window).await?;
        if left.count < 0 {
            self.store.increment(share, 1, self.config.window).await?;
            return Ok(());
        }
        self.take_back(address).await
    }

    /// Takes one attempt back from the counter of `subject`, never below zero: that would be a
    /// budget on credit.
    async fn take_back(&self, subject: &Subject) -> Result<(), StoreError> {
        let key = subject.count();
        if self.store.counter(&key).await?.is_none() {
            return Ok(());
        }
        let left = self.store.increment(&key, -1, self.config.window).await?;
        if left.count < 0 {
            self.store.increment(&key, -left.count, self.config.window).await?;
        }
        Ok(())
    }

    fn pending(&self, count: i64) -> Pending {
        let left = i64::from(self.config.max_attempts).saturating_sub(count);
        Pending { remaining: u32::try_from(left).unwrap_or(0) }
    }
}

fn longer(locks: (Option<LockedOut>, Option<LockedOut>)) -> Option<LockedOut> {
    // `None` is less than any lock.
    let retry_after =
        locks.0.map(|lock| lock.retry_after).max(locks.1.map(|lock| lock.retry_after));
    retry_after.map(|retry_after| LockedOut { retry_after })
}

/// Bytes that are no number are none of ours: the strictest reading is the longest lock.
fn read_rounds(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(u32::MAX, u32::from_be_bytes)
}

#[cfg(test)]
mod tests;
