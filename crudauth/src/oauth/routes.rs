//! The routes.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::{LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;

use super::config::Checked;
use super::pending::LIFE;
use super::{
    Begin, Begun, Browser, Callback, Completed, FormFields, OAuthError, OAuthService, Refusal,
};
use crate::core::extract::{Client, Mounted};
use crate::core::{App, Core, Feature, NewAccounts};
use crate::error::{Rejection, RejectionKind};
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::http::route::get;
use crate::http::{CookieConfig, Route, SameSite};
use crate::login::{DeviceToken, LoginService, SignInError};
use crate::store::records::{Identity, Record as _, Table};
use crate::transport::NotAdmitted;
use crate::user::AuthUser;

const COOKIE: &str = "oauth_state";
/// The longest parameter that is read, in bytes.
const MAX_PARAMETER: usize = 4096;

/// Sign-in by providers, over HTTP.
pub(crate) struct OAuth<U: AuthUser> {
    pub(crate) service: Arc<OAuthService<U>>,
    login: Arc<LoginService<U>>,
    /// That of the session, but Lax: the way back from a provider is a link of another site.
    cookies: CookieConfig,
    default_redirect: String,
    json: bool,
}

type OAuthRoute<U> = Mounted<U, OAuth<U>>;

impl<U: AuthUser> Feature<U> for Arc<OAuth<U>> {
    fn tables(&self) -> &'static [&'static Table] {
        &[Identity::TABLE]
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let (at, mut router) = (&app.routes, Router::new());
        router = at.mount(router, Route::OAuthAuthorize, get(authorize::<U>));
        router = at.mount(router, Route::OAuthCallback, get(callback::<U>));
        router.with_state(Mounted::new(app, self))
    }
}

#[derive(Serialize)]
struct To {
    url: String,
}

async fn authorize<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    Path(provider): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let limit = &route.core().rate_limiters.oauth_authorize;
    let passed = limit.count_address_of(context.bucket().as_deref(), &context).await??;
    let own = &route.own;
    let query = Query::read(query.as_deref());
    let browser = own.cookies.find(&headers, COOKIE).and_then(Browser::read);
    let options = Begin { redirect_to: query.get("redirect_to").map(str::to_owned), browser };
    let answer = match own.service.begin(&provider, options).await {
        Ok(Begun { url, browser }) => {
            let answer = match own.json {
                true => Json(To { url }).into_response(),
                false => redirect(&url)?,
            };
            (with_cookie(own, &browser), answer).into_response()
        }
        Err(error) => own.refused(&route, &provider, error, &context)?,
    };
    Ok((passed, [(REFERRER_POLICY, "no-referrer")], answer).into_response())
}

fn with_cookie<U: AuthUser>(own: &OAuth<U>, browser: &Browser) -> HeaderMap {
    let cookie = own.cookies.set(COOKIE, browser.as_str()).http_only().max_age(LIFE).header();
    // The value is of letters that a cookie can carry.
    cookie.ok().map(|cookie| (SET_COOKIE, cookie)).into_iter().collect()
}

#[derive(Serialize)]
struct SignedIn<'a, Id> {
    user: crate::core::answers::OAuthUser<'a, Id>,
    csrf_token: &'a str,
    redirect_to: Option<&'a str>,
}

async fn callback<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    Path(provider): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let context = context.via("session");
    let own = Arc::clone(&route.own);
    let browser = own.cookies.find(&headers, COOKIE).and_then(Browser::read);
    let (name, circumstances) = (provider.clone(), context.clone());
    // A client that hangs up leaves nothing half done.
    let completed = route.core().background.to_its_end(async move {
        let query = Query::read(query.as_deref());
        let callback = Callback {
            state: query.get("state"),
            code: query.get("code"),
            iss: query.get("iss"),
            error: query.get("error"),
        };
        own.service.complete(&name, callback, browser.as_ref(), &circumstances).await
    });
    let own = &route.own;
    let answer = match completed.await {
        Ok(completed) => own.signed_in(&route, &headers, completed, &context).await?,
        Err(error) => own.refused(&route, &provider, error, &context)?,
    };
    Ok(([(REFERRER_POLICY, "no-referrer")], answer).into_response())
}

