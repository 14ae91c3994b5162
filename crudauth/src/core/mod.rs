//! What every feature works with, and what a feature is.

pub mod answers;
mod app;
mod claim;
mod code_check;
#[cfg(feature = "oauth")]
mod elevate;
pub(crate) mod extract;
mod failure;
mod feature;
#[cfg(feature = "oauth")]
mod new_account;
mod new_by_address;
mod password_check;
mod provider_links;
pub(crate) mod second_factor;
mod second_step;
mod step_up;

pub(crate) use self::app::App;
pub(crate) use self::claim::KEYS;
#[cfg(feature = "oauth")]
pub(crate) use self::claim::WAYS_IN;
pub(crate) use self::code_check::{CodeChecked, Takes};
#[cfg(feature = "oauth")]
pub(crate) use self::elevate::{Elevate, Elevating, Given};
pub use self::failure::ServiceFailure;
pub(crate) use self::feature::{Feature, Order};
#[cfg(feature = "oauth")]
pub(crate) use self::new_account::{ByProvider, Creating, NewAccounts, NotCreated};
pub(crate) use self::new_by_address::{CreatingByAddress, NewByAddress};
pub(crate) use self::password_check::Checked;
pub(crate) use self::provider_links::ProviderLinks;
pub use self::second_step::Required;
pub(crate) use self::second_step::SecondFactorPolicy;
pub(crate) use self::step_up::{Later, ShownTokens, StepUpTokens};

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;

use crate::background::Background;
use crate::clock::Clock;
use crate::delivery::Mailer;
use crate::error::RejectionKind;
use crate::event::Events;
use crate::hooks::HookRunner;
use crate::http::Clients;
use crate::lockout::{Lockout, SubjectKeys};
use crate::password::{HashingPool, PasswordPolicy};
use crate::rate_limit::RateLimiters;
use crate::secret::SecretKey;
use crate::stamp::Stamps;
use crate::store::Stores;
use crate::transport::bearer::TokenFamilies;
use crate::transport::session::{CsrfGuard, SessionCookies, SessionId, Sessions};
use crate::transport::{Door, Ending, Owners, SignIns, Tenants};
use crate::user::{AuthUser, UsernameCase};

/// What every feature works with: built once, and shared.
pub(crate) struct Core<U: AuthUser> {
    pub(crate) stores: Stores<U>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) key: SecretKey,
    pub(crate) stamps: Stamps,
    pub(crate) hashing: HashingPool,
    pub(crate) policy: PasswordPolicy,
    pub(crate) lockout: Lockout,
    pub(crate) subject_keys: SubjectKeys,
    pub(crate) rate_limiters: RateLimiters,
    pub(crate) events: Events,
    /// What goes on without the request that began it.
    pub(crate) background: Background,
    pub(crate) hooks: HookRunner<U>,
    /// `None` where no messages are sent.
    pub(crate) mailer: Option<Arc<Mailer>>,
    pub(crate) clients: Arc<Clients>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
    pub(crate) families: Arc<TokenFamilies>,
    pub(crate) sign_ins: Arc<SignIns>,
    pub(crate) owners: Arc<Owners<U>>,
    pub(crate) ending: Arc<Ending<U>>,
    pub(crate) door: Door<U>,
    /// `None` where second factors are not asked for.
    pub(crate) second_factors: Option<Arc<SecondFactorPolicy<U>>>,
    pub(crate) tenants: Tenants<U>,
    pub(crate) username_case: UsernameCase,
    /// In bytes.
    pub(crate) body_limit: usize,
    /// Whether sign-ins by password take JSON too.
    pub(crate) json_sign_in: bool,
}

impl<U: AuthUser> Core<U> {
    /// The sessions that a request shows, which its sign-in replaces.
    ///
    /// # Errors
    ///
    /// Where they are more than are looked up. They could not all be ended, and then several sign-ins of
    /// the browser would count.
    pub(crate) fn replaced(&self, headers: &HeaderMap) -> Result<Vec<SessionId>, RejectionKind> {
        let shown = self.sessions.shown(self.cookies.sessions(headers));
        shown.ids.into_vec().ok_or(RejectionKind::TooManySignIns)
    }
}

impl<U: AuthUser> fmt::Debug for Core<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
