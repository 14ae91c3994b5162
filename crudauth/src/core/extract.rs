//! The arguments of the handlers of crudauth's own routes: the signature of a handler says
//! what a request is asked, and in which order.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::Method;
use http::request::Parts;
use serde_json::Value;

use super::{App, Core};
use crate::error::{FieldError, Inputs, Rejection, RejectionKind};
use crate::event::SecurityEvent;
use crate::hooks::HookContext;
use crate::http::{FormFields, JsonBody, read_form, read_json, says_json};
use crate::password::Password;
use crate::principal::Principal;
use crate::user::AuthUser;

/// The state of a route: what all share, and what its feature works with.
pub(crate) struct Mounted<U: AuthUser, S> {
    pub(crate) app: Arc<App<U>>,
    pub(crate) own: Arc<S>,
}

impl<U: AuthUser, S> Mounted<U, S> {
    pub(crate) fn new(app: &Arc<App<U>>, own: &Arc<S>) -> Self {
        Self { app: Arc::clone(app), own: Arc::clone(own) }
    }

    pub(crate) fn core(&self) -> &Arc<Core<U>> {
        &self.app.core
    }
}

impl<U: AuthUser, S> Clone for Mounted<U, S> {
    fn clone(&self) -> Self {
        Self::new(&self.app, &self.own)
    }
}

/// The client of a request, as limits, events and hooks see it.
pub(crate) struct Client(pub(crate) HookContext);

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(HookContext::from_parts(parts)))
    }
}

/// What is read from the fields of a JSON body. Mistakes are reported to the inputs; `None` where
/// there was one.
pub(crate) trait FromInputs: Sized {
    fn read(inputs: &mut Inputs) -> Option<Self>;

    /// # Errors
    ///
    /// Every mistake.
    fn finish(mut inputs: Inputs) -> Result<Self, Vec<FieldError>> {
        let read = Self::read(&mut inputs);
        inputs.finish_with(read)
    }
}

/// The optional `code` of a second factor in a body. A value that is not a text counts as absent.
pub(crate) fn code(inputs: &mut Inputs) -> Option<Password> {
    match inputs.take_raw("code") {
        Some(Value::String(code)) => Some(Password::new(code)),
        _ => None,
    }
}

/// A value that is read from the fields of a form.
pub(crate) trait FromForm: Sized {
    /// # Errors
    ///
    /// Every mistake.
    fn read(form: FormFields) -> Result<Self, Rejection>;
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<U: AuthUser, S: Sync + Send, T: FromInputs> FromRequest<Mounted<U, S>> for Body<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, route: &Mounted<U, S>) -> Result<Self, Rejection> {
        let inputs = read_json(request, route.core().body_limit).await?;
        Ok(Self(T::finish(inputs)?))
    }
}

/// The body of a form, or a JSON object with the same fields where the application takes one.
pub(crate) struct Form<T>(pub(crate) T);

impl<U: AuthUser, S: Sync + Send, T: FromForm> FromRequest<Mounted<U, S>> for Form<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, route: &Mounted<U, S>) -> Result<Self, Rejection> {
        let core = route.core();
        let form = match core.json_sign_in && says_json(request.headers()) {
            true => FormFields::from_json(read_json(request, core.body_limit).await?),
            false => read_form(request, core.body_limit).await?,
        };
        T::read(form).map(Self)
    }
}

/// The bytes of a body, if these are at most `LIMIT`.
pub(crate) struct Whole<const LIMIT: usize>(pub(crate) Bytes);

impl<S: Sync, const LIMIT: usize> FromRequest<S> for Whole<LIMIT> {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        let body = to_bytes(request.into_body(), LIMIT).await;
        Ok(Self(body.map_err(|_| RejectionKind::TooLarge)?))
    }
}

/// A JSON body whose syntax is right. Its fields are looked at after who calls, and how often.
pub(crate) struct Json(JsonBody);

impl Json {
    /// # Errors
    ///
    /// Where there is no body or it is no object, and every mistake in its fields.
    pub(crate) fn fields<T: FromInputs>(self) -> Result<T, Rejection> {
        Ok(T::finish(self.inputs()?)?)
    }

