//! Sign-in by bearer tokens: `POST /token`, `POST /refresh`, `GET /.well-known/jwks.json`, and
//! `Authorization: Bearer` on every request.

mod answer;
mod new_tokens;
mod refresh;
mod sign_in;
mod step_up;

pub use self::new_tokens::NewTokens;
pub(crate) use self::refresh::BearerRoutes;

use std::sync::Arc;

use axum::Router;

use self::refresh::jwks;
use self::sign_in::TokenRoute;
use crate::core::extract::Mounted;
use crate::core::{App, Core, Feature, Order, StepUpTokens};
use crate::http::Routes;
use crate::login::{BeginTokens, LoginService};
use crate::token::MakeClaims;
use crate::transport::bearer::{BearerConfig, BearerTokens, BearerTransport, RefreshCookie};
use crate::transport::{SignOut, Transport};
use crate::user::AuthUser;

/// Sign-in by bearer tokens, over HTTP.
pub(crate) struct TokenSignIn<U: AuthUser> {
    routes: Arc<BearerRoutes<U>>,
    login: Arc<LoginService<U>>,
}

impl<U: AuthUser> TokenSignIn<U> {
    pub(crate) fn new(
        core: Arc<Core<U>>,
        login: Arc<LoginService<U>>,
        config: (BearerConfig, Option<MakeClaims<U>>),
        refresh_cookie: RefreshCookie,
    ) -> Self {
        let tokens = Arc::new(BearerTokens::new(
            Arc::clone(&core.owners),
            Arc::clone(&core.families),
            Arc::clone(&core.clock),
            (&core.key, &core.sessions.config().prefix),
            core.events.clone(),
            config,
        ));
        Self { routes: Arc::new(BearerRoutes { core, tokens, refresh_cookie }), login }
    }

    /// What begins sign-ins by tokens, for another feature.
    pub(crate) fn beginning(&self) -> Arc<dyn BeginTokens<U>> {
        let (service, bearer) = (Arc::clone(&self.login), Arc::clone(&self.routes));
        Arc::new(TokenRoute { service, bearer })
    }

    /// What adds proofs to sign-ins by tokens, for another feature.
    pub(crate) fn stepping_up(&self) -> Arc<dyn StepUpTokens<U>> {
        Arc::clone(&self.routes) as Arc<dyn StepUpTokens<U>>
    }

    pub(crate) fn bearer(&self) -> &Arc<BearerRoutes<U>> {
        &self.routes
    }
}

impl<U: AuthUser> Feature<U> for TokenSignIn<U> {
    fn transport(&self) -> Option<(Box<dyn Transport<U>>, Order)> {
        let BearerRoutes { core, tokens, .. } = &*self.routes;
        let config = tokens.config();
        let transport = BearerTransport {
            tokens: Arc::clone(tokens),
            grantable: config.grantable_scopes.clone(),
            events: core.events.clone(),
            clients: Arc::clone(&core.clients),
        };
        let order = if config.first { Order::First } else { Order::Last };
        Some((Box::new(transport), order))
    }

    fn sign_out(&self) -> Option<Arc<dyn SignOut>> {
        Some(Arc::clone(&self.routes) as Arc<dyn SignOut>)
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let (service, bearer) = (Arc::clone(&self.login), Arc::clone(&self.routes));
        let token = TokenRoute { service, bearer };
        let routes = sign_in::router(Mounted::new(app, &Arc::new(token)));
        routes.merge(refresh::router(Mounted::new(app, &self.routes)))
    }

    fn public_routes(&self, routes: &Routes) -> Router {
        jwks(routes, self.routes.tokens.codec().keys().jwks())
    }
}
