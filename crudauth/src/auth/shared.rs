//! The parts of a composition, shared by its clones.

use std::ops::Deref;
use std::sync::Arc;

use super::Inner;
use crate::user::AuthUser;

/// The parts for users of the type `U`, which nothing here requires to be one: so that
/// `CrudAuth<U>` can be named of any type, and one that is no user is told so where a
/// configuration begins, and nowhere else.
pub(super) struct Shared<U>(Arc<dyn Parts<U>>);

/// Of [`Inner`] alone.
trait Parts<U>: Send + Sync {
    fn parts(&self) -> &Inner<U>
    where
        U: AuthUser;
}

impl<U: AuthUser> Parts<U> for Inner<U> {
    fn parts(&self) -> &Self {
        self
    }
}

impl<U: AuthUser> Shared<U> {
    pub(super) fn new(parts: Inner<U>) -> Self {
        Self(Arc::new(parts))
    }
}

impl<U: AuthUser> Deref for Shared<U> {
    type Target = Inner<U>;

    fn deref(&self) -> &Inner<U> {
        self.0.parts()
    }
}

impl<U> Clone for Shared<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
