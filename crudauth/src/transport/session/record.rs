//! What the store holds of a session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One session at rest. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    #[serde(rename = "u")]
    pub(crate) user: String,
    #[serde(rename = "e")]
    pub(crate) epoch: i64,
    #[serde(rename = "c")]
    pub(crate) created: u64,
    #[serde(rename = "s")]
    pub(crate) seen: u64,
    #[serde(rename = "r", default, skip_serializing_if = "is_false")]
    pub(crate) remember: bool,
    /// Makes another CSRF token of the same session id.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(crate) csrf_salt: Option<String>,
    /// Until when the session has the elevated rights of the sudo mode.
    #[serde(rename = "su", default, skip_serializing_if = "Option::is_none")]
    pub(crate) elevated_until: Option<u64>,
    #[serde(rename = "ip", default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(rename = "ua", default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl SessionRecord {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether the session has elevated rights at `now`.
    pub(crate) fn is_elevated(&self, now: u64) -> bool {
        self.elevated_until.is_some_and(|until| now < until)
    }

    /// How long the session still lives at `now`; zero if it has ended.
    pub(crate) fn remaining(
        &self,
        now: u64,
        window: Duration,
        absolute: Option<Duration>,
    ) -> Duration {
        let left = |from: u64, span: Duration| {
            span.saturating_sub(Duration::from_millis(now.saturating_sub(from)))
        };
        let idle = left(self.seen, window);
        absolute.map_or(idle, |absolute| idle.min(left(self.created, absolute)))
    }
}