impl<U: AuthUser> OAuth<U> {
    pub(crate) fn new(
        core: &Arc<Core<U>>,
        (config, form): (Checked, FormFields<U>),
        path: &str,
        accounts: Arc<dyn NewAccounts<U>>,
        login: Arc<LoginService<U>>,
    ) -> Self {
        Self {
            cookies: core.cookies.attributes().clone().same_site(SameSite::Lax),
            default_redirect: config.default_redirect.clone(),
            json: config.json,
            service: Arc::new(OAuthService::new(core, (config, form), path, accounts)),
            login,
        }
    }

    async fn signed_in(
        &self,
        route: &OAuthRoute<U>,
        headers: &HeaderMap,
        completed: Completed<U>,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let core = route.core();
        let Completed { user, redirect_to, .. } = completed;
        let shown = core.sessions.shown(core.cookies.sessions(headers));
        let replaced = shown.ids.into_vec().ok_or(RejectionKind::TooManySignIns)?;
        let devices: Vec<_> = core.cookies.devices(headers).filter_map(DeviceToken::read).collect();
        let admitted = self.login.admit_by_provider(&user, &devices, context).await;
        let admitted = match admitted {
            Ok(admitted) => admitted,
            Err(SignInError::NotAdmitted(NotAdmitted::Inactive)) => {
                return self.answer_refusal(Refusal::AccountInactive);
            }
            Err(SignInError::NotAdmitted(_)) => return self.answer_refusal(Refusal::NotAllowed),
            Err(SignInError::Refused(rejection)) => return Err(rejection),
        };
        let session = self.login.begin_session(admitted, false, &replaced, context).await?;
        let answer = match self.json {
            true => Json(SignedIn {
                user: crate::core::answers::OAuthUser::new(&*user),
                csrf_token: session.csrf_token().unwrap_or_default(),
                redirect_to: redirect_to.as_deref(),
            })
            .into_response(),
            false => redirect(redirect_to.as_deref().unwrap_or(&self.default_redirect))?,
        };
        Ok((session, answer).into_response())
    }

    fn refused(
        &self,
        route: &OAuthRoute<U>,
        provider: &str,
        error: OAuthError,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let refusal = match error {
            OAuthError::UnknownProvider => return Err(unknown(provider)),
            OAuthError::Failed(rejection) => return Err(rejection),
            OAuthError::Refused(refusal) => refusal,
            OAuthError::Provider(error) => {
                tracing::warn!(
                    provider,
                    error = crate::chain::chain(&error),
                    "a provider did not say who signs in"
                );
                Refusal::Failed
            }
        };
        let event = SecurityEvent::OAuthRefused {
            provider: LogSafe::new(provider),
            reason: LogSafe::new(refusal.code()),
        };
        route.core().events.emit(context, event);
        self.answer_refusal(refusal)
    }

    fn answer_refusal(&self, refusal: Refusal) -> Result<Response, Rejection> {
        if self.json {
            let detail = match refusal {
                Refusal::InvalidState => "Invalid or expired OAuth state",
                refusal => refusal.code(),
            };
            let rejection = Rejection::from(RejectionKind::BadRequest { detail: detail.into() });
            return Err(rejection.with_code(refusal.code()));
        }
        redirect(&with_error(&self.default_redirect, refusal.code()))
    }
}

/// Quoted as the wire contract has it. A name that no provider can have is not repeated.
fn unknown(provider: &str) -> Rejection {
    let detail = match crate::providers::check_name(provider) {
        Ok(()) => format!("Unknown or unconfigured OAuth provider: '{provider}'"),
        Err(_) => "Unknown or unconfigured OAuth provider".to_owned(),
    };
    let rejection = Rejection::from(RejectionKind::BadRequest { detail: detail.into() });
    rejection.with_code("unknown_provider")
}

fn redirect(to: &str) -> Result<Response, Rejection> {
    let location = HeaderValue::from_str(to).map_err(|_| RejectionKind::Internal)?;
    Ok((StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response())
}

/// The target with an error, before its fragment.
fn with_error(target: &str, code: &str) -> String {
    let (page, fragment) = match target.split_once('#') {
        Some((page, fragment)) => (page, format!("#{fragment}")),
        None => (target, String::new()),
    };
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}error={code}{fragment}")
}

/// The parameters of a query, each of which counts where it comes once.
struct Query(Vec<(String, String)>);

impl Query {
    fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = values.next().filter(|_| values.next().is_none())?;
        let is_text = value.len() <= MAX_PARAMETER && !value.contains(['\u{fffd}', '\0']);
        is_text.then_some(value.as_str())
    }
}
