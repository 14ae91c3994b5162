//! Forms of pages, which show the CSRF token as a field.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::request::Parts;
use tower_layer::Layer;

use super::CrudAuth;
use super::guard::{Guard, Guarded};
use crate::error::Rejection;
use crate::http::{AnswerNotes, form_values, is_form, whole_body};
use crate::transport::session::{CSRF_FIELD, CSRF_HEADER, CsrfField, FormRead};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// The hidden field that a form needs to pass the CSRF check, for the session of `request`: see
    /// [`csrf_forms`](Self::csrf_forms). It is one look into the store. A page with the field is for
    /// nobody else: within [`wrap`](Self::wrap) it is kept by no cache. The token is masked, each time
    /// with other random bytes, so that the page may be compressed (BREACH).
    ///
    /// # Errors
    ///
    /// Where the store fails, or the request shows several sessions that count.
    pub async fn csrf_field(&self, request: &Parts) -> Result<CsrfField, Rejection> {
        let session = &self.inner.session;
        let token = match session.the_one(request).await {
            Ok(Some(held)) => session.sessions.csrf_token_for_page(&held.session)?,
            Ok(None) => None,
            Err(refusal) if refusal.allows_anonymous() => None,
            Err(refusal) => return Err(refusal),
        };
        if let (Some(_), Some(notes)) = (&token, AnswerNotes::of(&request.extensions)) {
            notes.keep_private();
        }
        Ok(CsrfField::new(token))
    }

    /// A layer for routes that take forms: a form shows the CSRF token in its field `csrf_token`,
    /// and the rules are those of the header `X-CSRF-Token`, which a browser cannot send with a form.
    /// The origin is checked first; the token has to be that of the session, and there has to be
    /// one of it, in the field or in the header.
    ///
    /// ```
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::response::{Html, Redirect};
    /// use axum::routing::get;
    /// use axum::Router;
    /// use crudauth::{AuthUser, CrudAuth, Principal, Rejection};
    ///
    /// async fn show<U: AuthUser>(
    ///     State(auth): State<CrudAuth<U>>,
    ///     request: Parts,
    /// ) -> Result<Html<String>, Rejection> {
    ///     let csrf = auth.csrf_field(&request).await?;
    ///     Ok(Html(format!("<form method=post>{csrf}<button>Delete all</button></form>")))
    /// }
    ///
    /// async fn delete_all<U: AuthUser>(me: Principal<U>) -> Redirect {
    ///     Redirect::to("/")
    /// }
    ///
    /// fn pages<U: AuthUser>(auth: CrudAuth<U>) -> Router {
    ///     Router::new()
    ///         .route("/notes/delete-all", get(show::<U>).post(delete_all::<U>))
    ///         .route_layer(auth.csrf_forms())
    ///         .with_state(auth)
    /// }
    /// ```
    ///
    /// Around [`require_login`](Self::require_login) and [`rate_limit`](Self::rate_limit) it has to be
    /// the outer layer, which is the one that is added later.
    ///
    /// It reads the whole body of a form, urlencoded or multipart, up
    /// to [`Builder::body_limit`](crate::Builder::body_limit), and hands it on as it was. For
    /// uploads there is [`CsrfForms::body_limit`].
    #[must_use]
    pub fn csrf_forms(&self) -> CsrfForms {
        CsrfForms { body_limit: self.inner.core().body_limit }
    }
}

/// A layer that lets forms show the CSRF token as a field. Made by [`CrudAuth::csrf_forms`].
#[derive(Debug, Clone)]
pub struct CsrfForms {
    body_limit: usize,
}

impl CsrfForms {
    /// How large a form may be, in bytes; a larger one is answered with 413. Default:
    /// [`Builder::body_limit`](crate::Builder::body_limit).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes }
    }
}

impl Guard for CsrfForms {
    type Passed = ();

    async fn pass(&self, request: Request) -> Result<(Request, ()), Response> {
        if request.method().is_safe() || !is_form(request.headers()) {
            return Ok((request, ()));
        }
        let (mut parts, body) = request.into_parts();
        let body = whole_body(body, self.body_limit).await.map_err(IntoResponse::into_response)?;
        show_token(&mut parts, &body).await;
        parts.extensions.insert(FormRead);
        Ok((Request::from_parts(parts, Body::from(body)), ()))
    }
}

/// Shows the tokens of the form as headers, each of them, so that the guard sees as many as there
/// are. A text that no header can have is no token.
async fn show_token(parts: &mut Parts, body: &Bytes) {
    for token in form_values(parts, body, CSRF_FIELD).await {
        let token = HeaderValue::from_bytes(&token);
        let mut token = token.unwrap_or(HeaderValue::from_static("malformed"));
        token.set_sensitive(true);
        parts.headers.append(CSRF_HEADER, token);
    }
}

impl<S> Layer<S> for CsrfForms {
    type Service = Guarded<Self, S>;

    fn layer(&self, inner: S) -> Guarded<Self, S> {
        Guarded::new(self.clone(), inner)
    }
}
