use std::fmt;
use std::sync::Arc;

use super::Links;
use crate::clock::Clock;
use crate::message::{Message, MessageKind};
use crate::onetime::{Lifetimes, OneTimeTokens, Purpose, RedirectTargets};
use crate::secret::SecretKey;
use crate::store::{StoreError, StoreFuture};
use crate::user::AuthUser;

/// What keeps messages until they are delivered.
pub(crate) trait Outgoing: Send + Sync + 'static {
    /// Takes a message on; when the answer is there, it survives a restart.
    fn enqueue(&self, message: Message) -> StoreFuture<'_, ()>;
}

/// Writes to users: with a link, or a notice.
pub(crate) struct Post {
    outbox: Arc<dyn Outgoing>,
    tokens: OneTimeTokens,
    links: Links,
    redirects: RedirectTargets,
}

impl Post {
    pub(crate) fn new(
        outbox: Arc<dyn Outgoing>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        links: Links,
        redirects: RedirectTargets,
        lifetimes: Lifetimes,
    ) -> Self {
        Self { outbox, tokens: OneTimeTokens::new(clock, key, lifetimes), links, redirects }
    }

    pub(crate) fn tokens(&self) -> &OneTimeTokens {
        &self.tokens
    }

    /// Sends the link that proves the recovery factor.
    pub(crate) async fn verification<U: AuthUser>(
        &self,
        user: Option<&U>,
        redirect_to: Option<&str>,
    ) -> Result<(), StoreError> {
        let kind = match U::SCHEMA.recovery {
            Some("email") => MessageKind::VerifyEmail,
            _ => MessageKind::VerifyRecovery,
        };
        let recipient = user.and_then(|user| user.logical().recovery);
        self.link(Purpose::Verify, kind, user, recipient, None, redirect_to).await
    }

    /// Sends the link that leads to a new password.
    pub(crate) async fn reset<U: AuthUser>(
        &self,
        user: Option<&U>,
        redirect_to: Option<&str>,
    ) -> Result<(), StoreError> {
        let recipient = user.and_then(|user| user.logical().recovery);
        let kind = MessageKind::ResetPassword;
        self.link(Purpose::Reset, kind, user, recipient, None, redirect_to).await
    }

    /// Sends the link that makes `new` the address of `user` to that address; or does the same
    /// work and sends nothing.
    pub(crate) async fn change_of_email<U: AuthUser>(
        &self,
        user: &U,
        new: &str,
        sent: bool,
        redirect_to: Option<&str>,
    ) -> Result<(), StoreError> {
        let kind = MessageKind::ChangeEmail;
        let recipient = sent.then_some(new);
        self.link(Purpose::ChangeEmail, kind, Some(user), recipient, Some(new), redirect_to).await
    }

    /// Tells the owner of an address that somebody tried to sign up with it; or nobody.
    pub(crate) async fn existing_account<U: AuthUser>(
        &self,
        owner: Option<&U>,
    ) -> Result<(), StoreError> {
        let recipient = owner.and_then(|owner| owner.logical().recovery).unwrap_or_default();
        self.outbox.enqueue(Message::new(MessageKind::ExistingAccount, recipient)).await
    }

    /// Tells `recipient` what was changed. The change stands whether or not it can be told.
    pub(crate) async fn notice(&self, kind: MessageKind, recipient: Option<&str>) {
        let Some(recipient) = recipient else { return };
        if let Err(error) = self.outbox.enqueue(Message::new(kind, recipient)).await {
            tracing::error!(%error, kind = kind.as_str(), "a notice could not be queued");
        }
    }

    async fn link<U: AuthUser>(
        &self,
        purpose: Purpose,
        kind: MessageKind,
        user: Option<&U>,
        recipient: Option<&str>,
        new_address: Option<&str>,
        redirect_to: Option<&str>,
    ) -> Result<(), StoreError> {
        let redirect_to = redirect_to.filter(|target| self.redirects.allow(target));
        let minted = match user {
            Some(user) => self.tokens.mint(purpose, user, new_address, redirect_to),
            None => self.tokens.mint_for_nobody(purpose, new_address, redirect_to),
        };
        let link = self.links.to(purpose, &minted.token);
        let message = Message::new(kind, recipient.unwrap_or_default())
            .with_link(link.as_str())
            .with_expires_in(minted.expires_in);
        self.outbox.enqueue(message).await
    }
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("links", &self.links).finish_non_exhaustive()
    }
}
