//! Sign-in by mail, without HTTP.

use std::str::FromStr;
use std::sync::Arc;

use super::codes::{Code, Flows, LiveFlow};
use super::error::MailSignInError;
use super::links::{Found, Links, LiveLink};
use super::ticket::Ticket;
use super::whose::Whose;
use super::{EmailCodes, MagicLinks};
use crate::core::{Core, NewByAddress};
use crate::delivery::{Mailer, Recipient, SignInMessage, SignInSecret};
use crate::event::{LinkFailure, LinkKind, LogSafe, SecurityEvent, Withheld};
use crate::hooks::HookContext;
use crate::identity::canonical_email;
use crate::login::{DeviceToken, Entrance, LoginService};
use crate::message::MessageKind;
use crate::rate_limit::MessageLimit;
use crate::user::{AuthUser, StoredUser};

/// Each lost race means that another call has changed the account.
const TRIES: usize = 8;

/// Signs users in who prove that they read a mailbox.
pub(crate) struct MailSignInService<U: AuthUser> {
    core: Arc<Core<U>>,
    mailer: Arc<Mailer>,
    login: Arc<LoginService<U>>,
    new_accounts: Arc<dyn NewByAddress<U>>,
    links: Option<LinksOf<U>>,
    codes: Option<CodesOf>,
}

struct LinksOf<U: AuthUser> {
    links: Links,
    same_browser: bool,
    sign_up: Option<fn(&str) -> U::Register>,
    limit: MessageLimit,
}

struct CodesOf {
    flows: Flows,
    limit: MessageLimit,
}

/// What a try at a code came to.
enum Tried<U: AuthUser> {
    Right(Arc<StoredUser<U>>),
    Wrong,
    /// The flow is over: it has no tries left, or the account has changed meanwhile.
    Dead,
}

/// A link that was followed, and the user who may sign in by it.
pub(crate) struct Followed<U: AuthUser> {
    user: Arc<StoredUser<U>>,
    pub(crate) redirect_to: Option<String>,
}

impl<U: AuthUser> MailSignInService<U> {
    /// `None` where no messages are sent, or neither is asked for.
    pub(crate) fn new(
        core: &Arc<Core<U>>,
        (links, codes): (Option<MagicLinks<U>>, Option<EmailCodes>),
        login: &Arc<LoginService<U>>,
        new_accounts: Arc<dyn NewByAddress<U>>,
    ) -> Option<Self> {
        let mailer = core.mailer.clone()?;
        if links.is_none() && codes.is_none() {
            return None;
        }
        let (state, limiters) = (&core.stores.state, &core.rate_limiters);
        // A surface completes no sign-in that another one has begun.
        let keys = (&core.key, &*core.sessions.config().prefix);
        let links = links.map(|MagicLinks { life, same_browser, sign_up }| LinksOf {
            links: Links::new(state, &core.clock, keys, life),
            same_browser,
            sign_up,
            limit: limiters.messages_of(&limiters.magic_link_request),
        });
        let codes = codes.map(|EmailCodes { life }| CodesOf {
            flows: Flows::new(state, &core.clock, keys, life),
            limit: limiters.messages_of(&limiters.email_code_request),
        });
        let (core, login) = (Arc::clone(core), Arc::clone(login));
        Some(Self { core, mailer, login, new_accounts, links, codes })
    }

    pub(crate) fn has_links(&self) -> bool {
        self.links.is_some()
    }

    pub(crate) fn has_codes(&self) -> bool {
        self.codes.is_some()
    }

    /// How long the browser that requested a link is remembered, if only it may follow the link.
    pub(super) fn browser_life(&self) -> Option<std::time::Duration> {
        let links = self.links.as_ref().filter(|links| links.same_browser)?;
        Some(links.links.life())
    }

    pub(super) fn login(&self) -> &LoginService<U> {
        &self.login
    }

