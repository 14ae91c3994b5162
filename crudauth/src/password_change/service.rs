//! A new password for somebody who is signed in, without HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::PasswordChangeError;
use crate::chain::chain;
use crate::core::Core;
use crate::event::{LogSafe, PasswordFailure, SecurityEvent};
use crate::hooks::{HookContext, HookUser};
use crate::message::MessageKind;
use crate::password::{Password, PasswordContext, PasswordHash};
use crate::store::Changed;
use crate::transport::session::{Issued, RenewedSession, Succession};
use crate::user::{AuthUser, Change, StoredUser};

/// Changes passwords, and sets first ones.
pub struct PasswordChangeService<U: AuthUser> {
    core: Arc<Core<U>>,
    /// How old a session may be that gives an account its first password.
    fresh: Duration,
}

impl<U: AuthUser> PasswordChangeService<U> {
    pub(crate) fn new(core: Arc<Core<U>>, fresh: Duration) -> Self {
        Self { core, fresh }
    }

    /// Replaces the password of `user`, who proves the `current` one. The credential epoch moves
    /// on: every session but the one with the handle `keep`, every token and every link from
    /// before ends, and so do the elevated rights of the sudo mode. The owner is told, where
    /// messages are sent.
    ///
    /// The session that stays gets another id, which is returned as a part of the response. Its
    /// cookie from before counts for another ten seconds, for what is under way. In a handler,
    /// [`CrudAuth::change_password`](crate::CrudAuth::change_password) does the same within the limit
    /// of the route.
    ///
    /// # Errors
    ///
    /// Where the account has no password, the current one is wrong or was tried too often, the
    /// policy refuses the new one, hashing is at its limit, or the store fails.
    pub async fn change(
        &self,
        user: &Arc<StoredUser<U>>,
        current: Password,
        new: Password,
        keep: Option<&str>,
        context: &HookContext,
    ) -> Result<RenewedSession, PasswordChangeError> {
        let changed = self.replace(user, current, new, keep, context).await;
        self.tell_refusal(&changed, context, |reason| SecurityEvent::PasswordChangeRefused {
            user: LogSafe::from_display(user.id()),
            reason,
        });
        let succession = changed?;
        let logical = user.logical();
        let session = succession.as_ref().map(|it| LogSafe::new(it.handle()));
        let event =
            SecurityEvent::PasswordChanged { user: LogSafe::from_display(user.id()), session };
        self.core.events.emit(context, event);
        let context = match &succession {
            Some(succession) => context.clone().in_session(succession.handle()),
            None => context.clone(),
        };
        self.core.hooks.on_after_password_changed(HookUser::new(Arc::clone(user)), &context);
        if let Some(mailer) = &self.core.mailer {
            let told = MessageKind::PasswordChanged;
            mailer.notice(told, &**user, logical.recovery, &context).await;
        }
        Ok(self.renewed(succession.map(|succession| self.core.sessions.issue(&succession))))
    }

    fn renewed(&self, issued: Option<Issued>) -> RenewedSession {
        let cookies = issued.as_ref().map(|issued| self.core.cookies.issued(issued));
        RenewedSession::new(issued, cookies.unwrap_or_default())
    }

    async fn replace(
        &self,
        user: &StoredUser<U>,
        current: Password,
        new: Password,
        keep: Option<&str>,
        context: &HookContext,
    ) -> Result<Option<Succession>, PasswordChangeError> {
        let from = stored(user).filter(PasswordHash::is_usable);
        let from = from.ok_or(PasswordChangeError::NoPassword)?;
        if !self.core.check_password(user, Some(current), context, None).await?.is_right() {
            return Err(PasswordChangeError::WrongPassword);
        }
        self.admit(&new, user).await?;
        let to = self.core.hashing.with_reserved_queue().hash(new).await?;

        let epoch = user.logical().epoch();
        let change = Change::password(Some(from), to, epoch, self.core.clock.now());
        let (id, stamp) = (user.id().to_string(), self.core.stamps.after(user, &change));
        // The session that stays is ready before the change is made, so that none of its requests
        // finds neither the one before nor the one after.
        let succession = match keep {
            Some(handle) => self.core.sessions.prepare(&id, handle, stamp).await?,
            None => None,
        };
        // A change that was overtaken was proved by a password that is not the current one.
        if self.core.stores.users.change(user.id(), change).await? != Changed::Applied {
            if let Some(succession) = &succession {
                self.core.sessions.abandon(succession).await?;
            }
            return Err(PasswordChangeError::WrongPassword);
        }
        // No sign-in from before counts for the row as it is now; this removes them.
        if let Err(error) = self.core.sessions.succeed(&id, stamp, succession.as_ref()).await {
            tracing::error!(
                error = chain(&error),
                "the sessions from before a change of password stay in the store"
            );
        }
        if let Err(error) = self.core.families.end_before(&id, stamp).await {
            tracing::error!(
                error = chain(&error),
                "sign-ins by tokens from before a change of password stay in the store"
            );
        }
        Ok(succession)
    }

