//! The types of columns that hold a moment.

use std::time::{Duration, SystemTime};

/// A type that can hold a moment in a column: `SystemTime`, `i64` (seconds since the Unix epoch),
/// the types of `chrono` and `time` under the features of these names, `Option` of all these, and
/// whatever the application implements it for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a moment in time",
    label = "expected a timestamp",
    note = "enable the feature `chrono` or `time` of `crudauth`, or implement `crudauth::user::UserTimestamp` for `{Self}`"
)]
pub trait UserTimestamp {
    /// The moment `at`, in UTC. The types of `chrono` and `time` have it to the microsecond: more is
    /// not in PostgreSQL and MySQL, and not in what others read of the text in SQLite.
    fn from_system_time(at: SystemTime) -> Self;

    /// The moment, read as UTC; `None` where it is NULL, or out of the range of `SystemTime`.
    fn to_system_time(&self) -> Option<SystemTime>;
}

impl<T: UserTimestamp> UserTimestamp for Option<T> {
    fn from_system_time(at: SystemTime) -> Self {
        Some(T::from_system_time(at))
    }

    fn to_system_time(&self) -> Option<SystemTime> {
        self.as_ref()?.to_system_time()
    }
}

impl UserTimestamp for SystemTime {
    fn from_system_time(at: SystemTime) -> Self {
        at
    }

    fn to_system_time(&self) -> Option<SystemTime> {
        Some(*self)
    }
}

impl UserTimestamp for i64 {
    fn from_system_time(at: SystemTime) -> Self {
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Self::try_from(seconds).unwrap_or(Self::MAX)
    }

    fn to_system_time(&self) -> Option<SystemTime> {
        let since_epoch = Duration::from_secs(self.unsigned_abs());
        if *self < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(since_epoch)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(since_epoch)
        }
    }
}

/// The moment without what is smaller than a microsecond.
#[cfg(any(feature = "chrono", feature = "time"))]
fn in_microseconds(at: SystemTime) -> SystemTime {
    let since_epoch = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    at - Duration::from_nanos((since_epoch.subsec_nanos() % 1_000).into())
}

#[cfg(feature = "chrono")]
mod of_chrono {
    use super::{Duration, SystemTime, UserTimestamp, in_microseconds};
    use chrono::{DateTime, NaiveDateTime, Utc};

    impl UserTimestamp for DateTime<Utc> {
        fn from_system_time(at: SystemTime) -> Self {
            let since_epoch =
                in_microseconds(at).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
            Self::from_timestamp(seconds, since_epoch.subsec_nanos()).unwrap_or_default()
        }

        fn to_system_time(&self) -> Option<SystemTime> {
            let seconds = self.timestamp().to_system_time()?;
            seconds.checked_add(Duration::from_nanos(self.timestamp_subsec_nanos().into()))
        }
    }

    impl UserTimestamp for NaiveDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            DateTime::<Utc>::from_system_time(at).naive_utc()
        }

        fn to_system_time(&self) -> Option<SystemTime> {
            self.and_utc().to_system_time()
        }
    }
}

#[cfg(feature = "time")]
mod of_time {
    use super::{Duration, SystemTime, UserTimestamp, in_microseconds};
    use time::{OffsetDateTime, PrimitiveDateTime};

    impl UserTimestamp for OffsetDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            Self::from(in_microseconds(at))
        }

        fn to_system_time(&self) -> Option<SystemTime> {
            let seconds = self.unix_timestamp().to_system_time()?;
            seconds.checked_add(Duration::from_nanos(self.nanosecond().into()))
        }
    }

    impl UserTimestamp for PrimitiveDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            let utc = OffsetDateTime::from_system_time(at);
            Self::new(utc.date(), utc.time())
        }

        fn to_system_time(&self) -> Option<SystemTime> {
            self.assume_utc().to_system_time()
        }
    }
}

#[cfg(all(test, feature = "chrono", feature = "time"))]
mod tests {
    use super::{Duration, SystemTime, UserTimestamp};

    #[test]
    fn a_moment_is_kept_to_the_microsecond() {
        fn kept<T: UserTimestamp>() -> Option<SystemTime> {
            let at = SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 123_456_789);
            T::from_system_time(at).to_system_time()
        }
        let expected = Some(SystemTime::UNIX_EPOCH + Duration::new(1_800_000_000, 123_456_000));
        assert_eq!(kept::<chrono::NaiveDateTime>(), expected);
        assert_eq!(kept::<chrono::DateTime<chrono::Utc>>(), expected);
        assert_eq!(kept::<time::OffsetDateTime>(), expected);
        assert_eq!(kept::<time::PrimitiveDateTime>(), expected);
    }
}
