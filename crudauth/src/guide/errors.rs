//! What crudauth answers where it refuses, and how a front end tells the refusals apart.
//!
//! Every answer that is no success has the same body:
//!
//! ```json
//! {"detail": "Incorrect username or password", "code": "bad_credentials"}
//! ```
//!
//! `detail` is for people. It is a text, or, where the fields of a request have mistakes, a list with
//! one entry a mistake: `{"type", "loc", "msg", "ctx"}`, as pydantic has them. `code` is for programs:
//! neither its words nor what they stand for change. Branch on it, and never on `detail`.
//!
//! A 429 and a 503 also say in `Retry-After` after how many seconds to come back.
//!
//! An application answers in the same form with a [`Rejection`](crate::Rejection), from a handler, a
//! gate or a hook, and gives it a code of its own by [`with_code`](crate::Rejection::with_code):
//!
//! ```
//! use crudauth::Rejection;
//!
//! async fn publish() -> Result<(), Rejection> {
//!     Err(Rejection::forbidden("The trial has ended.").with_code("trial_ended"))
//! }
//! ```
//!
//! | Code | Status | `detail` |
//! |---|---|---|
//! | `not_authenticated` | 401 | Not authenticated |
//! | `several_sign_ins` | 401 | More than one sign-in was sent. Sign in again. |
//! | `too_many_sign_ins` | 400 | Too many sign-ins were sent. Clear the cookies of this site. |
//! | `invalid_token` | 401 | Invalid token |
//! | `refresh_token_missing` | 401 | Refresh token missing |
//! | `invalid_refresh_token` | 401 | Invalid or expired refresh token |
//! | `bad_credentials` | 401 | Incorrect username or password |
//! | `missing_csrf_token` | 403 | Missing CSRF token |
//! | `invalid_csrf_token` | 403 | Invalid CSRF token |
//! | `cross_site_login` | 403 | Cross-site login requests are not allowed. |
//! | `cross_site` | 403 | Cross-site requests are not allowed. |
//! | `insufficient_privileges` | 403 | Insufficient privileges |
//! | `not_verified` | 403 | Recovery factor not verified |
//! | `insufficient_scope` | 403 | Insufficient scope |
//! | `access_denied` | 403 | Access denied |
//! | `sudo_required` | 403 | Re-authentication required. |
//! | `reauthentication_required` | 403 | Re-authentication required. |
//! | `second_factor_required` | 403 | A second factor is required. |
//! | `second_factor_due` | 200 | A second factor is due. |
//! | `invalid_mfa_challenge` | 400 | Invalid or expired MFA challenge |
//! | `mfa_enabled` | 400 | Two-factor authentication is already enabled. |
//! | `no_mfa_setup` | 400 | No authenticator setup is pending. |
//! | `mfa_required` | 403 | Two-factor authentication is required for this account. |
//! | `mfa_enrolment_required` | 403 | Set up two-factor authentication to continue. |
//! | `sudo_refused` | 401 | Incorrect password |
//! | `invalid_code` | 401 | Invalid code |
//! | `sudo_locked_out` | 429 | Too many attempts. Try again later. |
//! | `sudo_needs_session` | 403 | Sudo requires a session-backed login. |
//! | `unknown_tenant` | 404 | There is no such tenant. |
//! | `email_registered` | 422 | Email already registered |
//! | `username_taken` | 422 | Username already taken |
//! | `factor_registered` | 422 | Phone already registered |
//! | `account_exists` | 422 | Account already exists |
//! | `no_password` | 400 | Account has no password; use /set-password to create one. |
//! | `has_password` | 400 | Account already has a password; use the password reset flow to change it. |
//! | `wrong_current_password` | 401 | Current password is incorrect. |
//! | `sign_in_not_fresh` | 403 | Sign in again to continue: this needs a recent sign-in. |
//! | `wrong_password` | 400 | Incorrect password |
//! | `invalid_link` | 400 | Invalid or expired token |
//! | `used_link` | 400 | Token already used |
//! | `email_in_use` | 422 | Email already in use |
//! | `same_email` | 400 | New email matches current email |
//! | `session_not_found` | 404 | Session not found. |
//! | `linked_account_not_found` | 404 | Linked account not found. |
//! | `only_sign_in` | 409 | This is the only way to sign in to the account. |
//! | `invalid_app_code` | 400 | Invalid or expired code |
//! | `invalid_code_request` | 400 | Invalid or expired code request |
//! | `csrf_disabled` | 400 | CSRF is disabled. |
//! | `rate_limit_exceeded` | 429 | Too many requests. Try again later. |
//! | `locked_out` | 429 | Too many login attempts. Try again later. |
//! | `invalid_fields` | 422 | The request has invalid fields. |
//! | `json_expected` | 422 | The request should be a JSON object. |
//! | `form_expected` | 422 | The request should be a form. |
//! | `malformed_body` | 422 | There was an error parsing the body |
//! | `unprocessable` | 422 | The request cannot be processed. |
//! | `bad_request` | 400 | The request cannot be processed. |
//! | `unauthorized` | 401 | Not authenticated |
//! | `forbidden` | 403 | Access denied |
//! | `too_large` | 413 | The request body is too large. |
//! | `unavailable` | 503 | The service is busy. Try again later. |
//! | `method_not_allowed` | 405 | Method Not Allowed |
//! | `not_found` | 404 | Not Found |
//! | `internal_error` | 500 | Internal Server Error |
//!
//! A sign-in by a provider that is refused has a code of its own: the page `providers` lists them.
