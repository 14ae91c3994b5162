//! `POST /login`.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use crate::core::extract::{Client, Form, FromForm, LogIn, Mounted, SameOrigin, Then};
use crate::error::Rejection;
use crate::http::route::post;
use crate::http::{FormFields, Route};
use crate::login::{DeviceToken, Entrance, Finish, LoginAttempt, LoginService};
use crate::password::Password;
use crate::user::{AuthUser, LoginName};

type LoginRoute<U> = Mounted<U, LoginService<U>>;

pub(super) fn router<U: AuthUser>(route: LoginRoute<U>) -> Router {
    let router = route.app.routes.mount(Router::new(), Route::Login, post(login::<U>));
    router.with_state(route)
}

/// The form of OAuth 2's password grant (RFC 6749 §4.3.2), with `remember_me`.
struct LoginForm {
    username: String,
    password: Password,
    remember: bool,
}

impl FromForm for LoginForm {
    fn read(mut form: FormFields) -> Result<Self, Rejection> {
        let username = form.text("username");
        let password = form.text("password").map(Password::new);
        let remember = form.boolean("remember_me", false);
        form.literal("grant_type", "password");
        let (username, password) = form.finish_with(username.zip(password))?;
        Ok(Self { username, password, remember })
    }
}

async fn login<U: AuthUser>(
    State(route): State<LoginRoute<U>>,
    Client(context): Client,
    headers: HeaderMap,
    Then(Form(form), _): Then<Form<LoginForm>, SameOrigin<LogIn>>,
) -> Result<Response, Rejection> {
    let (core, context) = (route.core(), context.via("session"));
    let replaced = core.replaced(&headers)?;
    let remember = form.remember;
    let attempt = LoginAttempt {
        name: LoginName::new(form.username),
        password: form.password,
        address: context.bucket(),
        devices: DeviceToken::shown(&core.cookies, &headers),
    };
    let admitted = match route.own.admit(attempt, &context).await? {
        Entrance::Admitted(admitted) => admitted,
        Entrance::Halted(halted) => {
            let finish = Finish::Session { remember };
            return Ok(route.own.challenge(halted, finish, None, &context).await?.into_response());
        }
    };
    let session = route.own.begin_session(admitted, remember, &replaced, &context).await?;
    Ok(session.into_response())
}
