//! Why a store could not do what was asked.

use std::error::Error;

/// A store could not do what was asked.
///
/// What it becomes over HTTP is for its [kind](Self::kind) to say. The cause is its
/// [source](Error::source); it goes to the log and never to the client.
#[derive(Debug, thiserror::Error)]
#[error("the store failed")]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

/// Whether the same operation can succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It can: the store is away, full or busy. Over HTTP 503 with `Retry-After`.
    Unavailable,
    /// It cannot, until somebody mends the store: a column that is missing or of another type, a
    /// right that was not granted, a trigger that raises. Over HTTP 500.
    Broken,
    /// It cannot with this value, which the store does not take: too long, out of range, in letters
    /// that the column has no code for. Over HTTP 422.
    Unfit,
}

impl StoreError {
    /// Wraps the adapter's own error, where the same may succeed later:
    /// [`StoreErrorKind::Unavailable`].
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of_kind(StoreErrorKind::Unavailable, cause)
    }

    /// Wraps the adapter's own error, where the same fails until somebody mends the store:
    /// [`StoreErrorKind::Broken`].
    pub fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of_kind(StoreErrorKind::Broken, cause)
    }

    /// Wraps the adapter's own error.
    pub fn of_kind(kind: StoreErrorKind, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: cause.into() }
    }

    /// Whether the same operation can succeed later.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
