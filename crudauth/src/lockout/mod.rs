//! The lockout: an escalating bound on guesses of passwords. Strangers who use it up do not lock
//! out the devices that the owner has signed in on.
//!
//! # Who has a budget
//!
//! | | attempts | and then |
//! |---|---|---|
//! | strangers at one account | 5 a minute | a lock of a minute, which doubles up to an hour |
//! | one known device, or all signed-in clients, of an account | 5 a minute | as above |
//! | all of these of one account together | 15 a minute | as above |
//! | a network: an IPv4 address, a /64 of IPv6 | 100 in 15 minutes | as above |
//! | the /56 and the /48 around it | 200 and 400 in 15 minutes | as above |
//! | an account, in a row | 100, of which known devices and signed-in clients have a quarter | see below |
//!
//! The password of an account is one secret, so there is one count of it wherever it is asked: at
//! sign-in, for tokens, for the sudo mode, for another password or address; and over all surfaces
//! that an application mounts over one users table and one state store.
//!
//! # What counts
//!
//! - An attempt is **reserved before** the password is looked at, so that parallel guesses share
//!   the budget. One that finds it taken up by others that are under way is held back for a
//!   second. It locks nobody.
//! - It becomes a **failure** when it has finished wrong. Locks come from failures alone, so that
//!   many right sign-ins at once lock nobody out. A right password is a failure where the account may
//!   not sign in: it is disabled, its address is not verified yet, or nothing asks for its second factor. An
//!   attempt whose client has left stays reserved until the window ends.
//! - While locked, nothing is counted and nothing is written: a lock does not grow by knocking.
//! - Only the subject that went over is locked. An address that tries one password on each of many
//!   accounts locks itself and none of them.
//! - A right password takes back the failures of its account from this address, and no others: the
//!   owner of one account gets no fresh guesses at other accounts by signing in to it.
//!
//! # Failures in a row
//!
//! A patient guesser stays below every budget of a minute. So the failures of an account since its
//! last success are counted too, up to 100 (NIST SP 800-63B-4 §3.2.2). Strangers are locked out for
//! one hour at the 25th and for two at the 50th; from the 75th on they are refused until the owner
//! signs in, or 30 days have passed since the last failure. Each of these is a security event,
//! `login_failures_in_a_row`. Fewer than five in a row are forgotten after a day, so that random
//! names fill no store.
//!
//! # What strangers can do to the owner
//!
//! - A device that has logged in to the account before, and a client that is signed in, have
//!   budgets of their own. Neither the lock of the account nor that of a network applies to them, so
//!   that a flood of guesses does not keep the owner out there; all of them together have 15 attempts
//!   a minute and 25 in a row, so that stolen tokens are no way around the lockout. What they fail
//!   counts for the network too.
//! - Strangers can keep an account locked for everybody else, and so keep its owner from signing in on
//!   a new device. A reset of the password by a link ends that, and so does
//!   [`CrudAuth::unlock`](crate::CrudAuth::unlock).
//! - A device whose 25 in a row are used up counts as an unknown one, no worse.
//! - A reset of the password by a link proves the owner, so it forgets all counts of the account.
//! - An account that does not exist is counted like one that does.
//!
//! A store that fails is an error and never a pass.
//!
//! # Cost
//!
//! Operations of the store.
//!
//! | | |
//! |---|---|
//! | [`begin`](Lockout::begin), allowed | 1 [`batch`](StateStore::batch) |
//! | `begin`, refused | 1 `batch`, which writes nothing |
//! | [`succeed`](Lockout::succeed) | 1 `batch`; a sign-in writes its session in the same one |
//! | [`fail`](Lockout::fail) | 1 `batch` |
//! | `fail` that locks | 2 `batch`, and 1 read for each that is locked |
//! | [`forgive`](Lockout::forgive), [`unlock`](Lockout::unlock) | 1 `batch` |
//!
//! A sign-in over SQLite is thus two commits: one before its hash, one after.

mod budget;
mod config;
mod keys;
mod subject;

