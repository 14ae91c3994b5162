//! A part of crudauth that an application mounts.

use std::sync::Arc;

use axum::Router;

use super::App;
use crate::http::Routes;
use crate::store::records::Table;
use crate::transport::{SignOut, Transport};
use crate::user::AuthUser;

/// A part of crudauth that an application mounts: its routes, and what it adds to those of other
/// features. A feature is made of the [`Core`](super::Core), the configuration that it has checked,
/// and services that can be used without HTTP.
pub(crate) trait Feature<U: AuthUser>: Send {
    /// The way to authenticate requests that it brings, and whether it is asked before those of the
    /// features mounted earlier.
    fn transport(&self) -> Option<(Box<dyn Transport<U>>, Order)> {
        None
    }

    /// What else ends when a session signs out.
    fn sign_out(&self) -> Option<Arc<dyn SignOut>> {
        None
    }

    /// The tables that it keeps records in: they are made where it is mounted, and nowhere else.
    fn tables(&self) -> &'static [&'static Table] {
        &[]
    }

    /// Its routes. No answer of them is kept by a cache.
    fn routes(&self, app: &Arc<App<U>>) -> Router;

    /// Its routes whose answers are the same for everybody.
    fn public_routes(&self, _: &Routes) -> Router {
        Router::new()
    }
}

/// When the transport of a feature is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    First,
    Last,
}
