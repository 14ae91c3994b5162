//! Second factors as a row has them, and what a change does to them.

use std::fmt;

/// Where second factors of the users of a struct are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorPlace {
    /// In four columns of the users table: `totp_secret_encrypted`, `totp_confirmed_at`,
    /// `totp_last_step` and `mfa_recovery_codes`.
    Columns,
    /// In crudauth's own table, `crudauth_second_factors`: `#[auth(beside(second_factor))]`.
    OwnTable,
}

/// The columns of a second factor, as a row has them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct FactorColumns<'a> {
    /// The encrypted secret of the authenticator app.
    pub secret: Option<&'a str>,
    /// Whether the app was confirmed.
    pub is_confirmed: bool,
    /// The last step of time whose code was accepted.
    pub last_step: Option<i64>,
    /// The digests of the recovery codes that are left, as a list of JSON.
    pub codes: Option<&'a str>,
}

impl FactorColumns<'_> {
    /// Whether there is a second factor: a secret that was confirmed.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        self.is_confirmed && self.secret.is_some_and(|secret| !secret.is_empty())
    }
}

/// What a [`Change`](super::Change) does to the columns of a second factor.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FactorChange {
    /// A set-up begins: this is the secret, and the other three are NULL.
    Begun {
        /// The encrypted secret.
        secret: String,
    },
    /// The app is confirmed, at the moment of the change.
    Confirmed {
        /// The secret, encrypted anew.
        secret: String,
        /// The step of time whose code has confirmed it.
        step: i64,
        /// The digests of the recovery codes.
        codes: String,
    },
    /// A code of this step was accepted.
    Step(i64),
    /// These digests of recovery codes are left.
    Codes(String),
    /// The factor is removed: all four columns are NULL.
    Removed,
}

/// What a [`Change`](super::Change) expects of the columns of a second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct FactorState {
    /// Whether there is a second factor: a secret that was confirmed.
    pub is_confirmed: bool,
    /// The encrypted secret is this one, to the letter. `None` expects nothing.
    pub secret: Option<String>,
    /// The digests of the recovery codes are these, to the letter, or NULL. The outer `None` expects
    /// nothing.
    pub codes: Option<Option<String>>,
    /// The last step is NULL, or below this one.
    pub step_below: Option<i64>,
}

/// What becomes of the columns of a second factor: `None` leaves a column alone.
#[derive(Clone, Copy, Default)]
pub struct FactorAssignments<'a> {
    /// The encrypted secret, or NULL.
    pub secret: Option<Option<&'a str>>,
    /// The moment of the change, or NULL.
    pub is_confirmed: Option<bool>,
    /// The last step, or NULL.
    pub last_step: Option<Option<i64>>,
    /// The digests of the recovery codes, or NULL.
    pub codes: Option<Option<&'a str>>,
}

impl FactorChange {
    /// What becomes of each column.
    #[must_use]
    pub fn columns(&self) -> FactorAssignments<'_> {
        let nothing = FactorAssignments {
            secret: Some(None),
            is_confirmed: Some(false),
            last_step: Some(None),
            codes: Some(None),
        };
        match self {
            Self::Begun { secret } => FactorAssignments { secret: Some(Some(secret)), ..nothing },
            Self::Confirmed { secret, step, codes } => FactorAssignments {
                secret: Some(Some(secret)),
                is_confirmed: Some(true),
                last_step: Some(Some(*step)),
                codes: Some(Some(codes)),
            },
            Self::Step(last) => {
                FactorAssignments { last_step: Some(Some(*last)), ..FactorAssignments::default() }
            }
            Self::Codes(codes) => {
                FactorAssignments { codes: Some(Some(codes)), ..FactorAssignments::default() }
            }
            Self::Removed => nothing,
        }
    }
}

impl FactorState {
    /// No app was confirmed.
    pub(super) fn unconfirmed() -> Self {
        Self { is_confirmed: false, secret: None, codes: None, step_below: None }
    }

    /// An app was confirmed, and its encrypted secret is this one.
    pub(super) fn confirmed(secret: String) -> Self {
        Self { is_confirmed: true, secret: Some(secret), codes: None, step_below: None }
    }

    /// Whether a row is as expected. A struct without the columns always is.
    pub(crate) fn holds(&self, row: Option<FactorColumns<'_>>) -> bool {
        let Some(row) = row else { return true };
        self.is_confirmed == row.is_enrolled()
            && self.secret.as_deref().is_none_or(|secret| row.secret == Some(secret))
            && self.codes.as_ref().is_none_or(|codes| row.codes == codes.as_deref())
            && self.step_below.is_none_or(|step| row.last_step.is_none_or(|last| last < step))
    }
}

/// Without the secret and the digests.
impl fmt::Debug for FactorColumns<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut columns = f.debug_struct("FactorColumns");
        columns.field("is_confirmed", &self.is_confirmed).finish_non_exhaustive()
    }
}

/// Without the secret and the digests.
impl fmt::Debug for FactorAssignments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut assignments = f.debug_struct("FactorAssignments");
        assignments.field("is_confirmed", &self.is_confirmed).finish_non_exhaustive()
    }
}

/// Without the secret and the digests.
impl fmt::Debug for FactorChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Begun { .. } => "Begun(..)",
            Self::Confirmed { .. } => "Confirmed(..)",
            Self::Step(_) => "Step(..)",
            Self::Codes(_) => "Codes(..)",
            Self::Removed => "Removed",
        })
    }
}

/// Without the secret and the digests.
impl fmt::Debug for FactorState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = f.debug_struct("FactorState");
        state.field("is_confirmed", &self.is_confirmed).finish_non_exhaustive()
    }
}
