//! The surface `/tuned`: settings of its own, over the same accounts.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use crudauth::http::{Route, Routes};
use crudauth::oauth::OAuthConfig;
use crudauth::password::{CharacterClass, PasswordContext};
use crudauth::{
    BearerConfig, CookieConfig, CrudAuth, LockoutConfig, Password, PasswordPolicy, SecretKey,
    SessionConfig, StartupError, TrustedProxies,
};

use crate::caller::{anybody, whoever};
use crate::database::Database;
use crate::model::Account;
use crate::providers::Providers;

pub(crate) fn router(auth: CrudAuth<Account>) -> Router {
    let routes = Router::new()
        .route("/dashboard", get(whoever::<()>))
        .route("/optional", get(anybody))
        .merge(auth.router());
    auth.wrap(routes).with_state(auth)
}

pub(crate) async fn auth(
    database: &Database,
    key: SecretKey,
    proxies: &TrustedProxies,
    providers: &Providers,
) -> Result<CrudAuth<Account>, StartupError> {
    let seconds = Duration::from_secs;

    let bearer = BearerConfig::default()
        .before_sessions()
        .access_ttl(seconds(3))
        .refresh_cookie_path("/tuned");

    // Names of its own for all that `/` keeps in the same browser and the same store.
    let session = SessionConfig::default()
        .prefix("tuned")
        .cookie_name("tuned_session")
        .csrf_cookie_name("tuned_csrf")
        .device_cookie_name("tuned_device")
        .idle_timeout(seconds(60))
        .sessions_per_user(2);

    // Identities sign in here, and are linked and unlinked on `/`.
    let routes = Routes::default()
        .without(Route::OAuthLink)
        .without(Route::OAuthAccounts)
        .without(Route::OAuthUnlink);

    let builder = CrudAuth::<Account>::builder(database.stores.clone(), key)
        .routes(routes)
        .session(session)
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .bearer(bearer)
        .lockout(LockoutConfig::default().max_attempts(3).window(seconds(5)).base(seconds(5)))
        .password_policy(policy())
        .add_event_sink(database.events.clone())
        .trusted_proxies(proxies.clone());
    let builder = providers.mount("/tuned", builder, OAuthConfig::json)?;
    match &database.state {
        Some(state) => builder.expiring_store(Arc::clone(state)).build().await,
        None => builder.build().await,
    }
}

fn policy() -> PasswordPolicy {
    PasswordPolicy::default()
        .min_length(12)
        .require(CharacterClass::Uppercase)
        .require(CharacterClass::Digit)
        .require(CharacterClass::Special)
        .validator(does_not_contain_the_username)
}

fn does_not_contain_the_username(
    password: &Password,
    whose: &PasswordContext<'_>,
) -> Result<(), String> {
    let password = password.expose().to_lowercase();
    match whose.username.is_some_and(|name| password.contains(&name.to_lowercase())) {
        true => Err("Password must not contain the username".to_owned()),
        false => Ok(()),
    }
}
