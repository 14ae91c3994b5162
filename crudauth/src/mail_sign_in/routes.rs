//! The routes of sign-ins by mail.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::HeaderMap;
use serde::Serialize;

use super::cookie::BrowserCookie;
use super::service::MailSignInService;
use super::ticket::Ticket;
use crate::core::extract::{self, Body, Client, FromInputs, LogIn, Mounted, SameOrigin, Then};
use crate::core::{App, Core, Feature};
use crate::error::{Inputs, Rejection};
use crate::http::route::post;
use crate::http::{Route, wire};
use crate::identity::readable_email;
use crate::login::{Also, DeviceToken, Entrance, Finish};
use crate::rate_limit::{RateLimitStatus, RateLimiter};
use crate::user::AuthUser;

const SENT: &str = "If an account exists, a sign-in email has been sent.";

/// Sign-in by mail over HTTP.
pub(crate) struct MailSignIn<U: AuthUser> {
    service: Arc<MailSignInService<U>>,
    /// Where a link works in the browser alone that has asked for it.
    browsers: Option<Arc<BrowserCookie>>,
}

type MailRoute<U> = Mounted<U, MailSignIn<U>>;

impl<U: AuthUser> MailSignIn<U> {
    pub(crate) fn new(service: Arc<MailSignInService<U>>, core: &Core<U>) -> Self {
        let browsers = service.browser_life().map(|life| {
            let attributes = core.cookies.attributes();
            Arc::new(BrowserCookie::new(attributes, life))
        });
        Self { service, browsers }
    }
}

impl<U: AuthUser> Feature<U> for MailSignIn<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let (at, mut router) = (&app.routes, Router::new());
        if self.service.has_links() {
            router = at.mount(router, Route::MagicLinkRequest, post(link_request::<U>));
            router = at.mount(router, Route::MagicLinkConfirm, post(link_confirm::<U>));
        }
        if self.service.has_codes() {
            router = at.mount(router, Route::EmailCodeRequest, post(code_request::<U>));
            router = at.mount(router, Route::EmailCodeVerify, post(code_verify::<U>));
        }
        let own = Self { service: Arc::clone(&self.service), browsers: self.browsers.clone() };
        router.with_state(Mounted::new(app, &Arc::new(own)))
    }
}

/// Where something is to be sent.
struct Asked {
    address: String,
    redirect_to: Option<String>,
}

impl FromInputs for Asked {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let typed = inputs.take::<String>("email");
        let address = typed.and_then(|typed| {
            inputs.keep(readable_email(&typed).map_err(|it| wire::email(&it, "email")))
        });
        let redirect_to = inputs.take::<Option<String>>("redirect_to").flatten();
        Some(Self { address: address?, redirect_to })
    }
}

/// What a link carries.
struct Shown {
    token: String,
    remember: bool,
}

impl FromInputs for Shown {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let token = inputs.take("token");
        let remember = inputs.take::<Option<bool>>("remember_me")?.unwrap_or_default();
        Some(Self { token: token?, remember })
    }
}

/// A code that the user has typed.
struct Typed {
    flow: String,
    code: String,
    remember: bool,
}

impl FromInputs for Typed {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let (flow, code) = (inputs.take("flow"), inputs.take("code"));
        let remember = inputs.take::<Option<bool>>("remember_me")?.unwrap_or_default();
        Some(Self { flow: flow?, code: code?, remember })
    }
}

#[derive(Serialize)]
struct Sent<'a> {
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<&'a str>,
}

async fn counted(
    limit: &RateLimiter,
    client: &Client,
) -> Result<Option<RateLimitStatus>, Rejection> {
    let Client(context) = client;
    Ok(limit.count_address_of(context.bucket().as_deref(), context).await??)
}

