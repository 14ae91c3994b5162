//! Signing users in from the application's own code.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::request::Parts;

use super::CrudAuth;
use crate::core::extract::{LogIn, SameOrigin, as_change};
use crate::error::{Fault, Rejection, RejectionKind};
use crate::hooks::{HookContext, HookUser};
use crate::login::{
    AccessTokenOptions, Credentials, DeviceToken, Entrance, Finish, LoggedIn, LoginAttempt,
    NewSession, SessionOptions, SignInError, TokenOptions,
};
use crate::scope::ScopeToken;
use crate::token::AccessToken;
use crate::tokens::{BearerRoutes, NewTokens};
use crate::transport::bearer::Scopes;
use crate::user::{AuthUser, HasEpoch, StoredUser};

impl<U: AuthUser> CrudAuth<U> {
    /// Signs a user in, in the browser or the client that makes `request`.
    ///
    /// Who it is is said by a row of the users table (`U`, or a
    /// [`StoredUser`] as a [`Principal`](crate::Principal) has it), where the application has
    /// authenticated somebody by its own means: LDAP, SAML, a link of its own, a test. Or by
    /// [`Credentials`], which are checked as `POST /login` checks them. Read the row after the
    /// proof, so that a change of credentials in between is seen.
    ///
    /// What comes of it is said by the options:
    ///
    /// | Options | Gives | |
    /// |---|---|---|
    /// | [`SessionOptions`] | [`NewSession`] | cookies, as a part of a response |
    /// | [`TokenOptions`] | [`NewTokens`] | the answer of `POST /token`, or what is in it |
    /// | [`AccessTokenOptions`] | [`AccessToken`] | one for a job |
    ///
    /// It is the way that every sign-in takes. The account has to be active and verified, a second
    /// factor and [`before_login`](crate::Hooks::before_login) are asked, and a page of another site
    /// is refused, so that nobody is signed in to an account of somebody else's choice. The sign-ins
    /// that the request shows end, the device becomes known, and events and hooks are told.
    ///
    /// A row may also sign in on a route for `GET`, as the callback of a provider is one. The origin of
    /// a `GET` is not judged: there the application's own proof guards, such as the `state` of OAuth
    /// 2, which it compares with that of this browser. [`Credentials`] are judged as in a `POST`.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::response::{IntoResponse, Redirect};
    /// use crudauth::{AuthUser, CrudAuth, Rejection, RejectionKind, SessionOptions};
    /// # async fn ask_the_directory<U>(_: &Parts) -> Option<U> { None }
    ///
    /// async fn log_in<U: AuthUser>(
    ///     State(auth): State<CrudAuth<U>>,
    ///     request: Parts,
    /// ) -> Result<impl IntoResponse, Rejection> {
    ///     let user: U = ask_the_directory(&request).await.ok_or(RejectionKind::BadCredentials)?;
    ///     let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
    ///     Ok((session, Redirect::to("/")))
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = log_in::<U>; }
    /// ```
    ///
    /// The page [signing in](crate::guide::signing_in) has form pages, sign-in after sign-up, links,
    /// LDAP and tests. Where there is no request, as in a job, an empty one does:
    /// `http::Request::new(()).into_parts().0`.
    ///
    /// # Errors
    ///
    /// Where the user may not sign in, the credentials are wrong or locked out, another site makes
    /// the request, or the store fails. With options for tokens, where there is no
    /// [`Builder::bearer`](crate::Builder::bearer). Each is a response, that of `POST /login`.
    pub fn sign_in<'a, P: SignInProof<U>, O: SignInOptions<U>>(
        &'a self,
        who: P,
        request: &'a Parts,
        options: O,
    ) -> SigningIn<'a, O::Issued> {
        Box::pin(options.begin(self, who, request, sealed::Sealed))
    }

    /// The circumstances of `request`, for a service that is called in a handler of the application's
    /// own: the client's address, as the [trusted proxies](crate::Builder::trusted_proxies) say, its
    /// `User-Agent`, and the `X-Request-Id`.
    #[must_use]
    pub fn context(&self, request: &Parts) -> HookContext {
        let context = HookContext::from_parts(request);
        let (address, tenants) = (self.client_address(request).ip(), &self.inner.core().tenants);
        HookContext { address, tenant: tenants.named(request), ..context }
    }

    fn devices(&self, request: &Parts) -> Vec<DeviceToken> {
        DeviceToken::shown(&self.inner.core().cookies, &request.headers)
    }

    fn bearer(&self) -> Result<&BearerRoutes<U>, Rejection> {
        let missing = || Rejection::because_of(NoBearer, RejectionKind::Internal);
        self.inner.bearer.as_deref().ok_or_else(missing)
    }
}

