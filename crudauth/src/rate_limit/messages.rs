//! Limits on the messages that one address receives.

use super::{RateLimiter, RateLimiters};
use crate::event::{LogSafe, RequestInfo, SecurityEvent};
use crate::store::{Add, Step, StoreError};

/// How many of the messages that an address may receive are reserved for password resets, so that
/// other messages cannot use up what lets the owner in again.
const RESERVED_FOR_RESETS: u32 = 2;

/// The limit on messages that anyone can request, by the address that receives them. The answer
/// does not show that it is reached.
#[derive(Debug, Clone)]
pub(crate) struct MessageLimit {
    /// Of the messages of one flow.
    flow: RateLimiter,
    /// Of those of all flows together.
    all: RateLimiter,
    reserved: u32,
}

impl RateLimiters {
    /// The limit on messages of the flow that `flow` counts.
    pub(crate) fn messages_of(&self, flow: &RateLimiter) -> MessageLimit {
        MessageLimit {
            flow: flow.clone(),
            all: self.messages.clone(),
            reserved: RESERVED_FOR_RESETS,
        }
    }

    /// The limit on messages with a link that leads to a new password.
    pub(crate) fn reset_messages(&self) -> MessageLimit {
        MessageLimit { reserved: 0, ..self.messages_of(&self.password_reset_request) }
    }
}

impl MessageLimit {
    /// Counts a message to `recipient` that `request` asks for, if there is room for it.
    pub(crate) async fn has_room(
        &self,
        recipient: &str,
        request: impl Into<RequestInfo>,
    ) -> Result<bool, StoreError> {
        let to = format!("to {recipient}");
        let limits = [(&self.flow, 0), (&self.all, self.reserved)];
        let limits = limits.map(|(limiter, reserved)| {
            let times = limiter.limit.times;
            (limiter, times.checked_sub(reserved).filter(|left| *left > 0).unwrap_or(times))
        });
        let keys = limits.map(|(limiter, _)| limiter.key(&to));
        let limited = limits.iter().zip(&keys).filter(|((_, times), _)| *times > 0);
        let steps: Vec<_> = limited
            .map(|((limiter, times), (key, _))| {
                let (ttl, at_most) = (limiter.limit.period, Some(i64::from(*times)));
                Step::Add(Add { key, by: 1, ttl, extends: false, at_most })
            })
            .collect();
        if steps.is_empty() {
            return Ok(true);
        }
        let has_room = self.all.state.batch(&steps).await?.is_ok();
        if !has_room {
            let (action, [(_, caller), _]) = (self.flow.action, &keys);
            let caller = LogSafe::digest(caller);
            self.flow.events.emit(request, SecurityEvent::RateLimited { action, caller });
        }
        Ok(has_room)
    }
}
