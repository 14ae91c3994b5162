//! Principals as arguments of handlers.

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::CrudAuth;
use crate::principal::{Gate, Principal};
use crate::transport::Refusal;
use crate::user::AuthUser;

impl<S, U, G> FromRequestParts<S> for Principal<U, G>
where
    S: Send + Sync,
    U: AuthUser,
    G: Gate<U>,
    CrudAuth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let auth = CrudAuth::from_ref(state);
        let principal = auth.inner.authenticator.require_via(parts, G::asks).await?;
        Ok(principal.pass().await?)
    }
}

/// An anonymous request is `None`. A credential that was tampered with is refused, and so is a
/// principal that the gate denies.
impl<S, U, G> OptionalFromRequestParts<S> for Principal<U, G>
where
    S: Send + Sync,
    U: AuthUser,
    G: Gate<U>,
    CrudAuth<U>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        let auth = CrudAuth::from_ref(state);
        match auth.inner.authenticator.authenticate_via(parts, G::asks).await? {
            Some(principal) => Ok(Some(principal.pass().await?)),
            None => Ok(None),
        }
    }
}