    /// Sets the first password of `user`, who came by another way than a password. Nothing that
    /// was issued ends, except the links that were sent before. The session gets another id, as
    /// with [`change`](Self::change), and loses the elevated rights of the sudo mode.
    ///
    /// Otherwise whoever finds an open browser could give the account a password, so the user
    /// shows to be there: pass the handle of the session. It began within
    /// [`Builder::fresh_sign_in`](crate::Builder::fresh_sign_in), or has the elevated rights of the
    /// [sudo mode](crate::sudo).
    ///
    /// # Errors
    ///
    /// Where the account has a password, the session does not vouch for the user, the policy refuses the
    /// new one, hashing is at its limit, or the store fails.
    pub async fn set(
        &self,
        user: &StoredUser<U>,
        new: Password,
        session: Option<&str>,
        context: &HookContext,
    ) -> Result<RenewedSession, PasswordChangeError> {
        let set = self.set_first(user, new, session).await;
        let id = || LogSafe::from_display(user.id());
        self.tell_refusal(&set, context, |reason| SecurityEvent::PasswordSetRefused {
            user: id(),
            reason,
        });
        let issued = set?;
        self.core.events.emit(context, SecurityEvent::PasswordSet { user: id() });
        Ok(self.renewed(issued))
    }

    async fn set_first(
        &self,
        user: &StoredUser<U>,
        new: Password,
        session: Option<&str>,
    ) -> Result<Option<Issued>, PasswordChangeError> {
        let from = stored(user);
        if from.as_ref().is_some_and(PasswordHash::is_usable) {
            return Err(PasswordChangeError::HasPassword);
        }
        let id = user.id().to_string();
        let Some(handle) = session else { return Err(PasswordChangeError::NotFresh) };
        if !self.core.sessions.vouches(&id, handle, self.fresh).await? {
            return Err(PasswordChangeError::NotFresh);
        }
        self.admit(&new, user).await?;
        let to = self.core.hashing.with_reserved_queue().hash(new).await?;
        let change =
            Change::first_password(from, to, user.logical().epoch(), self.core.clock.now());
        let stamp = self.core.stamps.carry_over(user, &change).await?;
        if self.core.stores.users.change(user.id(), change).await? != Changed::Applied {
            return Err(PasswordChangeError::HasPassword);
        }
        let rotated =
            self.core.sessions.rotate(&id, handle, |record| record.standing.stamp = stamp);
        Ok(rotated.await?.and_then(|rotated| rotated.issued))
    }

    /// Tells a refusal. That the hashing or the store failed is none.
    fn tell_refusal<T>(
        &self,
        outcome: &Result<T, PasswordChangeError>,
        context: &HookContext,
        event: impl FnOnce(PasswordFailure) -> SecurityEvent,
    ) {
        if let Some(reason) = outcome.as_ref().err().and_then(PasswordChangeError::reason) {
            self.core.events.emit(context, event(reason));
        }
    }

    async fn admit(&self, new: &Password, user: &StoredUser<U>) -> Result<(), PasswordChangeError> {
        let logical = user.logical();
        let context = PasswordContext { username: logical.username, email: logical.email };
        self.core.policy.admit(new, &context).await.map_err(PasswordChangeError::Refused)
    }
}

fn stored<U: AuthUser>(user: &StoredUser<U>) -> Option<PasswordHash> {
    user.logical().hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()))
}

impl<U: AuthUser> fmt::Debug for PasswordChangeService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordChangeService").field("fresh", &self.fresh).finish_non_exhaustive()
    }
}
