//! Which routes are mounted, by the router's own table: a new one is among them by itself.

use std::collections::BTreeSet;

use axum::Router;
use reqwest::Method;

use super::Client;

/// A route, as it is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// Its one method.
    pub method: Method,
    /// Its path, in which `{..}` stands for any text.
    pub path: String,
}

/// The routes of `router`, which `client` can reach, without the redirects of a slash too many.
///
/// # Panics
///
/// If one of them does not say its method.
pub async fn mounted(router: &Router, client: &mut Client) -> Vec<Mounted> {
    let mut routes = Vec::new();
    for path in paths(router) {
        // A method that no route has is answered with the one that it has.
        let request = client.request(Method::TRACE, &path.replace(['{', '}'], ""));
        let answer = client.send(request).await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.text());
        let method = answer.header("allow").and_then(|allowed| allowed.parse().ok());
        routes.push(Mounted { method: method.expect("one method"), path });
    }
    routes
}

/// What axum shows of its table: each path behind the number of its route.
fn paths(router: &Router) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    // What is answered where no route is has a table of its own.
    let (shown, _) = shown.split_once("fallback_router: ").expect("axum shows its table");
    let found = shown.split("RouteId(").skip(1).filter_map(|part| {
        let path = part.split_once("): \"")?;
        path.0.bytes().all(|byte| byte.is_ascii_digit()).then(|| path.1.split('"').next())?
    });
    let all: BTreeSet<_> = found.map(str::to_owned).collect();
    let is_redirect = |path: &&String| {
        path.strip_suffix('/').is_some_and(|path| all.contains(path)) || path.contains("__private")
    };
    all.iter().filter(|path| !is_redirect(path)).cloned().collect()
}
