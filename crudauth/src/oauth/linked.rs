//! The identities that are linked to an account, and the codes of apps, without HTTP.

use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::codes::{AppCode, Redeemed};
use super::config::plain_issuer;
use super::{Completed, OAuthError, OAuthService, Refusal};
use crate::error::{Rejection, RejectionKind};
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::message::MessageKind;
use crate::providers::Profile;
use crate::store::records::Identity;
use crate::transport::ProviderLogin;
use crate::transport::session::as_rfc3339;
use crate::user::{AuthUser, StoredUser};

/// An identity that is linked to an account, as its user sees it.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct LinkedAccount {
    /// What names it to [`OAuthService::unlink`].
    pub id: String,
    /// The name of the provider.
    pub provider: String,
    /// The provider's own name of the account.
    pub provider_account_id: String,
    /// The address that the provider said last.
    pub email: Option<String>,
    /// When it was linked. `None` where a column of the struct is the link, which does not say it.
    #[serde(serialize_with = "as_rfc3339_if_any")]
    pub linked_at: Option<SystemTime>,
    /// When it was noted last that somebody signed in by it.
    #[serde(serialize_with = "as_rfc3339_if_any")]
    pub last_used_at: Option<SystemTime>,
}

fn as_rfc3339_if_any<S: Serializer>(
    at: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => as_rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// Without the address and the account.
impl std::fmt::Debug for LinkedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkedAccount").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl LinkedAccount {
    fn new(id: String, identity: Identity) -> Self {
        Self {
            id,
            provider: identity.provider,
            provider_account_id: identity.subject,
            email: identity.email,
            linked_at: (!identity.id.is_empty()).then_some(identity.linked_at),
            last_used_at: identity.last_used_at,
        }
    }
}

