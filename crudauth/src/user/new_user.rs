//! The command that creates a user.

use std::time::SystemTime;

use super::AuthUser;
use crate::password::PasswordHash;

/// All that is known of a user who is about to exist. Flags and epoch are not here: every new
/// user is active, unprivileged, unverified, and at epoch zero.
pub struct NewUser<U: AuthUser> {
    /// What the client sent, checked and in canonical form.
    pub register: U::Register,
    /// What the application's new-user hook filled.
    pub provisioned: U::Provisioned,
    /// The password's hash; `None` for a user who has no password.
    pub password: Option<PasswordHash>,
    /// The moment of creation, for `created_at` and `updated_at`.
    pub created_at: SystemTime,
}

/// The `Provisioned` type of a user struct without `#[auth(provisioned)]` fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NothingProvisioned;
