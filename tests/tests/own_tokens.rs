//! Tokens in the application's own code: what `verify` accepts, an access token alone for a job, and
//! claims of the application's own, over HTTP.

use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use crudauth::hooks::{HookUser, Hooks};
use crudauth::token::AccessToken;
use crudauth::token::SigningKey;
use crudauth::{
    AccessTokenOptions, BearerConfig, BearerTokens, CrudAuth, Principal, RefreshDelivery,
    ScopeName, SessionConfig,
};
use crudauth_tests::support::{
    Account, AppState, BearerApp, Client, Mailbox, NotesRead, PASSWORD, ReportsRead, Root, TestApp,
    TestBuilder, in_body,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const HOUR: Duration = Duration::from_secs(3600);

/// Whom the application takes a token for.
async fn verified(tokens: &BearerTokens<Account>, token: &str) -> Option<i32> {
    let verified = tokens.verify(token).await.expect("the store works");
    verified.map(|(user, claims)| {
        assert_eq!(claims.subject, user.id.to_string());
        user.id
    })
}

/// An access token for a job of the user with the id 1.
async fn job(auth: &CrudAuth<Account>, options: AccessTokenOptions) -> AccessToken {
    let user = auth.stores().users().find_by_id(&1).await.expect("the store works");
    let (no_request, ()) = axum::http::Request::new(()).into_parts();
    auth.sign_in(user.expect("a user"), &no_request, options).await.expect("let in")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_counts_in_own_code_for_as_long_as_it_counts_over_http() {
    let app = BearerApp::start().await;
    let tokens = app.tokens();
    let (mut ada, first) = app.token_of("ada").await;
    let access = first.field("access_token");
    assert_eq!(verified(tokens, &access).await, Some(1));
    let (_, claims) = tokens.verify(&access).await.expect("the store works").expect("it counts");
    assert!(claims.has_scope::<NotesRead>() && !claims.has_scope::<ReportsRead>());

    assert_eq!(verified(tokens, &first.field("refresh_token")).await, None, "a refresh token");
    for text in ["", ".", "a.b.c", "Bearer", &format!("Bearer {access}"), &access[1..]] {
        assert_eq!(verified(tokens, text).await, None, "{text}");
    }
    let mut forged = access.clone().into_bytes();
    let last = forged.len() - 2;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).expect("ASCII");
    assert_eq!(verified(tokens, &forged).await, None, "forged");

    app.after(900);
    assert_eq!(verified(tokens, &access).await, None, "expired");
    let renewed = ada.refresh(&first.field("refresh_token")).await.field("access_token");
    assert_eq!(verified(tokens, &renewed).await, Some(1));
    assert!(tokens.end(&renewed).await.expect("the store works"));
    assert_eq!(verified(tokens, &renewed).await, None, "its sign-in has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_credentials_and_a_disabled_account_end_it_in_own_code_too() {
    let app = BearerApp::start().await;
    let tokens = app.tokens();
    let (mut ada, first) = app.token_of("ada").await;
    let access = first.field("access_token");
    ada.login("ada", PASSWORD).await;
    let body = json!({ "current_password": PASSWORD, "new_password": "Xylophone-quagmire-7" });
    let answer = ada.post_json("/change-password", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(verified(tokens, &access).await, None, "the password is another one");

    let (_, second) = app.token_of("eve").await;
    let access = second.field("access_token");
    assert_eq!(verified(tokens, &access).await, Some(2));
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'eve'").await;
    assert_eq!(verified(tokens, &access).await, None, "the account is disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_audience_or_of_another_surface_is_refused() {
    const SECRET: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";
    let key = || SigningKey::hs256(SECRET).expect("a secret");
    let notes = BearerApp::with(in_body().keys(key()).audience("notes")).await;
    let reports = BearerApp::with(in_body().keys(key()).audience("reports")).await;
    let (_, of_notes) = notes.token_of("ada").await;
    let (_, of_reports) = reports.token_of("ada").await;
    let (of_notes, of_reports) = (of_notes.field("access_token"), of_reports.field("access_token"));
    assert_eq!(verified(notes.tokens(), &of_notes).await, Some(1));
    assert_eq!(verified(notes.tokens(), &of_reports).await, None, "another audience");
    assert_eq!(verified(reports.tokens(), &of_notes).await, None, "another audience");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_link_is_no_access_token() {
    let mailbox = Mailbox::default();
    let config = mailbox.default_config().unverified_may_sign_in();
    let app = BearerApp::built(in_body(), |builder| builder.email(config)).await;
    let answer = app.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let mail = mailbox.only(&app).await;
    assert_eq!(verified(app.tokens(), mail.token()).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_alone_works_for_its_time_and_is_listed() {
    let managed =
        |builder: TestBuilder| builder.session(SessionConfig::default().management_routes());
    let app = BearerApp::built(in_body().sign_ins_per_user(1), managed).await;
    let tokens = app.tokens();
    let (mut ada, sign_in) = app.token_of("ada").await;
    let issue = |lifetime| {
        let options = AccessTokenOptions::lasting(lifetime);
        job(&app.auth, options.scopes([ReportsRead::NAME, Root::NAME]))
    };
    let job = issue(2 * HOUR).await;
    assert_eq!(format!("{job:?}"), "AccessToken(..)");
    assert_eq!(ada.get_as(job.as_str(), "/reports").await.status, 200);
    assert_eq!(verified(tokens, job.as_str()).await, Some(1));

    // The one sign-in that the user may have is still there, and the token renews nothing.
    assert_eq!(ada.refresh(&sign_in.field("refresh_token")).await.status, 200);
    assert_eq!(ada.refresh(job.as_str()).await.status, 401);
    ada.login("ada", PASSWORD).await;
    let listed = ada.get("/sessions").await.json();
    let by_token = |info: &&Value| info["via"] == "bearer";
    assert_eq!(listed.as_array().expect("a list").iter().filter(by_token).count(), 2, "{listed}");

    app.after(2 * 3600 - 1);
    assert_eq!(ada.get_as(job.as_str(), "/reports").await.status, 200);
    app.after(1);
    assert_eq!(ada.get_as(job.as_str(), "/reports").await.status, 401);
    assert_eq!(verified(tokens, job.as_str()).await, None);

    // No job outlives what a sign-in may.
    let (_, claims) = {
        let longest = issue(1000 * 24 * HOUR).await;
        tokens.verify(longest.as_str()).await.expect("the store works").expect("it counts")
    };
    assert_eq!(claims.expires_at, app.now() + 30 * 24 * 3600);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_alone_ends_as_every_other_token() {
    let app = BearerApp::start().await;
    let tokens = app.tokens();
    let (mut ada, _) = app.token_of("ada").await;
    let issue = || job(&app.auth, AccessTokenOptions::lasting(HOUR));
    let (one, other) = (issue().await, issue().await);
    assert!(tokens.end(one.as_str()).await.expect("the store works"));
    assert_eq!(ada.get_as(one.as_str(), "/dashboard").await.status, 401);
    assert_eq!(ada.get_as(other.as_str(), "/dashboard").await.status, 200);
    assert_eq!(tokens.end_all(&1).await.expect("the store works"), 2);
    assert_eq!(ada.get_as(other.as_str(), "/dashboard").await.status, 401);

    let job = issue().await;
    assert_eq!(ada.get_as(job.as_str(), "/dashboard").await.status, 200);
    assert!(app.auth.deactivate(&1).await.expect("the store works"));
    assert_eq!(ada.get_as(job.as_str(), "/dashboard").await.status, 401);
}

/// What the application says of a user in every access token.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Plan {
    name: Option<String>,
    tier: i32,
}

fn plans(builder: TestBuilder) -> TestBuilder {
    let config = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
    builder
        .bearer(config)
        .claims(|user: &Account| Plan { name: user.full_name.clone(), tier: user.tier_id })
}

async fn plan(me: Principal<Account>) -> Json<Option<Plan>> {
    Json(me.claims())
}

async fn app_with_plans() -> (TestApp, Client) {
    let routes =
        |_: &CrudAuth<Account>| -> Router<AppState> { Router::new().route("/plan", get(plan)) };
    let app = TestApp::with_routes(plans, routes).await;
    let mut ada = app.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 200);
    (app, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_of_the_application_are_read_as_their_type_and_made_anew_at_refresh() {
    let (app, mut ada) = app_with_plans().await;
    let issued = ada.token("ada", PASSWORD, None).await;
    let access = issued.field("access_token");
    let free = ada.get_as(&access, "/plan").await.json();
    assert_eq!(free["name"], Value::Null);

    app.execute("UPDATE accounts SET tier_id = 42").await;
    assert_eq!(ada.get_as(&access, "/plan").await.json(), free, "as it was when it was issued");
    let renewed = ada.refresh(&issued.field("refresh_token")).await.field("access_token");
    assert_eq!(ada.get_as(&renewed, "/plan").await.json()["tier"], 42);

    let tokens = app.auth.tokens().expect("bearer tokens are configured");
    let (_, claims) = tokens.verify(&renewed).await.expect("the store works").expect("it counts");
    assert_eq!(claims.own::<Plan>(), Some(Plan { name: None, tier: 42 }));
    #[derive(Deserialize)]
    struct Other {
        #[expect(dead_code, reason = "it is never read")]
        seats: u32,
    }
    assert!(claims.own::<Other>().is_none());
    let job = job(&app.auth, AccessTokenOptions::lasting(HOUR)).await;
    assert_eq!(ada.get_as(job.as_str(), "/plan").await.json()["tier"], 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hook_of_a_sign_in_is_told_of_a_token_for_a_job() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let hooks = Hooks::new().on_after_login(move |user: HookUser<Account>, context| {
        let sent = tell.send((user.id, context.transport));
        async move { sent.map_err(Into::into) }
    });
    let app = BearerApp::built(in_body(), |builder| builder.hooks(hooks)).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    job(&app.auth, AccessTokenOptions::lasting(HOUR)).await;
    app.auth.shutdown(HOUR).await.expect("the hook ends");
    assert_eq!(told.try_recv(), Ok((1, Some("bearer"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_and_a_token_without_claims_have_none() {
    let (_app, mut ada) = app_with_plans().await;
    ada.login("ada", PASSWORD).await;
    assert_eq!(ada.get("/plan").await.json(), Value::Null);

    let plain = BearerApp::start().await;
    let (_, issued) = plain.token_of("ada").await;
    let verified = plain.tokens().verify(&issued.field("access_token")).await;
    let (_, claims) = verified.expect("the store works").expect("it counts");
    assert_eq!(claims.own::<Plan>(), None);
}

/// The names that only the writer has show when a token is written; no token is issued then.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_never_takes_the_place_of_one_that_tokens_have() {
    #[derive(Serialize, Deserialize)]
    struct Sly {
        #[serde(rename(serialize = "sub"))]
        nickname: String,
    }
    let sly = |_: &Account| Sly { nickname: "2".to_owned() };
    let app = BearerApp::built(in_body(), |builder| builder.claims(sly)).await;
    let (_, answer) = app.token_of("ada").await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.field("access_token"), "");
}
