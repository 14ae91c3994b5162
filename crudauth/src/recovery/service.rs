//! The flows by link, without HTTP.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::RecoveryError;
use crate::chain::chain;
use crate::core::{Core, KEYS};
use crate::delivery::{Mailer, Recipient};
use crate::event::{EmailChangeFailure, LinkFailure, LinkKind, LogSafe, SecurityEvent, Withheld};
use crate::hooks::{HookContext, HookUser};
use crate::identity::{canonical_email, lookup_email};
use crate::message::MessageKind;
use crate::onetime::{Purpose, VerifiedToken};
use crate::password::{Password, PasswordContext, PasswordHash};
use crate::rate_limit::{MessageLimit, RateLimiter};
use crate::store::Changed;
use crate::store::records::{Identity, Record as _, RecordSteps};
use crate::user::{AuthUser, Change, StoredUser};

/// Proves addresses, resets passwords and changes e-mail addresses by links.
pub struct RecoveryService<U: AuthUser> {
    core: Arc<Core<U>>,
    mailer: Arc<Mailer>,
    limits: RecoveryLimits,
}

/// How many messages one address receives, and how often one user may try a password. The answer
/// does not show that a limit on messages is reached.
#[derive(Debug)]
struct RecoveryLimits {
    verify: MessageLimit,
    reset: MessageLimit,
    change_email: MessageLimit,
    guesses: RateLimiter,
}

/// The result of a link that was confirmed.
#[non_exhaustive]
pub struct Confirmed<U: AuthUser> {
    /// The user, as the row is now.
    pub user: Arc<StoredUser<U>>,
    /// Where the client asked to be sent, if that is allowed: a path, or a page of a listed
    /// origin.
    pub redirect_to: Option<String>,
}

impl<U: AuthUser> RecoveryService<U> {
    /// The service; `None` if no delivery is configured.
    pub(crate) fn new(core: Arc<Core<U>>) -> Option<Self> {
        let mailer = core.mailer.clone()?;
        let limiters = &core.rate_limiters;
        let limits = RecoveryLimits {
            verify: limiters.messages_of(&limiters.email_verify_request),
            reset: limiters.reset_messages(),
            change_email: limiters.messages_of(&limiters.email_change_request),
            guesses: limiters.email_change_password.clone(),
        };
        Some(Self { core, mailer, limits })
    }

