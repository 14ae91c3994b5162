//! Records of an earlier user, who had the id before. A row id is not a person: what was kept of one user
//! serves no other who gets the id.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::user::{AuthUser, StoredUser};

/// How much later than its first record a user may seem to be inserted: a record is dated to the
/// millisecond, and databases round a moment.
const ROUNDED: Duration = Duration::from_secs(1);

/// How many changes of credentials a record lasts. A row whose epoch is further from that of the record
/// was not reached by changes: it is another one, with a random first epoch of its own.
const LASTS: i64 = 1 << 16;

/// The end of the year 9999. A number that says more counts something other than seconds.
const END_OF_TIME: Duration = Duration::from_secs(253_402_300_799);

/// Whether a record that was made at `made_at`, when its user had the epoch `epoch`, was that of another
/// user than `user`, who had the id before: it is older than the row of the user, or its epoch does not
/// lead to that of the user. An epoch goes up by one with each change, so that a record is not stale where
/// its user was read after it.
pub(crate) fn is_of_earlier_user<U: AuthUser>(
    user: &StoredUser<U>,
    made_at: Option<SystemTime>,
    epoch: Option<i64>,
) -> bool {
    let is_older = inserted_at(user)
        .zip(made_at.and_then(|made| made.checked_add(ROUNDED)))
        .is_some_and(|(inserted, made)| made < inserted);
    let epochs = epoch.zip(user.logical().token_version);
    is_older || epochs.is_some_and(|(then, now)| !(0..=LASTS).contains(&changes(then, now)))
}

/// The moment of a record that is made at `now`. It is never older than its user, though the clock of the
/// database, or a local time that is read as UTC, may be hours ahead of ours.
pub(crate) fn made_at<U: AuthUser>(user: &StoredUser<U>, now: SystemTime) -> SystemTime {
    inserted_at(user).map_or(now, |at| at.max(now))
}

/// How many changes lie between two epochs, which go around the end of their type.
fn changes(then: i64, now: i64) -> i64 {
    match (i32::try_from(then), i32::try_from(now)) {
        (Ok(then), Ok(now)) => now.wrapping_sub(then).into(),
        _ => now.wrapping_sub(then),
    }
}

/// When the row of a user was inserted, as far as it says so.
fn inserted_at<U: AuthUser>(user: &StoredUser<U>) -> Option<SystemTime> {
    user.created_at().filter(|at| *at <= UNIX_EPOCH + END_OF_TIME)
}
