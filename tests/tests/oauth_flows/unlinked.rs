//! An identity that is taken off an account while something else goes on, or fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crudauth::hooks::{HookUser, Hooks};
use crudauth_tests::support::engines::{TestDatabase, UsersEngine};
use crudauth_tests::support::{Answer, Client, PASSWORD};
use http::Method;
use serde_json::json;

use crate::app::{ADA, App, MEMBERS, Member, has_session, parameters, refusal};

/// A password for Ada, who has signed up by the provider.
async fn give_a_password(app: &App) {
    drop(app.member("grace").await);
    let hash = "UPDATE members SET hashed_password = \
                (SELECT hash FROM (SELECT hashed_password AS hash FROM members \
                WHERE username = 'grace') AS grace)";
    app.database.execute(hash).await;
}

async fn unlink(client: &mut Client) -> Answer {
    let listed = client.get("/oauth/accounts").await.json();
    let id = listed[0]["id"].as_str().expect("a link").to_owned();
    unlink_by_id(client, &id).await
}

async fn unlink_by_id(client: &mut Client, id: &str) -> Answer {
    assert_eq!(client.post_json("/sudo", &json!({ "password": PASSWORD })).await.status, 200);
    let request = client.request(Method::DELETE, &format!("/oauth/accounts/{id}"));
    client.send(client.with_csrf(request)).await
}

/// The code of an app that has come back, whose verifier is `VERIFIER`.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_an_app_ends_with_the_link() {
    let app = App::start(|config| config).await;
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    give_a_password(&app).await;
    let link = crate::app::APP_LINK;
    let query =
        format!("?redirect_to={link}&code_challenge={CHALLENGE}&code_challenge_method=S256");
    // Somebody has Ada's account at the provider.
    let mut thief = app.client();
    let state = app.begin(&mut thief, &query).await;
    let back = app.finish(&mut thief, &state).await;
    let code = parameters(back.header("location").expect("a target")).remove("code");
    let mut ada = app.client();
    assert_eq!(ada.login(ADA, PASSWORD).await.status, 200);
    let answer = unlink(&mut ada).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = json!({ "code": code.expect("a code"), "code_verifier": VERIFIER });
    let answer = app.client().post_json("/oauth/token", &body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.json()["code"].clone()),
        (400, json!("invalid_app_code"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_goes_on_while_its_link_is_removed_is_none() {
    let held = Arc::new(AtomicBool::new(false));
    let database = TestDatabase::new(&MEMBERS).await;
    let (at, in_hook) = (Arc::clone(&held), database.clone());
    let hooks = Hooks::new().before_login(move |_: HookUser<Member>, _| {
        let (at, database) = (Arc::clone(&at), in_hook.clone());
        async move {
            if at.load(Ordering::Relaxed) {
                let remove =
                    "UPDATE crudauth_identities SET linked_provider = NULL, removed_at = 1";
                database.execute(remove).await;
            }
            Ok(())
        }
    });
    let app = App::over(
        database,
        crudauth_tests::provider::Site::oidc,
        |it| it,
        |builder| builder.hooks(hooks),
    )
    .await;
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    let sessions = || async {
        let entries = app.database.entries().await;
        entries.iter().filter(|entry| entry.key.starts_with("session:")).count()
    };
    let before = sessions().await;
    held.store(true, Ordering::Relaxed);
    let mut client = app.client();
    let answer = app.sign_in(&mut client).await;
    assert_eq!(refusal(&answer), "oauth_failed");
    assert_eq!(client.get("/me").await.status, 401);
    assert_eq!((before, sessions().await), (1, 0), "all by the identity have ended");
}

/// On SQLite, where a trigger can refuse to remove sessions.
async fn on_sqlite() -> App {
    let users = UsersEngine::Sqlite.open().await.expect("SQLite");
    users.create(&MEMBERS).await;
    let database = TestDatabase { users, apart: None };
    App::over(database, crudauth_tests::provider::Site::oidc, |it| it, |builder| builder).await
}

const KEEP_SESSIONS: &str = "CREATE TRIGGER keep BEFORE DELETE ON crudauth_state \
                             WHEN OLD.owner IS NOT NULL BEGIN SELECT RAISE(FAIL, 'full'); END";

#[tokio::test(flavor = "multi_thread")]
async fn an_unlink_that_could_not_end_its_sign_ins_ends_them_at_the_next_try() {
    let app = on_sqlite().await;
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    give_a_password(&app).await;
    let mut thief = app.client();
    assert!(has_session(&app.sign_in(&mut thief).await));
    let mut ada = app.client();
    assert_eq!(ada.login(ADA, PASSWORD).await.status, 200);
    let listed = ada.get("/oauth/accounts").await.json();
    let id = listed[0]["id"].as_str().expect("a link").to_owned();
    drop(app.events().await);
    app.database.execute(KEEP_SESSIONS).await;
    assert!(unlink_by_id(&mut ada, &id).await.status.is_server_error());
    assert_eq!(app.events().await, ["oauth_unlinked"], "it is told, since it has happened");
    app.database.execute("DROP TRIGGER keep").await;
    assert_eq!(thief.get("/me").await.status, 200);
    assert_eq!(unlink_by_id(&mut ada, &id).await.status, 200);
    assert_eq!(thief.get("/me").await.status, 401);
    assert_eq!(unlink_by_id(&mut ada, &id).await.status, 404, "there is nothing left");
    assert!(app.events().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_told_also_where_what_it_has_ended_cannot_be_removed() {
    let app = on_sqlite().await;
    // A squatter has signed up with the address of Ada, and has proved nothing.
    let mut squatter = app.member("ada").await;
    app.database.execute("UPDATE members SET email_verified = FALSE").await;
    app.database.execute(KEEP_SESSIONS).await;
    let mut ada = app.client();
    assert!(has_session(&app.sign_in(&mut ada).await));
    assert_eq!(app.events().await, ["oauth_account_claimed", "oauth_signed_in"]);
    app.database.execute("DROP TRIGGER keep").await;
    assert_eq!(squatter.get("/me").await.status, 401, "the epoch has ended it");
    assert_eq!(ada.get("/me").await.json()["email"], ADA);
}