    /// Sends a link to the mailbox `address`, in the form of
    /// [`lookup_email`](crate::identity::lookup_email), if there is an active account that has it.
    pub(super) async fn request_link(
        &self,
        address: &str,
        redirect_to: Option<&str>,
        browser: Option<&Ticket>,
        context: &HookContext,
    ) -> Result<(), MailSignInError> {
        let Some(LinksOf { links, sign_up, limit, .. }) = &self.links else {
            return Err(MailSignInError::InvalidToken);
        };
        let counted = context.counted(address);
        let (user, capped) = self.owner(address, limit, context).await?;
        let signs_up = sign_up.is_some() && user.is_none() && canonical_email(address).is_ok();
        let to = match signs_up {
            true => Recipient::newcomer().withheld_if(capped, Withheld::Capped),
            false => self.recipient(user.as_ref(), capped),
        };
        let whose = match signs_up && !capped {
            true => Whose::NewUser,
            false => self.whose(&to),
        };
        let kind = if signs_up { MessageKind::SignUpLink } else { MessageKind::MagicLink };
        let token = Ticket::new()?;
        let target = self.mailer.allowed(redirect_to);
        links.keep(&token, (whose, address, &counted), target, browser).await?;
        let what = SignInMessage {
            kind,
            secret: SignInSecret::Token(token.as_str()),
            expires_in: links.life(),
            claims: user.as_ref().is_some_and(|user| self.core.awaits_first_proof(user)),
        };
        Ok(self.mailer.sign_in(to, address, what, context).await?)
    }

    /// Uses a link up. The first proof of a mailbox takes the account from the person who made it; an
    /// address without an account gets one, where its link says so.
    pub(super) async fn follow(
        &self,
        token: &str,
        browser: Option<&Ticket>,
        context: &HookContext,
    ) -> Result<Followed<U>, MailSignInError> {
        let refuse = |user: Option<&str>, reason| {
            let (link, user) = (LinkKind::SignIn, user.map(LogSafe::new));
            self.core.events.emit(context, SecurityEvent::LinkRefused { link, user, reason });
        };
        let invalid = |user: Option<&str>, reason| {
            refuse(user, reason);
            MailSignInError::InvalidToken
        };
        let (Some(LinksOf { links, same_browser, sign_up, .. }), Some(token)) =
            (&self.links, Ticket::read(token))
        else {
            return Err(invalid(None, LinkFailure::Invalid));
        };
        let live = match links.find(&token).await? {
            Some(Found::Live(live)) => live,
            Some(Found::Used) => {
                refuse(None, LinkFailure::Used);
                return Err(MailSignInError::UsedToken);
            }
            None => return Err(invalid(None, LinkFailure::Invalid)),
        };
        let id = match &live.link.whose {
            Whose::User { id, .. } => Some(id.as_str()),
            Whose::NewUser | Whose::Nobody => None,
        };
        if !links.is_newest(&live, &context.counted(&live.link.address)).await? {
            return Err(invalid(id, LinkFailure::Replaced));
        }
        if *same_browser && !links.is_for(&live, browser) {
            return Err(invalid(id, LinkFailure::OtherBrowser));
        }
        let user = self.user_of(&live.link.whose, &live.link.address, context).await?;
        let can_serve = match &live.link.whose {
            Whose::User { .. } => user.is_some(),
            // A user who has signed up meanwhile has to ask for another link.
            Whose::NewUser => sign_up.is_some() && !self.is_taken(&live, context).await?,
            Whose::Nobody => false,
        };
        if !can_serve {
            return Err(invalid(id, LinkFailure::Invalid));
        }
        if !links.spend(&live).await? {
            refuse(id, LinkFailure::Used);
            return Err(MailSignInError::UsedToken);
        }
        let user = match (user, sign_up) {
            (Some(user), _) => self.proved(user, &live.link.address, context).await?,
            (None, Some(make)) => {
                let created = self.new_accounts.create(make(&live.link.address), context).await;
                created.map_err(MailSignInError::Refused)?
            }
            (None, None) => None,
        };
        let user = user.ok_or_else(|| invalid(id, LinkFailure::Invalid))?;
        Ok(Followed { user, redirect_to: live.link.redirect_to })
    }

