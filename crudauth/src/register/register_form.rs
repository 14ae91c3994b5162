//! The body of a sign-up, for a handler of the application's own.

use std::fmt;

use super::service::SignUp;
use crate::user::AuthUser;

/// The body of a sign-up, read and checked as `POST /register` does, with the same answers where it
/// is wrong: 422 with every mistake, 413. It is an extractor, for a handler of the application's own
/// with any state that has a [`CrudAuth`](crate::CrudAuth); [`CrudAuth::sign_up`](crate::CrudAuth::sign_up)
/// takes it.
///
/// It reads JSON, and the form of a page too: urlencoded or multipart. The values of a form are
/// texts, so that fields of other types need JSON. A request by a page of another site is refused
/// with 403, as at a sign-in.
///
/// ```
/// use axum::extract::State;
/// use axum::http::request::Parts;
/// use axum::response::{IntoResponse, Redirect};
/// use crudauth::register::{RegisterForm, SignedUp};
/// use crudauth::{AuthUser, CrudAuth, Rejection, SessionOptions};
///
/// async fn join<U: AuthUser>(
///     State(auth): State<CrudAuth<U>>,
///     request: Parts,
///     form: RegisterForm<U>,
/// ) -> Result<impl IntoResponse, Rejection> {
///     let SignedUp::Created(user) = auth.sign_up(form, &request).await? else {
///         return Ok(Redirect::to("/check-your-inbox").into_response());
///     };
///     let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
///     Ok((session, Redirect::to("/welcome")).into_response())
/// }
/// # fn ignore<U: AuthUser>() { let _ = join::<U>; }
/// ```
pub struct RegisterForm<U: AuthUser>(SignUp<U>);

impl<U: AuthUser> RegisterForm<U> {
    pub(crate) fn new(sign_up: SignUp<U>) -> Self {
        Self(sign_up)
    }

    /// The fields, with addresses and names in their canonical form.
    pub fn fields(&self) -> &U::Register {
        self.0.fields()
    }

    /// What [`RegisterService`](super::RegisterService) takes.
    #[must_use]
    pub fn into_sign_up(self) -> SignUp<U> {
        self.0
    }
}

impl<U: AuthUser> fmt::Debug for RegisterForm<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegisterForm").field(&self.0).finish()
    }
}