    /// As [`fields`](Self::fields), where no body is as good as an empty object.
    ///
    /// # Errors
    ///
    /// As [`fields`](Self::fields).
    #[cfg(feature = "oauth")]
    pub(crate) fn fields_if_any<T: FromInputs>(self) -> Result<T, Rejection> {
        Ok(T::finish(self.0.inputs_if_any()?)?)
    }

    /// # Errors
    ///
    /// Where there is no body, or it is no object.
    pub(crate) fn inputs(self) -> Result<Inputs, Rejection> {
        self.0.inputs()
    }
}

impl<U: AuthUser, S: Sync + Send> FromRequest<Mounted<U, S>> for Json {
    type Rejection = Rejection;

    async fn from_request(request: Request, route: &Mounted<U, S>) -> Result<Self, Rejection> {
        JsonBody::read(request, route.core().body_limit).await.map(Self)
    }
}

/// First `B` of the body, then `P` of the head. axum reads the body last; the wire contract names
/// the mistakes of a body before it says who may send one.
pub(crate) struct Then<B, P>(pub(crate) B, pub(crate) P);

impl<S, B, P> FromRequest<S> for Then<B, P>
where
    S: Send + Sync,
    B: FromRequest<S, Rejection = Rejection> + Send,
    P: FromRequestParts<S, Rejection = Rejection>,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let (mut head, body) = request.into_parts();
        let body = B::from_request(Request::from_parts(head.clone(), body), state).await?;
        Ok(Self(body, P::from_request_parts(&mut head, state).await?))
    }
}

/// Refuses a request that a page of another site makes.
pub(crate) struct SameOrigin<A>(PhantomData<A>);

/// The head of a request that changes something, whatever its method says: a handler of the
/// application's own may be mounted for `GET`, which is judged by no origin and asked for no token.
pub(crate) fn as_change(request: &Parts) -> Parts {
    let mut request = request.clone();
    request.method = Method::POST;
    request
}

/// An action that a page of another site must not cause.
pub(crate) trait Guarded {
    const EVENT: SecurityEvent;
    const REFUSAL: RejectionKind;
}

/// Signing its visitor in.
pub(crate) enum LogIn {}

impl Guarded for LogIn {
    const EVENT: SecurityEvent = SecurityEvent::CrossSiteLogin;
    const REFUSAL: RejectionKind = RejectionKind::CrossSiteLogin;
}

/// Signing its visitor out.
pub(crate) enum LogOut {}

impl Guarded for LogOut {
    const EVENT: SecurityEvent = SecurityEvent::CrossSiteLogout;
    const REFUSAL: RejectionKind = RejectionKind::CrossSite;
}

impl<A: Guarded> SameOrigin<A> {
    pub(crate) fn check<U: AuthUser>(core: &Core<U>, request: &Parts) -> Result<Self, Rejection> {
        if core.csrf.is_cross_site(request) {
            core.events.emit(core.clients.info(request), A::EVENT);
            return Err(A::REFUSAL.into());
        }
        Ok(Self(PhantomData))
    }
}

impl<U: AuthUser, S: Sync + Send, A: Guarded> FromRequestParts<Mounted<U, S>> for SameOrigin<A> {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        route: &Mounted<U, S>,
    ) -> Result<Self, Rejection> {
        Self::check(route.core(), parts)
    }
}

/// The signed-in user, by any transport.
pub(crate) struct Caller<U: AuthUser>(pub(crate) Principal<U>);

impl<U: AuthUser, S: Sync + Send> FromRequestParts<Mounted<U, S>> for Caller<U> {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        route: &Mounted<U, S>,
    ) -> Result<Self, Rejection> {
        route.app.authenticator.require(parts).await.map(Self)
    }
}

/// Who is signed in and may change the account itself; and under which circumstances.
pub(crate) struct Manager<U: AuthUser>(pub(crate) Principal<U>, pub(crate) HookContext);

impl<U: AuthUser, S: Sync + Send> FromRequestParts<Mounted<U, S>> for Manager<U> {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        route: &Mounted<U, S>,
    ) -> Result<Self, Rejection> {
        let me = route.app.authenticator.require_manager(parts, &route.core().events).await?;
        let context = HookContext::from_parts(parts).via(me.via());
        let context = match me.session() {
            Some(handle) => context.in_session(handle),
            None => context,
        };
        Ok(Self(me, context))
    }
}
