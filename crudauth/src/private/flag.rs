//! Flags that a moment tells: by whether it is there, or by whether it has come.

use std::time::{Duration, SystemTime};

use crate::user::UserTimestamp;

/// The moment that crudauth writes into a column that is compared with the clock, where an account
/// is closed without a term: the end of the year 9999, the last that every database can hold.
pub(super) fn never() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799)
}

/// The type of a column that may hold a moment.
pub trait MayHoldMoment: Sized {
    /// Whether there is a moment.
    fn is_there(&self) -> bool;
    /// The moment, if there is one. One that cannot be read never comes.
    fn moment(&self) -> Option<SystemTime>;
    /// The column with this moment, or with none.
    fn with(moment: Option<SystemTime>) -> Self;
}

impl<T: UserTimestamp> MayHoldMoment for Option<T> {
    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn moment(&self) -> Option<SystemTime> {
        self.as_ref().map(|moment| moment.to_system_time().unwrap_or_else(never))
    }

    fn with(moment: Option<SystemTime>) -> Self {
        moment.map(T::from_system_time)
    }
}

/// The later of two moments until which an account is barred.
#[must_use]
pub fn later(one: Option<SystemTime>, other: Option<SystemTime>) -> Option<SystemTime> {
    one.max(other)
}
