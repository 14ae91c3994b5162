//! What is kept beside the users table.

use super::Change;
use crate::identity::lookup_email;

/// The values of `#[auth(beside(token_version, is_active, email_verified))]`: logical fields that the
/// users table has no columns for. crudauth keeps them in a table of its own, `crudauth_accounts`, in
/// the database of the users. Default: those of a user of whom nothing is kept yet, who is
/// active, not verified, and at epoch zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The credential epoch.
    pub token_version: i64,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// The address that the owner has proved. The account counts as verified while it has this address:
    /// other software that changes it knows nothing of the proof.
    pub verified_email: Option<String>,
}

impl Default for Beside {
    fn default() -> Self {
        Self { token_version: 0, is_active: true, verified_email: None }
    }
}

impl Beside {
    /// What counts where nothing was read: nobody signs in by it.
    pub(crate) const UNKNOWN: Self =
        Self { token_version: i64::MIN, is_active: false, verified_email: None };

    /// Whether the owner of an account with this address has proved it.
    pub(crate) fn has_proved(&self, address: Option<&str>) -> bool {
        let pair = self.verified_email.as_deref().zip(address);
        pair.is_some_and(|(proved, is)| proved == is || lookup_email(proved) == lookup_email(is))
    }

    /// Applies what `change` says of these fields.
    pub(crate) fn apply(&mut self, change: &Change, recovers_by_email: bool) {
        self.token_version = change.set().epoch.unwrap_or(self.token_version);
        self.is_active = change.set().active.unwrap_or(self.is_active);
        if let Some(address) = proved_by(change, recovers_by_email) {
            self.verified_email = Some(address.to_owned());
        }
    }
}

/// The address that is proved by a change.
pub(crate) fn proved_by(change: &Change, recovers_by_email: bool) -> Option<&str> {
    let (set, when) = (change.set(), change.when());
    let recovered = when.recovery.as_deref().filter(|_| set.recovery_verified && recovers_by_email);
    set.email.as_deref().or(recovered)
}
