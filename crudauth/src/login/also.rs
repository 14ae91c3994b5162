//! Optional parts of the answer to a sign-in.

use serde::Serialize;

use crate::factors::RecoveryCodes;

/// Optional parts of the answer to a sign-in.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Also {
    /// The recovery codes of a second factor that was set up at the sign-in. Nothing shows them again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recovery_codes: Option<RecoveryCodes>,
    /// Where the browser goes next, after a sign-in by a provider or a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_to: Option<String>,
}
