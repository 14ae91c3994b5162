//! The refusals.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use zeroize::Zeroizing;

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
            => $status:ident, $code:literal, $text:literal;
    )+) => {
        /// What a [`Rejection`] answers.
        ///
        /// The body is `{"detail": ..., "code": ...}` with the text of the variant, for people, and
        /// its [`code`](Self::code), for programs. Both are part of the wire contract and do not
        /// change. They say nothing about why: unknown user, wrong password and disabled account are
        /// one `BadCredentials`.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $(
                #[doc = concat!("`", stringify!($status), "`, `", $code, "`: \"", $text, "\"")]
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

            /// The word that a program tells this answer by: `"bad_credentials"`, say. The guide
            /// lists [all of them](crate::guide::errors).
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)+
                }
            }

            fn text(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $text,)+
                }
            }
        }

        /// Status, code and text of each kind, in the order of the table.
        #[cfg(test)]
        const KINDS: &[(StatusCode, &str, &str)] =
            &[$((StatusCode::$status, $code, $text)),+];
    };
}

rejections! {
    /// No credential, or one that is expired or revoked.
    NotAuthenticated => UNAUTHORIZED, "not_authenticated", "Not authenticated";

    /// The cookies of the request show more than one sign-in that counts: one is left over from
    /// another path or domain, or was planted by a neighbouring host.
    SeveralSignIns => UNAUTHORIZED, "several_sign_ins", "More than one sign-in was sent. Sign in again.";

    /// The cookies of the request show more sign-ins than are looked up.
    TooManySignIns => BAD_REQUEST, "too_many_sign_ins", "Too many sign-ins were sent. Clear the cookies of this site.";

    /// A bearer token that is not one of ours.
    InvalidToken => UNAUTHORIZED, "invalid_token", "Invalid token";

    /// A renewal without a refresh token.
    RefreshTokenMissing => UNAUTHORIZED, "refresh_token_missing", "Refresh token missing";

    /// A renewal by a refresh token that is not valid, or not any more.
    InvalidRefreshToken => UNAUTHORIZED, "invalid_refresh_token", "Invalid or expired refresh token";

    /// The login failed, for whatever reason.
    BadCredentials => UNAUTHORIZED, "bad_credentials", "Incorrect username or password";

    /// A session changes something without its CSRF token. Carries `X-CSRF-Error: true`.
    MissingCsrf => FORBIDDEN, "missing_csrf_token", "Missing CSRF token";

    /// A session changes something with the CSRF token of another one. Carries
    /// `X-CSRF-Error: true`.
    InvalidCsrf => FORBIDDEN, "invalid_csrf_token", "Invalid CSRF token";

    /// A foreign page tried to log its visitor in.
    CrossSiteLogin => FORBIDDEN, "cross_site_login", "Cross-site login requests are not allowed.";

    /// A foreign page tried to change something. Carries `X-CSRF-Error: true`.
    CrossSite => FORBIDDEN, "cross_site", "Cross-site requests are not allowed.";

    /// The gate asks for a superuser.
    InsufficientPrivileges => FORBIDDEN, "insufficient_privileges", "Insufficient privileges";

    /// The gate asks for a verified address.
    NotVerified => FORBIDDEN, "not_verified", "Recovery factor not verified";

    /// The gate asks for a scope that the credential does not have.
    InsufficientScope => FORBIDDEN, "insufficient_scope", "Insufficient scope";

    /// A gate of the application refused.
    AccessDenied => FORBIDDEN, "access_denied", "Access denied";

    /// The gate asks for the sudo mode.
    SudoRequired => FORBIDDEN, "sudo_required", "Re-authentication required.";

    /// The gate asks for a proof that is more recent. Carries `WWW-Authenticate` (RFC 9470).
    ReauthenticationRequired => FORBIDDEN, "reauthentication_required", "Re-authentication required.";

    /// The account has a second factor, and was proved by its password alone; or the gate asks for a
    /// proof that the sign-in does not have, and says which by `WWW-Authenticate` (RFC 9470).
    SecondFactorRequired => FORBIDDEN, "second_factor_required", "A second factor is required.";

    /// The first factor is right, and a second one is due. The body is the challenge: see
    /// [`Challenge`](crate::Challenge).
    SecondFactorDue => OK, "second_factor_due", "A second factor is due.";

    /// The challenge of a second factor is unknown, used up, too old, or was for other credentials.
    InvalidMfaChallenge => BAD_REQUEST, "invalid_mfa_challenge", "Invalid or expired MFA challenge";

    /// The account has a second factor, and can have no other.
    MfaEnabled => BAD_REQUEST, "mfa_enabled", "Two-factor authentication is already enabled.";

    /// There is no authenticator app to confirm.
    NoMfaSetup => BAD_REQUEST, "no_mfa_setup", "No authenticator setup is pending.";

    /// The account has to have a second factor, and so cannot be without.
    MfaRequired => FORBIDDEN, "mfa_required", "Two-factor authentication is required for this account.";

    /// The account has to have a second factor, and has none yet.
    MfaEnrolmentRequired => FORBIDDEN, "mfa_enrolment_required",
        "Set up two-factor authentication to continue.";

    /// The proof for the sudo mode was wrong.
    SudoRefused => UNAUTHORIZED, "sudo_refused", "Incorrect password";

    /// A code of a second factor is wrong.
    InvalidCode => UNAUTHORIZED, "invalid_code", "Invalid code";

    /// Too many proofs for the sudo mode, or tries at the password of an account that is signed in,
    /// were wrong. Carries `Retry-After`.
    SudoLockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    } => TOO_MANY_REQUESTS, "sudo_locked_out", "Too many attempts. Try again later.";

    /// Only a session can be given elevated rights.
    SudoNeedsSession => FORBIDDEN, "sudo_needs_session", "Sudo requires a session-backed login.";

    /// The request is for no tenant that there is.
    UnknownTenant => NOT_FOUND, "unknown_tenant", "There is no such tenant.";

    /// Somebody has the e-mail address of a sign-up.
    EmailRegistered => UNPROCESSABLE_ENTITY, "email_registered", "Email already registered";

    /// Somebody has the user name of a sign-up.
    UsernameTaken => UNPROCESSABLE_ENTITY, "username_taken", "Username already taken";

    /// Somebody has the recovery factor of a sign-up, where that is no e-mail address.
    FactorRegistered {
        /// The text on the wire: the name of the factor, and "already registered".
        detail: String,
    } => UNPROCESSABLE_ENTITY, "factor_registered", "Phone already registered";

    /// Somebody has another unique value of a sign-up.
    AccountExists => UNPROCESSABLE_ENTITY, "account_exists", "Account already exists";

    /// There is no password to change.
    NoPassword => BAD_REQUEST, "no_password", "Account has no password; use /set-password to create one.";

    /// There is a password, so that a first one cannot be set.
    HasPassword => BAD_REQUEST, "has_password",
        "Account already has a password; use the password reset flow to change it.";

    /// The current password is wrong, which is to be changed.
    WrongCurrentPassword => UNAUTHORIZED, "wrong_current_password", "Current password is incorrect.";

    /// A first password is set by a sign-in that is not recent.
    SignInNotFresh => FORBIDDEN, "sign_in_not_fresh", "Sign in again to continue: this needs a recent sign-in.";

    /// The password is wrong that proves a change of the e-mail address.
    WrongPassword => BAD_REQUEST, "wrong_password", "Incorrect password";

    /// The token of a link was not made here, is past its time, or the account is not any more what
    /// it was made for.
    InvalidLink => BAD_REQUEST, "invalid_link", "Invalid or expired token";

    /// The token of a link has done its work.
    UsedLink => BAD_REQUEST, "used_link", "Token already used";

    /// Somebody has the new e-mail address by now.
    EmailInUse => UNPROCESSABLE_ENTITY, "email_in_use", "Email already in use";

    /// The new e-mail address is that of the account.
    SameEmail => BAD_REQUEST, "same_email", "New email matches current email";

    /// The user has no session of that handle.
    SessionNotFound => NOT_FOUND, "session_not_found", "Session not found.";

    /// The user has no linked identity of that id.
    LinkedAccountNotFound => NOT_FOUND, "linked_account_not_found", "Linked account not found.";

    /// Without this identity nobody could sign in to the account.
    OnlySignIn => CONFLICT, "only_sign_in", "This is the only way to sign in to the account.";

    /// The code of a sign-in by a provider is unknown, used, too old, or not that of the app.
    InvalidAppCode => BAD_REQUEST, "invalid_app_code", "Invalid or expired code";

    /// The flow of a code that was mailed is unknown, used, past its time, or its tries are over.
    InvalidCodeRequest => BAD_REQUEST, "invalid_code_request", "Invalid or expired code request";

    /// There are no CSRF tokens to refresh.
    CsrfDisabled => BAD_REQUEST, "csrf_disabled", "CSRF is disabled.";

    /// The route was called too often. Carries `Retry-After`, `X-RateLimit-Limit` and
    /// `X-RateLimit-Remaining: 0`.
    RateLimitExceeded {
        /// When the next call may succeed.
        retry_after: Duration,
        /// How many calls a window has.
        limit: u64,
    } => TOO_MANY_REQUESTS, "rate_limit_exceeded", "Too many requests. Try again later.";

    /// Too many logins failed. Carries `Retry-After`.
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    } => TOO_MANY_REQUESTS, "locked_out", "Too many login attempts. Try again later.";

    /// The request has the wrong form: `detail` is the list of the mistakes.
    Fields {
        /// One entry a mistake, in the order of the fields.
        errors: Vec<FieldError>,
    } => UNPROCESSABLE_ENTITY, "invalid_fields", "The request has invalid fields.";

    /// The route reads JSON, and the body has another `Content-Type`, or is no object.
    JsonExpected {
        /// The entry that says so, as in [`Fields`](Self::Fields).
        errors: Vec<FieldError>,
    } => UNPROCESSABLE_ENTITY, "json_expected", "The request should be a JSON object.";

    /// The route reads a form, and the body has another `Content-Type`.
    FormExpected {
        /// One entry for each field that is missing therefore, as in [`Fields`](Self::Fields).
        errors: Vec<FieldError>,
    } => UNPROCESSABLE_ENTITY, "form_expected", "The request should be a form.";

    /// The body is not what its `Content-Type` says.
    MalformedBody => UNPROCESSABLE_ENTITY, "malformed_body", "There was an error parsing the body";

    /// The request has the right form and cannot be done: `detail` is a text of its own.
    Unprocessable {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => UNPROCESSABLE_ENTITY, "unprocessable", "The request cannot be processed.";

    /// What was asked for cannot be done: `detail` is a text of its own.
    BadRequest {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => BAD_REQUEST, "bad_request", "The request cannot be processed.";

    /// A credential is refused with a text of its own: the current password, say.
    Unauthorized {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => UNAUTHORIZED, "unauthorized", "Not authenticated";

    /// The application, or the state of the sign-in, forbids it: `detail` is a text of its own.
    Forbidden {
        /// The text on the wire.
        detail: Cow<'static, str>,
    } => FORBIDDEN, "forbidden", "Access denied";

    /// The body is larger than the route reads.
    TooLarge => PAYLOAD_TOO_LARGE, "too_large", "The request body is too large.";

    /// The server is full, or what it stores in is away. Carries `Retry-After`.
    Unavailable {
        /// When the next try may succeed.
        retry_after: Duration,
    } => SERVICE_UNAVAILABLE, "unavailable", "The service is busy. Try again later.";

    /// The path exists with another method. The route adds `Allow`.
    MethodNotAllowed => METHOD_NOT_ALLOWED, "method_not_allowed", "Method Not Allowed";

    /// Nothing is there.
    NotFound => NOT_FOUND, "not_found", "Not Found";

    /// Something broke that the client can do nothing about. The cause is in the log.
    Internal => INTERNAL_SERVER_ERROR, "internal_error", "Internal Server Error";
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
            Self::FactorRegistered { detail } => detail,
            _ => self.text(),
        }
    }

    /// The mistakes that `detail` lists, where it is a list.
    #[must_use]
    pub fn errors(&self) -> Option<&[FieldError]> {
        match self {
            Self::Fields { errors }
            | Self::JsonExpected { errors }
            | Self::FormExpected { errors } => Some(errors),
            _ => None,
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
    /// The code, where it is not that of the kind.
    code: Option<Cow<'static, str>>,
    fault: Option<Arc<dyn Fault>>,
    /// `Set-Cookie` and `WWW-Authenticate`.
    headers: Vec<(HeaderName, HeaderValue)>,
    or_anonymous: bool,
    /// In place of the body of a refusal.
    body: Option<Prepared>,
}

/// A body that was written before.
#[derive(Clone)]
struct Prepared(Arc<Zeroizing<Vec<u8>>>);

/// It may hold a secret.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared(..)")
    }
}

