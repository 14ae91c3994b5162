//! A session that stays gets another id when it gains rights and when the password changes, and
//! stays all the while (ASVS 7.2.4).

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use crudauth::Rejection;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{CrudAuth, Principal, RateLimits, SessionConfig, Sudo};
use crudauth_tests::support::{Account, AppState, Client, PASSWORD, TestApp};
use serde_json::{Value, json};

const SESSION: &str = "__Host-session_id";

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn danger(_: Principal<Account, Sudo>) {}

fn routes(_: &CrudAuth<Account>) -> Router<AppState> {
    Router::new().route("/sudo", post(sudo)).route("/danger", get(danger).post(danger))
}

async fn app() -> TestApp {
    let session = SessionConfig::default().management_routes();
    TestApp::with_routes(|builder| builder.session(session).rate_limits(RateLimits::off()), routes)
        .await
}

fn change(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

async fn elevate(client: &mut Client) {
    let answer = client.post_json("/sudo", &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn sessions(client: &mut Client) -> usize {
    client.get("/sessions").await.json().as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn elevated_rights_come_with_another_id() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut before = ada.clone();
    elevate(&mut ada).await;
    assert_ne!(ada.cookies[SESSION], before.cookies[SESSION]);
    assert_ne!(ada.csrf_token(), before.csrf_token());
    assert_eq!(ada.post("/danger").await.status, 200);
    assert_eq!(sessions(&mut ada).await, 1, "it is one session");

    // What is under way goes on, without the rights.
    app.after(9);
    assert_eq!(before.post("/notes").await.status, 200);
    assert_eq!(before.get("/danger").await.status, 403);
    app.after(1);
    assert_eq!(before.get("/me").await.status, 401);
    assert_eq!(ada.post("/danger").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_password_gives_another_id_and_takes_the_rights() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut other = app.client();
    other.login("ada", PASSWORD).await;
    elevate(&mut ada).await;
    let mut before = ada.clone();
    let answer = ada.post_json("/change-password", &change(PASSWORD, "a better one")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_ne!(ada.cookies[SESSION], before.cookies[SESSION]);
    assert_ne!(ada.csrf_token(), before.csrf_token());
    assert_eq!(ada.post("/notes").await.status, 200);
    assert_eq!(ada.get("/danger").await.status, 403, "the rights were given for another password");
    assert_eq!(sessions(&mut ada).await, 1);
    assert_eq!(other.get("/me").await.status, 401);

    assert_eq!(before.get("/me").await.status, 200);
    assert_eq!(before.get("/danger").await.status, 403);
    app.after(10);
    assert_eq!(before.get("/me").await.status, 401);
    assert_eq!(ada.get("/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_refused_leaves_the_session_as_it_is() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let cookie = ada.cookies[SESSION].clone();
    let answer = ada.post_json("/change-password", &change("wrong", "a better one")).await;
    assert_eq!((answer.status.as_u16(), answer.set_cookies()), (401, Vec::new()));
    assert_eq!(ada.cookies[SESSION], cookie);
    assert_eq!(sessions(&mut ada).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_the_session_ends_its_cookie_from_before() {
    let app = app().await;
    for end in ["/logout", "/logout-all"] {
        let mut ada = app.client();
        ada.register("ada@example.com", "ada", PASSWORD).await;
        ada.login("ada", PASSWORD).await;
        let mut before = ada.clone();
        elevate(&mut ada).await;
        assert_eq!(before.get("/me").await.status, 200);
        assert_eq!(ada.post(end).await.status, 200);
        assert_eq!(before.get("/me").await.status, 401, "{end}");
    }
    // And to sign out with it signs out.
    let mut ada = app.client();
    ada.login("ada", PASSWORD).await;
    let mut before = ada.clone();
    elevate(&mut ada).await;
    assert_eq!(before.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
}

/// A page that is busy while its user changes the password.
#[tokio::test(flavor = "multi_thread")]
async fn no_parallel_request_is_refused_while_the_own_password_changes() {
    const ROUNDS: usize = 12;
    const CLIENTS: usize = 12;
    const EACH: usize = 12;
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut current = PASSWORD.to_owned();
    for round in 0..ROUNDS {
        let busy: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let mut client = ada.clone();
                tokio::spawn(async move {
                    let mut refused = Vec::new();
                    for _ in 0..EACH {
                        let answer = match number % 2 {
                            0 => client.get("/me").await,
                            _ => client.post("/notes").await,
                        };
                        if answer.status != 200 {
                            refused.push(answer.status.as_u16());
                        }
                    }
                    refused
                })
            })
            .collect();
        let new = format!("passphrase of round {round}");
        let answer = ada.post_json("/change-password", &change(&current, &new)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        current = new;
        for task in busy {
            assert_eq!(task.await.expect("no panic"), Vec::<u16>::new(), "round {round}");
        }
        assert_eq!(ada.get("/me").await.status, 200);
        app.after(11);
    }
}
