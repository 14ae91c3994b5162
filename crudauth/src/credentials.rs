//! Which event ends which credential.
//!
//! | event | own session | other sessions | reset link | link to a new address | verify link |
//! |---|---|---|---|---|---|
//! | (nothing) | stays | stays | stays | stays | stays |
//! | change of password | stays | ends | ends | ends | stays |
//! | reset of password | ends | ends | ends | ends | ends |
//! | change of e-mail address | stays | stays | ends | ends | ends |
//! | deactivation | ends | ends | ends | ends | ends |
//! | logout | ends | stays | stays | stays | stays |
//!
//! - A **change of password** moves the credential epoch on (`token_version`). The session that
//!   made it is taken along. A first password (`POST /set-password`) ends the reset link and the
//!   link to a new address, and no session: none of them came from a password.
//! - A **reset** proves the address, so that nothing is left to verify.
//! - A **change of e-mail address** ends every link that was sent to, or asked for from, the
//!   address before.
//! - A **deactivated** account refuses everything for as long as it is deactivated. What has not
//!   expired works again when it is activated; give it another `token_version` to prevent that.
//! - Each link ends with its own use.
//!
//! A struct that has given up `token_version` loses the sessions of a change or a reset one by
//! one, by their removal; one that begins at that moment may stay.