use self::budget::{Backoff, Budget};
pub use self::config::{LockoutConfig, LockoutConfigError, OnSuccess};
pub(crate) use self::keys::SubjectKeys;
pub(crate) use self::subject::ExtraLimit;
pub use self::subject::{Attempt, Client};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::budget::is_locked;
use self::subject::{Account, Streak, networks, share};
use crate::store::{Add, Exceeded, StateStore, Step, StoreError};

/// When to retry an attempt that finds its budget taken up by others in progress.
const RETRY_WHEN_BUSY: Duration = Duration::from_secs(1);

/// How long a few failures in a row are remembered.
const FEW_FAILURES_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// The bound on guesses. See the [module](self) for what it promises.
///
/// ```
/// # use std::sync::Arc;
/// # use crudauth::clock::SystemClock;
/// # use crudauth::store::memory::MemoryState;
/// use crudauth::lockout::{Attempt, Client, Lockout, LockoutConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(MemoryState::new(Arc::new(SystemClock)));
/// # let password_is_right = true;
/// let lockout = Lockout::new(store, LockoutConfig::default())?;
/// let networks = ["74e6f7".to_owned()];
/// let attempt = Attempt { account: "d41d8c", networks: &networks, client: Client::Unknown };
/// match lockout.begin(&attempt).await? {
///     Err(locked) => println!("429, come back in {:?}", locked.retry_after),
///     Ok(pending) if password_is_right => lockout.succeed(&pending).await?,
///     Ok(pending) => println!("401, and {:?}", lockout.fail(&pending).await?),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Lockout {
    store: Arc<dyn StateStore>,
    config: LockoutConfig,
}

/// An attempt that was counted, as if it had failed, and may now be checked. It is settled by
/// [`succeed`](Lockout::succeed), [`fail`](Lockout::fail) or [`forgive`](Lockout::forgive); one
/// that is dropped stays counted.
#[must_use]
pub struct Pending {
    /// That of the account first.
    budgets: Vec<Budget>,
    networks: Vec<Budget>,
    /// What the account has failed from the narrowest network.
    share: Option<String>,
    streak: Streak,
    /// The other row of the account, which a success ends too.
    other_streak: Streak,
    in_a_row: i64,
    remaining: i64,
    on_success: OnSuccess,
}

impl Pending {
    /// How many attempts are left in this window after this one. For logs; a client that knew it
    /// would know how others fare with the account.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        u32::try_from(self.remaining.max(0)).unwrap_or(u32::MAX)
    }

    /// What a success writes.
    pub(crate) fn success(&self) -> Vec<Step<'_>> {
        let mut steps: Vec<_> = self.budgets.iter().flat_map(Budget::clear).collect();
        steps.extend([Step::Remove(&self.streak.key), Step::Remove(&self.other_streak.key)]);
        if !self.networks.is_empty() {
            let forgives = self.on_success == OnSuccess::ClearAll;
            let share = self.share.as_deref().filter(|_| forgives);
            let tries = self.networks.iter().map(|network| (&*network.tries, 1));
            let failed = self.networks.iter().map(|network| (&*network.failed, 0));
            steps.push(Step::TakeBack { share, of: tries.chain(failed).collect() });
        }
        steps
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("remaining", &self.remaining).finish_non_exhaustive()
    }
}

/// An attempt that is refused unchecked. Over HTTP it becomes 429 with `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; locked for another {retry_after:?}")]
#[non_exhaustive]
pub struct LockedOut {
    /// How long the lock lasts from now, to the millisecond. A header in seconds rounds up.
    pub retry_after: Duration,
    /// Whether too many attempts have failed in a row.
    in_a_row: bool,
}

/// What a failure came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Failed {
    /// A stage of the failures in a row that it reached.
    pub in_a_row: Option<FailureStreak>,
    /// How long the additional limit of the attempt is locked now.
    pub(crate) locked: Option<Duration>,
}