impl Rejection {
    /// An answer of this kind with a body of its own.
    pub(crate) fn with_body(kind: RejectionKind, body: &impl Serialize) -> Self {
        // Texts, numbers and maps with keys of text serialize.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { body: Some(Prepared(Arc::new(Zeroizing::new(body)))), ..kind.into() }
    }

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

    /// The answer with `page` in place of the JSON: the status and the headers of the refusal stay,
    /// and what failed is logged.
    ///
    /// ```
    /// use axum::response::{Html, Response};
    /// use crudauth::Rejection;
    ///
    /// fn page(refused: Rejection) -> Response {
    ///     let page = Html(format!("<p role=alert>{}</p>", refused.detail()));
    ///     refused.into_page(page)
    /// }
    /// # assert_eq!(page(Rejection::forbidden("Not you.")).status(), 403);
    /// ```
    #[must_use]
    pub fn into_page(self, page: impl IntoResponse) -> Response {
        self.log();
        self.answer(page)
    }

    fn answer(&self, body: impl IntoResponse) -> Response {
        let mut response = (self.status(), self.kind.headers(), body).into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response
    }

    /// The body that was prepared.
    fn prepared(&self) -> Response {
        let body = self.body.as_ref().map(|body| body.0.to_vec()).unwrap_or_default();
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    }

