//! `POST /token`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::SET_COOKIE;

use super::refresh::BearerRoutes;
use crate::core::Core;
use crate::error::{Rejection, RejectionKind};
use crate::event::SecurityEvent;
use crate::hooks::{HookContext, HookUser};
use crate::http::route::{mount, post};
use crate::http::{FormFields, read_form};
use crate::login::{DeviceToken, LoggedIn, LoginAttempt, LoginService};
use crate::password::Password;
use crate::user::{AuthUser, LoginName};

pub(super) struct TokenRoute<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(super) service: Arc<LoginService<U>>,
    pub(super) bearer: Arc<BearerRoutes<U>>,
}

impl<U: AuthUser> TokenRoute<U> {
    pub(super) fn router(self) -> Router {
        mount(Router::new(), "/token", post(token::<U>)).with_state(Arc::new(self))
    }
}

/// The form of OAuth 2's password grant (RFC 6749 §4.3.2).
struct TokenForm {
    username: String,
    password: Password,
    scope: Option<String>,
}

impl TokenForm {
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
    State(route): State<Arc<TokenRoute<U>>>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let form = read_form(Request::from_parts(parts, body), route.core.body_limit).await?;
    let form = TokenForm::read(form)?;
    let context = HookContext::from_parts(&head).via("bearer");
    if route.bearer.by_cookie() && route.core.csrf.is_cross_site(&head) {
        route.core.events.emit(&context, SecurityEvent::CrossSiteLogin);
        return Err(RejectionKind::CrossSiteLogin.into());
    }
    let replaced = route.bearer.replaced(&head.headers)?;
    let attempt = LoginAttempt {
        name: LoginName::new(form.username),
        password: form.password,
        address: context.bucket(),
        devices: route.core.cookies.devices(&head.headers).filter_map(DeviceToken::read).collect(),
    };
    let admitted = route.service.admit(attempt, &context).await?;
    route.bearer.end_replaced(&replaced, &context).await?;
    let (scope, beside) = (form.scope.as_deref(), admitted.success());
    let tokens = &route.bearer.tokens;
    let issued = tokens.issue_requested(admitted.signed_in(), scope, &context, beside).await?;
    let LoggedIn { signed_in, new_device } = route.service.welcome(admitted);
    route.core.hooks.on_after_login(HookUser::new(Arc::clone(signed_in.user())), &context);
    let mut response = route.bearer.answer(&issued);
    // A client that keeps no cookies could not show this one again.
    if let (true, Some(device)) = (route.bearer.by_cookie(), new_device) {
        let device = route.core.cookies.known_device(&device.cookie_value());
        response.headers_mut().extend(device.map(|cookie| (SET_COOKIE, cookie)));
    }
    Ok(response)
}
