//! The claims of tokens.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::own::OwnClaims;
use crate::scope::ScopeName;

/// The claims of an access token. Times are seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessClaims {
    /// The primary key of the user, as text (`sub`).
    pub subject: String,
    /// The user's credential epoch when the token was issued (`ver`).
    pub epoch: i64,
    /// What the token may be used for (`scopes`).
    pub scopes: Vec<String>,
    /// The sign-in that the token belongs to (`sid`): the same for all tokens of one refresh
    /// family. It cannot be used to sign in.
    pub session: String,
    /// The id of the token (`jti`).
    pub token_id: String,
    /// When it was issued (`iat`).
    pub issued_at: u64,
    /// When it expires (`exp`).
    pub expires_at: u64,
    /// When its user has proved to be there (`auth_time`): the first proof of the sign-in, or that of
    /// a step-up since. A renewal does not change it. `None` in tokens of an earlier version.
    pub authenticated_at: Option<u64>,
    /// By which methods (`amr`, RFC 8176): `pwd`, `otp`, `mfa` and others, which
    /// [`Proofs::amr`](crate::proofs::Proofs::amr) lists.
    pub methods: Vec<String>,
    /// How much that proves (`acr`): `1`, `2` or `2-phr`, as
    /// [`Proofs::acr`](crate::proofs::Proofs::acr) says.
    pub level: Option<String>,
    pub(crate) own: OwnClaims,
}

impl AccessClaims {
    /// The claims of the application's own, as [`Builder::claims`](crate::Builder::claims) made them.
    /// `None` where they are not those of a `C`: the token was issued before the application had
    /// them, or by another one.
    #[must_use]
    pub fn own<C: DeserializeOwned>(&self) -> Option<C> {
        self.own.read()
    }

    /// Whether the token has the scope `S`.
    #[must_use]
    pub fn has_scope<S: ScopeName>(&self) -> bool {
        self.scopes.iter().any(|own| own == S::NAME.as_str())
    }
}

/// The claims of a refresh token. Times are seconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshClaims {
    /// The primary key of the user, as text (`sub`).
    pub subject: String,
    /// The user's credential epoch at sign-in (`ver`).
    pub epoch: i64,
    /// The refresh family (`sid`).
    pub session: String,
    /// The id of the token (`jti`).
    pub token_id: String,
    /// When it was issued (`iat`).
    pub issued_at: u64,
    /// When it expires (`exp`).
    pub expires_at: u64,
}

/// A kind of token. The header has `TYP` and the claims have `TOKEN_TYPE`, so that no kind is ever
/// read as another one.
pub(crate) trait Claims: Sized {
    const TYP: &'static str;
    const TOKEN_TYPE: &'static str;

    fn into_wire(self) -> Wire;
    fn from_wire(wire: Wire) -> Option<Self>;
}

/// The claims as JSON. A duplicate claim, or one of another type (an `exp` as text, a negative
/// one), makes the token invalid.
#[derive(Serialize, Deserialize)]
pub(crate) struct Wire {
    sub: String,
    ver: i64,
    pub(super) exp: u64,
    iat: u64,
    #[serde(default, skip_serializing)]
    pub(super) nbf: Option<u64>,
    jti: String,
    sid: String,
    pub(super) token_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) iss: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) aud: Option<Audience>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(flatten)]
    own: OwnClaims,
}

/// RFC 7519 §4.1.3: one audience, or a list.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(super) fn contains(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => many.iter().any(|one| one == audience),
        }
    }
}

impl Claims for AccessClaims {
    const TYP: &'static str = "at+jwt";
    const TOKEN_TYPE: &'static str = "access";

    fn into_wire(self) -> Wire {
        Wire {
            sub: self.subject,
            ver: self.epoch,
            exp: self.expires_at,
            iat: self.issued_at,
            nbf: None,
            jti: self.token_id,
            sid: self.session,
            token_type: Self::TOKEN_TYPE.to_owned(),
            scopes: Some(self.scopes),
            iss: None,
            aud: None,
            auth_time: self.authenticated_at,
            amr: self.methods,
            acr: self.level,
            own: self.own,
        }
    }

    fn from_wire(wire: Wire) -> Option<Self> {
        Some(Self {
            subject: wire.sub,
            epoch: wire.ver,
            scopes: wire.scopes?,
            session: wire.sid,
            token_id: wire.jti,
            issued_at: wire.iat,
            expires_at: wire.exp,
            authenticated_at: wire.auth_time,
            methods: wire.amr,
            level: wire.acr,
            own: wire.own,
        })
    }
}

impl Claims for RefreshClaims {
    const TYP: &'static str = "rt+jwt";
    const TOKEN_TYPE: &'static str = "refresh";

    fn into_wire(self) -> Wire {
        Wire {
            sub: self.subject,
            ver: self.epoch,
            exp: self.expires_at,
            iat: self.issued_at,
            nbf: None,
            jti: self.token_id,
            sid: self.session,
            token_type: Self::TOKEN_TYPE.to_owned(),
            scopes: None,
            iss: None,
            aud: None,
            auth_time: None,
            amr: Vec::new(),
            acr: None,
            own: OwnClaims::default(),
        }
    }

    fn from_wire(wire: Wire) -> Option<Self> {
        Some(Self {
            subject: wire.sub,
            epoch: wire.ver,
            session: wire.sid,
            token_id: wire.jti,
            issued_at: wire.iat,
            expires_at: wire.exp,
        })
    }
}
