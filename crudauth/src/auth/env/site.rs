//! The part of the environment that is about where the application is: its hosts, and its routes.

use super::names::{COOKIE_DOMAIN, COOKIE_SAMESITE, DISABLED_ROUTES, TRUSTED_ORIGINS};
use super::vars::Vars;
use crate::http::{CookieConfig, Route, Routes, SameSite, TrustedOrigin};

pub(super) struct Site {
    pub(super) cookies: CookieConfig,
    pub(super) trusted_origins: Vec<String>,
    pub(super) routes: Routes,
}

/// `None` after a mistake.
pub(super) fn read(vars: &mut Vars) -> Option<Site> {
    let (cookies, trusted_origins) = (cookies(vars), origins(vars));
    let routes = routes(vars);
    Some(Site { cookies: cookies?, trusted_origins: trusted_origins?, routes: routes? })
}

fn cookies(vars: &mut Vars) -> Option<CookieConfig> {
    let (domain, same_site) = (vars.optional(&COOKIE_DOMAIN), vars.optional(&COOKIE_SAMESITE));
    let same_site = match same_site?.map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("lax") => SameSite::Lax,
        Some("strict") => SameSite::Strict,
        Some("none") => SameSite::None,
        Some(other) => {
            let text = format!(" is `{other}`, and must be `lax`, `strict` or `none`");
            vars.mistake(&COOKIE_SAMESITE, text);
            return None;
        }
    };
    let cookies = CookieConfig::default().same_site(same_site);
    let Some(domain) = domain? else { return Some(cookies) };
    let cookies = cookies.domain(domain);
    match cookies.check_reach() {
        Ok(()) => Some(cookies),
        Err(error) => {
            vars.mistake(&COOKIE_DOMAIN, format!(": {error}"));
            None
        }
    }
}

fn origins(vars: &mut Vars) -> Option<Vec<String>> {
    let list = vars.list(&TRUSTED_ORIGINS)?;
    for origin in &list {
        if let Err(error) = origin.parse::<TrustedOrigin>() {
            vars.mistake(&TRUSTED_ORIGINS, format!(" has `{origin}`: {error}"));
            return None;
        }
    }
    Some(list)
}

fn routes(vars: &mut Vars) -> Option<Routes> {
    let mut routes = Routes::default();
    for path in vars.list(&DISABLED_ROUTES)? {
        let Some(route) = Route::ALL.iter().find(|route| route.path() == path) else {
            let known: Vec<_> = Route::ALL.iter().map(|route| route.path()).collect();
            let text = format!(" has `{path}`, and knows {}", known.join(", "));
            vars.mistake(&DISABLED_ROUTES, text);
            return None;
        };
        routes = routes.without(*route);
    }
    Some(routes)
}
