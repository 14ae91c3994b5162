//! Sign-in by session: `POST /login`, `POST /logout`, and the routes by which users manage their
//! sign-ins.

mod login;
mod logout;
mod management;

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
    login: Arc<LoginService<U>>,
}

impl<U: AuthUser> SessionSignIn<U> {
    pub(crate) fn new(core: Arc<Core<U>>, login: Arc<LoginService<U>>) -> Self {
        Self { core, login }
    }

    fn session_transport(&self) -> SessionTransport<U> {
        let Core { sessions, cookies, csrf, events, clients, owners, .. } = &*self.core;
        SessionTransport {
            sessions: Arc::clone(sessions),
            cookies: Arc::clone(cookies),
            csrf: Arc::clone(csrf),
            events: events.clone(),
            clients: Arc::clone(clients),
            owners: Arc::clone(owners),
        }
    }
}

impl<U: AuthUser> Feature<U> for SessionSignIn<U> {
    fn transport(&self) -> Option<(Box<dyn Transport<U>>, Order)> {
        Some((Box::new(self.session_transport()), Order::Last))
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let sessions = Mounted::new(app, &Arc::new(self.session_transport()));
        let routes = login::router(Mounted::new(app, &self.login));
        routes.merge(logout::router(sessions.clone())).merge(management::router(sessions))
    }
}
