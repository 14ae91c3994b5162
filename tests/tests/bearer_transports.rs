//! A transport of the application's own, beside sessions and bearer tokens.

use std::str::FromStr;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use crudauth::store::UserStore;
use crudauth::transport::{Authentication, Transport};
use crudauth::{
    AuthUser, Bearer, CrudAuth, Principal, RejectionKind, Scope, SecretKey, Session, SessionConfig,
    TransportName, Via,
};
use crudauth_tests::support::{
    ACCOUNTS, Account, Answer, BearerApp, Client, PASSWORD, ReportsRead, TestDatabase, in_body,
};
use http::request::Parts;
use reqwest::Method;
use tokio::net::TcpListener;

/// The name of the transport.
enum ApiKey {}

impl TransportName for ApiKey {
    const NAME: &'static str = "api_key";
}

/// Reads keys of the form `{user}:{scope}`: a stand-in for a table of keys.
struct ApiKeys;

impl<U: AuthUser> Transport<U> for ApiKeys {
    fn name(&self) -> &'static str {
        ApiKey::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(async move {
            let Some(key) = request.headers.get("x-api-key") else { return Ok(None) };
            let key = key.to_str().map_err(|_| RejectionKind::NotAuthenticated)?;
            let (user, scope) = key.split_once(':').ok_or(RejectionKind::NotAuthenticated)?;
            let Some(id) = U::Id::from_str(user).ok() else { return Ok(None) };
            let user = users.find_by_id(&id).await?;
            Ok(user.map(|user| {
                Principal::authenticated::<ApiKey>(user).with_scopes(vec![scope.to_owned()])
            }))
        })
    }
}

#[derive(Clone, FromRef)]
struct State {
    auth: CrudAuth<Account>,
}

/// The routes that name the transport, on a port of their own.
async fn narrowed(auth: &CrudAuth<Account>) -> Client {
    type Me<G> = Principal<Account, G>;
    let app = Router::new()
        .route("/any", get(|me: Me<()>| async move { me.via() }))
        .route("/key", get(|me: Me<Via<ApiKey>>| async move { me.via() }))
        .route("/key-or-token", get(|me: Me<Via<(ApiKey, Bearer)>>| async move { me.via() }))
        .route("/people", get(|me: Me<Via<(Session, Bearer)>>| async move { me.via() }))
        .route(
            "/key-reports",
            get(|me: Me<(Via<ApiKey>, Scope<ReportsRead>)>| async move { me.via() }),
        )
        .with_state(State { auth: auth.clone() });
    let app = auth.protect(app);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await.expect("the server runs") });
    Client::new(address)
}

async fn get_with(client: &mut Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = client.request(Method::GET, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transport_of_the_application_stands_beside_the_others() {
    let app = BearerApp::built(in_body(), |builder| builder.add_transport(ApiKeys)).await;
    let (mut ada, answer) = app.token_of("ada").await;
    ada.login("ada", PASSWORD).await;
    let bearer = format!("Bearer {}", answer.field("access_token"));
    let mut client = narrowed(&app.auth).await;
    let session = ada.cookies.iter().map(|(name, value)| format!("{name}={value}"));
    let session = session.collect::<Vec<_>>().join("; ");

    let key = ("x-api-key", "1:reports:read");
    let (token, cookie) = (("authorization", bearer.as_str()), ("cookie", session.as_str()));
    for (path, headers, via) in [
        ("/any", &[key][..], Some("api_key")),
        ("/any", &[key, token][..], Some("bearer")),
        ("/any", &[key, token, cookie][..], Some("session")),
        ("/key", &[key, token, cookie][..], Some("api_key")),
        ("/key", &[token, cookie][..], None),
        ("/key-or-token", &[key, token, cookie][..], Some("bearer")),
        ("/key-or-token", &[key, cookie][..], Some("api_key")),
        ("/key-or-token", &[cookie][..], None),
        ("/people", &[key, token][..], Some("bearer")),
        ("/people", &[key, token, cookie][..], Some("session")),
        ("/people", &[key][..], None),
    ] {
        let answer = get_with(&mut client, path, headers).await;
        match via {
            Some(via) => assert_eq!(answer.text(), via, "{path} {headers:?}"),
            None => assert_eq!(answer.detail(), "Not authenticated", "{path} {headers:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_refusals_and_scopes_count_like_those_of_others() {
    let app = BearerApp::built(in_body(), |builder| builder.add_transport(ApiKeys)).await;
    app.token_of("ada").await;
    let mut client = narrowed(&app.auth).await;
    for (key, status, detail) in [
        ("1:reports:read", 200, ""),
        ("1:notes:read", 403, "Insufficient scope"),
        ("garbage", 401, "Not authenticated"),
        ("99:reports:read", 401, "Not authenticated"),
    ] {
        let answer = get_with(&mut client, "/key-reports", &[("x-api-key", key)]).await;
        assert_eq!(answer.status, status, "{key}");
        assert_eq!(answer.detail().as_str().unwrap_or_default(), detail, "{key}");
    }
}

/// Two surfaces of an application with one secret key each know their own tokens alone: what a scope
/// is worth at one of them says nothing of what it is worth at the other.
#[tokio::test(flavor = "multi_thread")]
async fn surfaces_with_one_key_do_not_take_each_others_tokens() {
    let key = || SecretKey::new("T5gV9rQ2xW8mK4pZ7dB1nH6cJ3sL0fYe").expect("a key");
    let database = TestDatabase::new(&ACCOUNTS).await;
    let site = BearerApp::over(database.clone(), in_body(), |builder| builder.secret_key(key()));
    let site = site.await;
    let admin = BearerApp::over(database.clone(), in_body(), |builder| {
        let session = SessionConfig::default().prefix("admin");
        builder.secret_key(key()).session(session)
    })
    .await;
    let twin = BearerApp::over(database, in_body(), |builder| builder.secret_key(key())).await;
    let (_, tokens) = site.token_of("ada").await;
    let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
    assert_eq!(site.client().get_as(&access, "/me").await.status, 200);
    assert_eq!(twin.client().get_as(&access, "/me").await.status, 200, "another process of it");
    assert_eq!(admin.client().get_as(&access, "/me").await.status, 401);
    assert_eq!(admin.client().refresh(&refresh).await.status, 401);
    assert_eq!(site.client().refresh(&refresh).await.status, 200);
}
