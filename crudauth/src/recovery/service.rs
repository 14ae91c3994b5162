//! The flows by link, without HTTP.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::RecoveryError;
use crate::clock::Clock;
use crate::delivery::Post;
use crate::hooks::{HookContext, HookRunner, HookUser};
use crate::identity::canonical_email;
use crate::lockout::Unlock;
use crate::message::MessageKind;
use crate::onetime::{Purpose, Ticket};
use crate::password::{HashingPool, Password, PasswordContext, PasswordHash, PasswordPolicy};
use crate::store::{Changed, StoreError, UserStore};
use crate::throttle::Throttle;
use crate::transport::session::Sessions;
use crate::user::{AuthUser, Change};

/// Proves addresses, resets passwords and changes e-mail addresses by links.
pub struct RecoveryService<U: AuthUser> {
    pub(crate) users: Arc<dyn UserStore<U>>,
    pub(crate) hashing: Arc<HashingPool>,
    pub(crate) policy: PasswordPolicy,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hooks: Arc<HookRunner<U>>,
    pub(crate) post: Arc<Post>,
    pub(crate) caps: Caps,
    pub(crate) unlock: Unlock,
}

/// How much one address is written, and how often one user may try a password. Nobody is told
/// that a cap on messages is reached.
#[derive(Debug)]
pub(crate) struct Caps {
    pub(crate) verify: Throttle,
    pub(crate) reset: Throttle,
    pub(crate) change_email: Throttle,
    pub(crate) guesses: Throttle,
}

/// A link has done its work.
pub struct Confirmed<U: AuthUser> {
    /// The user, as the row is now.
    pub user: Arc<U>,
    /// Where the client asked to be sent, if that is allowed: a path, or a page of a listed
    /// origin.
    pub redirect_to: Option<String>,
}

