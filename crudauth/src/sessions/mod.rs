//! Sign-in by session: `POST /login`, `POST /logout`, and the routes by which users manage their
//! sign-ins.

mod login;
mod logout;
mod management;
mod signed_out;

pub(crate) use self::logout::sign_out;
pub use self::signed_out::SignedOut;

use std::sync::Arc;

use axum::Router;

use crate::core::extract::Mounted;
use crate::core::{App, Core, Feature, Order};
use crate::login::LoginService;
use crate::transport::Transport;
use crate::transport::session::SessionTransport;
use crate::user::AuthUser;

/// Sign-in by session, over HTTP.
pub(crate) struct SessionSignIn<U: AuthUser> {
    core: Arc<Core<U>>,
    sessions: Arc<SessionTransport<U>>,
    login: Arc<LoginService<U>>,
}

impl<U: AuthUser> SessionSignIn<U> {
    pub(crate) fn new(core: Arc<Core<U>>, login: Arc<LoginService<U>>) -> Self {
        Self { sessions: Arc::new(session_transport(&core)), core, login }
    }

    /// What finds the sessions of a request.
    pub(crate) fn sessions(&self) -> &Arc<SessionTransport<U>> {
        &self.sessions
    }
}

impl<U: AuthUser> Feature<U> for SessionSignIn<U> {
    fn transport(&self) -> Option<(Box<dyn Transport<U>>, Order)> {
        Some((Box::new(session_transport(&self.core)), Order::Last))
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let sessions = Mounted::new(app, &self.sessions);
        let routes = login::router(Mounted::new(app, &self.login));
        routes.merge(logout::router(sessions.clone())).merge(management::router(sessions))
    }
}

fn session_transport<U: AuthUser>(core: &Core<U>) -> SessionTransport<U> {
    let Core { sessions, cookies, csrf, events, clients, owners, .. } = core;
    SessionTransport {
        sessions: Arc::clone(sessions),
        cookies: Arc::clone(cookies),
        csrf: Arc::clone(csrf),
        events: events.clone(),
        clients: Arc::clone(clients),
        owners: Arc::clone(owners),
    }
}
