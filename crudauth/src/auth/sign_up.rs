//! Sign-up in handlers of the application's own.

use axum::extract::{FromRequest, Request};
use http::request::Parts;

use super::{AuthState, CrudAuth};
use crate::core::extract::{LogIn, SameOrigin};
use crate::error::Rejection;
use crate::http::{is_form, read_form, read_json};
use crate::register::{RegisterForm, SignedUp};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Signs a user up, as `POST /register` does: within the limit by address, with the hooks, and
    /// where mail is sent without a word about the address.
    ///
    /// # Errors
    ///
    /// Those of `POST /register`.
    pub async fn sign_up(
        &self,
        form: RegisterForm<U>,
        request: &Parts,
    ) -> Result<SignedUp<U>, Rejection> {
        let context = self.context(request);
        let register = &self.inner.register;
        let signed_up = register.sign_up(self.inner.core(), form.into_sign_up(), &context).await?;
        Ok(signed_up.1)
    }
}

impl<S, U> FromRequest<S> for RegisterForm<U>
where
    S: AuthState<U> + Send + Sync,
    U: AuthUser,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let auth = state.auth();
        let core = auth.inner.core();
        let (head, body) = request.into_parts();
        // A form needs no leave of this server to be sent from a page of any site.
        SameOrigin::<LogIn>::check(core, &head)?;
        let context = auth.context(&head);
        let is_form = is_form(&head.headers);
        let request = Request::from_parts(head, body);
        let inputs = match is_form {
            true => read_form(request, core.body_limit).await?.into_inputs(),
            false => read_json(request, core.body_limit).await?,
        };
        Ok(Self::new(auth.inner.register.read(core, inputs, &context)?))
    }
}
