//! The primary key of a user.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Serialize, de::DeserializeOwned};

/// A type that identifies a user. Implemented for every type that meets the bounds.
///
/// The id travels as text in sessions and tokens and as JSON in answers, so `Display` and
/// `FromStr` must be inverse to each other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot identify a user",
    label = "needs `Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync`",
    note = "the id travels in sessions and tokens; enable the `serde` feature of its crate"
)]
pub trait UserId:
    Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

#[diagnostic::do_not_recommend]
impl<T> UserId for T where
    T: Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync + 'static
{
}

/// An id type that knows where a new user's id comes from.
///
/// Integers come from the database; `String` and `uuid::Uuid` get a UUIDv7 (RFC 9562). Implement
/// it for an id type of your own, or mark the field `#[auth(default)]` (the database fills it) or
/// `#[auth(provisioned)]` (your new-user hook does).
#[diagnostic::on_unimplemented(
    message = "nothing makes a `{Self}` for a new user",
    label = "no source for a new id",
    note = "if the database fills it, mark the field `#[auth(default)]`",
    note = "if your new-user hook fills it, mark the field `#[auth(provisioned)]`",
    note = "or implement `crudauth::user::NewId` for `{Self}`"
)]
pub trait NewId: UserId {
    /// The id of a new user, or `None` where the database chooses it.
    fn new_id() -> Option<Self>;
}

macro_rules! chosen_by_the_database {
    ($($integer:ty),*) => {$(
        impl NewId for $integer {
            fn new_id() -> Option<Self> {
                None
            }
        }
    )*};
}

chosen_by_the_database!(i16, i32, i64, u16, u32, u64);

impl NewId for String {
    fn new_id() -> Option<Self> {
        Some(uuid::Uuid::now_v7().to_string())
    }
}

#[cfg(feature = "uuid")]
impl NewId for uuid::Uuid {
    fn new_id() -> Option<Self> {
        Some(Self::now_v7())
    }
}
