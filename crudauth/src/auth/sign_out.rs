//! Signing out in handlers of the application's own.

use std::sync::Arc;

use axum::body::Bytes;
use http::request::Parts;

use super::CrudAuth;
use crate::core::extract::{LogOut, SameOrigin, as_change};
use crate::error::Rejection;
use crate::sessions::{SignedOut, sign_out};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Signs the browser out that makes `request`, as `POST /logout` does: ends what it shows, and
    /// gives a part of a response that takes the cookies away. A live session needs its CSRF token,
    /// which a form shows by [`csrf_forms`](Self::csrf_forms). A route for `GET` is asked for it too, so
    /// that no link logs anybody out: use a form and `POST`.
    ///
    /// ```
    /// use axum::Form;
    /// use axum::extract::State;
    /// use axum::http::request::Parts;
    /// use axum::response::IntoResponse;
    /// use crudauth::http::ReturnTo;
    /// use crudauth::{AuthUser, CrudAuth, Rejection};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Page {
    ///     #[serde(default)]
    ///     next: ReturnTo,
    /// }
    ///
    /// async fn log_out<U: AuthUser>(
    ///     State(auth): State<CrudAuth<U>>,
    ///     request: Parts,
    ///     Form(page): Form<Page>,
    /// ) -> Result<impl IntoResponse, Rejection> {
    ///     Ok((auth.sign_out(&request).await?, page.next.redirect_or("/")))
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = log_out::<U>; }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `POST /logout`.
    pub async fn sign_out(&self, request: &Parts) -> Result<SignedOut, Rejection> {
        let mut request = as_change(request);
        SameOrigin::<LogOut>::check(self.inner.core(), &request)?;
        let (app, session) = (Arc::clone(&self.inner.app), Arc::clone(&self.inner.session));
        request.extensions.insert(self.client_address(&request));
        sign_out(app, session, request, Bytes::new()).await
    }
}
