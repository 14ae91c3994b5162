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
    /// When it was linked.
    #[serde(serialize_with = "as_rfc3339")]
    pub linked_at: SystemTime,
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
            linked_at: identity.linked_at,
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
        let link = links.into_iter().find(|it| self.is_identity(id, &it.issuer, &it.subject));
        let missing = || OAuthError::Failed(RejectionKind::LinkedAccountNotFound.into());
        let link = link.ok_or_else(missing)?;
        let (issuer, subject) = (link.issuer.clone(), link.subject.clone());
        let provider = LogSafe::new(&link.provider);
        self.accounts.unlink(user, link.clone()).await?;
        self.revoke_tokens(&link);
        self.end_sign_ins(user, (&issuer, &subject), keep).await?;
        let event =
            SecurityEvent::OAuthUnlinked { user: LogSafe::from_display(user.id()), provider };
        self.core.events.emit(context, event);
        self.tell(MessageKind::ProviderUnlinked, user, context).await;
        Ok(())
    }

    /// Links an identity to the account of who has asked for it, and returns the user with it.
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
        let is_it = |link: &Identity| link.issuer == issuer && link.subject == profile.subject();
        match links.iter().any(is_it) {
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
        let counts = context.is_for(&*user) && self.core.stamps.count(&user, &stamp).await?;
        Ok(counts.then(|| (Arc::new(user), login)))
    }

    /// Ends the sign-ins of `user` by an identity, but for the one with the handle `keep`.
    async fn end_sign_ins(
        &self,
        user: &StoredUser<U>,
        (issuer, subject): (&str, &str),
        keep: Option<&str>,
    ) -> Result<(), OAuthError> {
        let sign_ins = &self.core.sign_ins;
        for sign_in in sign_ins.list(user.id()).await? {
            let is_by_it =
                |login: &ProviderLogin| self.is_identity(&login.identity, issuer, subject);
            if sign_in.login.as_ref().is_some_and(is_by_it) && keep != Some(&*sign_in.handle) {
                sign_ins.revoke_one(user.id(), &sign_in.handle).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, kind: MessageKind, user: &StoredUser<U>, context: &HookContext) {
        if let Some(mailer) = &self.core.mailer {
            mailer.notice(kind, user, user.logical().recovery, context).await;
        }
    }
}
