//! The composition: what every feature works with, then the features, then their routes.

use std::sync::{Arc, Mutex};

use axum::Router;

use super::builder::Building;
use super::layers;
use super::open::Opened;
use super::ready::announce;
use super::settings::Settings;
use super::shared::Shared;
use super::{CrudAuth, Inner};
use crate::account::Me;
use crate::core::{App, Feature, NewByAddress, ProviderLinks};
#[cfg(feature = "oauth")]
use crate::core::{Elevate, NewAccounts};
#[cfg(feature = "oauth")]
use crate::http::Route;
use crate::login::LoginService;
use crate::mail_sign_in::{MailSignIn, MailSignInService};
use crate::mfa::{MfaRoutes, MfaService, Verifier};
#[cfg(feature = "oauth")]
use crate::oauth::{Neighbours, OAuth};
use crate::password_change::{PasswordChange, PasswordChangeService};
use crate::recovery::{Recovery, RecoveryService};
use crate::register::{AnyNewUserHook, Register, RegisterService};
use crate::secret::SecretKey;
use crate::sessions::SessionSignIn;
use crate::store::{Database, STATE};
use crate::sudo::{StepUp, SudoService};
use crate::tokens::TokenSignIn;
use crate::user::AuthUser;

/// Puts an application together.
pub(super) fn assemble<U: AuthUser>(
    database: impl Database<U>,
    key: SecretKey,
    new_user: AnyNewUserHook<U>,
    mut settings: Settings<U>,
) -> Building<U> {
    let steps = database.migrations();
    let database = database.open(Arc::clone(&settings.core.clock));
    Box::pin(async move {
        let mut checked = settings.check(&key)?;
        let refresh_cookie = checked.refresh_cookie.take();
        #[cfg(feature = "oauth")]
        let oauth = checked.oauth.take();
        let Settings {
            core,
            bearer,
            #[cfg(feature = "oauth")]
                oauth: _,
            #[cfg(feature = "oauth")]
            oauth_form,
            #[cfg(feature = "oauth")]
                oauth_from_env: _,
            #[cfg(feature = "oauth")]
                oauth_mistake: _,
            magic_links,
            email_codes,
            claims,
            read_sign_up,
            sudo,
            fresh_sign_in,
            transports,
            routes: at,
            connections,
        } = settings;
        let Opened { core, state_steps, worker } =
            core.open(checked, database, steps, key, bearer.as_ref()).await?;

        let service = Arc::new(RegisterService::new(Arc::clone(&core), new_user));
        let register = Arc::new(Register { service, read: read_sign_up });
        let login = Arc::new(LoginService::new(Arc::clone(&core)));
        let passwords = Arc::new(PasswordChangeService::new(Arc::clone(&core), fresh_sign_in));
        let recovery = RecoveryService::new(Arc::clone(&core)).map(Arc::new);
        let has_step_up = sudo.routes;
        let sudo = Arc::new(SudoService::new(Arc::clone(&core), sudo));

        let session_sign_in = SessionSignIn::new(Arc::clone(&core), Arc::clone(&login));
        let session = Arc::clone(session_sign_in.sessions());
        let mut features: Vec<Box<dyn Feature<U>>> = vec![
            Box::new(Arc::clone(&register)),
            Box::new(session_sign_in),
            Box::new(Me),
            Box::new(PasswordChange { service: Arc::clone(&passwords) }),
        ];
        if let (Some(service), Some(factor)) = (recovery.clone(), U::SCHEMA.recovery) {
            features.push(Box::new(Recovery { service, factor }));
        }
        let new_accounts = Arc::clone(&register.service) as Arc<dyn NewByAddress<U>>;
        let by_mail = (magic_links, email_codes);
        if let Some(service) = MailSignInService::new(&core, by_mail, &login, new_accounts) {
            features.push(Box::new(MailSignIn::new(Arc::new(service), &core)));
        }
        let (mut bearer_routes, mut stepping_up) = (None, None);
        let mut tokens = None;
        if let Some((config, cookie)) = bearer.zip(refresh_cookie) {
            let (core, login) = (Arc::clone(&core), Arc::clone(&login));
            let feature = TokenSignIn::new(core, login, (config, claims), cookie);
            bearer_routes = Some(Arc::clone(feature.bearer()));
            stepping_up = Some(feature.stepping_up());
            tokens = Some(feature.beginning());
            features.push(Box::new(feature));
        }

        if has_step_up {
            let step_up = StepUp { service: Arc::clone(&sudo), tokens: stepping_up };
            features.push(Box::new(Arc::new(step_up)));
        }

        let begin_tokens = tokens.clone();
        #[cfg(feature = "oauth")]
        let oauth = oauth.zip(oauth_form).map(|(config, form)| {
            let path = at.path(Route::OAuthCallback).unwrap_or(Route::OAuthCallback.path());
            let by_tokens = tokens.is_some() && at.path(Route::Login).is_none();
            let neighbours = Neighbours {
                accounts: Arc::clone(&register.service) as Arc<dyn NewAccounts<U>>,
                login: Arc::clone(&login),
                sudo: Arc::clone(&sudo) as Arc<dyn Elevate<U>>,
                tokens,
            };
            Arc::new(OAuth::new(&core, (config, form), (path, by_tokens), neighbours))
        });
        #[cfg(feature = "oauth")]
        let links = oauth.clone().map(|oauth| oauth as Arc<dyn ProviderLinks<U>>);
        #[cfg(not(feature = "oauth"))]
        let links: Option<Arc<dyn ProviderLinks<U>>> = None;
        let mfa = core.second_factors.clone().map(|policy| {
            let service = MfaService::new(Arc::clone(&core), Arc::clone(&policy), fresh_sign_in);
            let service = Arc::new(service);
            let verifier = Verifier {
                core: Arc::clone(&core),
                policy,
                mfa: Arc::clone(&service),
                login: Arc::clone(&login),
                tokens: begin_tokens.clone(),
                links: links.clone(),
            };
            features.push(Box::new(MfaRoutes {
                service: Arc::clone(&service),
                verifier: Arc::new(verifier),
            }));
            service
        });

        #[cfg(feature = "oauth")]
        features.extend(oauth.clone().map(|oauth| Box::new(oauth) as _));

        #[cfg(feature = "oauth")]
        for provider in oauth.iter().flat_map(|oauth| oauth.service.providers()) {
            core.stores.users.check_link(provider).await?;
        }

        let tables: Vec<_> = features.iter().flat_map(|it| it.tables()).copied().collect();
        core.stores.open_records(&tables).await?;
        let state_steps = state_steps.iter().filter(|step| step.table == STATE);
        let steps = steps.iter().filter(|step| tables.iter().any(|it| it.name == step.table));
        let migrations = state_steps.chain(steps).copied().collect();

        let app = Arc::new(App::new(Arc::clone(&core), &features, transports, at));
        let (mut routes, mut public) = (Router::new(), Router::new());
        for feature in &features {
            routes = routes.merge(feature.routes(&app));
            public = public.merge(feature.public_routes(&app.routes));
        }
        let routes =
            layers::around(routes, &core.clients, &core.tenants, app.authenticator.challenges());
        let routes = layers::guarded(routes.merge(public));

        let inner = Inner {
            app,
            routes,
            register,
            login,
            passwords,
            recovery,
            sudo,
            mfa,
            session,
            bearer: bearer_routes,
            #[cfg(feature = "oauth")]
            oauth,
            migrations,
            connections,
            worker: Mutex::new(worker),
            ending: tokio::sync::Mutex::default(),
        };
        for place in core.stores.places() {
            place.hold();
        }
        announce(&core, &inner.app.routes.mounted());
        #[cfg(feature = "oauth")]
        if let Some(oauth) = &inner.oauth {
            oauth.warn(&inner.app.routes, core.cookies.attributes());
        }
        Ok(CrudAuth { inner: Shared::new(inner) })
    })
}
