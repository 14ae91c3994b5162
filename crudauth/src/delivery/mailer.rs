use std::fmt;
use std::time::Duration;

use super::Links;
use super::recipient::Recipient;
use crate::chain::chain;
use crate::event::{Events, LinkKind, LogSafe, RequestInfo, SecurityEvent, Withheld};
use crate::message::{Message, MessageKind};
use crate::onetime::{OneTimeTokens, Purpose, RedirectTargets};
use crate::outbox::{Outbox, OutboxError};
use crate::user::{AuthUser, StoredUser};

/// Queues links and notices for users. Without a recipient it does the same work for a decoy.
pub(crate) struct Mailer {
    outbox: Outbox,
    tokens: OneTimeTokens,
    links: Links,
    redirects: RedirectTargets,
    events: Events,
}

/// A message that signs in.
pub(crate) struct SignInMessage<'a> {
    pub(crate) kind: MessageKind,
    pub(crate) secret: SignInSecret<'a>,
    pub(crate) expires_in: Duration,
    /// Whether it takes the account from the person who made it.
    pub(crate) claims: bool,
}

/// What a message signs in by.
pub(crate) enum SignInSecret<'a> {
    /// A token, in a link.
    Token(&'a str),
    /// A code to type.
    Code(&'a str),
}

impl Mailer {
    pub(crate) fn new(
        outbox: Outbox,
        tokens: OneTimeTokens,
        links: Links,
        redirects: RedirectTargets,
        events: Events,
    ) -> Self {
        Self { outbox, tokens, links, redirects, events }
    }

    pub(crate) fn tokens(&self) -> &OneTimeTokens {
        &self.tokens
    }

    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Sends the link that proves the recovery factor. `typed` is what the client asked for; where
    /// there is a user, the message goes to the value that is stored.
    pub(crate) async fn verification<U: AuthUser>(
        &self,
        to: Recipient<'_, U>,
        typed: &str,
        redirect_to: Option<&str>,
        request: impl Into<RequestInfo>,
    ) -> Result<(), OutboxError> {
        let kind = match U::SCHEMA.recovery {
            Some("email") => MessageKind::VerifyEmail,
            _ => MessageKind::VerifyRecovery,
        };
        let message =
            self.link_message(Purpose::Verify, kind, to.deliverable(), typed, redirect_to);
        self.enqueue(message, to.deliverable().is_none()).await?;
        self.emit_link_requested(LinkKind::Verify, &to, typed, request);
        Ok(())
    }

    /// Sends the link that leads to a new password, as [`verification`](Self::verification) does.
    pub(crate) async fn reset<U: AuthUser>(
        &self,
        to: Recipient<'_, U>,
        typed: &str,
        redirect_to: Option<&str>,
        request: impl Into<RequestInfo>,
    ) -> Result<(), OutboxError> {
        let kind = MessageKind::ResetPassword;
        let message = self.link_message(Purpose::Reset, kind, to.deliverable(), typed, redirect_to);
        self.enqueue(message, to.deliverable().is_none()).await?;
        self.emit_link_requested(LinkKind::Reset, &to, typed, request);
        Ok(())
    }

    /// Sends the link that makes `new` the address of `user` to that address, unless `to` says
    /// that it is withheld.
    pub(crate) async fn change_of_email<U: AuthUser>(
        &self,
        user: &StoredUser<U>,
        new: &str,
        to: Recipient<'_, U>,
        redirect_to: Option<&str>,
        request: impl Into<RequestInfo>,
    ) -> Result<(), OutboxError> {
        let redirect_to = self.allowed(redirect_to);
        let minted = self.tokens.mint(Purpose::ChangeEmail, user, Some(new), redirect_to);
        let link = self.links.to(Purpose::ChangeEmail, &minted.token);
        let message = Message::new(MessageKind::ChangeEmail, new)
            .with_link(link.as_str())
            .with_expires_in(minted.expires_in);
        self.enqueue(message, to.deliverable().is_none()).await?;
        self.emit_link_requested(LinkKind::ChangeEmail, &to, new, request);
        Ok(())
    }

    /// Sends what signs in to the mailbox `typed`, or where there is a user, to the address that is
    /// stored.
    pub(crate) async fn sign_in<U: AuthUser>(
        &self,
        to: Recipient<'_, U>,
        typed: &str,
        what: SignInMessage<'_>,
        request: impl Into<RequestInfo>,
    ) -> Result<(), OutboxError> {
        let stored = to.deliverable().and_then(|user| user.logical().recovery);
        let SignInMessage { kind, secret, expires_in, claims } = what;
        let message = Message::new(kind, stored.unwrap_or(typed)).with_expires_in(expires_in);
        let (link, message) = match secret {
            SignInSecret::Token(token) => {
                (LinkKind::SignIn, message.with_link(self.links.to_sign_in(token).as_str()))
            }
            SignInSecret::Code(code) => (LinkKind::SignInCode, message.with_code(code)),
        };
        self.enqueue(message.with_claim(claims), to.withheld().is_some()).await?;
        self.emit_link_requested(link, &to, typed, request);
        Ok(())
    }

    /// Where a client may be sent, of what it has asked for.
    pub(crate) fn allowed<'t>(&self, redirect_to: Option<&'t str>) -> Option<&'t str> {
        redirect_to.filter(|target| self.redirects.allow(target))
    }

    /// Tells the owner of an address that somebody tried to sign up with it.
    pub(crate) async fn existing_account<U: AuthUser>(
        &self,
        owner: Recipient<'_, U>,
        typed: &str,
        request: impl Into<RequestInfo>,
    ) -> Result<(), OutboxError> {
        let recipient = owner.deliverable().and_then(|owner| owner.logical().recovery);
        let kind = MessageKind::ExistingAccount;
        let message = Message::new(kind, recipient.unwrap_or(typed));
        self.enqueue(message, recipient.is_none()).await?;
        let owner = owner.withheld_if(recipient.is_none(), Withheld::NoAccount);
        self.events.emit(
            request,
            SecurityEvent::NoticeRequested {
                kind: kind.as_str(),
                user: owner.id(),
                recipient: self.outbox.name_of(typed),
                withheld: owner.withheld(),
            },
        );
        Ok(())
    }

    /// Tells `recipient` what was changed of `user`. A notice that cannot be queued is logged: the
    /// change is made already.
    pub(crate) async fn notice<U: AuthUser>(
        &self,
        kind: MessageKind,
        user: &StoredUser<U>,
        recipient: Option<&str>,
        request: impl Into<RequestInfo>,
    ) {
        let Some(recipient) = recipient else { return };
        if let Err(error) = self.outbox.enqueue(&Message::new(kind, recipient)).await {
            tracing::error!(error = chain(&error), %kind, "a notice could not be queued");
            return;
        }
        self.events.emit(
            request,
            SecurityEvent::NoticeRequested {
                kind: kind.as_str(),
                user: Some(LogSafe::from_display(user.id())),
                recipient: self.outbox.name_of(recipient),
                withheld: None,
            },
        );
    }

    /// The same event and the same work, whether or not a link was sent.
    fn emit_link_requested<U: AuthUser>(
        &self,
        link: LinkKind,
        to: &Recipient<'_, U>,
        typed: &str,
        request: impl Into<RequestInfo>,
    ) {
        let (user, withheld) = (to.id(), to.withheld());
        let recipient = self.outbox.name_of(typed);
        self.events.emit(request, SecurityEvent::LinkRequested { link, user, recipient, withheld });
    }

    fn link_message<U: AuthUser>(
        &self,
        purpose: Purpose,
        kind: MessageKind,
        user: Option<&StoredUser<U>>,
        typed: &str,
        redirect_to: Option<&str>,
    ) -> Message {
        let redirect_to = self.allowed(redirect_to);
        let (minted, recipient) = match user {
            Some(user) => {
                let minted = self.tokens.mint(purpose, user, None, redirect_to);
                (minted, user.logical().recovery.unwrap_or_default())
            }
            None => (self.tokens.mint_decoy(purpose, None, redirect_to), typed),
        };
        let link = self.links.to(purpose, &minted.token);
        Message::new(kind, recipient).with_link(link.as_str()).with_expires_in(minted.expires_in)
    }

    async fn enqueue(&self, message: Message, is_decoy: bool) -> Result<(), OutboxError> {
        if is_decoy {
            self.outbox.enqueue_decoy(&message).await
        } else {
            self.outbox.enqueue(&message).await
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("links", &self.links).finish_non_exhaustive()
    }
}
