//! Links that are on their way.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::MailSignInError;
use super::ticket::Ticket;
use super::whose::Whose;
use crate::clock::Clock;
use crate::secret::{Digest, Digester, Sealer, SecretKey};
use crate::store::{Entry, StateStore, Step, StoreError};

/// The entry of a link that was used.
const USED: &[u8] = b"used";

/// Keeps links until they are followed.
///
/// The store keeps a link sealed, under a keyed digest of its token. One compare-and-swap uses it up, so that
/// of parallel attempts one works and the others learn that it was used. Beside it the store keeps which
/// link of an address is the newest: the older ones have ended.
pub(super) struct Links {
    state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    tokens: Digester,
    addresses: Digester,
    browsers: Digester,
    sealer: Sealer,
    life: Duration,
}

/// What is kept of a link.
#[derive(Serialize, Deserialize)]
pub(super) struct Link {
    #[serde(rename = "w")]
    pub(super) whose: Whose,
    /// The address that it was mailed to.
    #[serde(rename = "a")]
    pub(super) address: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) redirect_to: Option<String>,
    /// The digest of the mark of the browser that has asked for it, where it must be the same.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    browser: Option<String>,
    #[serde(rename = "x")]
    expires_at: u64,
}

/// A link that was found.
pub(super) enum Found {
    Used,
    Live(LiveLink),
}

/// A link that can be followed.
pub(super) struct LiveLink {
    key: String,
    sealed: Vec<u8>,
    pub(super) link: Link,
}

impl Links {
    pub(super) fn new(
        state: &Arc<dyn StateStore>,
        clock: &Arc<dyn Clock>,
        (key, surface): (&SecretKey, &str),
        life: Duration,
    ) -> Self {
        let digester = |purpose: &str| key.own_digester(&format!("{purpose} {surface}"));
        Self {
            state: Arc::clone(state),
            clock: Arc::clone(clock),
            tokens: digester("magic link"),
            addresses: digester("magic link: address"),
            browsers: digester("magic link: browser"),
            sealer: key.sealer("magic link"),
            life,
        }
    }

    pub(super) fn life(&self) -> Duration {
        self.life
    }

    /// Keeps a link, which is the only one of its address from now on. `counted` is the address as it is
    /// counted, by itself in each tenant.
    pub(super) async fn keep(
        &self,
        token: &Ticket,
        (whose, address, counted): (Whose, &str, &str),
        redirect_to: Option<&str>,
        browser: Option<&Ticket>,
    ) -> Result<(), MailSignInError> {
        let life = u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX);
        let link = Link {
            whose,
            address: address.to_owned(),
            redirect_to: redirect_to.map(str::to_owned),
            browser: browser.map(|browser| self.browsers.digest(browser.as_bytes()).to_hex()),
            expires_at: self.clock.now_ms().saturating_add(life),
        };
        let digest = self.tokens.digest(token.as_bytes());
        let sealed = self.sealer.seal_json(&link, digest.bytes())?;
        let (key, newest) = (link_key(&digest), self.newest(counted).next());
        let entry = |value| Entry { value, ttl: self.life, owner: None };
        let newest = newest.unwrap_or_default();
        let steps = [Step::Put(&key, entry(&sealed)), Step::Put(&newest, entry(key.as_bytes()))];
        // There is no bound, so that nothing is refused.
        let _made = self.state.batch(&steps).await?;
        Ok(())
    }

    /// The link with this token. `None` if it is unknown or has expired.
    pub(super) async fn find(&self, token: &Ticket) -> Result<Option<Found>, StoreError> {
        for digest in self.tokens.digests(token.as_bytes()) {
            let key = link_key(&digest);
            let Some(sealed) = self.state.get(&key).await? else { continue };
            if sealed == USED {
                return Ok(Some(Found::Used));
            }
            let link = self.sealer.open_json(&sealed, digest.bytes());
            let link = link.filter(|link: &Link| self.clock.now_ms() < link.expires_at);
            return Ok(link.map(|link| Found::Live(LiveLink { key, sealed, link })));
        }
        Ok(None)
    }

    /// Whether no later link was asked for.
    pub(super) async fn is_newest(
        &self,
        live: &LiveLink,
        counted: &str,
    ) -> Result<bool, StoreError> {
        for newest in self.newest(counted) {
            if let Some(key) = self.state.get(&newest).await? {
                return Ok(key == live.key.as_bytes());
            }
        }
        Ok(false)
    }

    /// Whether `browser` may follow it.
    pub(super) fn is_for(&self, live: &LiveLink, browser: Option<&Ticket>) -> bool {
        let Some(expected) = &live.link.browser else { return true };
        let Some(browser) = browser else { return false };
        let mut marks = self.browsers.digests(browser.as_bytes());
        marks.any(|mark| mark.matches_hex(expected.as_bytes()))
    }

    /// Uses it up; `false` where another attempt was faster.
    pub(super) async fn spend(&self, live: &LiveLink) -> Result<bool, StoreError> {
        let left = live.link.expires_at.saturating_sub(self.clock.now_ms());
        let entry = Entry { value: USED, ttl: Duration::from_millis(left), owner: None };
        self.state.compare_and_swap(&live.key, &live.sealed, entry).await
    }

    /// The keys under which the newest link of an address may stand.
    fn newest<'a>(&'a self, counted: &'a str) -> impl Iterator<Item = String> + 'a {
        let digests = self.addresses.digests(counted.as_bytes());
        digests.map(|digest| format!("magic-link-of:{}", digest.to_hex()))
    }
}

fn link_key(digest: &Digest) -> String {
    format!("magic-link:{}", digest.to_hex())
}
