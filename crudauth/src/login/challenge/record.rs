//! What a challenge stands for, as it rests.

use serde::{Deserialize, Serialize};

use crate::transport::Parked;

/// What a challenge stands for. It is sealed where it rests, as it may hold the secret of an app.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "p")]
    pub(crate) parked: Parked,
    #[serde(rename = "f")]
    pub(crate) finish: Finish,
    /// Where the browser goes next, after a sign-in by a provider or a link.
    #[serde(rename = "r")]
    pub(crate) redirect_to: Option<String>,
    #[serde(rename = "l")]
    pub(crate) lockouts: Lockouts,
    /// The secret to set up, in base32, where the account has no factor yet.
    #[serde(rename = "s")]
    pub(crate) secret: Option<String>,
    /// How many codes were tried.
    #[serde(rename = "c")]
    pub(crate) attempts: u8,
    /// When the challenge ends, in milliseconds since the Unix epoch.
    #[serde(rename = "e")]
    pub(crate) ends: u64,
}

/// What the sign-in begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Finish {
    #[serde(rename = "s")]
    Session { remember: bool },
    /// Tokens with these scopes, as they were written; `None` for those of the configuration.
    #[serde(rename = "t")]
    Tokens { scopes: Option<String> },
}

/// What wrong codes count against: the account, the address and the device of the first step. A client that
/// sends its codes from another address gets no fresh attempts.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Lockouts {
    /// The account, as the lockout names it.
    #[serde(rename = "a")]
    pub(crate) account: String,
    #[serde(rename = "n")]
    pub(crate) networks: Vec<String>,
    /// The device, where it has signed in to the account before.
    #[serde(rename = "d")]
    pub(crate) device: Option<String>,
}
