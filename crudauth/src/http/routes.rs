//! Which routes are mounted, and at which paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::{MethodRouter, any};
use http::Method;

use super::route::slash_redirect;
use crate::error::Mistakes;

/// Declares [`Route`] as a table of name, method and path.
macro_rules! routes {
    ($($(#[$doc:meta])* $Route:ident = $METHOD:ident $path:literal;)+) => {
        /// A route of crudauth's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Route {
            $(
                #[doc = concat!("`", stringify!($METHOD), " ", $path, "`: ")]
                $(#[$doc])*
                $Route,
            )+
        }

        impl Route {
            /// All routes, those of features that an application does not mount too.
            pub const ALL: &'static [Self] = &[$(Self::$Route,)+];

            /// Its one method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self {
                    $(Self::$Route => Method::$METHOD,)+
                }
            }

            /// Its path, unless [`Routes::at`] moves it.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self {
                    $(Self::$Route => $path,)+
                }
            }
        }
    };
}

routes! {
    /// creates a user.
    Register = POST "/register";
    /// begins a session.
    Login = POST "/login";
    /// ends the sign-ins that the request shows.
    Logout = POST "/logout";
    /// says who makes the request.
    Me = GET "/me";
    /// replaces the password, given the current one.
    ChangePassword = POST "/change-password";
    /// gives a password to an account that has none.
    SetPassword = POST "/set-password";
    /// lists the user's sign-ins.
    Sessions = GET "/sessions";
    /// ends one of the user's sign-ins.
    RevokeSession = DELETE "/sessions/{handle}";
    /// ends all of the user's sign-ins.
    LogoutAll = POST "/logout-all";
    /// gives a page that has lost its CSRF token another one.
    RefreshCsrf = POST "/csrf/refresh";
    /// issues bearer tokens.
    Token = POST "/token";
    /// renews bearer tokens.
    Refresh = POST "/refresh";
    /// has the public keys of the application.
    Jwks = GET "/.well-known/jwks.json";
    /// mails a link that verifies the address.
    VerifyRequest = POST "/email/verify-request";
    /// verifies the address.
    VerifyConfirm = POST "/email/verify-confirm";
    /// mails a link that resets the password.
    ResetRequest = POST "/password/reset-request";
    /// resets the password.
    ResetConfirm = POST "/password/reset-confirm";
    /// mails a link to a new address.
    EmailChangeRequest = POST "/email/change-request";
    /// changes the address.
    EmailChangeConfirm = POST "/email/change-confirm";
    /// mails a link that signs in.
    MagicLinkRequest = POST "/magic-link/request";
    /// signs in by a link.
    MagicLinkConfirm = POST "/magic-link/confirm";
    /// mails a code that signs in.
    EmailCodeRequest = POST "/email-code/request";
    /// signs in by a code.
    EmailCodeVerify = POST "/email-code/verify";
    /// sends the browser to a provider.
    OAuthAuthorize = GET "/oauth/{provider}/authorize";
    /// takes what the browser brings back from a provider.
    OAuthCallback = GET "/oauth/{provider}/callback";
    /// sends a user who is signed in to a provider, to link an identity there.
    OAuthLink = POST "/oauth/{provider}/link";
    /// sends a user who is signed in to a provider, to prove to be there.
    OAuthReauthenticate = POST "/oauth/{provider}/reauthenticate";
    /// lists the user's identities at providers.
    OAuthAccounts = GET "/oauth/accounts";
    /// takes an identity off the account.
    OAuthUnlink = DELETE "/oauth/accounts/{id}";
    /// gives elevated rights for a fresh proof.
    StepUp = POST "/step-up";
    /// says whether the account has a second factor.
    Mfa = GET "/mfa";
    /// begins the set-up of an authenticator app.
    MfaSetup = POST "/mfa/totp/setup";
    /// confirms an authenticator app by a code of it.
    MfaConfirm = POST "/mfa/totp/confirm";
    /// takes the second factor off.
    MfaDisable = POST "/mfa/totp/disable";
    /// replaces the recovery codes.
    MfaRegenerate = POST "/mfa/recovery-codes/regenerate";
    /// says what a sign-in that waits for a second factor is set up with.
    MfaChallenge = POST "/mfa/challenge";
    /// completes a sign-in by a second factor.
    MfaVerify = POST "/mfa/verify";
    /// gives an app tokens for the code of its sign-in by a provider.
    OAuthToken = POST "/oauth/token";
}

/// Which routes of crudauth's an application has, and at which paths. Default: those of all mounted
/// features, at their own paths.
///
/// ```
/// use crudauth::http::{Route, Routes};
///
/// // A back office, whose users are made by an administrator.
/// let back_office = Routes::default().without(Route::Register).at(Route::Me, "/account/me");
/// assert_eq!(back_office.path(Route::Register), None);
/// assert_eq!(back_office.path(Route::Me), Some("/account/me"));
///
/// // Server-rendered pages: the application has handlers of its own for the rest.
/// let pages = Routes::only([Route::Logout, Route::RefreshCsrf]);
/// assert_eq!(pages.path(Route::Login), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Routes {
    left_out: BTreeSet<Route>,
    moved: BTreeMap<Route, String>,
    /// Those that were mounted, for the log.
    mounted: Arc<Mutex<BTreeSet<Route>>>,
}

impl Routes {
    /// These routes and no others, also of features that a later version brings.
    #[must_use]
    pub fn only(routes: impl IntoIterator<Item = Route>) -> Self {
        let mut left_out: BTreeSet<_> = Route::ALL.iter().copied().collect();
        for route in routes {
            left_out.remove(&route);
        }
        Self { left_out, ..Self::default() }
    }