impl<U: AuthUser> OAuthService<U> {
    /// The identities that are linked to the account of `user`, the first one first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list(&self, user: &StoredUser<U>) -> Result<Vec<LinkedAccount>, OAuthError> {
        let links = self.accounts.list(user).await?;
        let account =
            |link: Identity| LinkedAccount::new(self.identity(&link.issuer, &link.subject), link);
        Ok(links.into_iter().map(account).collect())
    }

    /// Takes an identity off the account of `user`. Its address links it to no account from then on, only
    /// its user does. The sign-ins by it end but for the one with the handle `keep`, and the owner is told,
    /// where messages are sent.
    ///
    /// # Errors
    ///
    /// As a [`Rejection`]: `LinkedAccountNotFound` where the user has none with this `id`, and `OnlySignIn` where
    /// nobody could sign in to the account without it. And where the store fails.
    pub async fn unlink(
        &self,
        user: &Arc<StoredUser<U>>,
        id: &str,
        keep: Option<&str>,
        context: &HookContext,
    ) -> Result<(), OAuthError> {
        let links = self.accounts.list(user).await?;
        let is_it = |link: &Identity| self.is_identity(id, &link.issuer, &link.subject);
        let missing = || OAuthError::Failed(RejectionKind::LinkedAccountNotFound.into());
        let (link, is_off) = match links.into_iter().find(is_it) {
            Some(link) => {
                self.accounts.unlink(user, link.clone()).await?;
                self.revoke_tokens(&link);
                let provider = LogSafe::new(&link.provider);
                let id = LogSafe::from_display(user.id());
                self.core.events.emit(context, SecurityEvent::OAuthUnlinked { user: id, provider });
                self.tell(MessageKind::ProviderUnlinked, user, context).await;
                (link, true)
            }
            // Its sign-ins could not be ended, and the client asks again.
            None => {
                let removed = self.accounts.removed(user).await?;
                (removed.into_iter().find(is_it).ok_or_else(missing)?, false)
            }
        };
        let is_by_it =
            |login: &ProviderLogin| self.is_identity(&login.identity, &link.issuer, &link.subject);
        match self.end_sign_ins(user, is_by_it, keep).await? || is_off {
            true => Ok(()),
            false => Err(missing()),
        }
    }

    /// Links an identity to the account of the user who asked for it, and returns that user.
    pub(super) async fn link(
        &self,
        name: &str,
        profile: &Profile,
        user: StoredUser<U>,
        context: &HookContext,
    ) -> Result<Arc<StoredUser<U>>, OAuthError> {
        let (user, is_new) = self.accounts.link_by_hand(name, profile, user).await?;
        if is_new {
            let (id, provider) = (LogSafe::from_display(user.id()), LogSafe::new(name));
            self.core.events.emit(context, SecurityEvent::OAuthLinked { user: id, provider });
            self.tell(MessageKind::ProviderLinked, &user, context).await;
        }
        Ok(Arc::new(user))
    }

    /// Whether the identity is one of `user`, who is to prove to be there.
    pub(super) async fn is_identity_of(
        &self,
        profile: &Profile,
        user: &StoredUser<U>,
    ) -> Result<(), OAuthError> {
        let links = self.accounts.list(user).await?;
        let issuer = plain_issuer(profile.issuer());
        let is_theirs =
            |link: &Identity| link.issuer == issuer && link.subject == profile.subject();
        match links.iter().any(is_theirs) {
            true => Ok(()),
            false => Err(Refusal::IdentityTaken.into()),
        }
    }

    /// A code for the app that has begun the flow.
    pub(super) async fn issue_code(
        &self,
        challenge: &str,
        completed: &Completed<U>,
    ) -> Result<AppCode, OAuthError> {
        let user = &completed.user;
        let holder = (user.id().to_string(), self.core.stamps.of(user));
        self.codes.issue(challenge, holder, &completed.login).await
    }

    /// Who has signed in, for the app that shows a code and its verifier. `None` where the code serves no
    /// more, or the account is not any more what it was when the provider was asked.
    pub(super) async fn redeem(
        &self,
        code: &str,
        verifier: &str,
        context: &HookContext,
    ) -> Result<Option<(Arc<StoredUser<U>>, ProviderLogin)>, Rejection> {
        let Some(redeemed) = self.codes.redeem(code, verifier).await? else { return Ok(None) };
        let Redeemed { user, stamp, login } = redeemed;
        let Ok(id) = U::Id::from_str(&user) else { return Ok(None) };
        let Some(user) = self.core.stores.users.find_by_id(&id).await? else { return Ok(None) };
        let counts = context.is_for(&*user)
            && self.core.stamps.count(&user, &stamp).await?
            && self.is_still_linked(&user, &login).await?;
        Ok(counts.then(|| (Arc::new(user), login)))
    }

    /// Whether a sign-in that has begun is by an identity that is still linked. Else it ends: the link was
    /// removed meanwhile, when there was nothing to end yet.
    pub(super) async fn is_still_linked(
        &self,
        user: &StoredUser<U>,
        login: &ProviderLogin,
    ) -> Result<bool, OAuthError> {
        // A column is the link: then the row says it.
        let now = match U::SCHEMA.link_columns().next() {
            Some(_) => self.core.stores.users.find_by_id(user.id()).await?,
            None => None,
        };
        let links = self.accounts.list(now.as_ref().unwrap_or(user)).await?;
        let is_it =
            |link: &Identity| self.is_identity(&login.identity, &link.issuer, &link.subject);
        if links.iter().any(is_it) {
            return Ok(true);
        }
        let is_by_it = |other: &ProviderLogin| other.identity == login.identity;
        self.end_sign_ins(user, is_by_it, None).await?;
        Ok(false)
    }

    /// Ends the sign-ins of `user` that are by an identity, but for the one with the handle `keep`. Returns
    /// whether there were any.
    async fn end_sign_ins(
        &self,
        user: &StoredUser<U>,
        is_by_it: impl Fn(&ProviderLogin) -> bool,
        keep: Option<&str>,
    ) -> Result<bool, OAuthError> {
        let mut ended = false;
        let sign_ins = &self.core.sign_ins;
        for sign_in in sign_ins.list(user.id()).await? {
            if sign_in.login.as_ref().is_some_and(&is_by_it) && keep != Some(&*sign_in.handle) {
                sign_ins.revoke_one(user.id(), &sign_in.handle).await?;
                ended = true;
            }
        }
        Ok(ended)
    }

    async fn tell(&self, kind: MessageKind, user: &StoredUser<U>, context: &HookContext) {
        if let Some(mailer) = &self.core.mailer {
            mailer.notice(kind, user, user.logical().recovery, context).await;
        }
    }
}
