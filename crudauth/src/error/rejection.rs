//! The refusals.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::fault::Fault;
use super::field::FieldError;

const CSRF_ERROR: HeaderName = HeaderName::from_static("x-csrf-error");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// Declares [`RejectionKind`] as a table of name, status and text.
macro_rules! rejections {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? })?
            => $status:ident, $text:literal;
    )+) => {
        /// What a [`Rejection`] answers.
        ///
        /// The body is `{"detail": ...}` with the text of the variant, which is part of the wire
        /// contract and does not change. It says nothing about why: unknown user, wrong password
        /// and disabled account are one `BadCredentials`.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $(
                #[doc = concat!("`", stringify!($status), "`: \"", $text, "\"")]
                ///
                $(#[$doc])*
                $name $({ $($(#[$field_doc])* $field: $type),+ })?,
            )+
        }

        impl RejectionKind {
            /// The status of the answer.
            #[must_use]
            pub fn status(&self) -> StatusCode {
                match self {
                    $(Self::$name { .. } => StatusCode::$status,)+
                }
            }

            fn text(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $text,)+
                }
            }
        }
    };
}

rejections! {
    /// No credential, or one that is expired or revoked.
    NotAuthenticated => UNAUTHORIZED, "Not authenticated";

    /// The cookies of the request show more than one sign-in that counts: one is left over from
    /// another path or domain, or was planted by a neighbouring host.
    SeveralSignIns => UNAUTHORIZED, "More than one sign-in was sent. Sign in again.";

    /// The cookies of the request show more sign-ins than are looked up.
    TooManySignIns => BAD_REQUEST, "Too many sign-ins were sent. Clear the cookies of this site.";

    /// A bearer token that is not one of ours.
    InvalidToken => UNAUTHORIZED, "Invalid token";

    /// A renewal without a refresh token.
    RefreshTokenMissing => UNAUTHORIZED, "Refresh token missing";

    /// A renewal by a refresh token that is not valid, or not any more.
    InvalidRefreshToken => UNAUTHORIZED, "Invalid or expired refresh token";

    /// The login failed, for whatever reason.
    BadCredentials => UNAUTHORIZED, "Incorrect username or password";

    /// A session changes something without its CSRF token. Carries `X-CSRF-Error: true`.
    MissingCsrf => FORBIDDEN, "Missing CSRF token";

    /// A session changes something with the CSRF token of another one. Carries
    /// `X-CSRF-Error: true`.
    InvalidCsrf => FORBIDDEN, "Invalid CSRF token";

    /// A foreign page tried to log its visitor in.
    CrossSiteLogin => FORBIDDEN, "Cross-site login requests are not allowed.";

    /// A foreign page tried to change something. Carries `X-CSRF-Error: true`.
    CrossSite => FORBIDDEN, "Cross-site requests are not allowed.";

    /// The gate asks for a superuser.
    InsufficientPrivileges => FORBIDDEN, "Insufficient privileges";

    /// The gate asks for a verified address.
    NotVerified => FORBIDDEN, "Recovery factor not verified";

    /// The gate asks for a scope that the credential does not have.
    InsufficientScope => FORBIDDEN, "Insufficient scope";

    /// A gate of the application refused.
    AccessDenied => FORBIDDEN, "Access denied";

    /// The gate asks for the sudo mode.
    SudoRequired => FORBIDDEN, "Re-authentication required.";

    /// The account has a second factor, and was proved by its password alone.
    SecondFactorRequired => FORBIDDEN, "A second factor is required.";

    /// The proof for the sudo mode was wrong.
    SudoRefused => UNAUTHORIZED, "Incorrect password";

    /// A code of a second factor is wrong.
    InvalidCode => UNAUTHORIZED, "Invalid code";

    /// Too many proofs for the sudo mode, or tries at the password of an account that is signed in,
    /// were wrong. Carries `Retry-After`.
    SudoLockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    } => TOO_MANY_REQUESTS, "Too many attempts. Try again later.";

    /// Only a session can be given elevated rights.
    SudoNeedsSession => FORBIDDEN, "Sudo requires a session-backed login.";

    /// Somebody has the e-mail address of a sign-up.
    EmailRegistered => UNPROCESSABLE_ENTITY, "Email already registered";

    /// Somebody has the user name of a sign-up.
    UsernameTaken => UNPROCESSABLE_ENTITY, "Username already taken";

    /// Somebody has another unique value of a sign-up.
    AccountExists => UNPROCESSABLE_ENTITY, "Account already exists";

    /// There is no password to change.
    NoPassword => BAD_REQUEST, "Account has no password; use /set-password to create one.";

    /// There is a password, so that a first one cannot be set.
    HasPassword => BAD_REQUEST,
        "Account already has a password; use the password reset flow to change it.";

    /// The current password is wrong, which is to be changed.
    WrongCurrentPassword => UNAUTHORIZED, "Current password is incorrect.";

    /// A first password is set by a sign-in that is not recent.
    SignInNotFresh => FORBIDDEN, "Sign in again to continue: this needs a recent sign-in.";

    /// The password is wrong that proves a change of the e-mail address.
    WrongPassword => BAD_REQUEST, "Incorrect password";

    /// The token of a link was not made here, is past its time, or the account is not any more what
    /// it was made for.
    InvalidLink => BAD_REQUEST, "Invalid or expired token";

    /// The token of a link has done its work.
    UsedLink => BAD_REQUEST, "Token already used";

    /// Somebody has the new e-mail address by now.
    EmailInUse => UNPROCESSABLE_ENTITY, "Email already in use";

    /// The new e-mail address is that of the account.
    SameEmail => BAD_REQUEST, "New email matches current email";

    /// The user has no session of that handle.
    SessionNotFound => NOT_FOUND, "Session not found.";

    /// There are no CSRF tokens to refresh.
    CsrfDisabled => BAD_REQUEST, "CSRF is disabled.";

    /// The route was called too often. Carries `Retry-After`, `X-RateLimit-Limit` and
    /// `X-RateLimit-Remaining: 0`.
    RateLimitExceeded {
        /// When the next call may succeed.
        retry_after: Duration,
        /// How many calls a window has.
        limit: u64,
    } => TOO_MANY_REQUESTS, "Too many requests. Try again later.";

    /// Too many logins failed. Carries `Retry-After`.
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    } => TOO_MANY_REQUESTS, "Too many login attempts. Try again later.";

    /// The request has the wrong form: `detail` is the list of the mistakes.
    Fields {
        /// One entry a mistake, in the order of the fields.
        errors: Vec<FieldError>,
    } => UNPROCESSABLE_ENTITY, "The request has invalid fields.";

    /// The request has the right form and cannot be done: `detail` is a text of its own.
    Unprocessable {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => UNPROCESSABLE_ENTITY, "The request cannot be processed.";

    /// What was asked for cannot be done: `detail` is a text of its own.
    BadRequest {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => BAD_REQUEST, "The request cannot be processed.";

    /// A credential is refused with a text of its own: the current password, say.
    Unauthorized {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => UNAUTHORIZED, "Not authenticated";

    /// The application, or the state of the sign-in, forbids it: `detail` is a text of its own.
    Forbidden {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => FORBIDDEN, "Access denied";

    /// The body is larger than the route reads.
    TooLarge => PAYLOAD_TOO_LARGE, "The request body is too large.";

    /// The server is full, or what it stores in is away. Carries `Retry-After`.
    Unavailable {
        /// When the next try may succeed.
        retry_after: Duration,
    } => SERVICE_UNAVAILABLE, "The service is busy. Try again later.";

    /// The path exists with another method. The route adds `Allow`.
    MethodNotAllowed => METHOD_NOT_ALLOWED, "Method Not Allowed";

    /// Nothing is there.
    NotFound => NOT_FOUND, "Not Found";

    /// What crudauth stores in refuses, and will do so until somebody mends it. The cause is in the
    /// log.
    StoreBroken => INTERNAL_SERVER_ERROR, "Internal Server Error";

    /// Something broke that the client can do nothing about. The one answer in plain text; the
    /// cause belongs in the log.
    Internal => INTERNAL_SERVER_ERROR, "Internal Server Error";
}

impl RejectionKind {
    /// The sentence that says what is wrong, as the client reads it.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Unprocessable { detail }
            | Self::BadRequest { detail }
            | Self::Unauthorized { detail }
            | Self::Forbidden { detail } => detail,
            _ => self.text(),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        // A refusal is also given where no layer of crudauth's is: by an extractor.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        match self {
            Self::MissingCsrf | Self::InvalidCsrf | Self::CrossSite => {
                headers.insert(CSRF_ERROR, HeaderValue::from_static("true"));
            }
            Self::RateLimitExceeded { retry_after, limit } => {
                headers.insert(RETRY_AFTER, whole_seconds(*retry_after));
                headers.insert(RATE_LIMIT, HeaderValue::from(*limit));
                headers.insert(RATE_REMAINING, HeaderValue::from(0));
            }
            Self::LockedOut { retry_after }
            | Self::SudoLockedOut { retry_after }
            | Self::Unavailable { retry_after } => {
                headers.insert(RETRY_AFTER, whole_seconds(*retry_after));
            }
            _ => {}
        }
        headers
    }
}

/// A refusal over HTTP: what is answered, with which headers, and for the log, why.
///
/// Where something failed that the client knows nothing of, such as the store, the rejection carries
/// the error. It is logged when the rejection becomes a response, and never shown to the client.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", kind.detail())]
pub struct Rejection {
    kind: RejectionKind,
    fault: Option<Arc<dyn Fault>>,
    /// `Set-Cookie` and `WWW-Authenticate`.
    headers: Vec<(HeaderName, HeaderValue)>,
    or_anonymous: bool,
}

impl Rejection {
    /// A 422 whose `detail` is `text`.
    pub fn unprocessable(text: impl Into<Cow<'static, str>>) -> Self {
        RejectionKind::Unprocessable { detail: text.into() }.into()
    }

    /// A 400 whose `detail` is `text`.
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        RejectionKind::BadRequest { detail: text.into() }.into()
    }

    /// A 401 whose `detail` is `text`.
    pub fn unauthorized(text: impl Into<Cow<'static, str>>) -> Self {
        RejectionKind::Unauthorized { detail: text.into() }.into()
    }

    /// A 403 whose `detail` is `text`.
    pub fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        RejectionKind::Forbidden { detail: text.into() }.into()
    }

    /// An answer because of `fault`.
    pub(crate) fn because_of(fault: impl Fault, kind: RejectionKind) -> Self {
        Self { fault: Some(Arc::new(fault)), ..kind.into() }
    }

    /// Refuses only where a principal is required. Where the request may be anonymous, it is: for a
    /// credential that a browser sends by itself, and that will never work again.
    #[must_use]
    pub fn or_anonymous(mut self) -> Self {
        self.or_anonymous = true;
        self
    }

    /// Also sends this `Set-Cookie`, to take away a credential that will never work again.
    #[must_use]
    pub fn and_clear(mut self, cookie: HeaderValue) -> Self {
        self.headers.push((SET_COOKIE, cookie));
        self
    }

    /// Also says, where it is a 401, how the request could have proved who makes it.
    #[must_use]
    pub fn and_challenge(mut self, challenge: HeaderValue) -> Self {
        if self.status() == StatusCode::UNAUTHORIZED {
            self.headers.push((WWW_AUTHENTICATE, challenge));
        }
        self
    }

    pub(crate) fn allows_anonymous(&self) -> bool {
        self.or_anonymous
    }

    /// The `Set-Cookie` headers that it sends.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = &HeaderValue> {
        self.headers.iter().filter(|(name, _)| name == SET_COOKIE).map(|(_, value)| value)
    }

    /// What is answered.
    #[must_use]
    pub fn kind(&self) -> &RejectionKind {
        &self.kind
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The sentence that says what is wrong, as the client reads it.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.kind.detail()
    }

    /// Logs the fault, if there is one. For a rejection that does not become a response.
    pub(crate) fn log(&self) {
        if let Some(fault) = &self.fault {
            fault.log();
        }
    }
}

