//! The rules of `garde` on a sign-up body, where it has some.

use std::marker::PhantomData;

use garde::Validate;

use crate::error::FieldError;

/// Asks whether `T` has rules. The answer is a method that the compiler finds, or the other one:
/// the expansion names a concrete type, and the first that fits wins.
#[derive(Debug)]
pub struct Ask<T>(PhantomData<fn() -> T>);

impl<T> Ask<T> {
    /// The question.
    #[must_use]
    pub fn about() -> Self {
        Self(PhantomData)
    }
}

/// It has rules.
#[derive(Debug)]
pub struct HasRules;

/// It has none.
#[derive(Debug)]
pub struct HasNoRules;

/// The first method.
pub trait Ruled {
    /// The answer.
    fn rules(&self) -> HasRules {
        HasRules
    }
}

impl<T: Validate> Ruled for Ask<T> {}

/// The second method.
pub trait Unruled {
    /// The answer.
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
    /// None.
    pub fn broken<T>(&self, _: &T, _: &[(&str, &'static str)]) -> Vec<FieldError> {
        Vec::new()
    }
}
