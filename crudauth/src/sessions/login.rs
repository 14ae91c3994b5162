//! `POST /login`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use serde::Serialize;

use crate::core::Core;
use crate::error::{Rejection, RejectionKind};
use crate::event::SecurityEvent;
use crate::hooks::{HookContext, HookUser};
use crate::http::route::{mount, post};
use crate::http::{FormFields, read_form};
use crate::login::{Admitted, DeviceToken, LoggedIn, LoginAttempt, LoginService};
use crate::password::Password;
use crate::transport::session::SessionId;
use crate::user::{AuthUser, LoginName};

pub(super) struct LoginRoute<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(super) service: Arc<LoginService<U>>,
}

impl<U: AuthUser> LoginRoute<U> {
    pub(super) fn router(self) -> Router {
        mount(Router::new(), "/login", post(login::<U>)).with_state(Arc::new(self))
    }
}

/// The form of OAuth 2's password grant (RFC 6749 §4.3.2), with `remember_me`.
struct LoginForm {
    username: String,
    password: Password,
    remember: bool,
}

impl LoginForm {
    fn read(mut form: FormFields) -> Result<Self, Rejection> {
        let username = form.text("username");
        let password = form.text("password").map(Password::new);
        let remember = form.boolean("remember_me", false);
        form.literal("grant_type", "password");
        let (username, password) = form.finish_with(username.zip(password))?;
        Ok(Self { username, password, remember })
    }
}

/// The answer to a sign-in. The token is empty where CSRF tokens are given up.
#[derive(Serialize)]
struct Welcome<'a, Id> {
    id: &'a Id,
    username: Option<&'a str>,
    csrf_token: &'a str,
}

async fn login<U: AuthUser>(
    State(route): State<Arc<LoginRoute<U>>>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let head = parts.clone();
    let Core { csrf, cookies, events, sessions, body_limit, .. } = &*route.core;
    let form = read_form(Request::from_parts(parts, body), *body_limit).await?;
    let form = LoginForm::read(form)?;
    let context = HookContext::from_parts(&head).via("session");
    if csrf.is_cross_site(&head) {
        events.emit(&context, SecurityEvent::CrossSiteLogin);
        return Err(RejectionKind::CrossSiteLogin.into());
    }
    // A sign-in that could not end what it replaces would be none: nobody could tell which counts.
    let shown = cookies.shown(&head.headers, sessions);
    let replaced = shown.ids.into_vec().ok_or(RejectionKind::TooManySignIns)?;
    let remember = form.remember;
    let attempt = LoginAttempt {
        name: LoginName::new(form.username),
        password: form.password,
        address: context.bucket(),
        devices: cookies.devices(&head.headers).filter_map(DeviceToken::read).collect(),
    };
    let admitted = route.service.admit(attempt, &context).await?;
    route.begin_session(admitted, remember, &replaced, context).await
}

impl<U: AuthUser> LoginRoute<U> {
    async fn begin_session(
        &self,
        admitted: Admitted<U>,
        remember: bool,
        replaced: &[SessionId],
        context: HookContext,
    ) -> Result<Response, Rejection> {
        let (pass, success) = (admitted.signed_in().pass(), admitted.success());
        let sessions = &self.core.sessions;
        let issued = sessions.begin(pass, remember, &context, replaced, success).await?;
        let LoggedIn { signed_in, new_device } = self.service.welcome(admitted);
        let user = Arc::clone(signed_in.user());

        let welcome = Welcome {
            id: user.id(),
            username: user.logical().username,
            csrf_token: issued.csrf.as_deref().unwrap_or_default(),
        };
        let mut response = Json(welcome).into_response();
        let mut cookies = self.core.cookies.issued(&issued);
        if let Some(device) = &new_device {
            cookies.extend(self.core.cookies.known_device(&device.cookie_value()));
        }
        for cookie in cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        let context = context.in_session(issued.handle);
        self.core.hooks.on_after_login(HookUser::new(user), &context);
        Ok(response)
    }
}
