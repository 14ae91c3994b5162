//! Tokens of providers, kept for the application's own calls there.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use zeroize::{Zeroize, Zeroizing};

use super::config::plain_issuer;
use super::known::records;
use super::service::CALLS;
use super::{OAuthError, OAuthService};
use crate::core::Core;
use crate::providers::{Fault, Http, Profile, Provider, ProviderError, Tokens};
use crate::secret::Sealer;
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
/// The longest of what is kept, in bytes. A lease has room beside it.
const MAX_SEALED: usize = 32 * 1024 - 64;

/// Which providers' tokens are kept, and the key that seals them.
pub(super) struct KeptTokens<U: AuthUser> {
    core: Arc<Core<U>>,
    http: Http,
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

impl From<Kept> for ProviderToken {
    fn from(mut kept: Kept) -> Self {
        Self { access: std::mem::take(&mut kept.access).into() }
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

impl<U: AuthUser> KeptTokens<U> {
    pub(super) fn new(core: &Arc<Core<U>>, http: &Http, of: BTreeSet<String>) -> Self {
        let sealer = core.key.sealer("oauth tokens");
        Self { core: Arc::clone(core), http: http.clone(), sealer, of }
    }

    /// Whether those of the provider are kept.
    pub(super) fn are_of(&self, provider: &str) -> bool {
        self.of.contains(provider)
    }

    fn seal(&self, link: &Identity, kept: &Kept) -> Result<Vec<u8>, OAuthError> {
        Ok(self.sealer.seal_json(kept, &context(link))?)
    }

    /// Seals tokens that have just come. `None` where they are too long to be kept: nobody is to be kept
    /// out by that.
    fn seal_new(&self, link: &Identity, kept: &Kept) -> Result<Option<Vec<u8>>, OAuthError> {
        let sealed = self.seal(link, kept)?;
        if sealed.len() > MAX_SEALED {
            let (provider, bytes) = (&link.provider, sealed.len());
            tracing::warn!(provider, bytes, "tokens of a provider are too long to be kept");
            return Ok(None);
        }
        Ok(Some(sealed))
    }

    /// What is kept of a link to `provider`. `None` where nothing is, it was sealed under a key that is not
    /// known any more, or the provider was another server then: no other one is to see its tokens.
    fn open(&self, provider: &dyn Provider, link: &Identity) -> Option<Kept> {
        if link.issuer != plain_issuer(provider.issuer()) {
            return None;
        }
        self.sealer.open_json(link.tokens.as_deref()?, &context(link))
    }

    /// Has the provider refresh what is kept. `None` where another call has changed it meanwhile, and where
    /// the provider does not take it any more, so that it is forgotten.
    async fn refresh(
        self: Arc<Self>,
        provider: Arc<dyn Provider>,
        link: Identity,
        mut kept: Kept,
        token: Zeroizing<String>,
    ) -> Result<Option<ProviderToken>, OAuthError> {
        kept.leased_until = Some(self.now().saturating_add(LEASE.as_secs()));
        let leased = self.seal(&link, &kept)?;
        if !self.put(&link, Some(leased.clone())).await? {
            return Ok(None);
        }
        let link = Identity { tokens: Some(leased), ..link };
        let unreachable = |_| Err(ProviderError::from(Fault::Unreachable));
        let answer = timeout(CALLS, provider.refresh(&self.http, &token)).await;
        match answer.unwrap_or_else(unreachable) {
            Ok(tokens) => {
                let new = Kept::new(&tokens, self.now(), Some(&kept));
                let is_there = self.put(&link, self.seal_new(&link, &new)?).await?;
                Ok(is_there.then(|| new.into()))
            }
            Err(error) if error.says_no() => {
                self.put(&link, None).await?;
                Ok(None)
            }
            Err(error) => {
                kept.leased_until = None;
                self.put(&link, Some(self.seal(&link, &kept)?)).await?;
                Err(error.into())
            }
        }
    }

    /// Writes what is kept, if it is still what was read.
    async fn put(&self, link: &Identity, sealed: Option<Vec<u8>>) -> Result<bool, OAuthError> {
        let target = Target::of(link)
            .only_if(Identity::removed_at(), None)
            .only_if(Identity::tokens(), link.tokens.clone());
        let set = [Identity::tokens().to(sealed)];
        Ok(records(&self.core)?.change(target, set).await? == Changed::Applied)
    }

    fn now(&self) -> u64 {
        self.core.clock.now_ms() / 1000
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
    /// refreshes, in all processes, and the others wait for it. A refresh that has begun goes on where this
    /// future is dropped, since providers take a refresh token once. What is kept is erased where the provider
    /// says that this token does not count any more, and not by another failure.
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
            let Some(kept) = self.kept.open(&**provider, &link) else { return Ok(None) };
            let now = self.kept.now();
            if kept.counts_at(now) {
                return Ok(Some(kept.into()));
            }
            let Some(token) = kept.refresh.clone().map(Zeroizing::new) else { return Ok(None) };
            if kept.leased_until.is_some_and(|end| end > now) {
                sleep(LOOK).await;
                continue;
            }
            let tokens = Arc::clone(&self.kept);
            let refresh = tokens.refresh(Arc::clone(provider), link, kept, token);
            if let Some(token) = self.core.background.to_its_end(refresh).await? {
                return Ok(Some(token));
            }
        }
        Err(ProviderError::from(Fault::Unreachable).into())
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
        let identity = (plain_issuer(profile.issuer()), profile.subject());
        if (&*link.issuer, &*link.subject) != identity {
            return Ok(());
        }
        let before = self.kept.open(&**self.provider(name)?, &link);
        let kept = Kept::new(&tokens, self.kept.now(), before.as_ref());
        let Some(sealed) = self.kept.seal_new(&link, &kept)? else { return Ok(()) };
        let set = [Identity::tokens().to(Some(sealed))];
        let live = Target::of(&link).only_if(Identity::removed_at(), None);
        // Where it was removed meanwhile, nothing is kept.
        let _ = self.accounts.records()?.change(live, set).await?;
        Ok(())
    }

    /// Has the provider forget what was kept of a link that is removed, without a wait for it.
    pub(super) fn revoke_tokens(&self, link: &Identity) {
        let Ok(provider) = self.provider(&link.provider) else { return };
        let Some(kept) = self.kept.open(&**provider, link) else { return };
        let (http, provider): (Http, Arc<dyn Provider>) = (self.http.clone(), Arc::clone(provider));
        self.core.background.spawn(async move {
            // A refresh token takes its access tokens with it (RFC 7009 §2.1).
            let token = kept.refresh.as_ref().unwrap_or(&kept.access);
            if let Ok(Err(error)) = timeout(CALLS, provider.revoke(&http, token)).await {
                tracing::info!(provider = provider.name(), %error, "a token was not revoked");
            }
        });
    }
}
