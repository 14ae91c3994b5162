//! The composition of bearer tokens.

use std::sync::Arc;

use axum::Router;

use crate::clock::Clock;
use crate::error::StartupError;
use crate::event::Events;
use crate::http::{Clients, CookieConfig};
use crate::login::LoginService;
use crate::login::token::TokenRoute;
use crate::secret::SecretKey;
use crate::throttle::Throttle;
use crate::transport::bearer::routes::{BearerRoutes, jwks};
use crate::transport::bearer::{
    BearerConfig, BearerTokens, BearerTransport, Families, RefreshCookie,
};
use crate::transport::session::{CsrfGuard, SessionCookies};
use crate::transport::{Owners, SignOut, Transport};
use crate::user::AuthUser;

/// What bearer tokens are put together from.
pub(super) struct BearerParts<'a, U: AuthUser> {
    pub(super) owners: &'a Arc<Owners<U>>,
    pub(super) families: &'a Arc<Families>,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) key: &'a SecretKey,
    pub(super) login: &'a Arc<LoginService<U>>,
    pub(super) session_cookies: &'a Arc<SessionCookies>,
    pub(super) csrf: &'a Arc<CsrfGuard>,
    /// Of `POST /refresh`.
    pub(super) throttle: Throttle,
    pub(super) events: &'a Events,
    pub(super) clients: &'a Arc<Clients>,
    pub(super) cookies: CookieConfig,
    pub(super) body_limit: usize,
}

/// What bearer tokens add to an application.
pub(super) struct MountedBearer<U: AuthUser> {
    pub(super) tokens: Arc<BearerTokens<U>>,
    pub(super) transport: Box<dyn Transport<U>>,
    /// Whether the transport is asked before sessions.
    pub(super) first: bool,
    pub(super) sign_out: Arc<dyn SignOut>,
    /// The routes that hand out credentials.
    pub(super) routes: Router,
    /// The route that anybody may cache.
    pub(super) public_keys: Router,
}

pub(super) fn mount_bearer<U: AuthUser>(
    config: BearerConfig,
    parts: BearerParts<'_, U>,
) -> Result<MountedBearer<U>, StartupError> {
    config.check().map_err(StartupError::setting)?;
    let refresh_cookie = RefreshCookie::new(parts.cookies, &config, Arc::clone(parts.clock))
        .map_err(StartupError::setting)?;
    if parts.session_cookies.has(&refresh_cookie.on_the_wire()) {
        return Err(StartupError::setting(format!(
            "the refresh cookie and a cookie of sessions are both named `{}`: give another \
             `BearerConfig::refresh_cookie_name`",
            refresh_cookie.on_the_wire()
        )));
    }
    let (first, grantable) = (config.first, config.grantable_scopes.clone());
    let tokens = Arc::new(BearerTokens::new(
        Arc::clone(parts.owners),
        Arc::clone(parts.families),
        Arc::clone(parts.clock),
        parts.key,
        parts.events.clone(),
        config,
    ));
    let public_keys = jwks(tokens.codec().keys().jwks());
    let routes = Arc::new(BearerRoutes {
        tokens: Arc::clone(&tokens),
        refresh_cookie,
        csrf: Arc::clone(parts.csrf),
        throttle: parts.throttle,
        body_limit: parts.body_limit,
    });
    let token = TokenRoute {
        service: Arc::clone(parts.login),
        bearer: Arc::clone(&routes),
        cookies: Arc::clone(parts.session_cookies),
    };
    Ok(MountedBearer {
        transport: Box::new(BearerTransport {
            tokens: Arc::clone(&tokens),
            grantable,
            events: parts.events.clone(),
            clients: Arc::clone(parts.clients),
        }),
        tokens,
        first,
        sign_out: Arc::clone(&routes) as Arc<dyn SignOut>,
        routes: token.router().merge(routes.router()),
        public_keys,
    })
}
