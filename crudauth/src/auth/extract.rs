//! Principals as arguments of handlers.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{AuthState, CrudAuth};
use crate::error::Rejection;
use crate::event::{LogSafe, SecurityEvent};
use crate::principal::{Authorized, Gate, GateRequest, GateState, Principal, RequestGate};
use crate::user::AuthUser;

impl<S, U, G> FromRequestParts<S> for Principal<U, G>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
    G: Gate<U>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let auth = state.auth();
        let principal = auth.inner.app.authenticator.require_via(parts, G::asks).await?;
        auth.pass(parts, principal).await
    }
}

/// An anonymous request is `None`, and so is one whose session has ended or was never issued here;
/// see [`clear_dead_cookies`](crate::clear_dead_cookies). A token that was tampered with is refused,
/// and so is a
/// principal that the gate denies.
impl<S, U, G> OptionalFromRequestParts<S> for Principal<U, G>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
    G: Gate<U>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let auth = state.auth();
        match auth.inner.app.authenticator.authenticate_via(parts, G::asks).await? {
            Some(principal) => Ok(Some(auth.pass(parts, principal).await?)),
            None => Ok(None),
        }
    }
}

impl<S, U, R, G> FromRequestParts<S> for Authorized<U, R, G>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
    R: RequestGate<U, State: GateState<S>>,
    G: Gate<U>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let principal = <Principal<U, G> as FromRequestParts<S>>::from_request_parts(parts, state);
        let principal = principal.await?;
        // Gates of the application ask no more than who it is.
        let plain = principal.clone().gated::<()>();
        let request = GateRequest { parts, state: R::State::of(state) };
        match R::check(&plain, request).await {
            Ok(()) => Ok(Self::passed(principal)),
            // A failure of the store is no denial.
            Err(failed) if failed.status().is_server_error() => Err(failed),
            Err(denied) => Err(state.auth().denied::<R, G>(parts, &principal, denied)),
        }
    }
}

impl<U: AuthUser> CrudAuth<U> {
    async fn pass<G: Gate<U>>(
        &self,
        request: &Parts,
        principal: Principal<U>,
    ) -> Result<Principal<U, G>, Rejection> {
        match G::check(&principal).await {
            Ok(()) => Ok(principal.gated()),
            Err(denied) => Err(self.denied::<G, ()>(request, &principal, denied)),
        }
    }

    /// Tells that the gate `D` has denied a principal.
    pub(super) fn denied<D, G: Gate<U>>(
        &self,
        request: &Parts,
        principal: &Principal<U, G>,
        denied: Rejection,
    ) -> Rejection {
        let (user, via) = (LogSafe::from_display(principal.id()), principal.via());
        let event = SecurityEvent::GateDenied { user, via, gate: std::any::type_name::<D>() };
        let core = self.inner.core();
        core.events.emit(core.clients.info(request), event);
        denied
    }
}
