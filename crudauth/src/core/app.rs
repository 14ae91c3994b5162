//! What the routes of all features share.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Core, Feature, Order};
use crate::error::StartupError;
use crate::transport::{Authenticator, SignOut, Transport};
use crate::user::AuthUser;

/// What the routes of all features share, once each feature has said what it adds.
pub(crate) struct App<U: AuthUser> {
    pub(crate) core: Arc<Core<U>>,
    pub(crate) authenticator: Authenticator<U>,
    /// What ends with a session.
    pub(crate) sign_outs: Vec<Arc<dyn SignOut>>,
}

impl<U: AuthUser> App<U> {
    /// Requests are authenticated by the transports of `features`, and then by `transports`, those
    /// of the application.
    ///
    /// # Errors
    ///
    /// Where two transports have one name.
    pub(crate) fn new(
        core: Arc<Core<U>>,
        features: &[Box<dyn Feature<U>>],
        transports: Vec<Box<dyn Transport<U>>>,
    ) -> Result<Self, StartupError> {
        let mut all = Vec::new();
        for (transport, order) in features.iter().filter_map(|feature| feature.transport()) {
            let place = match order {
                Order::First => 0,
                Order::Last => all.len(),
            };
            all.insert(place, transport);
        }
        all.extend(transports);
        names_differ(&all)?;
        let users = Arc::clone(&core.stores.users);
        Ok(Self {
            authenticator: Authenticator::new(all, users),
            sign_outs: features.iter().filter_map(|feature| feature.sign_out()).collect(),
            core,
        })
    }
}

/// A gate asks for a transport by its name, so that two of one name could not be told apart.
fn names_differ<U: AuthUser>(transports: &[Box<dyn Transport<U>>]) -> Result<(), StartupError> {
    let mut names = BTreeSet::new();
    match transports.iter().map(|transport| transport.name()).find(|name| !names.insert(*name)) {
        Some(name) => Err(StartupError::setting(format!(
            "two transports are named `{name}`: let `Transport::name` of the one that is given to \
             `Builder::transport` return another name"
        ))),
        None => Ok(()),
    }
}
