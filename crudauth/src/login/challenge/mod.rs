//! Sign-ins that wait for a second factor.
//!
//! The client holds 32 random bytes. The store keeps a sealed record under a keyed digest of them, for five
//! minutes. A compare-and-swap counts each attempt before its code is compared, and one success takes the
//! record.

mod record;

pub(crate) use self::record::{Finish, Lockouts, Record};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::factors::Setup;
use crate::secret::{Digest, Digester, SealError, Sealer, SecretKey, random};
use crate::store::{Entry, StateStore, StoreError};

/// How long a client may take.
const LIFE: Duration = Duration::from_secs(300);
/// How many codes are looked at.
const MOST_ATTEMPTS: u8 = 5;
/// The characters of 32 bytes in base64url.
const TEXT: usize = 43;
/// Each lost race means that somebody else's attempt was counted.
const TRIES: usize = 32;

/// A sign-in that waits for a second factor. As a response, and as JSON, it is what `POST /login`
/// answers in its place: `{"mfa_required": true, "challenge": .., "expires_in": 300}`, with `setup` where the
/// account has to set up a factor now. The client answers with a code at `POST /mfa/verify`.
///
/// It stands for a right password: a client that has it needs a code alone. `Debug` shows nothing of it.
pub struct Challenge {
    token: Zeroizing<String>,
    setup: Option<Setup>,
}

impl Challenge {
    /// What the client sends with the code.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// How long the client may take: five minutes.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        LIFE
    }

    /// What to set up the authenticator app with, if the account needs a factor and has none yet.
    #[must_use]
    pub fn setup(&self) -> Option<&Setup> {
        self.setup.as_ref()
    }
}

impl Serialize for Challenge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        body.serialize_entry("mfa_required", &true)?;
        body.serialize_entry("challenge", self.token())?;
        body.serialize_entry("expires_in", &LIFE.as_secs())?;
        if let Some(setup) = &self.setup {
            body.serialize_entry("setup", setup)?;
        }
        body.end()
    }
}

impl IntoResponse for Challenge {
    fn into_response(self) -> Response {
        let mut response = Json(&self).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(..)")
    }
}

/// Keeps what challenges stand for.
pub(crate) struct Challenges {
    state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    tokens: Digester,
    sealer: Sealer,
}

/// A challenge that was found, as it rests.
pub(crate) struct Open {
    digest: Digest,
    sealed: Vec<u8>,
    pub(crate) record: Record,
}

impl Challenges {
    pub(crate) fn new(
        state: &Arc<dyn StateStore>,
        clock: &Arc<dyn Clock>,
        key: &SecretKey,
        surface: &str,
    ) -> Self {
        // A surface completes no sign-in that another one has begun.
        let purpose = format!("mfa challenge {surface}");
        Self {
            state: Arc::clone(state),
            clock: Arc::clone(clock),
            tokens: key.own_digester(&purpose),
            sealer: key.sealer(&purpose),
        }
    }

    /// Keeps `record`, and returns what its client gets.
    pub(crate) async fn keep(
        &self,
        mut record: Record,
        setup: Option<Setup>,
    ) -> Result<Challenge, ChallengeError> {
        let bytes = Zeroizing::new(random::<32>().map_err(SealError::Random)?);
        let token = Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes));
        let digest = self.tokens.digest(token.as_bytes());
        record.ends = self.clock.now_ms().saturating_add(millis(LIFE));
        let sealed = self.seal(&digest, &record)?;
        let entry = Entry { value: &sealed, ttl: LIFE, owner: None };
        self.state.put(&key(&digest), entry).await?;
        Ok(Challenge { token, setup })
    }

    /// The challenge of `token`; `None` for one that is unknown, used or too old.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Open>, StoreError> {
        if token.len() != TEXT {
            return Ok(None);
        }
        for digest in self.tokens.digests(token.as_bytes()) {
            let Some(sealed) = self.state.get(&key(&digest)).await? else { continue };
            return Ok(self.open(digest, sealed));
        }
        Ok(None)
    }

    /// Counts an attempt at a challenge before its code is compared, also under parallel attempts. `None` if
    /// the challenge has ended; too many attempts end it.
    pub(crate) async fn attempt(&self, mut open: Open) -> Result<Option<Open>, ChallengeError> {
        for _ in 0..TRIES {
            if open.record.attempts >= MOST_ATTEMPTS {
                self.end(&open).await?;
                return Ok(None);
            }
            let left = open.record.ends.saturating_sub(self.clock.now_ms());
            if left == 0 {
                return Ok(None);
            }
            open.record.attempts += 1;
            let sealed = self.seal(&open.digest, &open.record)?;
            let name = key(&open.digest);
            let entry = Entry { value: &sealed, ttl: Duration::from_millis(left), owner: None };
            if self.state.compare_and_swap(&name, &open.sealed, entry).await? {
                return Ok(Some(Open { sealed, ..open }));
            }
            let Some(sealed) = self.state.get(&name).await? else { return Ok(None) };
            let Some(again) = self.open(open.digest, sealed) else { return Ok(None) };
            open = again;
        }
        Err(StoreError::new("a challenge changed faster than it could be written").into())
    }

    /// Ends a challenge whose attempts are used up.
    pub(crate) async fn end_if_used_up(&self, open: &Open) -> Result<(), StoreError> {
        if open.record.attempts >= MOST_ATTEMPTS {
            self.end(open).await?;
        }
        Ok(())
    }

    /// Ends a challenge.
    pub(crate) async fn end(&self, open: &Open) -> Result<(), StoreError> {
        self.state.remove(&key(&open.digest)).await.map(drop)
    }

    /// Uses up a challenge. Of parallel callers one gets `true`.
    pub(crate) async fn take(&self, open: &Open) -> Result<bool, StoreError> {
        Ok(self.state.take(&key(&open.digest)).await?.is_some())
    }

    fn seal(&self, digest: &Digest, record: &Record) -> Result<Vec<u8>, SealError> {
        self.sealer.seal_json(record, digest.bytes())
    }

    fn open(&self, digest: Digest, sealed: Vec<u8>) -> Option<Open> {
        let record = self.sealer.open_json(&sealed, digest.bytes())?;
        Some(Open { digest, sealed, record })
    }
}

/// Why a challenge was not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChallengeError {
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn key(digest: &Digest) -> String {
    format!("mfa-challenge:{}", digest.to_hex())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenges(..)")
    }
}
