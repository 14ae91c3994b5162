//! Transports: from a request to a credential to a principal.

mod authenticator;
pub mod bearer;
mod refusal;
pub mod session;

pub use self::authenticator::Authenticator;
pub use self::refusal::Refusal;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::HeaderValue;
use http::request::Parts;

use crate::principal::Principal;
use crate::store::UserStore;
use crate::user::AuthUser;

/// A way in which a request can prove who makes it.
///
/// Several may be mounted; the first whose credential is present decides. A credential that is
/// absent, expired or revoked is `Ok(None)`, and the next transport is asked; one that was
/// tampered with is an error, also where anonymous is fine.
pub trait Transport<U: AuthUser>: Send + Sync + 'static {
    /// The name by which [`Principal::via`] tells it.
    fn name(&self) -> &'static str;

    /// Reads the credential of a request and finds whose it is.
    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U>;

    /// What `WWW-Authenticate` says of this transport where a request is answered with 401
    /// (RFC 9110 §11.6.1). Default: nothing.
    fn challenge(&self) -> Option<HeaderValue> {
        None
    }
}

/// What [`Transport::authenticate`] returns.
pub type Authentication<'a, U> =
    Pin<Box<dyn Future<Output = Result<Option<Principal<U>>, Refusal>> + Send + 'a>>;

/// What of a sign-in does not hang on the session, and ends at `POST /logout` too.
pub(crate) trait SignOut: Send + Sync + 'static {
    /// Ends what the request shows, and returns the `Set-Cookie` headers that take it away.
    fn sign_out<'a>(&'a self, request: &'a Parts, body: &'a Bytes) -> SigningOut<'a>;
}

/// What [`SignOut::sign_out`] returns.
pub(crate) type SigningOut<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<HeaderValue>, Refusal>> + Send + 'a>>;
