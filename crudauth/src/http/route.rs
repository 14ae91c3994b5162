//! Routes of exactly one method.

use axum::extract::OriginalUri;
use axum::handler::Handler;
use axum::http::header::{ALLOW, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};

use crate::error::RejectionKind;

/// A route that answers `GET` and, unlike [`axum::routing::get`], not `HEAD`.
///
/// Like its kin here it answers every other method with 405, `{"detail":"Method Not Allowed"}`
/// and an `Allow` that names just its own.
pub fn get<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    // axum would hand HEAD to the handler of GET.
    only(MethodFilter::GET, "GET", handler).head(|| async { not_allowed("GET") })
}

/// A route that answers `POST`. See [`get`].
pub fn post<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    only(MethodFilter::POST, "POST", handler)
}

/// A route that answers `DELETE`. See [`get`].
pub fn delete<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    only(MethodFilter::DELETE, "DELETE", handler)
}

fn only<H, T, S>(filter: MethodFilter, name: &'static str, handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    MethodRouter::new().on(filter, handler).fallback(move || async move { not_allowed(name) })
}

fn not_allowed(name: &'static str) -> impl IntoResponse {
    ([(ALLOW, name)], RejectionKind::MethodNotAllowed)
}

/// The handler of `/me/`: 307 to `/me`, with the query, on the same host.
///
/// It sees the path that the client asked for, so it works in a nested router too.
pub async fn slash_redirect(OriginalUri(uri): OriginalUri) -> Response {
    // Two slashes in front, or a slash and a backslash, would name another host.
    let path = uri.path().trim_start_matches(['/', '\\']).trim_end_matches('/');
    if path.is_empty() {
        return RejectionKind::NotFound.into_response();
    }
    let target = match uri.query() {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    };
    match HeaderValue::try_from(target) {
        Ok(target) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, target)]).into_response(),
        Err(_) => RejectionKind::NotFound.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::any;
    use tower::ServiceExt;

    use super::*;

    fn router() -> Router {
        let auth = Router::new()
            .route("/me", get(|| async { "me" }))
            .route("/me/", any(slash_redirect))
            .route("/login", post(|| async { "login" }))
            .route("/sessions/{handle}", delete(|| async { "gone" }));
        Router::new().nest("/auth", auth.clone()).merge(auth)
    }

    async fn send(method: &str, uri: &str) -> Response {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_route_has_one_method() {
        for (uri, own) in [("/me", "GET"), ("/login", "POST"), ("/sessions/1", "DELETE")] {
            for method in
                ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]
            {
                let response = send(method, uri).await;
                if method == own {
                    assert_eq!(response.status(), 200, "{method} {uri}");
                    continue;
                }
                assert_eq!(response.status(), 405, "{method} {uri}");
                assert_eq!(response.headers()[ALLOW], own, "{method} {uri}");
                assert_eq!(response.headers().get_all(ALLOW).iter().count(), 1);
                let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
                let expected = if method == "HEAD" {
                    ""
                } else {
                    r#"{"detail":"Method Not Allowed","code":"method_not_allowed"}"#
                };
                assert_eq!(body, expected, "{method} {uri}");
            }
        }
    }

    #[tokio::test]
    async fn a_slash_too_many_is_redirected() {
        for (asked, target) in [
            ("/me/", "/me"),
            ("/me/?a=1&b=//evil.example", "/me?a=1&b=//evil.example"),
            ("/auth/me/", "/auth/me"),
            ("http://evil.example/me/", "/me"),
        ] {
            for method in ["GET", "POST"] {
                let response = send(method, asked).await;
                assert_eq!(response.status(), 307, "{asked}");
                assert_eq!(response.headers()[LOCATION], target, "{asked}");
            }
        }
    }

    #[tokio::test]
    async fn a_redirect_never_leaves_the_host() {
        for (asked, target) in [("//evil.example/", "/evil.example"), ("/%5Cevil/", "/%5Cevil")] {
            let response = slash_redirect(OriginalUri(asked.parse().unwrap())).await;
            assert_eq!(response.headers()[LOCATION], target);
        }
        let response = slash_redirect(OriginalUri("///".parse().unwrap())).await;
        assert_eq!(response.status(), 404);
    }
}
