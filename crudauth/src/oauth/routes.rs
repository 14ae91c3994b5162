//! The routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::answers::Answers;
use super::config::Checked;
use super::pending::Purpose;
use super::query::Query;
use super::rejection::unknown;
use super::service::{Returned, Taken};
use super::target::{redirect, with_parameter};
use super::{
    Begin, Begun, Callback, Completed, FormFields, OAuthService, ResponseFault, accounts,
    app_tokens, codes,
};
use crate::core::extract::{Client, Mounted, Whole};
use crate::core::{App, Elevate, Feature, Later, NewAccounts, ProviderLinks};
use crate::error::{Rejection, RejectionKind};
use crate::hooks::HookContext;
use crate::http::route::{delete, get, post};
use crate::http::{CookieConfig, Route};
use crate::login::{BeginTokens, LoginService};
use crate::principal::{Session, TransportName};
use crate::store::records::{Identity, Record as _, Table};
use crate::transport::ProviderLogin;
use crate::user::{AuthUser, StoredUser};

/// The most bytes of a form that a provider has posted.
const MAX_FORM: usize = 64 * 1024;

/// Sign-in by providers, over HTTP.
pub(crate) struct OAuth<U: AuthUser> {
    pub(crate) service: Arc<OAuthService<U>>,
    pub(super) login: Arc<LoginService<U>>,
    pub(super) sudo: Arc<dyn Elevate<U>>,
    /// `None` where there are no tokens.
    pub(super) tokens: Option<Arc<dyn BeginTokens<U>>>,
    pub(super) answers: Answers,
}

/// What the feature asks of others.
pub(crate) struct Neighbours<U: AuthUser> {
    pub(crate) accounts: Arc<dyn NewAccounts<U>>,
    pub(crate) login: Arc<LoginService<U>>,
    pub(crate) sudo: Arc<dyn Elevate<U>>,
    pub(crate) tokens: Option<Arc<dyn BeginTokens<U>>>,
}

impl<U: AuthUser> ProviderLinks<U> for OAuth<U> {
    fn is_still_linked<'a>(
        &'a self,
        user: &'a StoredUser<U>,
        login: &'a ProviderLogin,
    ) -> Later<'a, bool> {
        Box::pin(async move { Ok(self.service.is_still_linked(user, login).await?) })
    }
}

pub(super) type OAuthRoute<U> = Mounted<U, OAuth<U>>;

impl<U: AuthUser> Feature<U> for Arc<OAuth<U>> {
    fn tables(&self) -> &'static [&'static Table] {
        &[Identity::TABLE]
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let (at, mut router) = (&app.routes, Router::new());
        router = at.mount(router, Route::OAuthAuthorize, get(authorize::<U>));
        let back = get(callback::<U>).post(posted::<U>);
        router = at.mount(router, Route::OAuthCallback, back);
        router = at.mount(router, Route::OAuthLink, post(accounts::link::<U>));
        let again = post(accounts::reauthenticate::<U>);
        router = at.mount(router, Route::OAuthReauthenticate, again);
        router = at.mount(router, Route::OAuthAccounts, get(accounts::list::<U>));
        router = at.mount(router, Route::OAuthUnlink, delete(accounts::unlink::<U>));
        if self.tokens.is_some() {
            router = at.mount(router, Route::OAuthToken, post(app_tokens::token::<U>));
        }
        router.with_state(Mounted::new(app, self))
    }
}

#[derive(Serialize)]
pub(super) struct To {
    pub(super) url: String,
}

/// The provider that a path names.
pub(super) type Provider = Result<Path<String>, PathRejection>;

/// What is no text in UTF-8 is the name of none.
pub(super) fn name(provider: Provider) -> Result<String, Rejection> {
    provider.map(|Path(name)| name).map_err(|_| unknown(""))
}

