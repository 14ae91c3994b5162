//! What is kept beside the users table.

use super::Change;

/// The values of `#[auth(beside(token_version, is_active, email_verified))]`: logical fields that the
/// users table has no columns for. crudauth keeps them in a table of its own,
/// `crudauth_accounts`, in the database of the users. Default: those of a user of whom
/// nothing is kept yet, who is active, not verified, and at epoch zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// The credential epoch.
    pub token_version: i64,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Whether the owner has proved the e-mail address.
    pub email_verified: bool,
}

impl Default for Beside {
    fn default() -> Self {
        Self { token_version: 0, is_active: true, email_verified: false }
    }
}

impl Beside {
    /// What counts where nothing was read: nobody signs in by it.
    pub(crate) const UNKNOWN: Self =
        Self { token_version: i64::MIN, is_active: false, email_verified: false };

    /// Applies what `change` says of these fields.
    pub(crate) fn apply(&mut self, change: &Change, recovers_by_email: bool) {
        let set = change.set();
        self.token_version = set.epoch.unwrap_or(self.token_version);
        self.is_active = set.active.unwrap_or(self.is_active);
        self.email_verified |= set.email.is_some() || set.recovery_verified && recovers_by_email;
    }
}
