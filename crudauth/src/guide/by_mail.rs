//! Signing in by mail: links to follow and codes to type.
//!
//! ```
//! use crudauth::user::{HasEmail, HasRecovery};
//! use crudauth::{Builder, EmailCodes, EmailConfig, MagicLinks};
//!
//! fn by_mail<U: HasRecovery + HasEmail, Db, N>(
//!     builder: Builder<U, Db, N>,
//!     email: EmailConfig,
//! ) -> Builder<U, Db, N> {
//!     builder
//!         .email(email.frontend_url("https://app.example.com"))
//!         .magic_links(MagicLinks::new())
//!         .email_codes(EmailCodes::new())
//! }
//! # fn ignore<U: HasRecovery + HasEmail, Db, N>() { let _ = by_mail::<U, Db, N>; }
//! ```
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `POST /magic-link/request` | `{"email", "redirect_to"?}` | the same answer, whether or not there is an account |
//! | `POST /magic-link/confirm` | `{"token", "remember_me"?}` | that of `POST /login`, with `redirect_to` |
//! | `POST /email-code/request` | `{"email"}` | the same sentence, and the `flow` |
//! | `POST /email-code/verify` | `{"flow", "code", "remember_me"?}` | that of `POST /login` |
//!
//! For an account with a second factor the answer is a challenge, with no session: see
//! [`second_factors`](super::second_factors). `redirect_to` is a path, or a URL of the front end or of an allowed origin;
//! others are left out of the answer.
//!
//! # The page behind the link
//!
//! The link is `https://app.example.com/sign-in#token=..`. The page takes the token out of
//! `location.hash`, shows a button, and posts the token when it is pressed. It must not post by itself:
//! mail scanners and previews open pages, and some run their scripts.
//!
//! ```html
//! <button id="in">Sign in</button>
//! <script type="module">
//!   const token = new URLSearchParams(location.hash.slice(1)).get('token');
//!   history.replaceState(null, '', location.pathname);
//!   document.getElementById('in').onclick = async () => {
//!     const answer = await fetch('/magic-link/confirm', {
//!       method: 'POST',
//!       headers: { 'content-type': 'application/json' },
//!       body: JSON.stringify({ token }),
//!     });
//!     const said = await answer.json();
//!     if (said.mfa_required) location.assign('/second-step#challenge=' + said.challenge);
//!     else if (answer.ok) location.assign(said.redirect_to ?? '/');
//!     else document.body.append(said.detail);
//!   };
//! </script>
//! ```
//!
//! The links of the other flows have `?token=..`. [`EmailConfig::tokens_in_fragment`] puts the token of
//! every link into the fragment, which no server sees.
//!
//! # Which of the two
//!
//! A code is typed where it was asked for, so the person who asks also receives it, or gets it from the
//! person who does. A link can be followed anywhere: on the telephone, where the mail is read,
//! and also by somebody to whom it was passed on. [`MagicLinks::same_browser`] keeps a link to the browser
//! that asked for it.
//!
//! Either is as good as the mailbox, which can reset the password too. So it is one factor, and an account
//! with a second factor is asked for that as well.
//!
//! # The first proof of a mailbox
//!
//! Anybody can sign up with any address. If the address is not verified yet, the first link or code verifies
//! it, and takes the account from the person who made it: the password stops working, linked identities,
//! second factors and keys are removed, and every sign-in ends. The mail says so before the link is
//! followed. **In an existing table**, mark the addresses that you trust as verified before you turn this on: else the
//! first sign-in by mail removes the user's password and second factor. Your application must clear what was written into
//! the account before, in the hook [`on_account_claimed`](crate::Hooks::on_account_claimed).
//!
//! # Without passwords
//!
//! [`MagicLinks::sign_up`] lets an address without an account have one: it is made when the link is
//! confirmed. With [`Routes`](crate::http::Routes) an application then leaves the routes of passwords out:
//!
//! ```
//! use crudauth::http::{Route, Routes};
//!
//! let routes = Routes::default()
//!     .without(Route::Register)
//!     .without(Route::Login)
//!     .without(Route::Token)
//!     .without(Route::ChangePassword)
//!     .without(Route::SetPassword)
//!     .without(Route::ResetRequest)
//!     .without(Route::ResetConfirm);
//! # let _ = routes;
//! ```
//!
//! # What is guarded
//!
//! - A request has one answer, after the same work, whether or not there is an account. Mail goes out in
//!   the background.
//! - A link works once and for ten minutes, and a newer one ends it. A code works once, for ten minutes, in
//!   the flow that asked for it, and has three tries (ASVS 6.5.5, 6.6.2).
//! - Wrong codes count with the wrong passwords of the account (see [`lockout`](crate::lockout)), and a new
//!   flow gives none of them back.
//! - A client address can ask five times an hour for each of the two, and confirm 60 links an hour. A mailbox
//!   gets at most five links and codes an hour together, by default
//!   ([`RateLimits::messages`](crate::RateLimits)).
//! - What rests in the store is keyed digests and sealed records. Nothing but a `POST` uses anything up,
//!   and no page of another site signs its visitor in.
//!
//! [`EmailConfig::tokens_in_fragment`]: crate::EmailConfig::tokens_in_fragment
//! [`MagicLinks::same_browser`]: crate::MagicLinks::same_browser
//! [`MagicLinks::sign_up`]: crate::MagicLinks::sign_up