/// The name of a provider that there is. Without one no other mistake is told.
fn known<U: AuthUser>(own: &OAuth<U>, provider: Provider) -> Result<String, Rejection> {
    let name = name(provider)?;
    match own.service.has(&name) {
        true => Ok(name),
        false => Err(unknown(&name)),
    }
}

async fn authorize<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    provider: Provider,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Rejection> {
    let limit = &route.core().rate_limiters.oauth_authorize;
    let passed = limit.count_address_of(context.bucket().as_deref(), &context).await??;
    let (own, provider) = (&route.own, known(&route.own, provider)?);
    let query = Query::read(query.unwrap_or_default().as_bytes());
    let (begun, app) = match asked(own, &query) {
        Ok(begin) => {
            let app = own.service.app_of(&begin).map(str::to_owned);
            let begin = begin.browser(own.service.browser(&headers)).under(&context);
            (own.service.begin(&provider, begin).await, app)
        }
        Err(fault) => (Err(fault.into()), None),
    };
    let answer = match begun {
        Ok(Begun { url, cookies, .. }) => {
            // An app opens the address in a browser.
            let answer = match own.answers.json && app.is_none() {
                true => axum::Json(To { url }).into_response(),
                false => redirect(StatusCode::TEMPORARY_REDIRECT, &url)?,
            };
            (cookies, answer).into_response()
        }
        Err(error) => {
            let refusal = own.refused(&route, &provider, error, &context)?;
            match app {
                Some(link) => {
                    let target = with_parameter(&link, "error", refusal.code());
                    redirect(StatusCode::TEMPORARY_REDIRECT, &target)?
                }
                None => own.answers.refusal(refusal)?,
            }
        }
    };
    Ok((passed, answer).into_response())
}

/// What a query asks for: a sign-in, or a code for an app.
fn asked<U: AuthUser>(own: &OAuth<U>, query: &Query) -> Result<Begin<U>, ResponseFault> {
    // A target that cannot be read is dropped, as one that is not allowed is.
    let target = query.get("redirect_to").ok().flatten().map(str::to_owned);
    let method = query.get("code_challenge_method")?;
    let begin = match query.get("code_challenge")? {
        None if method.is_none() => Begin::sign_in(),
        // Only as a digest (RFC 7636 §4.2), and where there are tokens to have.
        Some(challenge)
            if method == Some("S256") && codes::is_challenge(challenge) && own.tokens.is_some() =>
        {
            Begin::for_app(challenge.to_owned())
        }
        _ => return Err(ResponseFault::Malformed),
    };
    Ok(begin.redirect_to_if(target))
}

async fn callback<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    provider: Provider,
    head: Parts,
) -> Result<Response, Rejection> {
    let provider = known(&route.own, provider)?;
    let context = context.via(Session::NAME);
    let work = Arc::clone(&route.own);
    let background = route.core().background.clone();
    // A client that hangs up leaves nothing half done.
    background
        .to_its_end(async move { work.come_back(&route, &provider, &head, &context).await })
        .await
}

/// Hands what a provider has posted to the `GET`, which a browser makes with its cookies: a `POST` of
/// another site has none that are Lax. Nothing is used up.
async fn posted<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    provider: Provider,
    Whole(body): Whole<MAX_FORM>,
) -> Result<Response, Rejection> {
    let (own, provider) = (&route.own, known(&route.own, provider)?);
    if !own.service.posts_back(&provider) {
        let refused = RejectionKind::MethodNotAllowed.into_response();
        return Ok(([(ALLOW, "GET")], refused).into_response());
    }
    let form = Query::read(&body);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for field in ["code", "state", "iss", "error"] {
        match form.get_any(field) {
            Ok(Some(value)) => query.append_pair(field, value),
            Ok(None) => &mut query,
            Err(fault) => {
                let refusal = own.refused(&route, &provider, fault.into(), &context)?;
                return own.answers.refusal(refusal);
            }
        };
    }
    let back = own.service.redirect_uri(&provider);
    redirect(StatusCode::SEE_OTHER, &format!("{back}?{}", query.finish()))
}