    /// Admits the user of a followed link, from a client that shows `devices`.
    pub(super) async fn admit(
        &self,
        followed: &Followed<U>,
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, MailSignInError> {
        Ok(self.login.admit_by_mailbox(&followed.user, None, devices, context).await?)
    }

    /// Sends a code to the mailbox `address`, in the form of
    /// [`lookup_email`](crate::identity::lookup_email), if there is an active account that has it. Returns
    /// the name of the flow, in any case.
    pub(super) async fn request_code(
        &self,
        address: &str,
        context: &HookContext,
    ) -> Result<Ticket, MailSignInError> {
        let Some(CodesOf { flows, limit }) = &self.codes else {
            return Err(MailSignInError::InvalidFlow);
        };
        let (user, capped) = self.owner(address, limit, context).await?;
        let to = self.recipient(user.as_ref(), capped);
        let (name, code) = (Ticket::new()?, Code::new()?);
        flows.keep(&name, &code, (self.whose(&to), address)).await?;
        let what = SignInMessage {
            kind: MessageKind::EmailCode,
            secret: SignInSecret::Code(code.as_str()),
            expires_in: flows.life(),
            claims: user.as_ref().is_some_and(|user| self.core.awaits_first_proof(user)),
        };
        self.mailer.sign_in(to, address, what, context).await?;
        Ok(name)
    }

    /// Checks a code, and admits the user if it is right. Each try counts like one at the password of the
    /// account, and three tries end the flow.
    pub(super) async fn verify_code(
        &self,
        (flow, code): (&str, &str),
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, MailSignInError> {
        let refuse = |user: Option<&StoredUser<U>>, reason| {
            let (link, user) =
                (LinkKind::SignInCode, user.map(|it| LogSafe::from_display(it.id())));
            self.core.events.emit(context, SecurityEvent::LinkRefused { link, user, reason });
        };
        let name = Ticket::read(flow);
        let (Some(CodesOf { flows, .. }), Some(name)) = (&self.codes, name) else {
            refuse(None, LinkFailure::Invalid);
            return Err(MailSignInError::InvalidFlow);
        };
        let Some(live) = flows.find(&name).await? else {
            refuse(None, LinkFailure::Invalid);
            return Err(MailSignInError::InvalidFlow);
        };
        let within: U::Tenant = context.tenant().map_err(crate::core::ServiceFailure::from)?;
        let address = live.flow.address.clone();
        let users = &self.core.stores.users;
        // The account that has the address now, whether or not the code was sent there: what is counted
        // must not tell which it was.
        let owner = users.find_by_recovery(&address, &within).await?;
        let guess = self.login.begin_guess(owner.as_ref(), &address, devices, context).await?;
        let typed = (&name, Code::typed(code));
        let user = match self.try_code(flows, live, typed, context).await {
            Ok(Tried::Right(user)) => user,
            Ok(Tried::Wrong) => {
                self.login.fail_guess(guess).await?;
                refuse(owner.as_ref(), LinkFailure::WrongCode);
                return Err(MailSignInError::WrongCode);
            }
            Ok(Tried::Dead) => {
                self.core.lockout.forgive(guess.pending()).await?;
                refuse(owner.as_ref(), LinkFailure::Invalid);
                return Err(MailSignInError::InvalidFlow);
            }
            Err(error) => {
                // The code was right or was not checked, so the guess has not failed.
                self.core.lockout.forgive(guess.pending()).await?;
                return Err(error);
            }
        };
        let pending = Some(guess.into_pending());
        Ok(self.login.admit_by_mailbox(&user, pending, devices, context).await?)
    }

    /// Uses up one try at the code of a flow.
    async fn try_code(
        &self,
        flows: &Flows,
        live: LiveFlow,
        (name, code): (&Ticket, Code),
        context: &HookContext,
    ) -> Result<Tried<U>, MailSignInError> {
        let Some(live) = flows.count_try(live).await? else { return Ok(Tried::Dead) };
        if !flows.is_right(&live, name, &code) {
            return Ok(Tried::Wrong);
        }
        let address = &live.flow.address;
        let user = self.user_of(&live.flow.whose, address, context).await?;
        let ended = flows.end(&live).await?;
        let user = match user.filter(|_| ended) {
            Some(user) => self.proved(user, address, context).await?,
            None => None,
        };
        Ok(user.map_or(Tried::Dead, Tried::Right))
    }

    /// The account whose mailbox is `address`, and whether it has been written to enough. The work is
    /// the same in each case.
    async fn owner(
        &self,
        address: &str,
        limit: &MessageLimit,
        context: &HookContext,
    ) -> Result<(Option<StoredUser<U>>, bool), MailSignInError> {
        let within: U::Tenant = context.tenant().map_err(crate::core::ServiceFailure::from)?;
        let capped = !limit.has_room(&context.counted(address), context).await?;
        Ok((self.core.stores.users.find_by_recovery(address, &within).await?, capped))
    }

    /// The recipient: withheld if the account may not sign in, or if the address is `capped`.
    fn recipient<'a>(&self, user: Option<&'a StoredUser<U>>, capped: bool) -> Recipient<'a, U> {
        let now = || self.core.clock.now();
        let is_inactive = user.is_some_and(|user| !user.logical().may_sign_in(now));
        Recipient::new(user)
            .withheld_if(is_inactive, Withheld::Inactive)
            .withheld_if(capped, Withheld::Capped)
    }