    /// An answer because of `fault`.
    pub(crate) fn because_of(fault: impl Fault, kind: RejectionKind) -> Self {
        Self { fault: Some(Arc::new(fault)), ..kind.into() }
    }

    /// Says `code` on the wire in place of the code of its [`kind`](Self::kind): for a refusal of
    /// the application, which its front end tells from the others.
    ///
    /// ```
    /// use crudauth::Rejection;
    ///
    /// let refused = Rejection::forbidden("The trial has ended.").with_code("trial_ended");
    /// assert_eq!(refused.code(), "trial_ended");
    /// assert_eq!(Rejection::forbidden("Not you.").code(), "forbidden");
    /// ```
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
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

    /// Also says by which proof the request would pass (RFC 9470 §3).
    #[must_use]
    pub(crate) fn and_step_up(mut self, step_up: HeaderValue) -> Self {
        self.headers.push((WWW_AUTHENTICATE, step_up));
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

    /// The word that a program tells this answer by.
    #[must_use]
    pub fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_else(|| self.kind.code())
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
        self.kind == other.kind && self.code() == other.code()
    }
}

/// Rounded up, since a client that comes back within the second is refused again.
fn whole_seconds(wait: Duration) -> HeaderValue {
    let started = u64::from(wait.subsec_nanos() > 0);
    HeaderValue::from(wait.as_secs().saturating_add(started).max(1))
}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self { kind, code: None, fault: None, headers: Vec::new(), or_anonymous: false, body: None }
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
        let code = self.code();
        let body = match self.kind.errors() {
            _ if self.body.is_some() => self.prepared(),
            Some(errors) => Body { detail: errors, code }.into_response(),
            None => Body { detail: self.detail(), code }.into_response(),
        };
        let mut response = self.answer(body);
        self.log();
        // `ErrorPages` draws its page from it.
        response.extensions_mut().insert(self);
        response
    }
}

