//! Flags: what a column must hold for a flag to be true, and which types can hold one.

/// What a column must hold for its flag to be true: `#[auth(when(..))]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// `true`: a value for which [`UserFlag::is_true`] holds.
    True,
    /// `false`: a value for which [`UserFlag::is_false`] holds.
    False,
    /// `null`: no moment.
    Null,
    /// `not_null`: a moment.
    NotNull,
    /// `past`: no moment, or one that has come.
    Past,
}

/// A type that can hold a flag in a column: `bool`; `i8`, `u8` and `i16`, in which 1 is true and 0
/// is false; and whatever the application implements it for, such as the enum of a status. The type
/// also needs Diesel's `FromSql` and `ToSql`, as each field does.
///
/// ```
/// use crudauth::user::UserFlag;
///
/// enum Status { Pending, Active, Banned }
///
/// impl UserFlag for Status {
///     fn is_true(&self) -> bool {
///         matches!(self, Self::Active)
///     }
///
///     fn from_bool(flag: bool) -> Self {
///         if flag { Self::Active } else { Self::Banned }
///     }
/// }
/// # assert!(Status::from_bool(true).is_true() && Status::Pending.is_false());
/// ```
pub trait UserFlag: Sized {
    /// Whether the value certainly says yes.
    fn is_true(&self) -> bool;

    /// Whether the value certainly says no. Default: where it does not say yes.
    fn is_false(&self) -> bool {
        !self.is_true()
    }

    /// The value that crudauth writes for yes or for no. It replaces a value that says the opposite,
    /// and none that says the same: a verified user who resets the password keeps the value.
    fn from_bool(flag: bool) -> Self;
}

impl UserFlag for bool {
    fn is_true(&self) -> bool {
        *self
    }

    fn from_bool(flag: bool) -> Self {
        flag
    }
}

macro_rules! numbers {
    ($($Number:ty)*) => {$(
        impl UserFlag for $Number {
            fn is_true(&self) -> bool {
                *self == 1
            }

            fn is_false(&self) -> bool {
                *self == 0
            }

            fn from_bool(flag: bool) -> Self {
                flag.into()
            }
        }
    )*};
}

numbers!(i8 u8 i16);

#[cfg(test)]
mod tests {
    use super::UserFlag;

    #[test]
    fn a_number_other_than_zero_and_one_says_neither() {
        assert!(1_i8.is_true() && !1_i8.is_false());
        assert!(!0_u8.is_true() && 0_u8.is_false());
        assert!(!2_i16.is_true() && !2_i16.is_false());
    }
}
