//! `POST /token`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::request::Parts;

use super::refresh::BearerRoutes;
use crate::core::extract::{Client, Form, FromForm, LogIn, Mounted, SameOrigin};
use crate::error::{FieldError, Rejection};
use crate::hooks::HookUser;
use crate::http::FormFields;
use crate::http::route::{mount, post};
use crate::login::{DeviceToken, LoggedIn, LoginAttempt, LoginService};
use crate::password::Password;
use crate::user::{AuthUser, LoginName};

pub(super) struct TokenRoute<U: AuthUser> {
    pub(super) service: Arc<LoginService<U>>,
    pub(super) bearer: Arc<BearerRoutes<U>>,
}

pub(super) fn router<U: AuthUser>(route: Mounted<U, TokenRoute<U>>) -> Router {
    mount(Router::new(), "/token", post(token::<U>)).with_state(route)
}

/// The form of OAuth 2's password grant (RFC 6749 §4.3.2).
struct TokenForm {
    username: String,
    password: Password,
    scope: Option<String>,
}

impl FromForm for TokenForm {
    fn read(mut form: FormFields) -> Result<Self, Vec<FieldError>> {
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
        devices: core.cookies.devices(&head.headers).filter_map(DeviceToken::read).collect(),
    };
    let admitted = service.admit(attempt, &context).await?;
    bearer.end_replaced(&replaced, &context).await?;
    let (scope, beside) = (form.scope.as_deref(), admitted.success());
    let tokens = &bearer.tokens;
    let issued = tokens.issue_requested(admitted.signed_in(), scope, &context, beside).await?;
    let LoggedIn { signed_in, new_device } = service.welcome(admitted);
    core.hooks.on_after_login(HookUser::new(Arc::clone(signed_in.user())), &context);
    let mut response = bearer.answer(&issued);
    // A client that keeps no cookies could not show this one again.
    if let (true, Some(device)) = (bearer.by_cookie(), new_device) {
        let device = core.cookies.known_device(&device.cookie_value());
        response.headers_mut().extend(device.map(|cookie| (SET_COOKIE, cookie)));
    }
    Ok(response)
}