impl<U: AuthUser> RecoveryService<U> {
    /// Sends the link that proves `value`, the recovery factor in canonical form, if there is an
    /// active account that has it and has not proved it yet.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn request_verification(
        &self,
        value: &str,
        redirect_to: Option<&str>,
    ) -> Result<(), RecoveryError> {
        let user = self.addressee(value, &self.caps.verify).await?;
        let user = user.filter(|user| user.logical().recovery_verified != Some(true));
        Ok(self.post.verification(user.as_ref(), value, redirect_to).await?)
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
        let (ticket, user) = self.redeem(Purpose::Verify, token).await?;
        let value = user.logical().recovery.ok_or(RecoveryError::InvalidToken)?;
        let change = Change::verify_recovery(value.to_owned(), self.clock.now());
        let user = self.spend(user, change).await?;
        self.hooks.on_after_recovery_verified(HookUser::new(Arc::clone(&user)), context);
        Ok(confirmed(user, ticket))
    }

    /// Sends the link that leads to a new password to the owner of `value`, the recovery factor
    /// in canonical form, if there is an active account that has it.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn request_reset(
        &self,
        value: &str,
        redirect_to: Option<&str>,
    ) -> Result<(), RecoveryError> {
        let user = self.addressee(value, &self.caps.reset).await?;
        Ok(self.post.reset(user.as_ref(), value, redirect_to).await?)
    }

    /// Gives the token's account a new password, and ends every session, token and link from
    /// before. Whoever could read the link has proved the recovery factor, which counts as
    /// verified; and that it is no stranger who guesses, so the account's lockout is lifted. The
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
        let (ticket, user) = self.redeem(Purpose::Reset, token).await?;
        let logical = user.logical();
        let value = logical.recovery.ok_or(RecoveryError::InvalidToken)?.to_owned();
        let whose = PasswordContext { username: logical.username, email: logical.email };
        self.policy.admit(&new, &whose).await.map_err(RecoveryError::Refused)?;
        let (from, epoch) = (stored(&user), logical.epoch());

        let to = self.hashing.hash(new).await?;
        let change = Change::reset(from, to, epoch, value, self.clock.now());
        let user = self.spend(user, change).await?;
        let logical = user.logical();
        let ended = self.sessions.enter_epoch(&user.id().to_string(), None, logical.epoch()).await;
        if let Err(error) = ended {
            // The token is spent. The epoch alone ends the sessions, where there is one.
            if logical.token_version.is_none() {
                return Err(error.into());
            }
            tracing::error!(%error, "the sessions from before a reset stay in the store");
        }
        // Those guesses were at a password that is no more. Only the account is unlocked: what an
        // address has tried with other accounts still counts.
        if let Err(error) = self.unlock.user(&user.id().to_string()).await {
            tracing::error!(%error, "an account stays locked after a reset until the lock ends");
        }
        self.hooks.on_after_password_reset(HookUser::new(Arc::clone(&user)), context);
        self.post.notice(MessageKind::PasswordChanged, logical.recovery).await;
        Ok(confirmed(user, ticket))
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
        user: &U,
        new: &str,
        password: Password,
        redirect_to: Option<&str>,
    ) -> Result<(), RecoveryError> {
        let new = canonical_email(new).map_err(RecoveryError::InvalidEmail)?;
        let guesses = self.caps.guesses.count(&user.id().to_string()).await?;
        guesses.map_err(RecoveryError::Throttled)?;
        if !self.hashing.verify(password, stored(user)).await?.is_match() {
            return Err(RecoveryError::WrongPassword);
        }
        if user.logical().email == Some(&new) {
            return Err(RecoveryError::SameEmail);
        }
        let capped = self.caps.change_email.count(&target(&new)).await?.is_err();
        let is_free = self.users.find_by_recovery(&new).await?.is_none();
        Ok(self.post.change_of_email(user, &new, is_free && !capped, redirect_to).await?)
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
        let (ticket, user) = self.redeem(Purpose::ChangeEmail, token).await?;
        let logical = user.logical();
        let (Some(new), Some(old)) = (ticket.new_address(), logical.email) else {
            return Err(RecoveryError::InvalidToken);
        };
        let (new, old) = (new.to_owned(), old.to_owned());
        let owner = self.users.find_by_recovery(&new).await?;
        // The user's own already, where a parallel attempt was faster: the change will find that.
        if owner.is_some_and(|owner| owner.id().to_string() != user.id().to_string()) {
            return Err(RecoveryError::EmailTaken);
        }
        let (from, epoch) = (stored(&user), logical.epoch());
        let change = Change::email(old.clone(), new, from, epoch, self.clock.now());
        let user = self.spend(user, change).await?;
        self.post.notice(MessageKind::EmailChanged, Some(&old)).await;
        self.hooks.on_after_email_changed(HookUser::new(Arc::clone(&user)), context);
        Ok(confirmed(user, ticket))
    }

    /// The active account whose recovery factor is `value`; `None` also where that address has
    /// been written enough. The work is the same in each case.
    async fn addressee(&self, value: &str, cap: &Throttle) -> Result<Option<U>, StoreError> {
        let capped = cap.count(&target(value)).await?.is_err();
        let user = self.users.find_by_recovery(value).await?;
        Ok(user.filter(|user| !capped && user.logical().may_sign_in()))
    }

    /// Reads a token and finds the account that it is for.
    async fn redeem(&self, purpose: Purpose, token: &str) -> Result<(Ticket, U), RecoveryError> {
        let tokens = self.post.tokens();
        let ticket = tokens.read(purpose, token).ok_or(RecoveryError::InvalidToken)?;
        let Ok(id) = U::Id::from_str(ticket.user()) else {
            return Err(RecoveryError::InvalidToken);
        };
        let user = self.users.find_by_id(&id).await?;
        let user = user.filter(|user| user.logical().may_sign_in() && tokens.fits(&ticket, user));
        Ok((ticket, user.ok_or(RecoveryError::InvalidToken)?))
    }

    /// Spends a token: by the one statement that does its work if the account still is what the
    /// token was made for. Of parallel attempts one gets here first.
    async fn spend(&self, mut user: U, change: Change) -> Result<Arc<U>, RecoveryError> {
        match self.users.change(user.id(), change.clone()).await? {
            Changed::Applied => {
                user.apply(&change);
                Ok(Arc::new(user))
            }
            Changed::Stale => Err(RecoveryError::UsedToken),
            Changed::Taken => Err(RecoveryError::EmailTaken),
        }
    }
}

fn stored<U: AuthUser>(user: &U) -> Option<PasswordHash> {
    user.logical().hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()))
}

/// Addresses that are written to are counted apart from those that requests come from.
fn target(value: &str) -> String {
    format!("to {value}")
}

fn confirmed<U: AuthUser>(user: Arc<U>, ticket: Ticket) -> Confirmed<U> {
    Confirmed { user, redirect_to: ticket.into_redirect() }
}

impl<U: AuthUser> fmt::Debug for RecoveryService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryService").field("post", &self.post).finish_non_exhaustive()
    }
}
