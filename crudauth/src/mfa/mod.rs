//! Second factors: an authenticator app (TOTP, RFC 6238) and recovery codes.
//!
//! [`Builder::mfa`](crate::Builder::mfa) mounts the routes:
//!
//! | Route | |
//! |---|---|
//! | `GET /mfa` | whether there is a factor, whether there has to be one, how many recovery codes are left |
//! | `POST /mfa/totp/setup` | begins a set-up: the secret, and the URI for a QR code |
//! | `POST /mfa/totp/confirm` | confirms it by a code, and shows the recovery codes once |
//! | `POST /mfa/totp/disable` | takes the factor off, given a code |
//! | `POST /mfa/recovery-codes/regenerate` | replaces the recovery codes, given a code |
//! | `POST /mfa/challenge` | returns the secret and the URI again, for a sign-in that must set up a factor |
//! | `POST /mfa/verify` | completes a sign-in by a code |
//!
//! Every sign-in of an account with a factor stops: `POST /login`, `POST /token`, a provider, a link or a code by
//! mail, and [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) answer a [`Challenge`], with no cookie and
//! no token. The page [second factors](crate::guide::second_factors) says how it goes on.

mod config;
mod error;
mod rejection;
mod routes;
mod service;
mod verify;

pub use self::config::MfaConfig;
pub use self::error::MfaError;
pub(crate) use self::routes::MfaRoutes;
pub use self::service::MfaService;
pub(crate) use self::verify::Verifier;
pub use crate::core::Required;
pub use crate::factors::{RecoveryCodes, Setup};
pub use crate::login::Challenge;
