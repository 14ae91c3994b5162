//! The limits of crudauth's own routes.

use std::sync::Arc;

use super::{Action, OnFailure, RateLimit, RateLimiter};
use crate::error::Mistakes;
use crate::event::Events;
use crate::secret::SecretKey;
use crate::store::{StateStore, StoreError};

/// Declares [`RateLimits`] and [`RateLimiters`] as a table of action, calls an hour, and what
/// happens when the store fails.
macro_rules! rate_limits {
    ($($(#[$doc:meta])* $action:ident = $times:literal per hour, $on_failure:ident;)+) => {
        /// How often crudauth's own routes may be called.
        ///
        /// Each limit is a field, and 429 is the answer beyond it. When the store cannot count,
        /// what checks a password or sends a message is refused with 503 (*closed*); the rest is
        /// let through (*open*), since ending a session must not fail because a counter does.
        ///
        /// What counts *by address* counts all clients together whose address is unknown, and
        /// lets them do a hundred times as much. See [`ClientAddress`](crate::ClientAddress).
        ///
        /// ```
        /// use crudauth::{RateLimit, RateLimits};
        ///
        /// let limits = RateLimits { register: RateLimit::per_hour(20), ..RateLimits::default() };
        /// # let _ = limits;
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct RateLimits {
            $(
                $(#[$doc])*
                #[doc = concat!("Default: ", $times, " an hour; ", stringify!($on_failure), ".")]
                pub $action: RateLimit,
            )+
        }

        impl Default for RateLimits {
            fn default() -> Self {
                Self { $($action: RateLimit::per_hour($times),)+ }
            }
        }

        impl RateLimits {
            /// Checks that each limit has a period.
            pub(crate) fn check(&self, mistakes: &mut Mistakes) {
                let limits = [$((stringify!($action), self.$action)),+];
                for (action, _) in limits.iter().filter(|(_, limit)| !limit.has_time()) {
                    mistakes.add(format!(
                        "`RateLimits::{action}` counts calls in no time at all: give \
                         `RateLimit::new` a period of at least a millisecond, or write \
                         `RateLimit::off()`"
                    ));
                }
            }

            /// No limit on anything.
            #[must_use]
            pub const fn off() -> Self {
                Self { $($action: RateLimit::off(),)+ }
            }
        }

        /// The counters of [`RateLimits`]: what a route asks before it does its work. For a route
        /// of the application's own that does what one of crudauth's does.
        #[derive(Debug, Clone)]
        pub struct RateLimiters {
            $($(#[$doc])* pub $action: RateLimiter,)+
        }

        impl RateLimiters {
            /// Resets the counters of a user, for each action that counts by user.
            pub(crate) async fn forget(&self, user: &str) -> Result<(), StoreError> {
                for limiter in [$(&self.$action),+] {
                    limiter.forget(user).await?;
                }
                Ok(())
            }

            pub(crate) fn new(
                state: &Arc<dyn StateStore>,
                key: &SecretKey,
                events: &Events,
                limits: &RateLimits,
            ) -> Self {
                let digester = key.own_digester("throttle");
                Self {
                    $(
                        $action: RateLimiter {
                            state: Arc::clone(state),
                            digester: digester.clone(),
                            events: events.clone(),
                            space: "throttle",
                            action: stringify!($action),
                            limit: limits.$action,
                            on_failure: OnFailure::$on_failure,
                        },
                    )+
                }
            }
        }
    };
}

impl RateLimiters {
    /// The limiter of an action of the application. For a route, use
    /// [`CrudAuth::rate_limit`](crate::CrudAuth::rate_limit). The code that calls it names the
    /// caller: [`Action::KEY`] is ignored.
    #[must_use]
    pub fn of<A: Action>(&self) -> RateLimiter {
        self.register.of::<A>()
    }
}

rate_limits! {
    /// `POST /register`, by address.
    register = 5 per hour, Closed;
    /// `POST /change-password`, by user.
    change_password = 5 per hour, Closed;
    /// `POST /logout-all`, by user.
    logout_all = 10 per hour, Open;
    /// `POST /csrf/refresh`, by user.
    csrf_refresh = 30 per hour, Open;
    /// `POST /refresh`, by address. A client renews once in the life of an access token, and many
    /// may share an address.
    refresh = 3600 per hour, Open;
    /// `POST /email/verify-request`, silently, by the address that is written to; by user where the
    /// client is signed in, and else ten times as often by the client's address.
    email_verify_request = 5 per hour, Closed;
    /// `POST /password/reset-request`, as for verification.
    password_reset_request = 5 per hour, Closed;
    /// `POST /email/change-request`, by user; and, silently, by the address that is written to.
    email_change_request = 3 per hour, Closed;
    /// `POST /magic-link/request`, by address; and, silently, by the address that is written to.
    magic_link_request = 5 per hour, Closed;
    /// `POST /magic-link/confirm`, by address.
    magic_link_confirm = 60 per hour, Closed;
    /// `POST /email-code/request`, by address; and, silently, by the address that is written to.
    email_code_request = 5 per hour, Closed;
    /// The password in `POST /email/change-request`, by user.
    email_change_password = 5 per hour, Closed;
    /// The notice to the owner of an address that somebody tried to sign up with, by address
    /// written to. Beyond it, no notice is sent.
    existing_account_notice = 5 per hour, Closed;
    /// The messages that one address receives over all flows together, whoever asks for them: links
    /// and notices. Two of them are reserved for links that lead to a new password. Beyond it,
    /// silently, nothing is sent.
    messages = 7 per hour, Closed;
    /// `GET /oauth/{provider}/authorize`, by address.
    oauth_authorize = 30 per hour, Open;
    /// `POST /oauth/{provider}/link` and `POST /oauth/{provider}/reauthenticate`, together, by user.
    oauth_link = 10 per hour, Closed;
    /// `POST /oauth/token`, by address.
    oauth_token = 30 per hour, Closed;
    /// The routes that set up and take down the second factor, together, by user.
    mfa_manage = 10 per hour, Closed;
}
