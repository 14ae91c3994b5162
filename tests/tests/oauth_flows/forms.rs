//! Pages that link, unlink and re-authenticate by forms.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use crudauth::clock::Clock;
use crudauth::oauth::{Begin, Begun, OAuthError, OAuthService};
use crudauth::{CrudAuth, Principal, Rejection, Sudo};
use crudauth_tests::support::{Client, Server};

use crate::app::{App, Member, has_session, sudo};

type Auth = CrudAuth<Member>;

fn oauth(auth: &Auth) -> Result<&OAuthService<Member>, Rejection> {
    Ok(auth.oauth().ok_or(OAuthError::UnknownProvider)?)
}

async fn page(
    State(auth): State<Auth>,
    me: Principal<Member>,
    request: Parts,
) -> Result<Html<String>, Rejection> {
    let csrf = auth.csrf_field(&request).await?;
    let ids = oauth(&auth)?.list(&me.user).await?.into_iter().map(|linked| linked.id);
    Ok(Html(format!("{csrf}|{}", ids.collect::<Vec<_>>().join(","))))
}

async fn link(
    State(auth): State<Auth>,
    me: Principal<Member, Sudo>,
    Path(provider): Path<String>,
    request: Parts,
) -> Result<Begun, Rejection> {
    let oauth = oauth(&auth)?;
    let begin = Begin::link(&me).redirect_to("/accounts").browser(oauth.browser(&request.headers));
    Ok(oauth.begin(&provider, begin).await?)
}

async fn confirm(
    State(auth): State<Auth>,
    me: Principal<Member>,
    Path(provider): Path<String>,
    request: Parts,
) -> Result<Begun, Rejection> {
    let oauth = oauth(&auth)?;
    let begin = Begin::reauthenticate(&me).redirect_to("/accounts");
    Ok(oauth.begin(&provider, begin.browser(oauth.browser(&request.headers))).await?)
}

async fn unlink(
    State(auth): State<Auth>,
    me: Principal<Member, Sudo>,
    Path(id): Path<String>,
    request: Parts,
) -> Result<Redirect, Rejection> {
    oauth(&auth)?.unlink(&me.user, &id, me.session(), &auth.context(&request)).await?;
    Ok(Redirect::to("/accounts"))
}

/// With pages of the application's own.
async fn app() -> App {
    let mut app = App::start(|config| config).await;
    let pages = Router::new()
        .route("/accounts", get(page))
        .route("/accounts/link/{provider}", post(link))
        .route("/accounts/confirm/{provider}", post(confirm))
        .route("/accounts/unlink/{id}", post(unlink))
        .route_layer(app.auth.csrf_forms())
        .route("/sudo", post(sudo));
    let pages = pages.with_state(app.auth.clone()).merge(app.auth.router());
    app.server = Server::serve(pages).await;
    app
}

/// The token in the forms of the page, and the identities that it lists.
async fn shown(client: &mut Client) -> (String, Vec<String>) {
    let text = client.get("/accounts").await.text();
    let (field, ids) = text.split_once('|').unwrap_or_else(|| panic!("{text}"));
    let token = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let ids = ids.split(',').filter(|id| !id.is_empty()).map(str::to_owned);
    (token.expect("a field").to_owned(), ids.collect())
}

/// Sends a form of the page, and returns the state of the flow.
async fn begin(app: &App, client: &mut Client, path: &str) -> String {
    let (token, _) = shown(client).await;
    let answer = client.post_form(path, &[("csrf_token", &token)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let [cookie] = &*answer.set_cookies() else { panic!("one cookie") };
    assert!(cookie.starts_with("__Host-oauth_state="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; Max-Age=600; Path=/; SameSite=lax; Secure"), "{cookie}");
    app.arrive(answer.header("location").expect("the provider"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_links_and_unlinks_and_asks_anew() {
    let app = app().await;
    let mut ada = app.elevated("ada").await;
    // The identity has an address that leads to no account, and is there just now.
    let now = app.provider.clock.now_ms() / 1000;
    app.claims(serde_json::json!({ "email": "other@example.com", "auth_time": now }));
    let state = begin(&app, &mut ada, "/accounts/link/sso").await;
    let answer = app.finish(&mut ada, &state).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, Some("/accounts")));
    let (_, ids) = shown(&mut ada).await;
    let [id] = &*ids else { panic!("{ids:?}") };

    let state = begin(&app, &mut ada, "/accounts/confirm/sso").await;
    let answer = app.finish(&mut ada, &state).await;
    assert_eq!(answer.header("location"), Some("/accounts"), "{}", answer.text());
    assert!(has_session(&answer), "the sudo mode has another id");

    let path = format!("/accounts/unlink/{id}");
    let refused = ada.post_form(&path, &[]).await;
    assert_eq!(refused.status, 403, "no token in the form");
    let (token, _) = shown(&mut ada).await;
    let answer = ada.post_form(&path, &[("csrf_token", &token)]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/accounts")));
    assert!(shown(&mut ada).await.1.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flows_of_two_forms_and_of_a_route_have_one_browser() {
    let app = app().await;
    let mut ada = app.elevated("ada").await;
    let first = begin(&app, &mut ada, "/accounts/link/sso").await;
    let second = begin(&app, &mut ada, "/accounts/link/sso").await;
    let third = app.begin(&mut ada, "").await;
    // A sign-in is the last, since it begins another session.
    for state in [second, first, third] {
        let answer = app.finish(&mut ada, &state).await;
        let target = answer.header("location").unwrap_or_default();
        assert!(!target.contains("invalid_state"), "{target}");
    }
}
