//! What the routes answer.

use std::time::SystemTime;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use zeroize::Zeroizing;

use super::routes::{OAuth, OAuthRoute};
use super::target::{redirect, with_parameter};
use super::{Completed, LinkedAccount, OAuthError, Refusal};
use crate::chain::chain;
use crate::core::answers::OAuthUser;
use crate::error::Rejection;
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::login::{Also, Challenge, DeviceToken, Entrance, Finish, SignInError};
use crate::transport::NotAdmitted;
use crate::transport::session::as_rfc3339;
use crate::user::AuthUser;

/// How the routes answer.
pub(super) struct Answers {
    pub(super) default_redirect: String,
    /// By JSON, and not by redirects.
    pub(super) json: bool,
    /// A sign-in gives tokens, and no session.
    pub(super) by_tokens: bool,
}

#[derive(Serialize)]
struct SignedIn<'a, Id> {
    user: OAuthUser<'a, Id>,
    csrf_token: &'a str,
    redirect_to: &'a str,
}

#[derive(Serialize)]
struct Linked<'a> {
    linked: &'a LinkedAccount,
    redirect_to: &'a str,
}

#[derive(Serialize)]
struct Reauthenticated<'a> {
    #[serde(serialize_with = "as_rfc3339")]
    elevated_until: SystemTime,
    redirect_to: &'a str,
}

#[derive(Serialize)]
struct ToApp<'a> {
    redirect_to: &'a str,
}

impl Answers {
    /// Where a flow ends well.
    fn target<'a, U: AuthUser>(&'a self, completed: &'a Completed<U>) -> &'a str {
        completed.redirect_to.as_deref().unwrap_or(&self.default_redirect)
    }

    /// The body where the client fetches, else the way to the target.
    fn success(&self, body: &impl Serialize, target: &str) -> Result<Response, Rejection> {
        match self.json {
            true => Ok(Json(body).into_response()),
            false => redirect(StatusCode::TEMPORARY_REDIRECT, target),
        }
    }

    /// What the client answers with a code: the body where it fetches, else in the fragment of the default
    /// target, which reaches no server and no log.
    pub(super) fn challenge(&self, challenge: Challenge) -> Result<Response, Rejection> {
        if self.json {
            return Ok(challenge.into_response());
        }
        let target = self.default_redirect.split('#').next().unwrap_or_default();
        let target = Zeroizing::new(format!("{target}#mfa_challenge={}", challenge.token()));
        redirect(StatusCode::TEMPORARY_REDIRECT, &target)
    }

    /// The way to an app. A page that fetches cannot be sent there, and goes there itself.
    pub(super) fn to_app(&self, target: &str) -> Result<Response, Rejection> {
        match self.json {
            true => Ok(Json(ToApp { redirect_to: target }).into_response()),
            false => redirect(StatusCode::TEMPORARY_REDIRECT, target),
        }
    }

    /// The refusal, on its way to the app that waits, or to where failures go.
    pub(super) fn refusal_of(
        &self,
        refusal: Refusal,
        app: Option<&str>,
    ) -> Result<Response, Rejection> {
        match app {
            Some(link) => self.to_app(&with_parameter(link, "error", refusal.code())),
            None => self.refusal(refusal),
        }
    }

    /// The refusal where the client fetches, else the way to the default target, never to the one that
    /// was asked for.
    pub(super) fn refusal(&self, refusal: Refusal) -> Result<Response, Rejection> {
        match self.json {
            true => Err(refusal.into()),
            false => {
                let target = with_parameter(&self.default_redirect, "error", refusal.code());
                redirect(StatusCode::TEMPORARY_REDIRECT, &target)
            }
        }
    }
}