/// What [`CrudAuth::sign_in`] returns. It has no part of the type of who signs in, so that a wrong
/// one is one error at the call, and not another one where it is awaited.
pub type SigningIn<'a, T> = Pin<Box<dyn Future<Output = Result<T, SignInError>> + Send + 'a>>;

/// Who signs in: a row of the users table, or [`Credentials`]. See [`CrudAuth::sign_in`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which `{U}` signs in",
    label = "give the user's row, as `{U}`, `StoredUser<{U}>` or an `Arc` of that, or `Credentials`"
)]
pub trait SignInProof<U: AuthUser>: sealed::Prove<U> {}

/// What a sign-in gives: see [`CrudAuth::sign_in`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a sign-in gives",
    label = "give `SessionOptions` for cookies, or `TokenOptions` for tokens"
)]
pub trait SignInOptions<U: AuthUser>: Send + 'static {
    /// What comes of it.
    type Issued;

    #[doc(hidden)]
    fn begin(
        self,
        auth: &CrudAuth<U>,
        who: impl SignInProof<U>,
        request: &Parts,
        _: sealed::Sealed,
    ) -> impl Future<Output = Result<Self::Issued, SignInError>> + Send;
}

mod sealed {
    use super::{
        AuthUser, CrudAuth, Entrance, Future, HookContext, LogIn, Parts, Rejection, SameOrigin,
        SignInError,
    };

    pub trait Prove<U: AuthUser>: Send + 'static {
        /// Refuses a page of another site.
        fn check_site(&self, auth: &CrudAuth<U>, request: &Parts) -> Result<(), Rejection> {
            SameOrigin::<LogIn>::check(auth.inner.core(), request).map(|_| ())
        }

        fn admit(
            self,
            auth: &CrudAuth<U>,
            request: &Parts,
            context: &HookContext,
        ) -> impl Future<Output = Result<Entrance<U>, SignInError>> + Send;
    }

    /// Nobody outside of crudauth can name it, and so nobody implements what takes it.
    #[derive(Debug)]
    pub struct Sealed;
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> SignInProof<U> for U {}

impl<U: AuthUser> sealed::Prove<U> for U {
    async fn admit(
        self,
        auth: &CrudAuth<U>,
        request: &Parts,
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        let user = auth.inner.core().stores.whole(self).await.map_err(Rejection::from)?;
        let user = user.ok_or_else(|| Rejection::from(RejectionKind::BadCredentials))?;
        Arc::new(user).admit(auth, request, context).await
    }
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> SignInProof<U> for StoredUser<U> {}

impl<U: AuthUser> sealed::Prove<U> for StoredUser<U> {
    async fn admit(
        self,
        auth: &CrudAuth<U>,
        request: &Parts,
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        if !self.is_whole() {
            return self.into_row().admit(auth, request, context).await;
        }
        Arc::new(self).admit(auth, request, context).await
    }
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> SignInProof<U> for Arc<StoredUser<U>> {}

impl<U: AuthUser> sealed::Prove<U> for Arc<StoredUser<U>> {
    async fn admit(
        self,
        auth: &CrudAuth<U>,
        request: &Parts,
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        auth.inner.login.admit_user(&self, &auth.devices(request), context).await
    }
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> SignInProof<U> for Credentials {}

impl<U: AuthUser> sealed::Prove<U> for Credentials {
    /// A link of another site may hold them, so that they are judged as in a `POST`.
    fn check_site(&self, auth: &CrudAuth<U>, request: &Parts) -> Result<(), Rejection> {
        SameOrigin::<LogIn>::check(auth.inner.core(), &as_change(request)).map(|_| ())
    }

