//! Tokens of providers, kept for the application's own calls there.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use zeroize::{Zeroize, Zeroizing};

use super::service::CALLS;
use super::{OAuthError, OAuthService};
use crate::providers::{Fault, Http, Profile, Provider, ProviderError, Tokens};
use crate::secret::{Sealer, SecretKey};
use crate::store::Changed;
use crate::store::records::{Identity, Target};
use crate::user::{AuthUser, StoredUser};

/// How long before its end an access token is not given out any more, in seconds.
const MARGIN: u64 = 60;
/// How long one call may refresh before another one may.
const LEASE: Duration = CALLS.saturating_mul(2);
/// How often, and how many times, a call looks whether another one has refreshed.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: usize = 100;
/// The longest of what is kept, in bytes.
const MAX_SEALED: usize = 32 * 1024;

/// Which providers' tokens are kept, and the key that seals them.
pub(super) struct KeptTokens {
    sealer: Sealer,
    of: BTreeSet<String>,
}

/// An access token of a provider, for calls that the application makes in the name of a user.
///
/// `Debug` shows nothing of it.
pub struct ProviderToken {
    access: Zeroizing<String>,
}

impl ProviderToken {
    /// The token, for the header `Authorization: Bearer`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.access
    }
}

impl fmt::Debug for ProviderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProviderToken(..)")
    }
}

/// What is sealed. Times are in seconds since the Unix epoch.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "a")]
    access: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    /// Until when one call alone refreshes it.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    leased_until: Option<u64>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.access.zeroize();
        self.refresh.zeroize();
    }
}

impl Kept {
    /// `tokens`, which came at `now`. Where there is no new refresh token, the one `before` counts on.
    fn new(tokens: &Tokens, now: u64, before: Option<&Self>) -> Self {
        let refresh = tokens.refresh().or(before.and_then(|before| before.refresh.as_deref()));
        Self {
            access: tokens.access().to_owned(),
            refresh: refresh.map(str::to_owned),
            expires_at: tokens.life().map(|life| now.saturating_add(life)),
            leased_until: None,
        }
    }

    fn counts_at(&self, now: u64) -> bool {
        self.expires_at.is_none_or(|end| end > now.saturating_add(MARGIN))
    }
}

impl KeptTokens {
    pub(super) fn new(key: &SecretKey, of: BTreeSet<String>) -> Self {
        Self { sealer: key.sealer("oauth tokens"), of }
    }

    /// Whether those of the provider are kept.
    pub(super) fn are_of(&self, provider: &str) -> bool {
        self.of.contains(provider)
    }

    fn seal(&self, link: &Identity, kept: &Kept) -> Result<Vec<u8>, OAuthError> {
        // Texts and numbers always serialize.
        let plain = Zeroizing::new(serde_json::to_vec(kept).unwrap_or_default());
        let sealed = self.sealer.seal(&plain, &context(link))?;
        match sealed.len() <= MAX_SEALED {
            true => Ok(sealed),
            false => Err(ProviderError::from(Fault::TooLarge).into()),
        }
    }

