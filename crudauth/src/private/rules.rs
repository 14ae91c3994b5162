//! The rules of `garde` on a sign-up body, where it has some.

use std::marker::PhantomData;

use garde::Validate;

use crate::error::FieldError;

/// Asks whether `T` has rules. The expansion calls `rules` on a concrete type, and the compiler
/// finds the method of [`Ruled`] where `T` has rules, and else that of [`Unruled`].
#[derive(Debug)]
pub struct Ask<T>(PhantomData<fn() -> T>);

impl<T> Ask<T> {
    /// Asks about `T`.
    #[must_use]
    pub fn about() -> Self {
        Self(PhantomData)
    }
}

/// The type has rules.
#[derive(Debug)]
pub struct HasRules;

/// The type has no rules.
#[derive(Debug)]
pub struct HasNoRules;

/// The answer for a type with rules.
pub trait Ruled {
    /// Says that the type has rules.
    fn rules(&self) -> HasRules {
        HasRules
    }
}

impl<T: Validate> Ruled for Ask<T> {}

/// The answer for every other type.
pub trait Unruled {
    /// Says that the type has no rules.
    fn rules(&self) -> HasNoRules {
        HasNoRules
    }
}

impl<T> Unruled for &Ask<T> {}

impl HasRules {
    /// The rules that `body` breaks, at the names on the wire of its fields.
    pub fn broken<T>(&self, body: &T, names: &[(&str, &'static str)]) -> Vec<FieldError>
    where
        T: Validate,
        T::Context: Default,
    {
        let report = body.validate().err();
        report.map_or_else(Vec::new, |report| FieldError::of_report(&report, names))
    }
}

impl HasNoRules {
    /// Always none.
    pub fn broken<T>(&self, _: &T, _: &[(&str, &'static str)]) -> Vec<FieldError> {
        Vec::new()
    }
}
