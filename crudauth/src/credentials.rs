//! Which event ends which credential.
//!
//! *Own* is the session, or the sign-in by tokens, that the event comes from; *other* is any other
//! of the same user. A family is a sign-in by tokens: its refresh tokens, one after another.
//!
//! | event | own session | other session | access token | own family | other family | reset link | link to a new address | verify link |
//! |---|---|---|---|---|---|---|---|---|
//! | (nothing) | stays | stays | stays | stays | stays | stays | stays | stays |
//! | change of password | stays | ends | ends | ends | ends | ends | ends | stays |
//! | first password | stays | stays | stays | stays | stays | ends | ends | stays |
//! | reset of password | ends | ends | ends | ends | ends | ends | ends | ends |
//! | change of e-mail address | stays | stays | stays | stays | stays | ends | ends | ends |
//! | verification | stays | stays | stays | stays | stays | stays | stays | ends |
//! | deactivation | ends | ends | ends | ends | ends | ends | ends | ends |
//! | deletion | ends | ends | ends | ends | ends | ends | ends | ends |
//! | another `token_version` | ends | ends | ends | ends | ends | ends | ends | stays |
//! | logout of the session | ends | stays | stays | stays | stays | stays | stays | stays |
//! | logout with the refresh token | stays | stays | stays | ends | stays | stays | stays | stays |
//! | logout of all other sessions | stays | ends | stays | stays | stays | stays | stays | stays |
//! | revocation of the other session | stays | ends | stays | stays | stays | stays | stays | stays |
//! | renewal of the tokens | stays | stays | stays | stays | stays | stays | stays | stays |
//! | reuse of a refresh token | stays | stays | stays | ends | stays | stays | stays | stays |
//! | end of all families | stays | stays | stays | ends | ends | stays | stays | stays |
//! | renewal of a hash | stays | stays | stays | stays | stays | ends | ends | stays |
//!
//! - A **change of password** moves the credential epoch on (`token_version`). The session that
//!   made it is taken along; tokens are not, and the client signs in again. A first password
//!   (`POST /set-password`) ends the reset link and the link to a new address, and no session:
//!   none of them came from a password.
//! - A **reset** proves the address, so that nothing is left to verify.
//! - A **change of e-mail address** ends every link that was sent to, or asked for from, the
//!   address before.
//! - A **deactivated** account refuses everything for as long as it is deactivated. What has not
//!   expired works again when it is activated; give it another `token_version` to prevent that. A
//!   refresh token that is tried meanwhile ends its family for good.
//! - An **access token** is asked of no store but the user's row: it ends with its time (15 minutes
//!   by default), the epoch and the account, and not with its family.
//! - A **renewal** replaces the refresh token; the one before is good for the grace (20 seconds
//!   by default), and only for the same successor. After it, or once its successor was used, it
//!   counts as stolen: the **reuse** ends the family.
//! - A **hash is renewed** at a sign-in where it is outdated. The links that are bound to the hash
//!   end with it, and can be asked for again.
//! - Each link ends with its own use.
//!
//! A struct that has given up `token_version` loses the sessions of a change or a reset one by
//! one, by their removal; one that begins at that moment may stay. It cannot have tokens.