impl<U: AuthUser> OAuth<U> {
    pub(super) async fn signed_in(
        &self,
        route: &OAuthRoute<U>,
        headers: &HeaderMap,
        completed: Completed<U>,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let core = route.core();
        let redirect_to = self.answers.target(&completed);
        let Completed { user, login, .. } = &completed;
        let replaced = core.replaced(headers)?;
        let devices = DeviceToken::shown(&core.cookies, headers);
        let by = (login.clone(), completed.second_factor);
        let admitted = self.login.admit_by_provider(user, by, &devices, context).await;
        let admitted = match admitted {
            Ok(Entrance::Admitted(admitted)) => admitted,
            Ok(Entrance::Halted(halted)) => {
                let finish = match (self.answers.by_tokens, &self.tokens) {
                    (true, Some(_)) => Finish::Tokens { scopes: None },
                    _ => Finish::Session { remember: false },
                };
                let target = Some(redirect_to.to_owned());
                let challenge = self.login.challenge(halted, finish, target, context).await?;
                return self.answers.challenge(challenge);
            }
            Err(SignInError::NotAdmitted(refused)) => return self.not_admitted(refused),
            Err(error) => return Err(error.into()),
        };
        if let (true, Some(tokens)) = (self.answers.by_tokens, &self.tokens) {
            let answer = tokens.begin(admitted, (None, Also::default()), headers, context).await?;
            return match self.service.is_still_linked(user, login).await? {
                true => Ok(answer),
                false => self.answers.refusal(Refusal::Failed),
            };
        }
        let session = self.login.begin_session(admitted, false, &replaced, context).await?;
        if !self.service.is_still_linked(user, login).await? {
            return self.answers.refusal(Refusal::Failed);
        }
        let body = SignedIn {
            user: OAuthUser::new(&**user),
            csrf_token: session.csrf_token().unwrap_or_default(),
            redirect_to,
        };
        let answer = self.answers.success(&body, redirect_to)?;
        Ok((session, answer).into_response())
    }

    /// The identity is proved, and the door says no. It has told the events why.
    fn not_admitted(&self, refused: NotAdmitted) -> Result<Response, Rejection> {
        match refused {
            NotAdmitted::Store(error) => Err(error.into()),
            NotAdmitted::Inactive => self.answers.refusal(Refusal::AccountInactive),
            NotAdmitted::Unverified | NotAdmitted::Vetoed(_) => {
                self.answers.refusal(Refusal::NotAllowed)
            }
            // As at `/login`, where nothing asks for the factor.
            NotAdmitted::SecondFactor => match self.answers.json {
                true => Err(refused.into()),
                false => self.answers.refusal(Refusal::NotAllowed),
            },
        }
    }

    pub(super) async fn linked(&self, completed: &Completed<U>) -> Result<Response, Rejection> {
        let accounts = self.service.list(&completed.user).await?;
        let linked = accounts.iter().find(|account| account.id == completed.login.identity);
        let redirect_to = self.answers.target(completed);
        match linked {
            Some(linked) => self.answers.success(&Linked { linked, redirect_to }, redirect_to),
            // It was unlinked meanwhile.
            None => self.answers.refusal(Refusal::Failed),
        }
    }

    pub(super) async fn reauthenticated(
        &self,
        completed: &Completed<U>,
        session: &str,
        context: &HookContext,
    ) -> Result<Response, Rejection> {
        let given = self.sudo.elevate(&completed.user, session, context).await?;
        let redirect_to = self.answers.target(completed);
        let body = Reauthenticated { elevated_until: given.until, redirect_to };
        let mut answer = self.answers.success(&body, redirect_to)?;
        for cookie in given.cookies {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(answer)
    }

    /// Tells why a flow was not begun, to a page that fetches.
    pub(super) fn told(
        &self,
        route: &OAuthRoute<U>,
        provider: &str,
        error: OAuthError,
        context: &HookContext,
    ) -> Rejection {
        if error.refusal().is_some() {
            let (provider, reason) = (LogSafe::new(provider), error.reason());
            route.core().events.emit(context, SecurityEvent::OAuthRefused { provider, reason });
        }
        error.into()
    }

    /// Tells why a flow is refused, and returns what its client is told.
    pub(super) fn refused(
        &self,
        route: &OAuthRoute<U>,
        provider: &str,
        error: OAuthError,
        context: &HookContext,
    ) -> Result<Refusal, Rejection> {
        let Some(refusal) = error.refusal() else { return Err(error.into()) };
        if let OAuthError::Provider(error) = &error {
            tracing::warn!(provider, error = chain(error), "a provider did not say who signs in");
        }
        let (provider, reason) = (LogSafe::new(provider), error.reason());
        route.core().events.emit(context, SecurityEvent::OAuthRefused { provider, reason });
        Ok(refusal)
    }
}
