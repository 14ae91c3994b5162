//! The composition of messages.

use std::sync::Arc;

use crate::clock::Clock;
use crate::delivery::{Compiled, DeliveryConfig, Post};
use crate::error::StartupError;
use crate::event::Events;
use crate::onetime::OneTimeTokens;
use crate::outbox::{Outbox, OutboxWorker};
use crate::secret::SecretKey;
use crate::stamp::Stamps;
use crate::store::Stores;
use crate::user::AuthUser;

/// What sends messages.
pub(super) struct Mail {
    pub(super) post: Arc<Post>,
    pub(super) worker: Option<OutboxWorker>,
    pub(super) verified_sign_in_only: bool,
}

impl Mail {
    pub(super) fn open<U: AuthUser>(
        config: DeliveryConfig,
        factor: &'static str,
        stores: &Stores<U>,
        clock: &Arc<dyn Clock>,
        key: &SecretKey,
        stamps: &Stamps,
        events: &Events,
    ) -> Result<Self, StartupError> {
        let Compiled {
            channels,
            links,
            redirects,
            lifetimes,
            outbox,
            delivers,
            verified_sign_in_only,
        } = config.compile(factor)?;
        let (state, events) = (Arc::clone(&stores.state), events.clone());
        let outbox =
            Outbox::telling(events.clone(), state, Arc::clone(clock), key, channels, outbox)?;
        let worker = delivers.then(|| outbox.start());
        let tokens = OneTimeTokens::new(Arc::clone(clock), key, stamps.clone(), lifetimes);
        let post = Post::new(outbox, tokens, links, redirects, events);
        Ok(Self { post: Arc::new(post), worker, verified_sign_in_only })
    }
}
