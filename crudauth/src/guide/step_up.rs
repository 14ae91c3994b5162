//! Ask for more proof: recent sign-ins, second factors, and `POST /step-up`.
//!
//! A session and an access token remember what their sign-in has proved, and when. A gate in the type of
//! a handler's argument asks it:
//!
//! ```
//! use crudauth::proofs::Totp;
//! use crudauth::user::HasSecondFactor;
//! use crudauth::{AuthUser, Fresh, Mfa, Principal, Proof, Recent};
//!
//! /// Any proof within the last five minutes.
//! async fn export<U: AuthUser>(_: Principal<U, Fresh<5>>) {}
//!
//! /// Something that the user knows and something that the user has, however long ago.
//! async fn payroll<U: HasSecondFactor>(_: Principal<U, Mfa>) {}
//!
//! /// A code of an authenticator app, or one within the last five minutes.
//! async fn audit<U: HasSecondFactor>(_: Principal<U, Proof<Totp>>) {}
//! async fn transfer<U: HasSecondFactor>(_: Principal<U, Recent<Totp, 5>>) {}
//! # fn ignore<U: HasSecondFactor>() { let _ = (export::<U>, payroll::<U>, audit::<U>, transfer::<U>); }
//! ```
//!
//! The struct needs somewhere to keep a second factor for the last three
//! ([`HasSecondFactor`](crate::user::HasSecondFactor)). The gates make no query: the session or the token has been read
//! already.
//!
//! # What is proved by what
//!
//! | Proof | `amr` | Kind |
//! |---|---|---|
//! | a password | `pwd` | knows |
//! | a code of an app | `otp` | has |
//! | a recovery code | `otp`, `x-recovery` | has |
//! | a link or a code by mail | `x-mail` | mailbox |
//! | a provider | `x-fed` | other |
//! | the application's own means | `x-app` | other |
//!
//! [`Mfa`](crate::Mfa) wants two kinds, of which one is *has*; a provider that is trusted with its own second factor passes
//! alone. A mailbox beside a password is no second
//! kind, since the mailbox resets the password. `acr` is `1` for one kind and `2` for two; `amr` says `mfa` where
//! it is `2`.
//!
//! # What a refusal says
//!
//! Where a proof is missing: 403 "A second factor is required.", `second_factor_required`. Where it is too
//! old: 403 "Re-authentication required.", `reauthentication_required`. `WWW-Authenticate` says what would
//! pass, in the words of RFC 9470:
//!
//! ```text
//! WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="2", max_age="300"
//! ```
//!
//! # The way through
//!
//! [`SudoConfig::routes`](crate::SudoConfig::routes) mounts `POST /step-up`. An account with a second factor sends a code of
//! its app, `{"code": ".."}`; a recovery code is refused. Any other account sends `{"password": ".."}`. `GET /mfa` says which
//! (`enabled`). An account without either signs in again, or proves itself at its provider
//! (`POST /oauth/{provider}/reauthenticate`).
//!
//! A session then has elevated rights for the gate [`Sudo`](crate::Sudo), a new proof, and another id. The answer sets new
//! cookies for the session and for the CSRF token.
//!
//! ```js
//! const answer = await fetch('/export', {method: 'POST', headers: {'x-csrf-token': csrfCookie()}});
//! if (answer.status === 403 && (await answer.json()).code === 'reauthentication_required') {
//!   await fetch('/step-up', {
//!     method: 'POST',
//!     headers: {'content-type': 'application/json', 'x-csrf-token': csrfCookie()},
//!     body: JSON.stringify({password: await ask()}),
//!   });
//!   // Read the new CSRF token, and send the first request again.
//! }
//! ```
//!
//! A request without a session steps up a sign-in by tokens: its refresh token is in the cookie or, with
//! `RefreshDelivery::Body`, in the body as `refresh_token`. The answer is that of `POST /refresh`, and the new access token has
//! updated `auth_time`, `amr` and `acr`. A renewal by `POST /refresh` keeps what was proved, and proves nothing.
//!
//! Three wrong proofs within 15 minutes lock the step-up for this user for 15 minutes, and end the elevated rights of the
//! session ([`SudoConfig`](crate::SudoConfig)).
//!
//! | | `Fresh<5>` | `Sudo` |
//! |---|---|---|
//! | passes after | a sign-in or a step-up, by any proof | a step-up alone |
//! | for | the minutes in its type | [`SudoConfig::window`](crate::SudoConfig::window) |
//! | tokens | pass | never pass |
//! | refusal | `reauthentication_required`, with `WWW-Authenticate` | `sudo_required` |
//!
//! # Sign-ins and transports of your own
//!
//! [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) with a row notes the proof
//! [`Application`](crate::proofs::Factor::Application). A transport of your own says what its credential has proved by
//! [`Principal::proved_by`](crate::Principal::proved_by); without it every one of these gates refuses.
