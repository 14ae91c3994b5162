//! The proof of a request.

use axum::extract::{FromRequest, Request};

use super::service::Proof;
use crate::error::{FieldError, Inputs, Rejection};
use crate::http::read_json;
use crate::password::Password;

/// A proof takes up far less.
const BODY_LIMIT: usize = 64 * 1024;

/// From the body `{"password": ".."}` or `{"code": ".."}`; what else it may be is answered with
/// 422, and more than 64 KiB with 413.
impl<S: Send + Sync> FromRequest<S> for Proof {
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        Ok(read(read_json(request, BODY_LIMIT).await?)?)
    }
}

pub(super) fn read(mut inputs: Inputs) -> Result<Proof, Vec<FieldError>> {
    let password = inputs.take::<Option<Password>>("password");
    let code = inputs.take::<Option<Password>>("code");
    let proof = match inputs.finish_with(password.zip(code))? {
        (Some(password), None) => Ok(Proof::Password(password)),
        (None, Some(code)) => Ok(Proof::Code(code)),
        (None, None) => Err(FieldError::missing("password")),
        (Some(_), Some(_)) => {
            Err(FieldError::value_error("code", "Send a password or a code, not both"))
        }
    };
    proof.map_err(|mistake| vec![mistake])
}
