//! Transports: from a request to a credential to a principal.

mod authenticator;
pub mod bearer;
mod dead_cookies;
mod door;
mod ending;
mod holder;
mod provider_login;
mod rejection;
pub mod session;
mod sign_ins;
mod tenants;

pub use self::authenticator::Authenticator;
pub use self::dead_cookies::clear_dead_cookies;
pub(crate) use self::door::{
    Admission, Deciding, Door, Due, FirstFactor, Halted, Parked, Pass, ProvedBy, SecondStep,
};
pub use self::door::{NotAdmitted, SignedIn};
pub(crate) use self::ending::Ending;
pub(crate) use self::holder::Owners;
pub(crate) use self::provider_login::ProviderLogin;
pub use self::sign_ins::SignIns;
pub(crate) use self::tenants::{TenantOf, Tenants};

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::HeaderValue;
use http::request::Parts;

use crate::error::Rejection;
use crate::principal::Principal;
use crate::store::UserStore;
use crate::user::AuthUser;

/// A way in which a request can prove who makes it.
///
/// Several may be mounted; the first whose credential is present decides. A credential that is
/// absent, expired or revoked is `Ok(None)`, and the next transport is asked; so it is after a
/// refusal that is [`or_anonymous`](Rejection::or_anonymous), which is what to answer where no other
/// transport finds a principal and one is required. Any other refusal is the answer also where
/// anonymous is fine: for what was tampered with, and never for what a browser sends by itself.
///
/// An application adds its own with [`Builder::add_transport`](crate::Builder::add_transport). This one
/// takes an API key from a header; the application keeps the keys, as digests. The example
/// `api-key` is a whole application with it, where keys are issued and revoked:
///
/// ```
/// use std::collections::HashMap;
/// use std::str::FromStr;
/// use std::time::SystemTime;
///
/// use crudauth::store::UserStore;
/// use crudauth::transport::{Authentication, Transport};
/// use crudauth::{AuthUser, Digester, Principal, RejectionKind, TransportName};
/// use http::request::Parts;
///
/// /// The name for `Via<ApiKey>`.
/// enum ApiKey {}
///
/// impl TransportName for ApiKey {
///     const NAME: &'static str = "api_key";
/// }
///
/// struct ApiKeys {
///     digester: Digester,
///     /// By the digest of the key: whose it is, and what it may be used for.
///     keys: HashMap<String, (String, Vec<String>)>,
/// }
///
/// impl<U: AuthUser> Transport<U> for ApiKeys {
///     fn name(&self) -> &'static str {
///         ApiKey::NAME
///     }
///
///     fn authenticate<'a>(
///         &'a self,
///         request: &'a Parts,
///         users: &'a dyn UserStore<U>,
///     ) -> Authentication<'a, U> {
///         Box::pin(async move {
///             let Some(shown) = request.headers.get("x-api-key") else { return Ok(None) };
///             let digest = self.digester.digest(shown.as_bytes()).to_hex();
///             let (user, scopes) = self.keys.get(&digest).ok_or(RejectionKind::NotAuthenticated)?;
///             let Some(id) = U::Id::from_str(user).ok() else { return Ok(None) };
///             let user = users.find_by_id(&id).await?;
///             let user = user.filter(|user| user.logical().may_sign_in(SystemTime::now));
///             Ok(user.map(|user| {
///                 Principal::authenticated::<ApiKey>(user).with_scopes(scopes.clone())
///             }))
///         })
///     }
/// }
/// ```
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
    Pin<Box<dyn Future<Output = Result<Option<Principal<U>>, Rejection>> + Send + 'a>>;

/// What of a sign-in does not hang on the session, and ends at `POST /logout` too.
pub(crate) trait SignOut: Send + Sync + 'static {
    /// Ends what the request shows, and returns the `Set-Cookie` headers that take it away. The
    /// caller has seen to it that no foreign page makes the request.
    fn sign_out<'a>(&'a self, request: &'a Parts, body: &'a Bytes) -> SigningOut<'a>;

    /// The `Set-Cookie` headers that take away what the browser has of such a sign-in.
    fn cleared(&self) -> Vec<HeaderValue>;
}

/// What [`SignOut::sign_out`] returns.
pub(crate) type SigningOut<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<HeaderValue>, Rejection>> + Send + 'a>>;
