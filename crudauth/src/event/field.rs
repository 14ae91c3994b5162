//! The values that the fields of an event can have.

use std::fmt;
use std::time::Duration;

use super::LogSafe;

/// The value of a field of a [`SecurityEvent`](super::SecurityEvent), which `Display` writes as the
/// table keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FieldValue<'a> {
    /// A text that is safe in a line of a log.
    Text(&'a str),
    /// How many.
    Number(u64),
    /// Yes or no.
    Flag(bool),
    /// How long, in seconds.
    Seconds(f64),
}

impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Seconds(seconds) => seconds.fmt(f),
        }
    }
}

macro_rules! values {
    ($($Variant:ident: $Type:ty;)+) => {$(
        impl<'a> From<$Type> for FieldValue<'a> {
            fn from(value: $Type) -> Self {
                Self::$Variant(value)
            }
        }
    )+};
}

values! {
    Text: &'a str;
    Number: u64;
    Flag: bool;
    Seconds: f64;
}

/// The value of a field of an event.
pub(super) trait Field {
    /// As [`tracing`] takes it.
    type Value<'a>: tracing::Value + Into<FieldValue<'a>>
    where
        Self: 'a;

    /// Its value, if it has one.
    fn value(&self) -> Option<Self::Value<'_>>;
}

impl<T: Field> Field for Option<T> {
    type Value<'a>
        = T::Value<'a>
    where
        Self: 'a;

    fn value(&self) -> Option<Self::Value<'_>> {
        self.as_ref()?.value()
    }
}

impl Field for LogSafe {
    type Value<'a> = &'a str;

    fn value(&self) -> Option<&str> {
        Some(self.as_str())
    }
}

impl Field for &'static str {
    type Value<'a> = &'a str;

    fn value(&self) -> Option<&str> {
        Some(self)
    }
}

macro_rules! fields {
    ($($Type:ty => $Value:ty: $value:expr;)+) => {$(
        impl Field for $Type {
            type Value<'a> = $Value;

            fn value(&self) -> Option<$Value> {
                Some($value(*self))
            }
        }
    )+};
}

fields! {
    bool => bool: std::convert::identity;
    u32 => u64: u64::from;
    u64 => u64: std::convert::identity;
    Duration => f64: |duration: Duration| duration.as_secs_f64();
}
