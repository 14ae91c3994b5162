//! What the routes of all features share.

use std::sync::Arc;

use super::{Core, Feature, Order};
use crate::http::Routes;
use crate::transport::{Authenticator, SignOut, Transport};
use crate::user::AuthUser;

/// What the routes of all features share, once each feature has said what it adds.
pub(crate) struct App<U: AuthUser> {
    pub(crate) core: Arc<Core<U>>,
    pub(crate) authenticator: Authenticator<U>,
    /// What ends with a session.
    pub(crate) sign_outs: Vec<Arc<dyn SignOut>>,
    pub(crate) routes: Routes,
}

impl<U: AuthUser> App<U> {
    /// Requests are authenticated by the transports of `features`, and then by `transports`, those
    /// of the application.
    pub(crate) fn new(
        core: Arc<Core<U>>,
        features: &[Box<dyn Feature<U>>],
        transports: Vec<Box<dyn Transport<U>>>,
        routes: Routes,
    ) -> Self {
        let mut all = Vec::new();
        for (transport, order) in features.iter().filter_map(|feature| feature.transport()) {
            let place = match order {
                Order::First => 0,
                Order::Last => all.len(),
            };
            all.insert(place, transport);
        }
        all.extend(transports);
        let users = Arc::clone(&core.stores.users);
        Self {
            authenticator: Authenticator::new(all, users).of_tenants(core.tenants.clone()),
            sign_outs: features.iter().filter_map(|feature| feature.sign_out()).collect(),
            core,
            routes,
        }
    }
}
