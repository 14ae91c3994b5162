//! What a flow begins with.

use std::fmt;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, REFERRER_POLICY};
use http::{HeaderMap, StatusCode};

use super::Browser;
use super::target::redirect;
use crate::hooks::HookContext;
use crate::principal::{Gate, Principal};
use crate::user::{AuthUser, StoredUser};

/// What a flow begins with: what it is for, and where the browser goes when it ends.
///
/// ```
/// use axum::extract::State;
/// use axum::http::HeaderMap;
/// use crudauth::oauth::{Begin, Begun, OAuthError};
/// use crudauth::{AuthUser, CrudAuth, Principal, Rejection, Sudo};
///
/// /// For a form: the browser goes to Google, and comes back to `/settings`.
/// async fn link<U: AuthUser>(
///     State(auth): State<CrudAuth<U>>,
///     me: Principal<U, Sudo>,
///     headers: HeaderMap,
/// ) -> Result<Begun, Rejection> {
///     let oauth = auth.oauth().ok_or(OAuthError::UnknownProvider)?;
///     let begin = Begin::link(&me).redirect_to("/settings").browser(oauth.browser(&headers));
///     Ok(oauth.begin("google", begin).await?)
/// }
/// # fn ignore<U: AuthUser>() { let _ = link::<U>; }
/// ```
pub struct Begin<U> {
    pub(super) what: What<U>,
    pub(super) redirect_to: Option<String>,
    pub(super) browser: Option<Browser>,
    pub(super) tenant: Option<String>,
}

pub(super) enum What<U> {
    SignIn,
    App { challenge: String },
    Link(Who<U>),
    Reauthenticate(Who<U>),
}

/// Who asks for what only a user who is signed in may have.
pub(super) struct Who<U> {
    pub(super) user: Arc<StoredUser<U>>,
    pub(super) session: Option<String>,
    pub(super) is_elevated: bool,
}

impl<U: AuthUser> Who<U> {
    fn of<G: Gate<U>>(principal: &Principal<U, G>) -> Self {
        Self {
            user: Arc::clone(&principal.user),
            session: principal.session().map(str::to_owned),
            is_elevated: principal.is_elevated(),
        }
    }
}

impl<U: AuthUser> Begin<U> {
    /// A sign-in.
    #[must_use]
    pub fn sign_in() -> Self {
        Self::of(What::SignIn)
    }

    /// An identity more for a user who is signed in by a session with the elevated rights of the sudo mode,
    /// and has proved the address. The flow ends in that session alone.
    #[must_use]
    pub fn link<G: Gate<U>>(principal: &Principal<U, G>) -> Self {
        Self::of(What::Link(Who::of(principal)))
    }

    /// A proof that a user who is signed in by a session is there: the provider has its user sign in anew.
    /// The flow ends in that session alone.
    #[must_use]
    pub fn reauthenticate<G: Gate<U>>(principal: &Principal<U, G>) -> Self {
        Self::of(What::Reauthenticate(Who::of(principal)))
    }

    /// A code for an app that has the verifier of `challenge`.
    pub(super) fn for_app(challenge: String) -> Self {
        Self::of(What::App { challenge })
    }

    fn of(what: What<U>) -> Self {
        Self { what, redirect_to: None, browser: None, tenant: None }
    }

    /// Where the client asks to be sent afterwards. What is not allowed is dropped. Default: the default
    /// target.
    #[must_use]
    pub fn redirect_to(self, target: impl Into<String>) -> Self {
        self.redirect_to_if(Some(target.into()))
    }

    /// As [`redirect_to`](Self::redirect_to), where the client asks for it.
    #[must_use]
    pub fn redirect_to_if(mut self, target: Option<String>) -> Self {
        self.redirect_to = target;
        self
    }

    /// The browser, if it has shown itself before: [`OAuthService::browser`](super::OAuthService::browser). Default: a
    /// new one, whose cookie ends the flows that are open in other tabs.
    #[must_use]
    pub fn browser(mut self, browser: impl Into<Option<Browser>>) -> Self {
        self.browser = browser.into();
        self
    }

    /// Under the circumstances of a request: where users are of tenants, they say which is meant.
    #[must_use]
    pub fn under(mut self, context: &HookContext) -> Self {
        self.tenant.clone_from(&context.tenant);
        self
    }
}

impl<U> fmt::Debug for Begin<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::SignIn => "SignIn",
            What::App { .. } => "App",
            What::Link(_) => "Link",
            What::Reauthenticate(_) => "Reauthenticate",
        };
        f.debug_struct("Begin").field("what", &what).finish_non_exhaustive()
    }
}

/// A flow that has begun. As a response it sends the browser to the provider (303 See Other), with the cookie by which
/// the route `/callback` knows it again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Begun {
    /// Where the browser is to go.
    pub url: String,
    /// What the browser is to bring back.
    pub browser: Browser,
    /// The cookie that has the browser bring it back.
    pub(super) cookies: HeaderMap,
}

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        let headers = [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")];
        let answer = redirect(StatusCode::SEE_OTHER, &self.url);
        (self.cookies, headers, answer).into_response()
    }
}
