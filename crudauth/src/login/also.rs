//! What the answer to a sign-in has beside that of every other.

use serde::Serialize;

use crate::factors::RecoveryCodes;

/// What the answer to a sign-in by two steps has beside that of one.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Also {
    /// Those of a second factor that was set up at the sign-in. Nothing shows them again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_codes: Option<RecoveryCodes>,
    /// Where the browser goes on after a sign-in by a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_to: Option<String>,
}
