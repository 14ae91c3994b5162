//! Questions about types, answered by constants.
//!
//! An inherent constant hides a constant of a trait where its bounds hold, and only there. So each
//! answer is a `bool` for const code, which asks one question after the other, so that a field with
//! a wrong type has one error, and says what is wrong in the user's words.
//!
//! Traits with `#[diagnostic::on_unimplemented]` do not replace that. An `E0277` has a label and
//! true notes, but no name of the field, calls the column `columns::age` rather than `users.age`,
//! and adds that a hidden trait is not implemented. The compiler reports every bound that does not
//! hold, so the answers here would still be needed to ask the second question only after the first.
//! (In the expansion, where the texts could have the names, `#[diagnostic::..]` does not resolve
//! under `#![no_implicit_prelude]`.)

use std::marker::PhantomData;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::epoch::Epoch;
use super::flag::{MayHoldMoment, never};
use super::schema::Sends;
use super::second_factor::Step;
use super::stub;
use super::text::{Bare, Optional, Text, TextOf};
use crate::error::Inputs;
use crate::user::{LoginField, NewId, UserFlag, UserId, UserTimestamp};

/// Panics, in const code and so at compile time, if the answer is no.
#[track_caller]
pub const fn require(answer: bool, mistake: &str) {
    if !answer {
        panic!("{}", mistake)
    }
}

/// Asks about one type.
pub struct Is<T>(PhantomData<T>);

impl<T: UserFlag> Is<T> {
    /// The type can hold a flag.
    pub const FLAG: bool = true;

    /// The value that says `flag`.
    #[must_use]
    pub fn flag(flag: bool) -> T {
        T::from_bool(flag)
    }

    /// Whether the flag certainly is true.
    pub fn is_true(flag: &T) -> bool {
        flag.is_true()
    }

    /// Whether the flag certainly is false.
    pub fn is_false(flag: &T) -> bool {
        flag.is_false()
    }
}

impl<T: MayHoldMoment> Is<T> {
    /// The type is `Option` of a moment.
    pub const OPTIONAL_MOMENT: bool = true;

    /// Whether there is a moment.
    pub fn is_there(field: &T) -> bool {
        field.is_there()
    }

    /// The moment, if there is one.
    pub fn moment(field: &T) -> Option<SystemTime> {
        field.moment()
    }

    /// The column with the moment `at`, if one is to be `there`.
    #[must_use]
    pub fn moment_if(there: bool, at: SystemTime) -> T {
        T::with(there.then_some(at))
    }

    /// The column with a moment that never comes, if one is to be `there`.
    #[must_use]
    pub fn never_if(there: bool) -> T {
        T::with(there.then(never))
    }
}

impl<T: UserTimestamp> Is<T> {
    /// The moment, if it is there and can be read.
    pub fn time(field: &T) -> Option<SystemTime> {
        field.to_system_time()
    }
}

impl<T: Epoch> Is<T> {
    /// The type can count.
    pub const EPOCH: bool = true;

    /// The epoch as the runtime counts it.
    pub fn to_i64(epoch: &T) -> i64 {
        epoch.to_i64()
    }

    /// The epoch as the column stores it.
    #[must_use]
    pub fn from_i64(epoch: i64) -> T {
        T::from_i64(epoch)
    }
}

impl<T: Step> Is<T> {
    /// The type can hold the step of a code.
    pub const STEP: bool = true;

    /// The step, if there is one.
    pub fn step(field: &T) -> Option<i64> {
        field.get()
    }

    /// The column with this step, or with none.
    #[must_use]
    pub fn with_step(step: Option<i64>) -> T {
        T::with(step)
    }
}

impl<T: Text<Bare>> Is<T> {
    /// The type is text.
    pub const TEXT: bool = true;
}

impl<T: Text<Optional>> Is<T> {
    /// The type is `Option` of text.
    pub const OPTIONAL_TEXT: bool = true;
}

impl<T: UserId> Is<T> {
    /// The type identifies a user.
    pub const ID: bool = true;

    /// The id.
    pub fn id(id: &T) -> &T {
        id
    }
}

impl<T: NewId> Is<T> {
    /// The type knows where the id of a new user comes from.
    pub const NEW_ID: bool = true;

    /// See [`NewId::new_id`].
    #[must_use]
    pub fn new_id() -> Option<T> {
        T::new_id()
    }
}

impl<T: DeserializeOwned + 'static> Is<T> {
    /// A client can send a value of the type.
    pub const SENDABLE: bool = true;

    /// Takes a value from what a client sent.
    pub fn take(inputs: &mut Inputs, name: &'static str) -> Option<T> {
        inputs.take(name)
    }
}

impl<T: Serialize> Is<T> {
    /// The type can be serialized.
    pub const SERIALIZABLE: bool = true;
}

impl<T: Clone> Is<T> {
    /// The type can be cloned.
    pub const CLONEABLE: bool = true;

