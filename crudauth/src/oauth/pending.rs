//! Flows whose browser is at the provider.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Browser, OAuthError};
use crate::providers::Flow;
use crate::secret::{Digest, Digester, Sealer, SecretKey};
use crate::store::{Entry, StateStore, StoreError};

/// How long a browser may take.
pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);

/// Keeps flows while their browsers are away. A flow rests sealed, under the digest of its state.
pub(super) struct PendingFlows {
    state: Arc<dyn StateStore>,
    states: Digester,
    browsers: Digester,
    sealer: Sealer,
}

/// What is kept of a flow.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(rename = "p")]
    provider: String,
    #[serde(rename = "v")]
    verifier: String,
    #[serde(rename = "n")]
    nonce: String,
    #[serde(rename = "b")]
    browser: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

/// A flow that has come back. Nobody else gets it.
pub(super) struct Taken {
    pub(super) flow: Flow,
    pub(super) target: Option<String>,
}

impl PendingFlows {
    pub(super) fn new(state: &Arc<dyn StateStore>, key: &SecretKey) -> Self {
        Self {
            state: Arc::clone(state),
            states: key.own_digester("oauth state"),
            browsers: key.own_digester("oauth browser"),
            sealer: key.sealer("oauth flow"),
        }
    }

    pub(super) async fn keep(
        &self,
        provider: &str,
        flow: &Flow,
        browser: &Browser,
        target: Option<String>,
    ) -> Result<(), OAuthError> {
        let record = Record {
            provider: provider.to_owned(),
            verifier: flow.verifier().to_owned(),
            nonce: flow.nonce().to_owned(),
            browser: self.browsers.digest(browser.as_str().as_bytes()).to_hex(),
            target,
        };
        let digest = self.states.digest(flow.state().as_bytes());
        // Texts always serialize.
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&record).unwrap_or_default());
        let sealed = self.sealer.seal(&plain, digest.bytes())?;
        let entry = Entry { value: &sealed, ttl: LIFE, owner: None };
        Ok(self.state.put(&key(&digest), entry).await?)
    }

    /// Takes the flow of `state`, if it is one at this provider of this browser. A flow of another one
    /// stays as it is.
    pub(super) async fn take(
        &self,
        provider: &str,
        state: &str,
        browser: Option<&Browser>,
        redirect_uri: String,
    ) -> Result<Option<Taken>, StoreError> {
        let Some(browser) = browser else { return Ok(None) };
        for digest in self.states.digests(state.as_bytes()) {
            let key = key(&digest);
            let Some(sealed) = self.state.get(&key).await? else { continue };
            let plain = self.sealer.open(&sealed, digest.bytes());
            let record = plain.and_then(|plain| serde_json::from_slice::<Record>(&plain).ok());
            let Some(record) = record.filter(|record| record.provider == provider) else {
                continue;
            };
            let mut digests = self.browsers.digests(browser.as_str().as_bytes());
            if !digests.any(|digest| digest.matches_hex(record.browser.as_bytes())) {
                continue;
            }
            // Of any number of callbacks, one takes it.
            if self.state.take(&key).await?.is_none() {
                return Ok(None);
            }
            let Record { verifier, nonce, target, .. } = record;
            let flow = Flow::kept(state.to_owned(), verifier, nonce, redirect_uri);
            return Ok(Some(Taken { flow, target }));
        }
        Ok(None)
    }
}

fn key(digest: &Digest) -> String {
    format!("oauth:{}", digest.to_hex())
}