impl<U: AuthUser> OAuth<U> {
    pub(crate) fn new(
        core: &Arc<crate::core::Core<U>>,
        (config, form): (Checked, FormFields<U>),
        (path, by_tokens): (&str, bool),
        neighbours: Neighbours<U>,
    ) -> Self {
        let Neighbours { accounts, login, sudo, tokens } = neighbours;
        Self {
            answers: Answers {
                default_redirect: config.default_redirect.clone(),
                json: config.json,
                by_tokens,
            },
            service: Arc::new(OAuthService::new(core, (config, form), path, accounts)),
            login,
            sudo,
            tokens,
        }
    }

    /// Warns of a flow that cannot end.
    pub(crate) fn warn(&self, at: &crate::http::Routes, cookies: &CookieConfig) {
        if !self.answers.json && cookies.is_strict() && at.path(Route::OAuthLink).is_some() {
            tracing::warn!(
                "cookies are `SameSite=Strict`, so that a session does not come back from a provider, and \
                 nobody can link an identity: take `SameSite::Lax`, `OAuthConfig::json`, or leave \
                 `Route::OAuthLink` out"
            );
        }
    }

    async fn come_back(
        &self,
        route: &OAuthRoute<U>,
        provider: &str,
        head: &Parts,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let query = Query::read(head.uri.query().unwrap_or_default().as_bytes());
        let read = |name| query.get(name);
        let callback = || -> Result<_, ResponseFault> {
            let (state, code) = (read("state")?, read("code")?);
            // An empty issuer is another one, too (RFC 9207).
            Ok(Callback { state, code, iss: query.get_any("iss")?, error: read("error")? })
        };
        let taken = match callback() {
            Ok(callback) => {
                let browser = self.service.browser(&head.headers);
                let taken = self.service.take(provider, callback, browser.as_ref()).await;
                taken.map(|taken| (taken, callback))
            }
            Err(fault) => Err(fault.into()),
        };
        let (error, returned) = match taken {
            Ok((Taken::WithCode(returned), callback)) => {
                return self.end(route, returned, callback, head, context).await;
            }
            Ok((Taken::WithError(returned, fault), _)) => (fault.into(), returned),
            Err(error) => (error, None),
        };
        let refusal = self.refused(route, provider, error, context)?;
        self.answers.refusal_of(refusal, returned.as_ref().and_then(Returned::link))
    }

    /// Ends a flow that was taken.
    async fn end(
        &self,
        route: &OAuthRoute<U>,
        returned: Returned,
        callback: Callback<'_>,
        head: &Parts,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let session = match returned.purpose().holder() {
            Some(_) => {
                let who = route.app.authenticator.authenticate(head).await?;
                who.and_then(|principal| principal.session().map(str::to_owned))
            }
            None => None,
        };
        let finished = self.service.finish(&returned, callback, session.as_deref(), context).await;
        let completed = match finished {
            Ok(completed) => completed,
            Err(error) => {
                let refusal = self.refused(route, &returned.provider, error, context)?;
                return self.answers.refusal_of(refusal, returned.link());
            }
        };
        match returned.purpose() {
            Purpose::SignIn => self.signed_in(route, &head.headers, completed, context).await,
            Purpose::App { .. } => self.handed_to_app(&returned, &completed).await,
            Purpose::Link(_) => self.linked(&completed).await,
            Purpose::Reauthenticate(_) => {
                let session = session.unwrap_or_default();
                self.reauthenticated(&completed, &session, context).await
            }
        }
    }

    /// The code, on its way to the app. Tokens are in no address.
    async fn handed_to_app(
        &self,
        returned: &Returned,
        completed: &Completed<U>,
    ) -> Result<Response, Rejection> {
        let Some((challenge, target)) = returned.app() else {
            return Err(RejectionKind::Internal.into());
        };
        let code = self.service.issue_code(challenge, completed).await?;
        self.answers.to_app(&with_parameter(target, "code", code.as_str()))
    }
}