/// Two are equal if they have the same status and body.
impl PartialEq for Rejection {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// Rounded up, since a client that comes back within the second is refused again.
fn whole_seconds(wait: Duration) -> HeaderValue {
    let started = u64::from(wait.subsec_nanos() > 0);
    HeaderValue::from(wait.as_secs().saturating_add(started).max(1))
}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self { kind, fault: None, headers: Vec::new(), or_anonymous: false }
    }
}

impl From<Vec<FieldError>> for Rejection {
    fn from(errors: Vec<FieldError>) -> Self {
        RejectionKind::Fields { errors }.into()
    }
}

impl From<FieldError> for Rejection {
    fn from(error: FieldError) -> Self {
        vec![error].into()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.log();
        let mut response = self.kind.into_response();
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl IntoResponse for RejectionKind {
    fn into_response(self) -> Response {
        let (status, headers) = (self.status(), self.headers());
        match &self {
            Self::Internal => (status, headers, self.text()).into_response(),
            Self::Fields { errors } => (status, headers, Detail(errors)).into_response(),
            _ => (status, headers, Detail(self.detail())).into_response(),
        }
    }
}

/// The body `{"detail": ...}`.
struct Detail<T>(T);

impl<T: Serialize> IntoResponse for Detail<T> {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<T> {
            detail: T,
        }
        match serde_json::to_vec(&Body { detail: self.0 }) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            // Text, numbers and maps with keys of text serialize; should that change, the status
            // of the refusal still stands, without a body.
            Err(_) => ().into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::body::to_bytes;

    use super::*;

    async fn parts(rejection: impl Into<Rejection>) -> (u16, HeaderMap, String) {
        let response = rejection.into().into_response();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_refusal_is_compact_json() {
        let (status, headers, body) = parts(RejectionKind::NotAuthenticated).await;
        assert_eq!((status, body.as_str()), (401, r#"{"detail":"Not authenticated"}"#));
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers.len(), 3);
    }

    #[tokio::test]
    async fn the_fields_of_a_422_are_a_list() {
        let (status, _, body) = parts(FieldError::missing("username")).await;
        assert_eq!(status, 422);
        assert_eq!(
            body,
            r#"{"detail":[{"type":"missing","loc":["body","username"],"msg":"Field required"}]}"#
        );
        let (status, _, body) = parts(Rejection::unprocessable("Username already taken")).await;
        assert_eq!((status, body.as_str()), (422, r#"{"detail":"Username already taken"}"#));
    }

    #[tokio::test]
    async fn csrf_refusals_are_marked_and_the_refused_login_is_not() {
        for marked in
            [RejectionKind::MissingCsrf, RejectionKind::InvalidCsrf, RejectionKind::CrossSite]
        {
            let (status, headers, _) = parts(marked).await;
            assert_eq!(
                (status, &headers["x-csrf-error"]),
                (403, &HeaderValue::from_static("true"))
            );
        }
        let (status, headers, _) = parts(RejectionKind::CrossSiteLogin).await;
        assert_eq!((status, headers.get("x-csrf-error")), (403, None));
    }

    #[tokio::test]
    async fn waiting_times_are_whole_seconds_rounded_up() {
        let retry_after = Duration::from_millis(1_001);
        let (status, headers, _) =
            parts(RejectionKind::RateLimitExceeded { retry_after, limit: 5 }).await;
        assert_eq!((status, &headers["retry-after"]), (429, &HeaderValue::from_static("2")));
        assert_eq!(headers["x-ratelimit-limit"], "5");
        assert_eq!(headers["x-ratelimit-remaining"], "0");

        let retry_after = Duration::ZERO;
        let (status, headers, _) = parts(RejectionKind::LockedOut { retry_after }).await;
        assert_eq!((status, &headers["retry-after"]), (429, &HeaderValue::from_static("1")));
        assert!(!headers.contains_key("x-ratelimit-limit"));

        let retry_after = Duration::MAX;
        let (status, headers, _) = parts(RejectionKind::Unavailable { retry_after }).await;
        assert_eq!(status, 503);
        assert_eq!(headers["retry-after"], u64::MAX.to_string());
    }

    #[tokio::test]
    async fn the_500_is_plain_text() {
        let (status, headers, body) = parts(RejectionKind::Internal).await;
        assert_eq!((status, body.as_str()), (500, "Internal Server Error"));
        assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/plain"));
    }

    #[tokio::test]
    async fn a_fault_is_logged_when_the_rejection_becomes_a_response_and_not_before() {
        #[derive(Debug)]
        struct Counted(Arc<AtomicUsize>);

        impl Fault for Counted {
            fn log(&self) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        let logged = Arc::new(AtomicUsize::new(0));
        let fault = Counted(Arc::clone(&logged));
        let rejection = Rejection::because_of(fault, RejectionKind::StoreBroken);
        assert_eq!(rejection, RejectionKind::StoreBroken.into());
        assert!(std::error::Error::source(&rejection).is_none(), "it is for the log alone");
        assert_eq!(logged.load(Ordering::Relaxed), 0);
        let (status, _, body) = parts(rejection).await;
        assert_eq!((status, body.as_str()), (500, r#"{"detail":"Internal Server Error"}"#));
        assert_eq!(logged.load(Ordering::Relaxed), 1);
    }
}