async fn link_request<U: AuthUser>(
    State(route): State<MailRoute<U>>,
    client: Client,
    headers: HeaderMap,
    body: extract::Json,
) -> Result<Response, Rejection> {
    let passed = counted(&route.core().rate_limiters.magic_link_request, &client).await?;
    let Asked { address, redirect_to } = body.fields()?;
    let MailSignIn { service, browsers } = &*route.own;
    let mut cookie = None;
    let mut browser = None;
    if let Some(browsers) = browsers {
        // One browser has one mark, so that an older link of it that still works goes on doing so.
        let mark = match browsers.find(&headers) {
            Some(mark) => mark,
            None => Ticket::new()?,
        };
        cookie = browsers.set(&mark);
        browser = Some(mark);
    }
    let redirect_to = redirect_to.as_deref();
    service.request_link(&address, redirect_to, browser.as_ref(), &client.0).await?;
    let cookie: HeaderMap = cookie.into_iter().collect();
    Ok((passed, cookie, Json(Sent { detail: SENT, flow: None })).into_response())
}

async fn link_confirm<U: AuthUser>(
    State(route): State<MailRoute<U>>,
    client: Client,
    headers: HeaderMap,
    Then(Body(shown), _): Then<Body<Shown>, SameOrigin<LogIn>>,
) -> Result<Response, Rejection> {
    counted(&route.core().rate_limiters.magic_link_confirm, &client).await?;
    let (context, Shown { token, remember }) = (client.0.via("session"), shown);
    let replaced = route.core().replaced(&headers)?;
    let devices = DeviceToken::shown(&route.core().cookies, &headers);
    let MailSignIn { service, browsers } = &*route.own;
    let browser = browsers.as_ref().and_then(|browsers| browsers.find(&headers));
    let follow = {
        let (service, context) = (Arc::clone(service), context.clone());
        async move { service.follow(&token, browser.as_ref(), &context).await }
    };
    let followed = route.core().background.to_its_end(follow).await?;
    let finish = Finish::Session { remember };
    let admitted = match service.admit(&followed, &devices, &context).await? {
        Entrance::Admitted(admitted) => admitted,
        Entrance::Halted(halted) => {
            let challenge =
                service.login().challenge(halted, finish, followed.redirect_to, &context);
            return Ok(challenge.await?.into_response());
        }
    };
    let begun = service.login().begin_session(admitted, remember, &replaced, &context).await?;
    let redirect_to = followed.redirect_to;
    Ok(begun.answer_with(&Also { redirect_to, ..Also::default() }))
}

async fn code_request<U: AuthUser>(
    State(route): State<MailRoute<U>>,
    client: Client,
    body: extract::Json,
) -> Result<Response, Rejection> {
    let passed = counted(&route.core().rate_limiters.email_code_request, &client).await?;
    let Asked { address, .. } = body.fields()?;
    let flow = route.own.service.request_code(&address, &client.0).await?;
    Ok((passed, Json(Sent { detail: SENT, flow: Some(flow.as_str()) })).into_response())
}

async fn code_verify<U: AuthUser>(
    State(route): State<MailRoute<U>>,
    Client(context): Client,
    headers: HeaderMap,
    Then(Body(typed), _): Then<Body<Typed>, SameOrigin<LogIn>>,
) -> Result<Response, Rejection> {
    let (context, Typed { flow, code, remember }) = (context.via("session"), typed);
    let replaced = route.core().replaced(&headers)?;
    let devices = DeviceToken::shown(&route.core().cookies, &headers);
    let verify = {
        let (service, context) = (Arc::clone(&route.own.service), context.clone());
        async move { service.verify_code((&flow, &code), &devices, &context).await }
    };
    let entrance: Entrance<U> = route.core().background.to_its_end(verify).await?;
    let login = route.own.service.login();
    let admitted = match entrance {
        Entrance::Admitted(admitted) => admitted,
        Entrance::Halted(halted) => {
            let finish = Finish::Session { remember };
            return Ok(login.challenge(halted, finish, None, &context).await?.into_response());
        }
    };
    let begun = login.begin_session(admitted, remember, &replaced, &context).await?;
    Ok(begun.into_response())
}
