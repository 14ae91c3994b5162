//! What the log says of an application that starts.

use crate::core::Core;
use crate::user::AuthUser;

/// Says in one line what was put together, and warns of each setting that is for development.
pub(super) fn announce<U: AuthUser>(core: &Core<U>, routes: &[&str]) {
    let own = || "a store of the application's own".to_owned();
    let users = core.stores.users.place().map_or_else(own, ToString::to_string);
    let state = core.stores.state.place().map_or_else(own, ToString::to_string);
    tracing::info!(
        user = U::SCHEMA.user,
        users,
        state,
        cookies = %core.cookies.attributes(),
        routes = routes.join(" "),
        "crudauth is ready"
    );
    if !core.cookies.attributes().is_secure() {
        tracing::warn!(
            "cookies are not `Secure`, so that sessions travel without encryption: behind HTTPS \
             leave out `CookieConfig::insecure_for_plain_http_development`"
        );
    }
    if core.key.is_random() {
        tracing::warn!(
            "the secret key is a random one, so that what it signs ends with this process, and no \
             other process knows it: set `SECRET_KEY` and use `SecretKey::from_env`"
        );
    }
}
