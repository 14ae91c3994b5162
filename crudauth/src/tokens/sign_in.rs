//! `POST /token`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;

use super::NewTokens;
use super::refresh::BearerRoutes;
use crate::core::extract::{Client, Form, FromForm, LogIn, Mounted, SameOrigin};
use crate::error::Rejection;
use crate::hooks::{HookContext, HookUser};
use crate::http::route::post;
use crate::http::{FormFields, Route};
use crate::login::{
    Admitted, Also, BeginTokens, BeginningTokens, DeviceToken, Entrance, Finish, LoggedIn,
    LoginAttempt, LoginService,
};
use crate::password::Password;
use crate::transport::bearer::Scopes;
use crate::user::{AuthUser, LoginName};

pub(super) struct TokenRoute<U: AuthUser> {
    pub(super) service: Arc<LoginService<U>>,
    pub(super) bearer: Arc<BearerRoutes<U>>,
}

impl<U: AuthUser> BeginTokens<U> for TokenRoute<U> {
    fn by_cookie(&self) -> bool {
        self.bearer.by_cookie()
    }

    fn begin<'a>(
        &'a self,
        admitted: Admitted<U>,
        (scopes, also): (Option<&'a str>, Also),
        headers: &'a HeaderMap,
        context: &'a HookContext,
    ) -> BeginningTokens<'a> {
        Box::pin(async move {
            let replaced = self.bearer.replaced(headers)?;
            let (login, scopes) = (&*self.service, scopes.map_or(Scopes::Default, Scopes::Written));
            let tokens = self.bearer.begin(login, admitted, &replaced, scopes, context).await?;
            Ok(tokens.telling(also).into_response())
        })
    }
}

pub(super) fn router<U: AuthUser>(route: Mounted<U, TokenRoute<U>>) -> Router {
    let router = route.app.routes.mount(Router::new(), Route::Token, post(token::<U>));
    router.with_state(route)
}

/// The form of OAuth 2's password grant (RFC 6749 §4.3.2).
struct TokenForm {
    username: String,
    password: Password,
    scope: Option<String>,
}

impl FromForm for TokenForm {
    fn read(mut form: FormFields) -> Result<Self, Rejection> {
        let username = form.text("username");
        let password = form.text("password").map(Password::new);
        let scope = form.optional_text("scope");
        form.literal("grant_type", "password");
        let (username, password) = form.finish_with(username.zip(password))?;
        Ok(Self { username, password, scope })
    }
}

async fn token<U: AuthUser>(
    State(route): State<Mounted<U, TokenRoute<U>>>,
    Client(context): Client,
    head: Parts,
    Form(form): Form<TokenForm>,
) -> Result<Response, Rejection> {
    let (core, context) = (route.core(), context.via("bearer"));
    let TokenRoute { service, bearer } = &*route.own;
    // Without a cookie there is nobody to sign in by stealth.
    if bearer.by_cookie() {
        SameOrigin::<LogIn>::check(core, &head)?;
    }
    let replaced = bearer.replaced(&head.headers)?;
    let attempt = LoginAttempt {
        name: LoginName::new(form.username),
        password: form.password,
        address: context.bucket(),
        devices: DeviceToken::shown(&core.cookies, &head.headers),
    };
    let admitted = match service.admit(attempt, &context).await? {
        Entrance::Admitted(admitted) => admitted,
        Entrance::Halted(halted) => {
            let finish = Finish::Tokens { scopes: form.scope };
            return Ok(service.challenge(halted, finish, None, &context).await?.into_response());
        }
    };
    let scopes = match &form.scope {
        Some(scopes) => Scopes::Written(scopes),
        None => Scopes::Default,
    };
    let tokens = bearer.begin(service, admitted, &replaced, scopes, &context).await?;
    Ok(tokens.into_response())
}

impl<U: AuthUser> BearerRoutes<U> {
    /// Issues tokens for who was let in, whose browser shows the refresh tokens `replaced`, and
    /// tells the events and the hooks.
    ///
    /// # Errors
    ///
    /// Where the store fails or the key cannot sign.
    pub(crate) async fn begin(
        &self,
        service: &LoginService<U>,
        admitted: Admitted<U>,
        replaced: &[&str],
        scopes: Scopes<'_>,
        context: &HookContext,
    ) -> Result<NewTokens<U>, Rejection> {
        self.end_replaced(replaced, context).await?;
        let (signed_in, success) = (admitted.signed_in(), admitted.success());
        let issued = self.tokens.issue(signed_in, scopes, context, success).await?;
        let LoggedIn { signed_in, new_device } = service.welcome(admitted);
        let user = Arc::clone(signed_in.user());
        self.core.hooks.on_after_login(HookUser::new(Arc::clone(&user)), context);
        let mut cookies: Vec<_> = self.cookie(&issued).into_iter().collect();
        // A client that keeps no cookies could not show this one again.
        if let (true, Some(device)) = (self.by_cookie(), new_device) {
            cookies.extend(self.core.cookies.known_device(&device.cookie_value()));
        }
        Ok(NewTokens::new(user, issued, self.answer(), cookies))
    }
}
