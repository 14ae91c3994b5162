//! What happens around every route of crudauth's.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::Response;

use crate::http::{Clients, answer_panics, write_notes};
use crate::transport::Tenants;
use crate::user::AuthUser;

/// The headers of every answer of crudauth's: a browser takes it for what its `Content-Type` says,
/// and tells nobody where it came from, since addresses here may carry tokens.
pub(super) fn guarded(routes: Router) -> Router {
    // axum panics at a layer for no route.
    if !routes.has_routes() {
        return routes;
    }
    routes.route_layer(middleware::map_response(async |mut response: Response| {
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }))
}

/// The routes, with what every one of them does before and after its own work.
pub(super) fn around<U: AuthUser>(
    routes: Router,
    clients: &Arc<Clients>,
    tenants: &Tenants<U>,
    challenges: Vec<HeaderValue>,
) -> Router {
    if !routes.has_routes() {
        return routes;
    }
    routes
        .route_layer(middleware::from_fn(answer_panics))
        .route_layer(middleware::map_request_with_state(Arc::clone(clients), find_client))
        .route_layer(middleware::map_request_with_state(tenants.clone(), note_tenant::<U>))
        .route_layer(middleware::from_fn(write_notes))
        .route_layer(middleware::map_response(no_store))
        .route_layer(middleware::map_response(move |response| {
            std::future::ready(challenge(response, &challenges))
        }))
}

/// Resolves the client once, for all that the routes do; whatever another surface has found, this
/// one trusts its own proxies.
async fn find_client(State(clients): State<Arc<Clients>>, mut request: Request) -> Request {
    let client = clients.find(request.headers(), request.extensions());
    request.extensions_mut().insert(client);
    request
}

/// Asks once for which tenant the request is.
async fn note_tenant<U: AuthUser>(State(tenants): State<Tenants<U>>, request: Request) -> Request {
    let (mut head, body) = request.into_parts();
    tenants.note(&mut head);
    Request::from_parts(head, body)
}

/// Credentials and account data are kept by no cache (RFC 9111 §5.2.2.5).
async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A 401 says how a request can prove who makes it (RFC 9110 §11.6.1).
fn challenge(mut response: Response, challenges: &[HeaderValue]) -> Response {
    let headers = response.headers();
    if response.status() == StatusCode::UNAUTHORIZED && !headers.contains_key(WWW_AUTHENTICATE) {
        for challenge in challenges {
            response.headers_mut().append(WWW_AUTHENTICATE, challenge.clone());
        }
    }
    response
}
