//! Codes that an app exchanges for tokens.

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::OAuthError;
use crate::secret::{Digest, Digester, Sealer, SecretKey, random};
use crate::stamp::SecurityStamp;
use crate::store::{Entry, StateStore, StoreError};
use crate::transport::ProviderLogin;

/// How long an app may take.
const LIFE: Duration = Duration::from_secs(60);
/// The characters of a digest by SHA-256 in base64url.
const CHALLENGE: usize = 43;
/// The fewest and the most characters of a verifier (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// Keeps what an app gets for its code. A code serves once, within a minute, and only with the
/// verifier of the challenge that began the flow.
pub(super) struct AppCodes {
    state: Arc<dyn StateStore>,
    codes: Digester,
    sealer: Sealer,
}

/// What a code stands for.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(rename = "c")]
    challenge: String,
    #[serde(rename = "u")]
    user: String,
    #[serde(rename = "m")]
    stamp: SecurityStamp,
    #[serde(rename = "l")]
    login: String,
}

/// Who has signed in, for an app.
pub(super) struct Redeemed {
    pub(super) user: String,
    /// The stamp of the row when the provider was asked.
    pub(super) stamp: SecurityStamp,
    pub(super) login: ProviderLogin,
}

/// A code, on its way to the app.
pub(super) struct AppCode(Zeroizing<String>);

impl AppCode {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether an app can have made this challenge of a verifier.
pub(super) fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE && Base64UrlUnpadded::decode_vec(text).is_ok()
}

impl AppCodes {
    pub(super) fn new(state: &Arc<dyn StateStore>, key: &SecretKey) -> Self {
        Self {
            state: Arc::clone(state),
            codes: key.own_digester("oauth app code"),
            sealer: key.sealer("oauth app code"),
        }
    }

    pub(super) async fn issue(
        &self,
        challenge: &str,
        (user, stamp): (String, SecurityStamp),
        login: &ProviderLogin,
    ) -> Result<AppCode, OAuthError> {
        let bytes = Zeroizing::new(random::<32>()?);
        let code = Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes));
        let (challenge, login) = (challenge.to_owned(), login.to_text());
        let record = Record { challenge, user, stamp, login };
        let digest = self.codes.digest(code.as_bytes());
        let sealed = self.sealer.seal_json(&record, digest.bytes())?;
        let entry = Entry { value: &sealed, ttl: LIFE, owner: None };
        self.state.put(&key(&digest), entry).await?;
        Ok(AppCode(code))
    }

    /// What `code` stands for. It is used up, whether or not the verifier is right: who guesses at
    /// verifiers has one guess.
    pub(super) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<Option<Redeemed>, StoreError> {
        for digest in self.codes.digests(code.as_bytes()) {
            let Some(sealed) = self.state.take(&key(&digest)).await? else { continue };
            let record = self.sealer.open_json(&sealed, digest.bytes());
            return Ok(record.filter(|record: &Record| record.is_of(verifier)).and_then(
                |record| {
                    let Record { user, stamp, login, .. } = record;
                    Some(Redeemed { user, stamp, login: ProviderLogin::read(&login)? })
                },
            ));
        }
        Ok(None)
    }
}

impl Record {
    fn is_of(&self, verifier: &str) -> bool {
        let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.as_bytes()));
        VERIFIER.contains(&verifier.len())
            && bool::from(challenge.as_bytes().ct_eq(self.challenge.as_bytes()))
    }
}

fn key(digest: &Digest) -> String {
    format!("oauth-code:{}", digest.to_hex())
}
