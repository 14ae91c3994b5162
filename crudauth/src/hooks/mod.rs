//! Hooks: the application's own code at the events of an account.
//!
//! - Those named `on_..` run **after** the event is committed, in a task of their own: the answer
//!   does not wait for them, and an error or a panic in one changes nothing but the log. Their number
//!   is bounded; hooks beyond it are dropped, with an error in the log.
//! - Those named `before_..` run inside the request and may veto: 403 with the text of the
//!   [`Veto`]. `before_login` runs after the credentials were found right, so it tells a stranger
//!   nothing.
//!
//! | Hook | Is given | When |
//! |---|---|---|
//! | `on_after_register` | the user | a row was created, by `POST /register` or the service |
//! | `on_after_login` | the user | a credential was issued: a session, or tokens, by a route or `CrudAuth::sign_in` |
//! | `on_after_logout` | the user | a live session was ended by `POST /logout` |
//! | `on_login_failed` | the name, the user if there is one, the reason | a password was refused |
//! | `on_lockout` | the name, how long | the lockout refused a sign-in, unchecked |
//! | `on_after_recovery_verified` | the user | a link proved the address or number |
//! | `on_after_password_reset` | the user | a link led to a new password |
//! | `on_after_password_changed` | the user | `POST /change-password`, not `POST /set-password` |
//! | `on_after_email_changed` | the user | a link gave the account another address |
//! | `on_account_claimed` | the user | the first proof of the mailbox took the account from the person who had made it |
//! | `on_oauth_login` | the user, the profile, whether the account is new or was claimed | a provider said who it is, and the account may sign in |
//! | `on_after_sudo` | the user | a session was given elevated rights |
//! | `before_register` | what was sent, but for the password | before the row; may veto |
//! | `before_login` | the user | the proof was right, nothing is issued yet; may veto |
//!
//! Those of the second factor (`on_after_mfa_enabled`,
//! `on_after_mfa_disabled`, `on_after_recovery_code_used`) come with these features. A hook of
//! the application's own for other things is an [`EventSink`](crate::EventSink), which hears of
//! every [`SecurityEvent`](crate::SecurityEvent).
//!
//! ```
//! use crudauth::hooks::{Hooks, Veto};
//! # use crudauth::AuthUser;
//! # fn hooks<U: AuthUser>() -> Hooks<U> {
//! Hooks::<U>::new()
//!     .on_after_register(|user, _| async move {
//!         println!("welcome, {}", user.id());
//!         Ok(())
//!     })
//!     .before_register(|new, _| async move {
//!         match new.email.as_deref() {
//!             Some(email) if email.ends_with("@competitor.example") => {
//!                 Err(Veto::new("Sign-up is by invitation."))
//!             }
//!             _ => Ok(()),
//!         }
//!     })
//! # }
//! ```

mod context;
mod new_user;
mod runner;

#[cfg(feature = "oauth")]
pub use self::context::OAuthLogin;
pub use self::context::{FailedLogin, HookContext, HookUser, LockedOutLogin, LoginFailure, Veto};
pub(crate) use self::new_user::{AnyNewUserHook, RegisterData, erase_data};
pub use self::new_user::{HookError, NewUserContext, NewUserDefaults, NewUserHook, NewUserSource};
pub(crate) use self::runner::HookRunner;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::user::AuthUser;

/// The boxed future of an after-hook.
type AfterFuture = Pin<Box<dyn Future<Output = Result<(), HookError>> + Send>>;
/// The boxed future of a before-hook.
type BeforeFuture = Pin<Box<dyn Future<Output = Result<(), Veto>> + Send>>;

/// An after-hook about `T`.
type AfterHook<T> = Arc<dyn Fn(T, HookContext) -> AfterFuture + Send + Sync>;
/// A before-hook about `T`.
type BeforeHook<T> = Arc<dyn Fn(T, HookContext) -> BeforeFuture + Send + Sync>;

