//! `POST /oauth/token`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use super::routes::OAuthRoute;
use crate::core::extract::{Body, Client, FromInputs, LogIn, SameOrigin};
use crate::error::{Inputs, Rejection, RejectionKind};
use crate::event::{LogSafe, OAuthFailure, SecurityEvent};
use crate::login::{Also, DeviceToken, Entrance, Finish, SignInError};
use crate::principal::{Bearer, TransportName};
use crate::user::AuthUser;

pub(super) struct Exchange {
    code: String,
    verifier: String,
}

impl FromInputs for Exchange {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let (code, verifier) = (inputs.take("code"), inputs.take("code_verifier"));
        Some(Self { code: code?, verifier: verifier? })
    }
}

pub(super) async fn token<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Client(context): Client,
    head: Parts,
    Body(Exchange { code, verifier }): Body<Exchange>,
) -> Result<Response, Rejection> {
    let (core, own) = (route.core(), &route.own);
    let limit = &core.rate_limiters.oauth_token;
    limit.count_address_of(context.bucket().as_deref(), &context).await??;
    let context = context.via(Bearer::NAME);
    let Some(tokens) = &own.tokens else { return Err(RejectionKind::NotFound.into()) };
    if tokens.by_cookie() {
        SameOrigin::<LogIn>::check(core, &head)?;
    }
    let Some((user, login)) = own.service.redeem(&code, &verifier, &context).await? else {
        let provider = LogSafe::new("");
        let reason = OAuthFailure::InvalidAppCode;
        core.events.emit(&context, SecurityEvent::OAuthRefused { provider, reason });
        return Err(RejectionKind::InvalidAppCode.into());
    };
    let devices = DeviceToken::shown(&core.cookies, &head.headers);
    let admitted = own.login.admit_by_provider(&user, (login, false), &devices, &context).await;
    let admitted = match admitted.map_err(|error: SignInError| Rejection::from(error))? {
        Entrance::Admitted(admitted) => admitted,
        Entrance::Halted(halted) => {
            let finish = Finish::Tokens { scopes: None };
            return Ok(own.login.challenge(halted, finish, None, &context).await?.into_response());
        }
    };
    tokens.begin(admitted, (None, Also::default()), &head.headers, &context).await
}