    fn whose(&self, to: &Recipient<'_, U>) -> Whose {
        match to.deliverable() {
            Some(user) => {
                Whose::User { id: user.id().to_string(), stamp: self.core.stamps.of(user) }
            }
            None => Whose::Nobody,
        }
    }

    /// The user whom a proof of `address` signs in: the row still has the address and the credentials
    /// that it had, and may sign in.
    async fn user_of(
        &self,
        whose: &Whose,
        address: &str,
        context: &HookContext,
    ) -> Result<Option<StoredUser<U>>, MailSignInError> {
        let Whose::User { id, stamp } = whose else { return Ok(None) };
        let Ok(id) = U::Id::from_str(id) else { return Ok(None) };
        let Some(user) = self.core.stores.users.find_by_id(&id).await? else { return Ok(None) };
        let has_it = has_address(&user, address) && context.is_for(&*user);
        Ok(match has_it && self.core.owners.admit(&user, stamp).await? {
            true => Some(user),
            false => None,
        })
    }

    /// Whether the address has an account by now.
    async fn is_taken(
        &self,
        live: &LiveLink,
        context: &HookContext,
    ) -> Result<bool, MailSignInError> {
        let within: U::Tenant = context.tenant().map_err(crate::core::ServiceFailure::from)?;
        let found = self.core.stores.users.find_by_recovery(&live.link.address, &within).await?;
        Ok(found.is_some())
    }

    /// Notes that `user` has proved the mailbox. The first proof takes the account from the person who made
    /// it. `None` if the account has changed meanwhile.
    async fn proved(
        &self,
        mut user: StoredUser<U>,
        address: &str,
        context: &HookContext,
    ) -> Result<Option<Arc<StoredUser<U>>>, MailSignInError> {
        let stamp = self.core.stamps.of(&user);
        for _ in 0..TRIES {
            if !self.core.awaits_first_proof(&user) {
                return Ok(Some(Arc::new(user)));
            }
            let stored = user.logical().recovery.unwrap_or_default().to_owned();
            if let Some(change) = self.core.claim_by_mailbox(&user, &stored).await? {
                user.apply(&change);
                self.core.clear_after_claim(&user).await;
                let user = Arc::new(user);
                self.core.tell_claimed(&user, context);
                return Ok(Some(user));
            }
            // The row has changed: by another proof, or by the person who made it.
            let found = self.core.stores.users.find_by_id(user.id()).await?;
            let found = found.filter(|user| has_address(user, address));
            let Some(found) = found else { return Ok(None) };
            if !self.core.owners.admit(&found, &stamp).await? {
                return Ok(None);
            }
            user = found;
        }
        Ok(None)
    }
}

fn has_address<U: AuthUser>(user: &StoredUser<U>, address: &str) -> bool {
    user.logical().recovery.map(crate::identity::lookup_email).as_deref() == Some(address)
}