    /// Clones the value.
    #[must_use]
    pub fn copy(one: &T) -> T {
        one.clone()
    }
}

/// Asks whether the user struct `U` takes a `T` at sign-up, under the name with this
/// [number](super::name).
pub struct Sent<U, const NAME: u64, T>(PhantomData<(U, T)>);

impl<U: Sends<NAME, T>, const NAME: u64, T> Sent<U, NAME, T> {
    /// The user struct takes a `T`.
    pub const AS_SUCH: bool = true;
}

/// Asks whether two types are the same.
pub struct Both<A, B>(PhantomData<(A, B)>);

impl<T> Both<T, T> {
    /// The types are the same.
    pub const SAME: bool = true;
}

/// Stands for the type of an id: for itself, or for `i32` where it is unusable.
#[derive(Debug)]
pub enum Id<const USABLE: bool> {}

/// The type that was chosen in place of `T`.
pub trait InPlaceOf<T> {
    /// The type.
    type Id: UserId;
}

impl<T: UserId> InPlaceOf<T> for Id<true> {
    type Id = T;
}

impl<T> InPlaceOf<T> for Id<false> {
    type Id = i32;
}

/// The answer no to every question, and the functions for types that are wrong.
pub trait Fallback<T> {
    /// The type cannot hold a flag.
    const FLAG: bool = false;
    /// The type is not `Option` of a moment.
    const OPTIONAL_MOMENT: bool = false;
    /// The type cannot count.
    const EPOCH: bool = false;
    /// The type cannot hold the step of a code.
    const STEP: bool = false;
    /// The type identifies nobody.
    const ID: bool = false;
    /// The type does not know where the id of a new user comes from.
    const NEW_ID: bool = false;
    /// The type is not text.
    const TEXT: bool = false;
    /// The type is not `Option` of text.
    const OPTIONAL_TEXT: bool = false;
    /// No client can send a value of the type.
    const SENDABLE: bool = false;
    /// The type cannot be serialized.
    const SERIALIZABLE: bool = false;
    /// The types are not the same.
    const SAME: bool = false;
    /// The type cannot be cloned.
    const CLONEABLE: bool = false;
    /// The user struct takes another type.
    const AS_SUCH: bool = false;

    /// See [`Is::time`]. A column that the database alone writes may be of any type.
    fn time(_: &T) -> Option<SystemTime> {
        None
    }

    // The other functions are never run, since the derive has failed.

    /// See [`Is::take`].
    fn take(_: &mut Inputs, _: &'static str) -> Option<T> {
        stub()
    }

    /// See [`Is::copy`].
    fn copy(_: &T) -> T {
        stub()
    }

    /// See [`Is::id`].
    fn id(_: &T) -> &i32 {
        stub()
    }

    /// See [`Is::new_id`].
    fn new_id() -> Option<T> {
        stub()
    }

    /// See [`Is::flag`].
    fn flag(_: bool) -> T {
        stub()
    }

    /// See [`Is::is_true`].
    fn is_true(_: &T) -> bool {
        stub()
    }

    /// See [`Is::is_false`].
    fn is_false(_: &T) -> bool {
        stub()
    }

    /// See [`Is::is_there`].
    fn is_there(_: &T) -> bool {
        stub()
    }

    /// See [`Is::moment`].
    fn moment(_: &T) -> Option<SystemTime> {
        stub()
    }

    /// See [`Is::moment_if`].
    fn moment_if(_: bool, _: SystemTime) -> T {
        stub()
    }

    /// See [`Is::never_if`].
    fn never_if(_: bool) -> T {
        stub()
    }

    /// See [`Is::to_i64`].
    fn to_i64(_: &T) -> i64 {
        stub()
    }

    /// See [`Is::from_i64`].
    fn from_i64(_: i64) -> T {
        stub()
    }

    /// See [`Is::step`].
    fn step(_: &T) -> Option<i64> {
        stub()
    }

    /// See [`Is::with_step`].
    fn with_step(_: Option<i64>) -> T {
        stub()
    }

    /// See [`TextOf::read`].
    fn read(_: &T) -> Option<&str> {
        stub()
    }

    /// See [`TextOf::text`].
    fn text(_: &str) -> T {
        stub()
    }

    /// See [`TextOf::said`].
    fn said(_: Option<&str>) -> T {
        stub()
    }

    /// See [`TextOf::set`].
    fn set(_: &mut T, _: &str) {
        stub()
    }

    /// See [`TextOf::visit`].
    fn visit(_: &mut T, _: LoginField, _: &mut dyn FnMut(LoginField, &str) -> Option<String>) {
        stub()
    }

    /// See [`TextOf::hash`].
    fn hash(_: Option<&str>) -> T {
        stub()
    }
}

impl<T> Fallback<T> for Is<T> {}

impl<A, B> Fallback<A> for Both<A, B> {}

impl<U, const NAME: u64, T> Fallback<U> for Sent<U, NAME, T> {}

impl<T, Form> Fallback<T> for TextOf<T, Form> {}
