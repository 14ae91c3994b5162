//! Who makes a request, and what the request may do.

mod authorized;
mod gate;
mod proof;
mod scope;
mod via;

pub use self::authorized::{Authorized, GateRequest, GateState, RequestGate};
pub use self::gate::{Gate, Superuser, Verified};
pub use self::proof::{Fresh, Mfa, Proof, ProvableBy, Recent};
pub use self::scope::{ManageAccount, Scope};
pub use self::via::{Bearer, Session, TransportName, TransportNames, Via};

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use crate::error::Rejection;
use crate::proofs::Proofs;
use crate::scope::{AccountScope, ScopeName};
use crate::token::OwnClaims;
use crate::user::{AuthUser, StoredUser};

/// The one who makes a request, whatever transport carried the proof.
///
/// As an axum extractor it needs nothing but the state. `Principal<Account>` answers 401 to an
/// anonymous request; `Option<Principal<Account>>` is `None` then, and still refuses a tampered
/// token. The second parameter is the gate: [`Principal<Account, Superuser>`](Superuser),
/// `Principal<Account, (Verified, Superuser)>`, or a [`Gate`] of the application's own. A gate
/// that the struct cannot answer does not compile.
pub struct Principal<U: AuthUser, G: Gate<U> = ()> {
    /// The row of the user, as it was when the request began.
    pub user: Arc<StoredUser<U>>,
    via: &'static str,
    session: Option<String>,
    elevated: bool,
    scopes: Arc<[String]>,
    claims: Option<Arc<OwnClaims>>,
    proofs: Proofs,
    /// The present moment of the request, for the age of its proofs.
    at: SystemTime,
    /// Whether the credential stands for less than its user.
    restricted: bool,
    gate: PhantomData<fn() -> G>,
}

impl<U: AuthUser> Principal<U> {
    /// A principal that the transport `T` has authenticated. For transports; an application
    /// receives principals by extraction.
    #[must_use]
    pub fn authenticated<T: TransportName>(user: impl Into<Arc<StoredUser<U>>>) -> Self {
        Self {
            user: user.into(),
            via: T::NAME,
            session: None,
            elevated: false,
            scopes: Arc::default(),
            claims: None,
            proofs: Proofs::default(),
            at: SystemTime::UNIX_EPOCH,
            restricted: false,
            gate: PhantomData,
        }
    }

    /// Notes the public handle of the session that carried the proof.
    #[must_use]
    pub fn in_session(mut self, handle: impl Into<String>) -> Self {
        self.session = Some(handle.into());
        self
    }

    /// Notes that the session has the elevated rights of the sudo mode.
    #[must_use]
    pub(crate) fn elevated(mut self) -> Self {
        self.elevated = true;
        self
    }

    /// Notes what the credential may be used for, as the transport has read it: from a token, or
    /// from where the application keeps its keys. A credential that has scopes, and be it none,
    /// stands for less than its user: it may change the account only by the scope
    /// [`AccountScope`].
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl Into<Arc<[String]>>) -> Self {
        self.scopes = scopes.into();
        self.restricted = true;
        self
    }

    /// Notes what the sign-in of the credential has proved, and the present moment, by which gates
    /// such as [`Fresh`] tell the age of a proof. Without it nothing is known to be proved, and those
    /// gates refuse.
    #[must_use]
    pub fn proved_by(mut self, proofs: Proofs, now: SystemTime) -> Self {
        self.proofs = proofs;
        self.at = now;
        self
    }

    /// Notes what else the token says.
    #[must_use]
    pub(crate) fn with_claims(mut self, claims: OwnClaims) -> Self {
        self.claims = Some(Arc::new(claims));
        self
    }

    /// Notes that the scopes are all that a credential can have.
    #[must_use]
    pub(crate) fn unrestricted(mut self) -> Self {
        self.restricted = false;
        self
    }

    /// Passes through the gate `G`.
    ///
    /// # Errors
    ///
    /// Where the gate denies it.
    pub async fn pass<G: Gate<U>>(self) -> Result<Principal<U, G>, Rejection> {
        G::check(&self).await?;
        Ok(self.gated())
    }
}

impl<U: AuthUser, G: Gate<U>> Principal<U, G> {
    /// As after the gate `H`, which the caller has asked.
    pub(crate) fn gated<H: Gate<U>>(self) -> Principal<U, H> {
        let Self { user, via, session, elevated, scopes, claims, proofs, at, restricted, gate: _ } =
            self;
        let gate = PhantomData;
        Principal { user, via, session, elevated, scopes, claims, proofs, at, restricted, gate }
    }

    /// The primary key of the user.
    #[must_use]
    pub fn id(&self) -> &U::Id {
        self.user.id()
    }

    /// The name of the transport that carried the proof: `session`, `bearer`, or that of a
    /// transport of the application's own.
    #[must_use]
    pub fn via(&self) -> &'static str {
        self.via
    }

    /// The public handle of the session, where there is one. It is not the session's id: it
    /// cannot be used to sign in.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Whether the session had the elevated rights of the sudo mode when the request began. The
    /// gate for it is [`Sudo`](crate::Sudo).
    #[must_use]
    pub fn is_elevated(&self) -> bool {
        self.session.is_some() && self.elevated
    }

    /// What the sign-in of the credential has proved, and when. The gates [`Mfa`], [`Proof`],
    /// [`Fresh`] and [`Recent`] ask it.
    #[must_use]
    pub fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    /// What the credential may be used for. A session has no scopes.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// Whether the credential has the scope `S`. The gate [`Scope`] asks the same.
    #[must_use]
    pub fn has_scope<S: ScopeName>(&self) -> bool {
        self.scopes.iter().any(|own| own == S::NAME.as_str())
    }

    /// The claims of the application's own, as [`Builder::claims`](crate::Builder::claims) made them
    /// when the token was issued. `None` where the credential is no bearer token, or its claims are
    /// not those of a `C`.
    #[must_use]
    pub fn claims<C: DeserializeOwned>(&self) -> Option<C> {
        self.claims.as_ref()?.read()
    }

    /// Whether the credential may change the account itself: its password, its address. A session
    /// may. A bearer token may that has every
    /// [grantable scope](crate::BearerConfig::grantable_scopes), so every one where none is
    /// configured; a token that was issued with fewer needs [`AccountScope`] among them. So does
    /// whatever another transport gives [scopes](Self::with_scopes). The gate [`ManageAccount`] asks
    /// the same.
    #[must_use]
    pub fn may_manage_account(&self) -> bool {
        !self.restricted || self.has_scope::<AccountScope>()
    }

    /// Whether the user has every privilege; `false` for a struct without `is_superuser`.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.user.logical().is_superuser == Some(true)
    }
}

impl<U: AuthUser, G: Gate<U>> Clone for Principal<U, G> {
    fn clone(&self) -> Self {
        Self {
            user: Arc::clone(&self.user),
            via: self.via,
            session: self.session.clone(),
            elevated: self.elevated,
            scopes: Arc::clone(&self.scopes),
            claims: self.claims.clone(),
            proofs: self.proofs,
            at: self.at,
            restricted: self.restricted,
            gate: PhantomData,
        }
    }
}

impl<U: AuthUser, G: Gate<U>> fmt::Debug for Principal<U, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("id", &format_args!("{}", self.user.id()))
            .field("via", &self.via)
            .finish_non_exhaustive()
    }
}
