//! The change command: what to write, and under which condition.

use std::time::SystemTime;

use crate::password::PasswordHash;

/// A change of one user's row, applied by the store as **one conditional statement**: it is
/// written if the row still is as the change expects, and not at all otherwise. Of two parallel
/// changes that expect the same row, one wins.
#[derive(Debug, Clone)]
pub struct Change {
    password: PasswordHash,
    expected_password: Option<PasswordHash>,
    epoch: Option<EpochStep>,
    at: SystemTime,
}

#[derive(Debug, Clone, Copy)]
struct EpochStep {
    from: i64,
}

impl Change {
    /// Stores the same password under a better hash, if the stored hash still is `from`. The
    /// epoch stays: nothing that was issued ends.
    #[must_use]
    pub fn rehash(from: PasswordHash, to: PasswordHash, at: SystemTime) -> Self {
        Self { password: to, expected_password: Some(from), epoch: None, at }
    }

    /// Stores a new password and adds one to the epoch, if the epoch still is `epoch`. Every
    /// session and token from before ends with it. (A struct without `token_version` has no
    /// epoch; its change is unconditional.)
    #[must_use]
    pub fn password(to: PasswordHash, epoch: i64, at: SystemTime) -> Self {
        Self { password: to, expected_password: None, epoch: Some(EpochStep { from: epoch }), at }
    }

    /// The hash to write.
    #[must_use]
    pub fn new_password(&self) -> &PasswordHash {
        &self.password
    }

    /// The hash that must be there, if that matters.
    #[must_use]
    pub fn expected_password(&self) -> Option<&PasswordHash> {
        self.expected_password.as_ref()
    }

    /// The epoch that must be there, if that matters.
    #[must_use]
    pub fn expected_epoch(&self) -> Option<i64> {
        self.epoch.map(|step| step.from)
    }

    /// The epoch to write, if it moves.
    #[must_use]
    pub fn new_epoch(&self) -> Option<i64> {
        self.epoch.map(|step| step.from.wrapping_add(1))
    }

    /// The moment of the change, for `updated_at`.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.at
    }
}