macro_rules! hooks {
    (
        after { $($(#[$after_doc:meta])* $([$feature:literal])? $after:ident: $Subject:ty;)+ }
        before { $($(#[$before_doc:meta])* $before:ident: $Asked:ty;)+ }
    ) => {
        /// The hooks of an application; every one is optional. See the [module](self).
        pub struct Hooks<U: AuthUser> {
            $($(#[cfg(feature = $feature)])? pub(super) $after: Option<AfterHook<$Subject>>,)+
            $(pub(super) $before: Option<BeforeHook<$Asked>>,)+
        }

        impl<U: AuthUser> Hooks<U> {
            /// No hooks.
            #[must_use]
            pub fn new() -> Self {
                Self { $($(#[cfg(feature = $feature)])? $after: None,)+ $($before: None,)+ }
            }

            $(
                $(#[$after_doc])*
                $(#[cfg(feature = $feature)])?
                #[must_use]
                pub fn $after<F, Fut>(mut self, hook: F) -> Self
                where
                    F: Fn($Subject, HookContext) -> Fut + Send + Sync + 'static,
                    Fut: Future<Output = Result<(), HookError>> + Send + 'static,
                {
                    self.$after = Some(Arc::new(move |subject, context| {
                        Box::pin(hook(subject, context))
                    }));
                    self
                }
            )+

            $(
                $(#[$before_doc])*
                #[must_use]
                pub fn $before<F, Fut>(mut self, hook: F) -> Self
                where
                    F: Fn($Asked, HookContext) -> Fut + Send + Sync + 'static,
                    Fut: Future<Output = Result<(), Veto>> + Send + 'static,
                {
                    self.$before = Some(Arc::new(move |asked, context| {
                        Box::pin(hook(asked, context))
                    }));
                    self
                }
            )+
        }

        impl<U: AuthUser> fmt::Debug for Hooks<U> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let given = [
                    $($(#[cfg(feature = $feature)])? (stringify!($after), self.$after.is_some()),)+
                    $((stringify!($before), self.$before.is_some()),)+
                ];
                f.debug_set().entries(given.iter().filter(|it| it.1).map(|it| it.0)).finish()
            }
        }

        impl<U: AuthUser> HookRunner<U> {
            $(
                $(#[cfg(feature = $feature)])?
                pub(crate) fn $after(&self, subject: $Subject, context: &HookContext) {
                    if let Some(hook) = &self.hooks.$after {
                        self.spawn(stringify!($after), hook, subject, context);
                    }
                }
            )+

            $(
                pub(crate) async fn $before(
                    &self,
                    asked: $Asked,
                    context: &HookContext,
                ) -> Result<(), Veto> {
                    match &self.hooks.$before {
                        Some(hook) => hook(asked, context.clone()).await,
                        None => Ok(()),
                    }
                }
            )+
        }
    };
}

hooks! {
    after {
        /// A user was created.
        on_after_register: HookUser<U>;
        /// A user signed in and has a credential: a session, or tokens.
        on_after_login: HookUser<U>;
        /// A user ended the own session.
        on_after_logout: HookUser<U>;
        /// A name and a password were refused.
        on_login_failed: FailedLogin<U>;
        /// The lockout refused a login, unchecked.
        on_lockout: LockedOutLogin;
        /// A user proved the recovery factor by the link that was sent to it.
        on_after_recovery_verified: HookUser<U>;
        /// A user chose a new password by the link of a reset.
        on_after_password_reset: HookUser<U>;
        /// A user changed the password while signed in. Not for a first password.
        on_after_password_changed: HookUser<U>;
        /// A provider has said who somebody is, and it is the user of an account: before the second
        /// factor and the session.
        ["oauth"] on_oauth_login: OAuthLogin<U>;
        /// A user has another e-mail address.
        on_after_email_changed: HookUser<U>;
        /// The address of an account was proved for the first time, and not by the link of its sign-up: by a
        /// link or a code to sign in, by a reset, or by a provider. The person who had made the account
        /// has lost it, since that may have been somebody else. Here the application clears what was
        /// written into the account before.
        on_account_claimed: HookUser<U>;
        /// A session was given the elevated rights of the sudo mode.
        on_after_sudo: HookUser<U>;
    }
    before {
        /// A client is about to sign up; what was sent has been checked. A veto is answered with
        /// 403.
        before_register: NewUserContext;
        /// A user who has proved the password is about to sign in. A veto is answered with 403,
        /// and counts neither as a failure nor as a success.
        before_login: HookUser<U>;
    }
}

impl<U: AuthUser> Default for Hooks<U> {
    fn default() -> Self {
        Self::new()
    }
}