impl IntoResponse for RejectionKind {
    fn into_response(self) -> Response {
        Rejection::from(self).into_response()
    }
}

/// The body of a refusal.
#[derive(Serialize)]
struct Body<'a, T> {
    detail: T,
    code: &'a str,
}

impl<T: Serialize> IntoResponse for Body<'_, T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self) {
            Ok(body) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
            // Text, numbers and maps with keys of text serialize; should that change, the status
            // of the refusal still stands, without a body.
            Err(_) => ().into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
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
        assert_eq!(
            (status, body.as_str()),
            (401, r#"{"detail":"Not authenticated","code":"not_authenticated"}"#)
        );
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
            r#"{"detail":[{"type":"missing","loc":["body","username"],"msg":"Field required"}],"code":"invalid_fields"}"#
        );
        let (status, _, body) = parts(Rejection::unprocessable("No.").with_code("no")).await;
        assert_eq!((status, body.as_str()), (422, r#"{"detail":"No.","code":"no"}"#));
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
    async fn a_page_has_the_status_and_headers_of_its_refusal() {
        let retry_after = Duration::from_secs(7);
        let refused = Rejection::from(RejectionKind::LockedOut { retry_after });
        let refused = refused.and_clear(HeaderValue::from_static("session_id="));
        let response = refused.into_page(axum::response::Html("<p>later</p>"));
        assert_eq!(response.status(), 429);
        let headers = response.headers();
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(
            (&headers[RETRY_AFTER], &headers[SET_COOKIE]),
            (&HeaderValue::from(7), &HeaderValue::from_static("session_id="))
        );
        assert_eq!(headers[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn the_guide_lists_every_code() {
        let page = include_str!("../guide/errors.rs").lines();
        let listed: Vec<_> = page.filter(|line| line.starts_with("//! | `")).collect();
        let row = |(status, code, text): &(StatusCode, _, _)| {
            format!("//! | `{code}` | {} | {text} |", status.as_u16())
        };
        assert_eq!(listed, KINDS.iter().map(row).collect::<Vec<_>>());
        let codes: BTreeSet<_> = KINDS.iter().map(|(_, code, _)| code).collect();
        assert_eq!(codes.len(), KINDS.len());
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
        let rejection = Rejection::because_of(fault, RejectionKind::Internal);
        assert_eq!(rejection, RejectionKind::Internal.into());
        assert!(std::error::Error::source(&rejection).is_none(), "it is for the log alone");
        assert_eq!(logged.load(Ordering::Relaxed), 0);
        let _page = rejection.clone().into_page("broken");
        assert_eq!(logged.load(Ordering::Relaxed), 1, "also where the application draws the page");
        let (status, _, body) = parts(rejection).await;
        assert_eq!(
            (status, body.as_str()),
            (500, r#"{"detail":"Internal Server Error","code":"internal_error"}"#)
        );
        assert_eq!(logged.load(Ordering::Relaxed), 2);
    }
}