    async fn admit(
        self,
        auth: &CrudAuth<U>,
        request: &Parts,
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        let Self { name, password } = self;
        let (address, devices) = (context.bucket(), auth.devices(request));
        let attempt = LoginAttempt { name, password, address, devices };
        let entrance = auth.inner.login.admit(attempt, context).await;
        Ok(entrance.map_err(Rejection::from)?)
    }
}

#[diagnostic::do_not_recommend]
impl<U: AuthUser> SignInOptions<U> for SessionOptions {
    type Issued = NewSession<U>;

    async fn begin(
        self,
        auth: &CrudAuth<U>,
        who: impl SignInProof<U>,
        request: &Parts,
        _: sealed::Sealed,
    ) -> Result<NewSession<U>, SignInError> {
        let core = auth.inner.core();
        who.check_site(auth, request)?;
        // A sign-in that could not end what it replaces would be none.
        let shown = core.sessions.shown(core.cookies.sessions(&request.headers));
        let replaced = shown.ids.into_vec();
        let replaced = replaced.ok_or_else(|| Rejection::from(RejectionKind::TooManySignIns))?;
        let context = auth.context(request).via("session");
        let login = &auth.inner.login;
        let admitted = match who.admit(auth, request, &context).await? {
            Entrance::Admitted(admitted) => admitted,
            Entrance::Halted(halted) => {
                let finish = Finish::Session { remember: self.remember };
                let challenge = login.challenge(halted, finish, None, &context).await?;
                return Err(SignInError::SecondFactor(challenge));
            }
        };
        Ok(login.begin_session(admitted, self.remember, &replaced, &context).await?)
    }
}

impl<U: HasEpoch> SignInOptions<U> for TokenOptions {
    type Issued = NewTokens<U>;

    async fn begin(
        self,
        auth: &CrudAuth<U>,
        who: impl SignInProof<U>,
        request: &Parts,
        _: sealed::Sealed,
    ) -> Result<NewTokens<U>, SignInError> {
        let bearer = auth.bearer()?;
        // Without a cookie there is nobody to sign in by stealth.
        if bearer.by_cookie() {
            who.check_site(auth, request)?;
        }
        let replaced = bearer.replaced(&request.headers)?;
        let context = auth.context(request).via("bearer");
        let admitted = match who.admit(auth, request, &context).await? {
            Entrance::Admitted(admitted) => admitted,
            Entrance::Halted(halted) => {
                let written = |scopes: &Vec<ScopeToken>| {
                    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
                };
                let finish = Finish::Tokens { scopes: self.scopes.as_ref().map(written) };
                let login = &auth.inner.login;
                let challenge = login.challenge(halted, finish, None, &context).await?;
                return Err(SignInError::SecondFactor(challenge));
            }
        };
        let scopes = self.scopes.as_deref().map_or(Scopes::Default, Scopes::Named);
        Ok(bearer.begin(&auth.inner.login, admitted, &replaced, scopes, &context).await?)
    }
}

impl<U: HasEpoch> SignInOptions<U> for AccessTokenOptions {
    type Issued = AccessToken;

    async fn begin(
        self,
        auth: &CrudAuth<U>,
        who: impl SignInProof<U>,
        request: &Parts,
        _: sealed::Sealed,
    ) -> Result<AccessToken, SignInError> {
        let bearer = auth.bearer()?;
        let context = auth.context(request).via("bearer");
        let admitted = match who.admit(auth, request, &context).await? {
            Entrance::Admitted(admitted) => admitted,
            // A job answers no challenge.
            Entrance::Halted(halted) => {
                return Err(auth.inner.login.refuse(halted, &context).await?);
            }
        };
        let LoggedIn { signed_in, .. } =
            auth.inner.login.succeed(admitted).await.map_err(Rejection::from)?;
        let scopes = Scopes::Named(&self.scopes);
        let issued = bearer.tokens.issue_access_token(&signed_in, scopes, self.lifetime, &context);
        let issued = issued.await.map_err(Rejection::from)?;
        let user = HookUser::new(Arc::clone(signed_in.user()));
        auth.inner.core().hooks.on_after_login(user, &context);
        Ok(issued)
    }
}

#[derive(Debug)]
struct NoBearer;

impl Fault for NoBearer {
    fn log(&self) {
        tracing::error!(
            "`CrudAuth::sign_in` was asked for tokens, of which there are none: call `Builder::bearer`"
        );
    }
}
