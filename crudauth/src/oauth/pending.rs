//! Flows whose browser is at the provider.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Browser, OAuthError, StateFault};
use crate::providers::Flow;
use crate::secret::{Digest, Digester, Sealer, SecretKey};
use crate::stamp::SecurityStamp;
use crate::store::{Entry, StateStore, Step};

/// Keeps flows while their browsers are away.
///
/// A flow rests sealed, under a digest of its state *and* the secret of its browser: a browser that is
/// not its own finds nothing to take, and taking it is one atomic statement. Beside it rests a note under
/// the digest of the state alone, from which a refusal knows what was wrong.
pub(super) struct PendingFlows {
    state: Arc<dyn StateStore>,
    flows: Digester,
    notes: Digester,
    browsers: Digester,
    sealer: Sealer,
    /// How long a browser may be away.
    life: Duration,
}

/// What a flow is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// A session, in the browser that comes back.
    SignIn,
    /// A code for an app, which proves by the verifier of this challenge that it has asked.
    App { challenge: String },
    /// An identity more for a user who is signed in.
    Link(Holder),
    /// A proof that a user who is signed in is there.
    Reauthenticate(Holder),
}

/// Who has begun a flow that is not a sign-in: it ends in the same session, and with the credentials that
/// the account had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) user: String,
    pub(super) session: String,
    pub(super) stamp: SecurityStamp,
}

impl Purpose {
    /// Who has to be signed in when the browser comes back.
    pub(super) fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Link(holder) | Self::Reauthenticate(holder) => Some(holder),
            Self::SignIn | Self::App { .. } => None,
        }
    }
}

/// What is kept of a flow.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    #[serde(rename = "p")]
    pub(super) provider: String,
    #[serde(rename = "i")]
    pub(super) issuer: String,
    #[serde(rename = "v")]
    verifier: String,
    #[serde(rename = "n")]
    nonce: String,
    #[serde(rename = "f")]
    pub(super) purpose: Purpose,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    begun_at: Option<u64>,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    asked_anew_at: Option<u64>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
}

impl Record {
    pub(super) fn new(
        (provider, issuer): (&str, &str),
        flow: &Flow,
        purpose: Purpose,
        target: Option<String>,
        tenant: Option<String>,
    ) -> Self {
        Self {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            verifier: flow.verifier().to_owned(),
            nonce: flow.nonce().to_owned(),
            purpose,
            begun_at: flow.begun_at,
            asked_anew_at: flow.asked_anew_at(),
            target,
            tenant,
        }
    }

    /// The flow as it was begun.
    pub(super) fn flow(&self, state: &str, redirect_uri: String) -> Flow {
        let (verifier, nonce) = (self.verifier.clone(), self.nonce.clone());
        let mut flow = Flow::kept(state.to_owned(), verifier, nonce, redirect_uri);
        flow.begun_at = self.begun_at;
        match self.asked_anew_at {
            Some(at) => flow.asking_anew(at),
            None => flow,
        }
    }
}

impl PendingFlows {
    pub(super) fn new(state: &Arc<dyn StateStore>, key: &SecretKey, life: Duration) -> Self {
        Self {
            state: Arc::clone(state),
            flows: key.own_digester("oauth flow"),
            notes: key.own_digester("oauth state"),
            browsers: key.own_digester("oauth browser"),
            sealer: key.sealer("oauth flow"),
            life,
        }
    }

    pub(super) async fn keep(
        &self,
        state: &str,
        browser: &Browser,
        record: &Record,
    ) -> Result<(), OAuthError> {
        let digest = self.flows.digest(&of(state, browser));
        let sealed = self.sealer.seal_json(record, digest.bytes())?;
        let note = note_key(&self.notes.digest(state.as_bytes()));
        let owner = self.browsers.digest(browser.as_str().as_bytes()).to_hex();
        let entry = |value| Entry { value, ttl: self.life, owner: None };
        let key = flow_key(&digest);
        let steps = [Step::Put(&key, entry(&sealed)), Step::Put(&note, entry(owner.as_bytes()))];
        // There is no bound, so that nothing is refused.
        let _made = self.state.batch(&steps).await?;
        Ok(())
    }

    /// Takes the flow of `state`, if it is one of this browser. Of any number of callbacks, one gets it.
    pub(super) async fn take(
        &self,
        state: &str,
        browser: Option<&Browser>,
    ) -> Result<Record, OAuthError> {
        if let Some(browser) = browser {
            for digest in self.flows.digests(&of(state, browser)) {
                let Some(sealed) = self.state.take(&flow_key(&digest)).await? else { continue };
                let record = self.sealer.open_json(&sealed, digest.bytes());
                return record.ok_or(StateFault::Unknown.into());
            }
        }
        Err(self.why_not(state, browser).await?.into())
    }

    async fn why_not(
        &self,
        state: &str,
        browser: Option<&Browser>,
    ) -> Result<StateFault, OAuthError> {
        for digest in self.notes.digests(state.as_bytes()) {
            let Some(owner) = self.state.get(&note_key(&digest)).await? else { continue };
            let is_own = browser.is_some_and(|browser| {
                let mut digests = self.browsers.digests(browser.as_str().as_bytes());
                digests.any(|digest| digest.matches_hex(&owner))
            });
            return Ok(if is_own { StateFault::Reused } else { StateFault::OtherBrowser });
        }
        Ok(StateFault::Unknown)
    }
}

/// Neither has a NUL: both are texts of a query or of ours.
fn of(state: &str, browser: &Browser) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([state.as_bytes(), b"\0", browser.as_str().as_bytes()].concat())
}

fn flow_key(digest: &Digest) -> String {
    format!("oauth:{}", digest.to_hex())
}

fn note_key(digest: &Digest) -> String {
    format!("oauth-state:{}", digest.to_hex())
}
