//! Second factors: an authenticator app, recovery codes, and sign-ins of two steps.
//!
//! # Switching them on
//!
//! The users table keeps a factor in four columns, which the struct has as
//! `totp_secret_encrypted: Option<String>`, `totp_confirmed_at: Option<NaiveDateTime>`,
//! `totp_last_step: Option<i64>` and `mfa_recovery_codes: Option<String>`. Where it has none, crudauth keeps
//! them in a table of its own: `#[auth(beside(second_factor))]`. Then mount the routes:
//!
//! ```
//! use crudauth::mfa::{MfaConfig, Required};
//! # use crudauth::{Builder, user::{HasSecondFactor, SecondFactorsEndSessions}};
//! # trait IsAdmin { fn is_admin(&self) -> bool; }
//! # fn configure<U, Db>(builder: Builder<U, Db>, key: String)
//! # where U: HasSecondFactor + SecondFactorsEndSessions + IsAdmin {
//! let builder = builder.mfa(
//!     MfaConfig::new("Example")
//!         // For the four columns; `openssl rand -base64 32` makes one.
//!         .encryption_key(key)
//!         .required(Required::when(|user: &U| user.is_admin())),
//! );
//! # drop(builder); }
//! ```
//!
//! # What a user does
//!
//! | Step | Request | Answer |
//! |---|---|---|
//! | looks | `GET /mfa` | `{"enabled", "required", "recovery_codes_remaining"}` |
//! | begins | `POST /mfa/totp/setup` `{"password"}` | `{"secret", "otpauth_uri"}`: show the URI as a QR code (`Setup::qr_svg`, feature `qr`) |
//! | confirms | `POST /mfa/totp/confirm` `{"code"}` | `{"recovery_codes": [..]}`, once; every other sign-in of the user ends, and this one gets new cookies. It has proved its password alone: the gate `Mfa` passes it after [a step-up](super::step_up) |
//! | replaces the codes | `POST /mfa/recovery-codes/regenerate` `{"code"}` | `{"recovery_codes": [..]}` |
//! | takes it off | `POST /mfa/totp/disable` `{"code"}` | a sentence; 403 `mfa_required` where a factor is required |
//!
//! # A sign-in of two steps
//!
//! After the right password `POST /login` and `POST /token` answer 200 with neither cookie nor token, and so do a link and
//! a code by mail:
//!
//! ```json
//! {"mfa_required": true, "challenge": "3q2-7w..", "expires_in": 300}
//! ```
//!
//! The client sends the challenge with what the user types, a code of the app or a recovery code:
//!
//! ```text
//! POST /mfa/verify
//! {"challenge": "3q2-7w..", "code": "123 456"}
//! ```
//!
//! The answer is that of the first step, with its cookies, and as it was asked for there (`remember_me`,
//! scopes). After a sign-in by a provider or a link it has `redirect_to`, too; a provider's redirect brings the
//! challenge in the fragment, `#mfa_challenge=..`, which reaches no server. If a factor is
//! required and the user has none, the answer also contains `setup`; `POST /mfa/verify` confirms it, and its answer has the
//! recovery codes. `POST /mfa/challenge` `{"challenge"}` shows the `setup` again, or null.
//!
//! In the application's own code [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) gives
//! [`SignInError::SecondFactor`](crate::SignInError::SecondFactor). As a response it is the same body; a page
//! puts the token into its form:
//!
//! ```
//! use axum::response::{Html, IntoResponse, Response};
//! use crudauth::{AuthUser, CrudAuth, Credentials, Rejection, SessionOptions, SignInError};
//! use http::request::Parts;
//!
//! async fn log_in<U: AuthUser>(
//!     auth: CrudAuth<U>,
//!     request: Parts,
//!     typed: Credentials,
//! ) -> Result<Response, Rejection> {
//!     match auth.sign_in(typed, &request, SessionOptions::default()).await {
//!         Ok(session) => Ok((session, Html("welcome")).into_response()),
//!         Err(SignInError::SecondFactor(challenge)) => {
//!             // Letters, digits, `-` and `_` alone.
//!             let token = challenge.token();
//!             Ok(Html(format!("<input type=hidden name=challenge value={token}>")).into_response())
//!         }
//!         Err(error) => Err(error.into()),
//!     }
//! }
//! # fn ignore<U: AuthUser>() { let _ = log_in::<U>; }
//! ```
//!
//! # What is counted
//!
//! - A challenge lasts five minutes and five attempts. The first right code ends it.
//! - A wrong code counts against the account and the address of the first step, as a wrong password does: five
//!   a minute, then a lock. Fresh challenges and other addresses give no fresh attempts.
//! - After 100 wrong codes of the app in a row it proves nothing until a recovery code was used, or an
//!   administrator has reset it.
//! - The routes that manage the factor take ten calls an hour together, by user.
//!
//! # A user has lost the app and the codes
//!
//! An administrator verifies the person, and calls [`MfaService::reset`](crate::mfa::MfaService::reset) of `auth.mfa()`. It
//! removes the factor, ends all sign-ins of the user, and tells the owner. A reset of the password never touches the factor.
