use std::fmt;
use std::future::Future;
use std::pin::Pin;
#[cfg(feature = "sql")]
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a store keeps what it is given: a database, with the connections to it. Several stores, and
/// several applications of one process, may share a place.
pub trait Place: fmt::Display + Send + Sync {
    /// A [`CrudAuth`](crate::CrudAuth) begins to use it. Default: nothing happens.
    fn hold(&self) {}

    /// A [`CrudAuth`](crate::CrudAuth) that has used it has ended. The last one to end closes the
    /// connections, once what was begun on them is done; what is asked afterwards is refused.
    /// Default: nothing happens, and connections close when they are dropped.
    fn release(&self) -> Releasing<'_> {
        Box::pin(std::future::ready(()))
    }
}

/// What [`Place::release`] returns.
pub type Releasing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// How many applications use a place.
#[cfg(feature = "sql")]
#[derive(Debug, Default)]
pub(crate) struct Held(AtomicUsize);

#[cfg(feature = "sql")]
impl Held {
    pub(crate) fn hold(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether this was the last one.
    pub(crate) fn release(&self) -> bool {
        let less = |held: usize| held.checked_sub(1);
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, less) == Ok(1)
    }
}

#[cfg(all(test, feature = "sql"))]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_those_that_hold_a_place_closes_it_once() {
        let held = Held::default();
        held.hold();
        held.hold();
        assert!(!held.release());
        assert!(held.release());
        assert!(!held.release(), "nobody holds it");
    }
}