/// A number of failures of one account since its last success that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailureStreak {
    /// How many.
    pub failures: u32,
    /// How long the clients that failed are locked out now.
    pub retry_after: Duration,
}

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
        if let Some(mistake) = config.mistakes().into_iter().next() {
            return Err(mistake);
        }
        Ok(Self { store, config })
    }

    /// Counts `attempt` before it is checked, or refuses it.
    ///
    /// After it: [`succeed`](Self::succeed) if the proof was right, [`fail`](Self::fail) if it was
    /// wrong, [`forgive`](Self::forgive) if it was right and not enough yet, or was not checked.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the attempt must not be checked.
    pub async fn begin(
        &self,
        attempt: &Attempt<'_>,
    ) -> Result<Result<Pending, LockedOut>, StoreError> {
        let begun = self.begin_within(attempt, None).await?;
        match (&begun, attempt.client) {
            // A stolen token that is used up must not lock out its owner, who could sign in without
            // it.
            (Err(LockedOut { in_a_row: true, .. }), Client::Device(_)) => {
                let unknown = Attempt { client: Client::Unknown, ..*attempt };
                self.begin_within(&unknown, None).await
            }
            _ => Ok(begun),
        }
    }

    /// As [`begin`](Self::begin), also within a limit of the caller's.
    pub(crate) async fn begin_within(
        &self,
        attempt: &Attempt<'_>,
        extra: Option<ExtraLimit>,
    ) -> Result<Result<Pending, LockedOut>, StoreError> {
        let mut pending = self.pending(attempt, extra);
        let is_unknown = attempt.client == Client::Unknown;
        let row = Step::Add(Add {
            key: &pending.streak.key,
            by: 1,
            ttl: FEW_FAILURES_TTL.min(self.config.failures_kept),
            extends: false,
            at_most: Some(pending.streak.limit),
        });
        let of_account = pending.budgets.iter().map(|budget| budget.reserve(true));
        let of_networks = pending.networks.iter().map(|network| network.reserve(is_unknown));
        let steps: Vec<_> = std::iter::once(row).chain(of_account).chain(of_networks).collect();
        match self.store.batch(&steps).await? {
            Ok(made) => {
                let mut counts = made.iter().flatten().map(|counter| counter.count);
                let in_a_row = counts.next().unwrap_or(i64::MAX);
                let bounds = pending.networks.iter().filter(|_| is_unknown);
                let bounds = pending.budgets.iter().chain(bounds);
                let left = bounds.zip(counts).map(|(budget, count)| budget.limit - count);
                let remaining = left.min().unwrap_or(0);
                drop(steps);
                (pending.in_a_row, pending.remaining) = (in_a_row, remaining);
                Ok(Ok(pending))
            }
            Err(Exceeded { step, counter }) => {
                let in_a_row = step == 0;
                let is_locked = in_a_row || is_locked(counter.count);
                let retry_after =
                    if is_locked { counter.ttl } else { RETRY_WHEN_BUSY.min(counter.ttl) };
                Ok(Err(LockedOut { retry_after, in_a_row }))
            }
        }
    }

    fn pending(&self, attempt: &Attempt<'_>, extra: Option<ExtraLimit>) -> Pending {
        let account = Account::new(attempt.account, &self.config);
        let (mut budgets, is_known) = match attempt.client {
            Client::Unknown => (vec![account.strangers()], false),
            Client::Device(device) => (vec![account.device(device), account.known()], true),
            Client::SignedIn => (vec![account.signed_in(), account.known()], true),
        };
        budgets.extend(extra.map(|extra| account.extra(extra)));
        Pending {
            budgets,
            networks: networks(attempt.networks, &self.config),
            share: attempt.networks.first().map(|network| share(attempt.account, network)),
            streak: account.streak(is_known),
            other_streak: account.streak(!is_known),
            in_a_row: 0,
            remaining: 0,
            on_success: self.config.on_success,
        }
    }

    /// Takes back what came before a successful login, as
    /// [`on_success`](LockoutConfig::on_success) says. A lock that is in force lasts to its end.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was not taken back ends by itself.
    pub async fn succeed(&self, attempt: &Pending) -> Result<(), StoreError> {
        self.store.batch(&attempt.success()).await.map(drop)
    }

    /// Counts an attempt that was wrong, and locks each budget that it has used up.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the attempt stays counted until the window ends.
    pub async fn fail(&self, attempt: &Pending) -> Result<Failed, StoreError> {
        let Pending { budgets, networks, share, streak, in_a_row, .. } = attempt;
        let all = || budgets.iter().chain(networks);
        let mut steps: Vec<_> = all().map(Budget::fail).collect();
        let add = |key, by, ttl, extends| Step::Add(Add { key, by, ttl, extends, at_most: None });
        if let Some(share) = share {
            steps.push(add(share, 1, self.config.address_window, false));
        }
        if *in_a_row >= self.config.max_attempts.into() {
            steps.push(add(&streak.key, 0, self.config.failures_kept, true));
        }
        // There is no bound, so that nothing is refused.
        let made = self.store.batch(&steps).await?.unwrap_or_default();
        let stage = self.stage(*in_a_row, streak.limit);
        // At the end of the streak the streak itself refuses.
        let lock_of_streak =
            stage.filter(|_| *in_a_row < streak.limit).map(|stage| stage.retry_after);
        let mut locks = Vec::new();
        for (number, (budget, failed)) in all().zip(made.into_iter().flatten()).enumerate() {
            // The account is locked for as long as the longer of its two reasons.
            let least = lock_of_streak.filter(|_| number == 0);
            if failed.count >= budget.limit || least.is_some() {
                locks.push((number, budget, least.unwrap_or_default()));
            }
        }
        let mut locked = None;
        if !locks.is_empty() {
            let mut steps = Vec::new();
            for (number, budget, least) in locks {
                let rounds = self.store.counter(&budget.rounds).await?.map_or(0, |it| it.count);
                let wait = budget.backoff.wait(u32::try_from(rounds).unwrap_or(u32::MAX));
                let wait = wait.max(least);
                // The budgets of an attempt are those of the account, and then the caller's.
                if number + 1 == budgets.len() {
                    locked = Some(wait);
                }
                steps.extend(budget.lock(wait));
            }
            self.store.batch(&steps).await.map(drop)?;
        }
        Ok(Failed { in_a_row: stage, locked })
    }

    /// The stage of failures in a row that is reached by the one at `position`.
    fn stage(&self, position: i64, limit: i64) -> Option<FailureStreak> {
        let failures = u32::try_from(position).unwrap_or(u32::MAX);
        if position == limit {
            return Some(FailureStreak { failures, retry_after: self.config.failures_kept });
        }
        let length = (limit / 3).max(2 * i64::from(self.config.max_attempts));
        let number = position.checked_div(length).filter(|_| position % length == 0)?;
        let doublings = u32::try_from(number.checked_sub(1)?).ok()?;
        let factor = 2_u32.saturating_pow(doublings);
        let retry_after = self.config.cap.saturating_mul(factor).min(self.config.failures_kept);
        Some(FailureStreak { failures, retry_after })
    }

    /// Takes one attempt back, as if it had not been made: it was not checked, or the password was
    /// right and a second factor is due.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the attempt then stays counted until the window ends.
    pub async fn forgive(&self, attempt: &Pending) -> Result<(), StoreError> {
        let budgets = attempt.budgets.iter().chain(&attempt.networks);
        let tries = budgets.map(|budget| (&*budget.tries, 1));
        let of = tries.chain([(&*attempt.streak.key, 1)]).collect();
        self.store.batch(&[Step::TakeBack { share: None, of }]).await.map(drop)
    }

    /// Forgets all that was counted of an account, its locks too: an administrator decided so, or
    /// its owner proved another way to be it. The locks of single devices and of networks stay.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the account may still be locked.
    pub async fn unlock(&self, account: &str) -> Result<(), StoreError> {
        let account = Account::new(account, &self.config);
        let (budgets, streaks) = (
            [
                account.strangers(),
                account.known(),
                account.signed_in(),
                account.extra(ExtraLimit::sudo(1, Duration::ZERO)),
            ],
            [account.streak(false), account.streak(true)],
        );
        let streaks = streaks.iter().map(|streak| Step::Remove(&streak.key));
        let steps: Vec<_> = budgets.iter().flat_map(Budget::forget).chain(streaks).collect();
        self.store.batch(&steps).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