    /// Sends the link that proves `value`, the recovery factor in the form of
    /// [`lookup_email`](crate::identity::lookup_email) where it is an address, if there is an
    /// active account that has it and has not proved it yet.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn request_verification(
        &self,
        value: &str,
        redirect_to: Option<&str>,
        context: &HookContext,
    ) -> Result<(), RecoveryError> {
        let (user, capped) = self.owner(value, &self.limits.verify, context).await?;
        let is_verified =
            user.as_ref().is_some_and(|user| user.logical().recovery_verified == Some(true));
        let to = self
            .recipient(user.as_ref(), capped)
            .withheld_if(is_verified, Withheld::AlreadyVerified);
        Ok(self.mailer.verification(to, value, redirect_to, context).await?)
    }

    /// Marks the recovery factor of the token's account as proved.
    ///
    /// # Errors
    ///
    /// Where the token does not work, or the store fails.
    pub async fn confirm_verification(
        &self,
        token: &str,
        context: &HookContext,
    ) -> Result<Confirmed<U>, RecoveryError> {
        let link = Link { kind: LinkKind::Verify, context };
        let (token, user) = self.redeem(link, Purpose::Verify, token).await?;
        let value = user.logical().recovery.ok_or(RecoveryError::InvalidToken)?;
        let change = Change::verify_recovery(value.to_owned(), self.core.clock.now());
        let user = self.apply_once(link, user, change).await?;
        self.emit(
            context,
            SecurityEvent::RecoveryVerified { user: LogSafe::from_display(user.id()) },
        );
        self.core.hooks.on_after_recovery_verified(HookUser::new(Arc::clone(&user)), context);
        Ok(confirmed(user, token))
    }

    /// Sends the link that leads to a new password to the owner of `value`, the recovery factor in
    /// the form of [`lookup_email`](crate::identity::lookup_email) where it is an address, if there
    /// is an active account that has it.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn request_reset(
        &self,
        value: &str,
        redirect_to: Option<&str>,
        context: &HookContext,
    ) -> Result<(), RecoveryError> {
        let (user, capped) = self.owner(value, &self.limits.reset, context).await?;
        let to = self.recipient(user.as_ref(), capped);
        Ok(self.mailer.reset(to, value, redirect_to, context).await?)
    }

    /// Gives the token's account a new password, and ends every session, token and link from
    /// before. A reader of the link has proved the recovery factor, so it counts as verified and
    /// the lockout of the account is lifted. The
    /// owner is told.
    ///
    /// # Errors
    ///
    /// Where the token does not work, the policy refuses the password (the token then still
    /// works), hashing is at its limit, or the store fails.
    pub async fn confirm_reset(
        &self,
        token: &str,
        new: Password,
        context: &HookContext,
    ) -> Result<Confirmed<U>, RecoveryError> {
        let link = Link { kind: LinkKind::Reset, context };
        let (token, user) = self.redeem(link, Purpose::Reset, token).await?;
        let logical = user.logical();
        let value = logical.recovery.ok_or(RecoveryError::InvalidToken)?.to_owned();
        let whose = PasswordContext { username: logical.username, email: logical.email };
        if let Err(refusal) = self.core.policy.admit(&new, &whose).await {
            self.refuse(link, Some(LogSafe::from_display(user.id())), LinkFailure::Policy);
            return Err(RecoveryError::Refused(refusal));
        }
        let (from, epoch) = (stored_hash(&user), logical.epoch());

        let to = self.core.hashing.with_reserved_queue().hash(new).await?;
        let verified = logical.recovery_verified == Some(true);
        let change = Change::reset(from, to, epoch, value, self.core.clock.now());
        let change = change.verified_before(verified);
        let claims = self.core.awaits_first_proof(&user);
        let user = self.apply_once(link, user, change).await?;
        self.emit(context, SecurityEvent::PasswordReset { user: LogSafe::from_display(user.id()) });
        if claims {
            self.core.tell_claimed(&user, context);
        }
        let logical = user.logical();
        // No sign-in from before counts for the row as it is now; this removes them.
        let (now, id) = (self.core.stamps.of(&*user), user.id().to_string());
        if let Err(error) = self.core.sessions.succeed(&id, now, None).await {
            tracing::error!(
                error = chain(&error),
                "the sessions from before a reset stay in the store"
            );
        }
        if let Err(error) = self.core.families.end_before(&id, now).await {
            tracing::error!(
                error = chain(&error),
                "sign-ins by tokens from before a reset stay in the store"
            );
        }
        // Those guesses were at a password that is no more. Only the account is unlocked: what an
        // address has tried with other accounts still counts.
        if let Err(error) = self.core.unlock(&user.id().to_string()).await {
            tracing::error!(
                error = chain(&error),
                "an account stays locked after a reset until the lock ends"
            );
        }
        self.core.hooks.on_after_password_reset(HookUser::new(Arc::clone(&user)), context);
        let told = MessageKind::PasswordChanged;
        self.mailer.notice(told, &*user, logical.recovery, context).await;
        Ok(confirmed(user, token))
    }

    /// Sends the link that makes `new` the e-mail address of `user` to that address, if it is
    /// free. The user proves the `password`; the guesses of one user are limited.
    ///
    /// # Errors
    ///
    /// Where `new` is no address or the present one, the password is wrong or was tried too
    /// often, hashing is at its limit, or the store fails. Not where the address is taken.
    pub async fn request_email_change(
        &self,
        user: &StoredUser<U>,
        new: &str,
        password: Password,
        redirect_to: Option<&str>,
        context: &HookContext,
    ) -> Result<(), RecoveryError> {
        let refuse = |reason| {
            let user = LogSafe::from_display(user.id());
            self.emit(context, SecurityEvent::EmailChangeRefused { user, reason });
        };
        let new = canonical_email(new).map_err(RecoveryError::InvalidEmail)?;
        let guesses = self.limits.guesses.count_of(&user.id().to_string(), context).await?;
        guesses.map_err(RecoveryError::RateLimited)?;
        if !self.core.check_password(user, Some(password), context, None).await?.is_right() {
            refuse(EmailChangeFailure::WrongPassword);
            return Err(RecoveryError::WrongPassword);
        }
        // In whatever spelling it is stored.
        if user.logical().email.is_some_and(|is| lookup_email(is) == new) {
            refuse(EmailChangeFailure::SameAddress);
            return Err(RecoveryError::SameEmail);
        }
        let capped = !self.limits.change_email.has_room(&context.counted(&new), context).await?;
        let is_taken =
            self.core.stores.users.find_by_recovery(&new, user.tenant()).await?.is_some();
        let to = Recipient::new(Some(user))
            .withheld_if(is_taken, Withheld::Taken)
            .withheld_if(capped, Withheld::Capped);
        Ok(self.mailer.change_of_email(user, &new, to, redirect_to, context).await?)
    }

    /// Gives the token's account its new e-mail address, which is verified by it. Sessions and
    /// tokens stay; links that were sent before end. The old address is told.
    ///
    /// # Errors
    ///
    /// Where the token does not work, the address is taken by now (the token then still works),
    /// or the store fails.
    pub async fn confirm_email_change(
        &self,
        token: &str,
        context: &HookContext,
    ) -> Result<Confirmed<U>, RecoveryError> {
        let link = Link { kind: LinkKind::ChangeEmail, context };
        let (token, user) = self.redeem(link, Purpose::ChangeEmail, token).await?;
        let logical = user.logical();
        let (Some(new), Some(old)) = (token.new_address(), logical.email) else {
            return Err(RecoveryError::InvalidToken);
        };
        let (new, old) = (new.to_owned(), old.to_owned());
        let owner = self.core.stores.users.find_by_recovery(&new, user.tenant()).await?;
        // The user's own already, where a parallel attempt was faster: the change will find that.
        if owner.is_some_and(|owner| owner.id().to_string() != user.id().to_string()) {
            self.refuse(link, Some(LogSafe::from_display(user.id())), LinkFailure::Taken);
            return Err(RecoveryError::EmailTaken);
        }
        let (from, epoch) = (stored_hash(&user), logical.epoch());
        let change = Change::email(old.clone(), new, from, epoch, self.core.clock.now());
        // Where there is no hash, the addresses are what the stamp is made of.
        self.core.stamps.carry_over(&user, &change).await?;
        let user = self.apply_once(link, user, change).await?;
        self.emit(context, SecurityEvent::EmailChanged { user: LogSafe::from_display(user.id()) });
        self.mailer.notice(MessageKind::EmailChanged, &*user, Some(&old), context).await;
        self.core.hooks.on_after_email_changed(HookUser::new(Arc::clone(&user)), context);
        Ok(confirmed(user, token))
    }

    /// The account whose recovery factor is `value`, and whether that address has been written
    /// enough. The work is the same in each case.
    async fn owner(
        &self,
        value: &str,
        cap: &MessageLimit,
        context: &HookContext,
    ) -> Result<(Option<StoredUser<U>>, bool), RecoveryError> {
        let within: U::Tenant = context.tenant()?;
        let capped = !cap.has_room(&context.counted(value), context).await?;
        Ok((self.core.stores.users.find_by_recovery(value, &within).await?, capped))
    }

    /// Reads a token and finds the account that it is for.
    async fn redeem(
        &self,
        link: Link<'_>,
        purpose: Purpose,
        token: &str,
    ) -> Result<(VerifiedToken, StoredUser<U>), RecoveryError> {
        let (tokens, context) = (self.mailer.tokens(), link.context);
        let Some(token) = tokens.read(purpose, token) else {
            self.refuse(link, None, LinkFailure::Invalid);
            return Err(RecoveryError::InvalidToken);
        };
        let id = U::Id::from_str(token.user()).ok();
        let user = match &id {
            Some(id) => self.core.stores.users.find_by_id(id).await?,
            None => None,
        };
        if let Some(user) = user
            && context.is_for(&*user)
            && tokens.is_current_for(&token, &user).await?
            && self.core.owners.may_use(&user).await
        {
            return Ok((token, user));
        }
        self.refuse(link, Some(LogSafe::new(token.user())), LinkFailure::Invalid);
        Err(RecoveryError::InvalidToken)
    }

    /// Applies the change of a token by one statement, which requires that the account still is in
    /// the state that the token was made for. Only one of parallel attempts succeeds.
    async fn apply_once(
        &self,
        link: Link<'_>,
        mut user: StoredUser<U>,
        change: Change,
    ) -> Result<Arc<StoredUser<U>>, RecoveryError> {
        let (change, steps) = self.first_proof(link.kind, &user, change);
        let changed = self.core.stores.change_user(user.id(), change.clone(), steps).await?;
        let (reason, error) = match changed {
            Changed::Applied => {
                user.apply(&change);
                return Ok(Arc::new(user));
            }
            Changed::Stale => (LinkFailure::Used, RecoveryError::UsedToken),
            Changed::Taken => (LinkFailure::Taken, RecoveryError::EmailTaken),
        };
        self.refuse(link, Some(LogSafe::from_display(user.id())), reason);
        Err(error)
    }

    /// What else is written with the first proof of a mailbox. The person who made the account may not own
    /// the mailbox and may have linked an identity, so the links end. A reset ends passkeys and keys too;
    /// a second factor stays, since a mailbox alone must not remove it.
    fn first_proof(
        &self,
        link: LinkKind,
        user: &StoredUser<U>,
        change: Change,
    ) -> (Change, RecordSteps) {
        if !self.core.awaits_first_proof(user) {
            return (change, RecordSteps::none());
        }
        let tables = match link {
            LinkKind::Reset => KEYS,
            _ => &[Identity::TABLE],
        };
        (change.without_links(), self.core.removal_of(user, tables))
    }

    fn refuse(&self, link: Link<'_>, user: Option<LogSafe>, reason: LinkFailure) {
        let Link { kind: link, context } = link;
        self.emit(context, SecurityEvent::LinkRefused { link, user, reason });
    }

    /// The recipient of a link: withheld if the account may not sign in, or if the address is
    /// `capped`.
    fn recipient<'a>(&self, user: Option<&'a StoredUser<U>>, capped: bool) -> Recipient<'a, U> {
        let now = || self.core.clock.now();
        let is_inactive = user.is_some_and(|user| !user.logical().may_sign_in(now));
        Recipient::new(user)
            .withheld_if(is_inactive, Withheld::Inactive)
            .withheld_if(capped, Withheld::Capped)
    }

    fn emit(&self, context: &HookContext, event: SecurityEvent) {
        self.core.events.emit(context, event);
    }
}

/// A link that was presented, for events.
#[derive(Clone, Copy)]
struct Link<'a> {
    kind: LinkKind,
    context: &'a HookContext,
}

fn stored_hash<U: AuthUser>(user: &StoredUser<U>) -> Option<PasswordHash> {
    user.logical().hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()))
}

fn confirmed<U: AuthUser>(user: Arc<StoredUser<U>>, token: VerifiedToken) -> Confirmed<U> {
    Confirmed { user, redirect_to: token.into_redirect() }
}

impl<U: AuthUser> fmt::Debug for RecoveryService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryService").field("mailer", &self.mailer).finish_non_exhaustive()
    }
}