    /// `None` where nothing is kept, or it was sealed under a key that is not known any more.
    fn open(&self, link: &Identity) -> Option<Kept> {
        let plain = self.sealer.open(link.tokens.as_deref()?, &context(link))?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Sealed tokens of one identity open for no other one. No issuer and no subject has a NUL.
fn context(link: &Identity) -> Vec<u8> {
    [link.issuer.as_bytes(), b"\0", link.subject.as_bytes()].concat()
}

impl<U: AuthUser> OAuthService<U> {
    /// An access token of the provider `name` for calls in the name of `user`, refreshed if it has expired.
    /// `None` where none is kept or can be had: the user has to sign in by the provider again.
    ///
    /// Tokens are kept of the providers that
    /// [`OAuthConfig::keep_tokens_of`](super::OAuthConfig::keep_tokens_of) names. Of parallel calls one
    /// refreshes, in all processes, and the others wait for it.
    ///
    /// # Errors
    ///
    /// Where there is no such provider, it does not answer, or the store fails.
    pub async fn access_token(
        &self,
        user: &StoredUser<U>,
        name: &str,
    ) -> Result<Option<ProviderToken>, OAuthError> {
        let provider = self.provider(name)?;
        for _ in 0..LOOKS {
            let Some(link) = self.accounts.link_of(user, name).await? else { return Ok(None) };
            let Some(mut kept) = self.kept.open(&link) else { return Ok(None) };
            let now = self.now();
            if kept.counts_at(now) {
                let access = std::mem::take(&mut kept.access).into();
                return Ok(Some(ProviderToken { access }));
            }
            let Some(token) = kept.refresh.clone().map(Zeroizing::new) else { return Ok(None) };
            if kept.leased_until.is_some_and(|end| end > now) {
                sleep(LOOK).await;
                continue;
            }
            kept.leased_until = Some(now + LEASE.as_secs());
            let leased = self.kept.seal(&link, &kept)?;
            if !self.put(&link, Some(leased.clone())).await? {
                continue;
            }
            let link = Identity { tokens: Some(leased), ..link };
            self.refresh(&**provider, &link, kept, &token).await?;
        }
        Err(ProviderError::from(Fault::Unreachable).into())
    }

    /// Has the provider refresh what is kept. It is forgotten where the provider does not take it any more.
    async fn refresh(
        &self,
        provider: &dyn Provider,
        link: &Identity,
        mut kept: Kept,
        token: &str,
    ) -> Result<(), OAuthError> {
        let unreachable = |_| Err(ProviderError::from(Fault::Unreachable));
        let answer = timeout(CALLS, provider.refresh(&self.http, token)).await;
        match answer.unwrap_or_else(unreachable) {
            Ok(tokens) => {
                let kept = Kept::new(&tokens, self.now(), Some(&kept));
                self.put(link, Some(self.kept.seal(link, &kept)?)).await?;
                Ok(())
            }
            Err(error) if error.says_no() => {
                self.put(link, None).await?;
                Ok(())
            }
            Err(error) => {
                kept.leased_until = None;
                self.put(link, Some(self.kept.seal(link, &kept)?)).await?;
                Err(error.into())
            }
        }
    }

    /// Keeps the tokens of a flow that has come to its end, if those of the provider are kept.
    pub(super) async fn keep_tokens(
        &self,
        name: &str,
        profile: &Profile,
        user: &StoredUser<U>,
        tokens: Option<Tokens>,
    ) -> Result<(), OAuthError> {
        let Some(tokens) = tokens.filter(|_| self.kept.are_of(name)) else { return Ok(()) };
        let Some(link) = self.accounts.link_of(user, name).await? else { return Ok(()) };
        if link.subject != profile.subject() {
            return Ok(());
        }
        let kept = Kept::new(&tokens, self.now(), self.kept.open(&link).as_ref());
        let set = [Identity::tokens().to(Some(self.kept.seal(&link, &kept)?))];
        let live = Target::of(&link).only_if(Identity::removed_at(), None);
        // Where it was removed meanwhile, nothing is kept.
        let _ = self.accounts.records()?.change(live, set).await?;
        Ok(())
    }

    /// Has the provider forget what was kept of a link that is removed, without a wait for it.
    pub(super) fn revoke_tokens(&self, link: &Identity) {
        let Ok(provider) = self.provider(&link.provider) else { return };
        let Some(kept) = self.kept.open(link) else { return };
        let (http, provider): (Http, Arc<dyn Provider>) = (self.http.clone(), Arc::clone(provider));
        self.core.background.spawn(async move {
            // A refresh token takes its access tokens with it (RFC 7009 §2.1).
            let token = kept.refresh.as_ref().unwrap_or(&kept.access);
            if let Ok(Err(error)) = timeout(CALLS, provider.revoke(&http, token)).await {
                tracing::info!(provider = provider.name(), %error, "a token was not revoked");
            }
        });
    }

    /// Writes what is kept, if it is still what was read.
    async fn put(&self, link: &Identity, sealed: Option<Vec<u8>>) -> Result<bool, OAuthError> {
        let target = Target::of(link)
            .only_if(Identity::removed_at(), None)
            .only_if(Identity::tokens(), link.tokens.clone());
        let set = [Identity::tokens().to(sealed)];
        Ok(self.accounts.records()?.change(target, set).await? == Changed::Applied)
    }

    fn now(&self) -> u64 {
        self.core.clock.now_ms() / 1000
    }
}
