//! `POST /change-password` and `POST /set-password`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};

use super::service::PasswordChangeService;
use crate::core::answers::Done;
use crate::core::extract::{self, FromInputs, Manager, Mounted, Then};
use crate::core::{App, Feature};
use crate::error::{Inputs, Rejection};
use crate::http::Route;
use crate::http::route::post;
use crate::password::Password;
use crate::user::AuthUser;

/// Changes of passwords over HTTP.
pub(crate) struct PasswordChange<U: AuthUser> {
    pub(crate) service: Arc<PasswordChangeService<U>>,
}

impl<U: AuthUser> Feature<U> for PasswordChange<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let at = &app.routes;
        let router = at.mount(Router::new(), Route::ChangePassword, post(change::<U>));
        let router = at.mount(router, Route::SetPassword, post(set::<U>));
        router.with_state(Mounted::new(app, &self.service))
    }
}

type ChangeRoute<U> = Mounted<U, PasswordChangeService<U>>;

struct Replacement {
    current: Password,
    new: Password,
    code: Option<Password>,
}

impl FromInputs for Replacement {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let current = inputs.take("current_password");
        let new = inputs.take("new_password");
        let code = extract::code(inputs);
        Some(Self { current: current?, new: new?, code })
    }
}

struct First {
    new: Password,
    /// Of a second factor.
    code: Option<Password>,
}

impl FromInputs for First {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let new = inputs.take("new_password");
        let code = extract::code(inputs);
        Some(Self { new: new?, code })
    }
}

/// Every call counts against the user, also one that is not even a guess.
async fn change<U: AuthUser>(
    State(route): State<ChangeRoute<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let limit = &route.core().rate_limiters.change_password;
    let passed = limit.count_of(&me.id().to_string(), &context).await??;
    let Replacement { current, new, code } = body.fields()?;
    route.core().guard_change(&me, code.as_ref(), &context).await?;
    let service = Arc::clone(&route.own);
    let change =
        async move { service.change(&me.user, current, new, me.session(), &context).await };
    let renewed = route.core().background.to_its_end(change).await?;
    Ok((passed, renewed, Json(Done { detail: "Password changed." })).into_response())
}

async fn set<U: AuthUser>(
    State(route): State<ChangeRoute<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let First { new, code } = body.fields()?;
    route.core().guard_change(&me, code.as_ref(), &context).await?;
    let service = Arc::clone(&route.own);
    let set = async move { service.set(&me.user, new, me.session(), &context).await };
    let renewed = route.core().background.to_its_end(set).await?;
    Ok((renewed, Json(Done { detail: "Password set." })).into_response())
}
