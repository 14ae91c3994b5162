//! Signing in users whom the application has authenticated itself.

use std::sync::Arc;

use http::request::Parts;

use super::CrudAuth;
use crate::core::extract::{LogIn, SameOrigin};
use crate::error::{Rejection, RejectionKind};
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::{HookContext, HookUser};
use crate::transport::session::Issued;
use crate::transport::{FirstFactor, NotAdmitted, SignedIn};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Decides whether a user may sign in whom the application has authenticated by its own means,
    /// such as LDAP or SAML. It decides as `POST /login` does once the password is right: by
    /// whether the account is active and verified, by its second factor, and by the hook
    /// [`before_login`](crate::Hooks::before_login).
    ///
    /// [`begin_session`](Self::begin_session) and
    /// [`BearerTokens::issue_tokens`](crate::BearerTokens::issue_tokens) take what it returns.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::StatusCode;
    /// use axum::http::request::Parts;
    /// use axum::response::{AppendHeaders, IntoResponse};
    /// use crudauth::transport::FirstFactor;
    /// use crudauth::{AuthUser, CrudAuth, HookContext, Rejection, RejectionKind};
    /// # async fn ask_the_directory<U>(_: &Parts) -> Option<U> { None }
    ///
    /// async fn log_in<U: AuthUser>(
    ///     State(auth): State<CrudAuth<U>>,
    ///     request: Parts,
    /// ) -> Result<impl IntoResponse, Rejection> {
    ///     let user: U = ask_the_directory(&request).await.ok_or(RejectionKind::BadCredentials)?;
    ///     let proof = FirstFactor::by_application(user);
    ///     let signed_in = auth.sign_in(proof, &HookContext::from_parts(&request)).await?;
    ///     let issued = auth.begin_session(&signed_in, &request, false).await?;
    ///     let cookies = auth.set_cookies(&issued).into_iter();
    ///     let cookies = cookies.map(|cookie| (axum::http::header::SET_COOKIE, cookie));
    ///     Ok((StatusCode::NO_CONTENT, AppendHeaders(cookies.collect::<Vec<_>>())))
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = log_in::<U>; }
    /// ```
    ///
    /// # Errors
    ///
    /// Where the user may not sign in. As a [`Rejection`] it is the answer of `POST /login`.
    pub async fn sign_in(
        &self,
        proof: FirstFactor<U>,
        context: &HookContext,
    ) -> Result<SignedIn<U>, NotAdmitted> {
        let core = self.inner.core();
        let signed_in = core.door.admit(proof, &core.hooks, context).await?;
        let user = LogSafe::from_display(signed_in.user().id());
        let event = SecurityEvent::LoginSucceeded { user, known_device: false };
        core.events.emit(context, event);
        Ok(signed_in)
    }

    /// Begins a session for a sign-in, in the browser that makes `request`; with `remember` it
    /// outlives the browser. It gets a new id, and the sessions that the request shows end.
    /// [`set_cookies`](Self::set_cookies) hands it to the browser.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::CrossSiteLogin`] where another site makes the request, so that nobody is signed
    /// in to an account of somebody else's choice; [`RejectionKind::TooManySignIns`] where the request
    /// shows more sessions than are looked up; and where the store fails.
    pub async fn begin_session(
        &self,
        signed_in: &SignedIn<U>,
        request: &Parts,
        remember: bool,
    ) -> Result<Issued, Rejection> {
        let core = self.inner.core();
        let context = HookContext::from_parts(request).via("session");
        SameOrigin::<LogIn>::check(core, request)?;
        let shown = core.sessions.shown(core.cookies.sessions(&request.headers)).ids.into_vec();
        let shown = shown.ok_or(RejectionKind::TooManySignIns)?;
        let pass = signed_in.pass();
        let issued = core.sessions.begin(pass, remember, &context, &shown, Vec::new()).await?;
        let user = HookUser::new(Arc::clone(signed_in.user()));
        core.hooks.on_after_login(user, &context.in_session(&*issued.handle));
        Ok(issued)
    }
}
