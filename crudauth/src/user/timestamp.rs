//! The types of `created_at` and `updated_at`.

use std::time::SystemTime;

/// A type that can hold a moment in a column: `SystemTime`, `i64` (seconds since the Unix epoch),
/// the types of `chrono` and `time` under the features of these names, `Option` of all these, and
/// whatever the application implements it for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a moment in time",
    label = "expected a timestamp",
    note = "enable the feature `chrono` or `time` of `crudauth`, or implement `crudauth::user::UserTimestamp` for `{Self}`"
)]
pub trait UserTimestamp {
    /// The moment `at`, in UTC.
    fn from_system_time(at: SystemTime) -> Self;
}

impl<T: UserTimestamp> UserTimestamp for Option<T> {
    fn from_system_time(at: SystemTime) -> Self {
        Some(T::from_system_time(at))
    }
}

impl UserTimestamp for SystemTime {
    fn from_system_time(at: SystemTime) -> Self {
        at
    }
}

impl UserTimestamp for i64 {
    fn from_system_time(at: SystemTime) -> Self {
        let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Self::try_from(seconds).unwrap_or(Self::MAX)
    }
}

#[cfg(feature = "chrono")]
mod of_chrono {
    use super::{SystemTime, UserTimestamp};
    use chrono::{DateTime, NaiveDateTime, Utc};

    impl UserTimestamp for DateTime<Utc> {
        fn from_system_time(at: SystemTime) -> Self {
            let since_epoch = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
            Self::from_timestamp(seconds, since_epoch.subsec_nanos()).unwrap_or_default()
        }
    }

    impl UserTimestamp for NaiveDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            DateTime::<Utc>::from_system_time(at).naive_utc()
        }
    }
}

#[cfg(feature = "time")]
mod of_time {
    use super::{SystemTime, UserTimestamp};
    use time::{OffsetDateTime, PrimitiveDateTime};

    impl UserTimestamp for OffsetDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            Self::from(at)
        }
    }

    impl UserTimestamp for PrimitiveDateTime {
        fn from_system_time(at: SystemTime) -> Self {
            let utc = OffsetDateTime::from(at);
            Self::new(utc.date(), utc.time())
        }
    }
}
