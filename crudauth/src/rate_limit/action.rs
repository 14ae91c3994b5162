//! Limits on the application's own routes.

use http::request::Parts;

use super::{OnFailure, RateLimit};

/// Something that an application limits: a type, so that the compiler knows its name.
///
/// ```
/// use crudauth::{Action, KeyBy, RateLimit};
///
/// /// A costly search.
/// enum Search {}
///
/// impl Action for Search {
///     const NAME: &'static str = "search";
///     const LIMIT: RateLimit = RateLimit::per_hour(100);
///     const KEY: KeyBy = KeyBy::User;
/// }
/// ```
///
/// `Router::new().route("/search", get(search).layer(auth.rate_limit::<Search>()))` then limits
/// the route. See [`CrudAuth::rate_limit`](crate::CrudAuth::rate_limit).
pub trait Action: 'static {
    /// The name in the store and in the log. Actions of one name share their counters.
    const NAME: &'static str;
    /// How often a caller may do it.
    const LIMIT: RateLimit;
    /// What identifies a caller. Default: the address.
    const KEY: KeyBy = KeyBy::Ip;
    /// What happens to a call that cannot be counted. Default: [`OnFailure::Closed`]. Choose
    /// [`OnFailure::Open`] where an answer without a limit is better than none, and the limit
    /// guards nothing that can be guessed.
    const ON_FAILURE: OnFailure = OnFailure::Closed;
}

/// What identifies a caller.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum KeyBy {
    /// An address; of IPv6, a /64. All clients whose address is unknown count together, and may
    /// call a hundred times as often.
    Ip,
    /// A user. An anonymous call is refused with 401, and a session's without its CSRF token with
    /// 403, before anything is counted.
    User,
    /// A user, or the address of an anonymous call.
    UserOrIp,
    /// Whatever the application makes of the request: the tenant in a header, say. Nothing that a
    /// client can choose freely, or it is no limit.
    Custom(fn(&Parts) -> String),
}