    /// Leaves a route out: nothing answers there, unless the application does.
    #[must_use]
    pub fn without(mut self, route: Route) -> Self {
        self.left_out.insert(route);
        self
    }

    /// Moves a route to another path, below whatever the router is nested under. A path that
    /// cannot work is a mistake that [`Builder::build`](crate::Builder::build) reports: it begins
    /// with one slash, ends without one, has visible ASCII without `?`, `#`, `*`, `\` and empty
    /// segments, and the parameters of the route's own path, such as `{handle}`.
    #[must_use]
    pub fn at(mut self, route: Route, path: impl Into<String>) -> Self {
        self.moved.insert(route, path.into());
        self
    }

    /// Where a route is; `None` where it is left out.
    #[must_use]
    pub fn path(&self, route: Route) -> Option<&str> {
        let path = || self.moved.get(&route).map_or(route.path(), String::as_str);
        (!self.left_out.contains(&route)).then(path)
    }

    /// Adds `handler` to `router` where `route` is, and the redirect from its path with a slash too
    /// many.
    pub(crate) fn mount<S>(
        &self,
        router: Router<S>,
        route: Route,
        handler: MethodRouter<S>,
    ) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        match self.path(route) {
            Some(path) => {
                self.mounted.lock().unwrap_or_else(PoisonError::into_inner).insert(route);
                router.route(path, handler).route(&format!("{path}/"), any(slash_redirect))
            }
            None => router,
        }
    }

    /// The paths of those that were mounted.
    pub(crate) fn mounted(&self) -> Vec<&str> {
        let mounted = self.mounted.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.iter().filter_map(|route| self.path(*route)).collect()
    }

    /// Notes paths that cannot work, and two routes at one path.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let mut taken: BTreeMap<String, Route> = BTreeMap::new();
        for route in Route::ALL.iter().copied() {
            let Some(path) = self.path(route) else { continue };
            if let Err(fix) = check_path(path, route.path()) {
                mistakes.add(format!("`Routes::at(Route::{route:?}, {path:?})`: {fix}"));
                continue;
            }
            // One that is not written as a parameter may still be read as one.
            let shape = path.split('/').map(|it| if is_parameter(it) { "{}" } else { it });
            if let Some(other) = taken.insert(shape.collect::<Vec<_>>().join("/"), route) {
                mistakes.add(format!(
                    "`Routes::at`: `Route::{other:?}` and `Route::{route:?}` are both at {path:?}: \
                     give one of them another path"
                ));
            }
        }
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

fn check_path(path: &str, original: &str) -> Result<(), &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"?#*\\%".contains(&byte);
    if !path.starts_with('/') {
        return Err("a path begins with a slash");
    }
    if !path.bytes().all(is_plain) {
        return Err("a path has visible ASCII without `?`, `#`, `*`, `%` and `\\`");
    }
    if path[1..].split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("a path has no empty segment, no slash at its end, and neither `.` nor `..`");
    }
    let parameters = |path: &str| -> BTreeSet<String> {
        path.split('/').filter(|it| it.contains(['{', '}'])).map(str::to_owned).collect()
    };
    if parameters(path) != parameters(original) {
        return Err("a path has the parameters in braces of the route's own path, and no others");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(routes: &Routes) -> String {
        let checked = Mistakes::none_of(|mistakes| routes.check(mistakes));
        checked.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_route_is_where_it_was_put_or_nowhere() {
        let routes = Routes::default().at(Route::Login, "/sign-in").without(Route::Me);
        assert_eq!(routes.path(Route::Login), Some("/sign-in"));
        assert_eq!(routes.path(Route::Me), None);
        assert_eq!(routes.path(Route::Logout), Some("/logout"));
        let only = Routes::only([Route::Login]);
        for route in Route::ALL {
            assert_eq!(only.path(*route).is_some(), *route == Route::Login, "{route:?}");
        }
        assert_eq!(mistakes(&routes) + &mistakes(&only), "");
    }

    #[test]
    fn a_path_that_cannot_work_is_told_with_the_fix() {
        for (path, fix) in [
            ("", "a slash"),
            ("login", "a slash"),
            ("https://evil.example/", "a slash"),
            ("/log in", "visible ASCII"),
            ("/anmeldung/\u{fc}", "visible ASCII"),
            ("/login?x", "visible ASCII"),
            ("/{*rest}", "visible ASCII"),
            ("/a%2fb", "visible ASCII"),
            ("/", "no empty segment"),
            ("/login/", "no empty segment"),
            ("//login", "no empty segment"),
            ("/a/../b", "no empty segment"),
            ("/{name}", "parameters"),
            ("/x{name}", "parameters"),
            ("/}", "parameters"),
        ] {
            let text = mistakes(&Routes::default().at(Route::Login, path));
            assert!(
                text.contains("Routes::at(Route::Login") && text.contains(fix),
                "{path}: {text}"
            );
        }
        let moved = |path| mistakes(&Routes::default().at(Route::RevokeSession, path));
        assert_eq!(moved("/devices/{handle}"), "");
        assert!(moved("/devices").contains("parameters"));
    }

    #[test]
    fn two_routes_at_one_path_are_told() {
        let twice = Routes::default().at(Route::Login, "/session").at(Route::Logout, "/session");
        assert!(mistakes(&twice).contains("`Route::Login` and `Route::Logout` are both"));
        let taken = Routes::default().at(Route::Login, "/me");
        assert!(mistakes(&taken).contains("are both at \"/me\""));
        assert_eq!(mistakes(&taken.without(Route::Me)), "");
    }
}
