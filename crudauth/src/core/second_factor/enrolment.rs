//! The second factor of one user, as it was read.

use crate::factors::{Digests, TotpSecret};
use crate::store::records::SecondFactor;

/// The second factor of one user, as it was read. A change that takes it is made only if the factor is
/// still the same.
#[derive(Debug, Clone)]
pub(crate) struct Enrolment {
    state: State,
    codes: Digests,
    seen: Seen,
}

/// What state the factor is in.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// The account has no factor.
    None,
    /// The app waits for its confirmation.
    Pending(TotpSecret),
    /// The app is confirmed.
    Enabled(TotpSecret),
    /// The app is confirmed, and its secret cannot be decrypted.
    Unreadable,
}

/// What was read, as it rests.
#[derive(Debug, Clone)]
pub(super) enum Seen {
    /// Nothing.
    None,
    /// The columns of the users table.
    Columns(SeenColumns),
    /// A row of crudauth's own table.
    Row(SecondFactor),
}

/// What the columns of the users table have held.
#[derive(Clone)]
pub(super) struct SeenColumns {
    /// The encrypted secret. Each encryption gives another text, so this text identifies one set-up.
    pub(super) secret: String,
    pub(super) codes: Option<String>,
}

impl Enrolment {
    /// The account has no factor.
    pub(super) fn none() -> Self {
        Self { state: State::None, codes: Digests::default(), seen: Seen::None }
    }

    pub(super) fn new(state: State, codes: Digests, seen: Seen) -> Self {
        Self { state, codes, seen }
    }

    /// Whether the account has a second factor. A factor whose secret cannot be decrypted counts.
    pub(crate) fn is_enabled(&self) -> bool {
        matches!(self.state, State::Enabled(_) | State::Unreadable)
    }

    /// Whether an app waits to be confirmed.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending(_))
    }

    /// How many recovery codes are left.
    pub(crate) fn recovery_codes_remaining(&self) -> usize {
        if self.is_enabled() { self.codes.len() } else { 0 }
    }

    /// Whether the account has a second factor whose secret cannot be decrypted, so that no code is
    /// accepted: a key is missing.
    pub(crate) fn unreadable(&self) -> bool {
        matches!(self.state, State::Unreadable)
    }

    /// The secret that waits to be confirmed.
    pub(super) fn pending(&self) -> Option<&TotpSecret> {
        match &self.state {
            State::Pending(secret) => Some(secret),
            _ => None,
        }
    }

    /// The secret that is confirmed.
    pub(super) fn enabled(&self) -> Option<&TotpSecret> {
        match &self.state {
            State::Enabled(secret) => Some(secret),
            _ => None,
        }
    }

    pub(super) fn codes(&self) -> &Digests {
        &self.codes
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// This factor with other recovery codes.
    pub(super) fn with_codes(&self, seen: Seen, codes: Digests) -> Self {
        Self { state: self.state.clone(), codes, seen }
    }

    /// Whether both belong to the same set-up.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (&self.seen, &other.seen) {
            (Seen::Columns(one), Seen::Columns(other)) => one.secret == other.secret,
            (Seen::Row(one), Seen::Row(other)) => one.id == other.id && one.secret == other.secret,
            _ => false,
        }
    }
}

/// Without the secret and the digests.
impl std::fmt::Debug for SeenColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeenColumns(..)")
    }
}
