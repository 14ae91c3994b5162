//! Security events, as a sink of the application's sees them.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use crudauth::Rejection;
use crudauth::event::{CsrfFailure, LogSafe, LoginFailure, Occurrence, SinkFuture};
use crudauth::sudo::{Elevated, Proof};
use crudauth::{
    Action, CrudAuth, EventSink, Password, Principal, RateLimit, SecurityEvent, SessionConfig,
};
use crudauth_tests::support::{
    Account, AppState, PASSWORD, Recorder, TestApp, guesses_without_end,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

enum Once {}

impl Action for Once {
    const NAME: &'static str = "once";
    const LIMIT: RateLimit = RateLimit::per_hour(1);
}

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    Json(body): Json<Value>,
) -> Result<Elevated, Rejection> {
    let password = Password::new(body["password"].as_str().unwrap_or_default());
    Ok(auth.sudo().elevate(&me, Proof::Password(password)).await?)
}

fn routes(auth: &CrudAuth<Account>) -> Router<AppState> {
    Router::new()
        .route("/sudo", post(sudo))
        .route("/once", get(|| async {}).layer(auth.rate_limit::<Once>()))
}

async fn app() -> (TestApp, Recorder) {
    let recorder = Recorder::default();
    let session = SessionConfig::default().management_routes();
    let app = TestApp::with_routes(
        |builder| builder.session(session).add_event_sink(recorder.clone()),
        routes,
    );
    (app.await, recorder)
}

/// The names of events, for those whose fields another test looks at.
fn names(events: &[SecurityEvent]) -> Vec<&'static str> {
    events.iter().map(SecurityEvent::name).collect()
}

#[tokio::test]
async fn sign_ups_and_sign_ins_are_told_with_their_reasons() {
    let (app, recorder) = app().await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    ada.register("ada@example.com", "eve", PASSWORD).await;
    let events = recorder.take(&app.auth).await;
    assert!(matches!(&events[0], SecurityEvent::SignedUp { user } if user.as_str() == "1"));
    assert!(matches!(&events[1], SecurityEvent::SignUpRefused));
    assert_eq!(events.len(), 2);

    ada.login("ada", PASSWORD).await;
    ada.login("ada", PASSWORD).await;
    let known: Vec<_> = recorder
        .take(&app.auth)
        .await
        .into_iter()
        .map(|event| match event {
            SecurityEvent::LoginSucceeded { user, known_device } if user.as_str() == "1" => {
                known_device
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(known, [false, true]);

    let mut eve = app.client();
    eve.login("nobody", PASSWORD).await;
    eve.login("ada", "wrong").await;
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    eve.login("ada@example.com", PASSWORD).await;
    let mut digests = Vec::new();
    let failures: Vec<_> = recorder
        .take(&app.auth)
        .await
        .into_iter()
        .map(|event| match event {
            SecurityEvent::LoginFailed { user, name, reason } => {
                digests.push(name.as_str().to_owned());
                (user.map(|user| user.as_str().to_owned()), reason)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let one = || Some("1".to_owned());
    assert_eq!(
        failures,
        [
            (None, LoginFailure::UnknownUser),
            (one(), LoginFailure::WrongPassword),
            (one(), LoginFailure::Inactive),
        ]
    );
    // Sixteen hexadecimal digits: a name of three letters may stand in them by chance.
    let digest = |it: &String| it.len() == 16 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(digests.iter().all(digest), "{digests:?}");

    for _ in 0..4 {
        eve.login("ada", "wrong").await;
    }
    let events = recorder.take(&app.auth).await;
    assert!(
        matches!(events.last(), Some(SecurityEvent::LoginLockedOut { name, retry_after, .. })
            if name.as_str() == digests[1] && retry_after.as_secs() == 60),
        "{events:?}"
    );
}

#[tokio::test]
async fn what_happens_to_a_session_is_told() {
    let (app, recorder) = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = app.client();
    phone.login("ada", PASSWORD).await;
    recorder.take(&app.auth).await;

    let list = ada.get("/sessions").await.json();
    let of_phone = list.as_array().expect("a list").iter().find(|it| it["current"] == false);
    let handle = of_phone.expect("two sessions")["id"].as_str().expect("a handle").to_owned();
    let request = ada.request(Method::DELETE, &format!("/sessions/{handle}"));
    ada.send(ada.with_csrf(request)).await;
    let events = recorder.take(&app.auth).await;
    assert!(
        matches!(&*events, [SecurityEvent::SessionRevoked { user, session }]
            if user.as_str() == "1" && session.as_str() == handle),
        "{events:?}"
    );

    ada.post("/logout-all?keep_current=1").await;
    ada.cookies.remove("__Host-csrf_token");
    ada.post("/csrf/refresh").await;
    ada.post("/logout").await;
    assert_eq!(
        names(&recorder.take(&app.auth).await),
        ["sessions_revoked", "csrf_rotated", "logged_out"]
    );

    let mut forger = app.client();
    forger.cookies.insert("__Host-session_id".to_owned(), "A".repeat(48));
    assert_eq!(forger.get("/dashboard").await.status, 401);
    assert_eq!(names(&recorder.take(&app.auth).await), ["session_forged"]);
}

#[tokio::test]
async fn what_is_refused_is_told() {
    let (app, recorder) = app().await;
    let mut ada = app.signed_in("ada").await;
    recorder.take(&app.auth).await;

    let notes = |ada: &crudauth_tests::support::Client| ada.request(Method::POST, "/notes");
    let refused = [
        notes(&ada),
        // As the form of a page whose route is not under `csrf_forms`.
        notes(&ada).form(&[("csrf_token", ada.csrf_token().expect("a token"))]),
        notes(&ada).header("x-csrf-token", "0".repeat(64)),
        ada.with_csrf(notes(&ada)).header("origin", "https://evil.example"),
    ];
    for request in refused {
        assert_eq!(ada.send(request).await.status, 403);
    }
    let reasons: Vec<_> = recorder
        .take(&app.auth)
        .await
        .into_iter()
        .map(|event| match event {
            SecurityEvent::CsrfRefused { reason, .. } => reason,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        reasons,
        [
            CsrfFailure::MissingToken,
            CsrfFailure::FormNotRead,
            CsrfFailure::WrongToken,
            CsrfFailure::CrossSite
        ]
    );

    assert_eq!(ada.get("/admin").await.status, 403);
    let events = recorder.take(&app.auth).await;
    assert!(
        matches!(&*events, [SecurityEvent::GateDenied { user, via: "session", gate }]
            if user.as_str() == "1" && gate.contains("Superuser")),
        "{events:?}"
    );

    let form = [("username", "ada"), ("password", PASSWORD)];
    let login = ada.request(Method::POST, "/login").header("sec-fetch-site", "cross-site");
    assert_eq!(ada.send(login.form(&form)).await.status, 403);
    ada.get("/once").await;
    assert_eq!(ada.get("/once").await.status, 429);
    assert_eq!(names(&recorder.take(&app.auth).await), ["cross_site_login", "rate_limited"]);

    for password in [PASSWORD, "wrong", "wrong", "wrong"] {
        ada.post_json("/sudo", &json!({ "password": password })).await;
    }
    assert_eq!(
        names(&recorder.take(&app.auth).await),
        ["sudo_granted", "sudo_failed", "sudo_failed", "sudo_failed", "sudo_locked_out"]
    );
}

#[tokio::test]
async fn an_event_knows_when_and_from_where() {
    let (app, recorder) = app().await;
    app.signed_in("ada").await;
    let seen = recorder.occurrences(&app.auth).await;
    for occurrence in &seen {
        assert_eq!(occurrence.address.as_ref().map(LogSafe::as_str), Some("127.0.0.1"));
        assert_eq!(occurrence.at, crudauth::clock::Clock::now(&*app.clock));
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn an_event_knows_by_which_client_and_in_which_request() {
    let (app, recorder) = app().await;
    let mut ada = app.signed_in("ada").await;
    recorder.take(&app.auth).await;
    let tagged = |request: RequestBuilder| {
        request.header("user-agent", "a".repeat(300)).header("x-request-id", "0192d3a4-5e6f")
    };
    ada.send(tagged(ada.request(Method::POST, "/notes"))).await;
    ada.send(tagged(ada.request(Method::GET, "/admin"))).await;
    for _ in 0..2 {
        ada.send(tagged(ada.request(Method::GET, "/once"))).await;
    }
    let form = [("username", "nobody"), ("password", "wrong")];
    ada.send(tagged(ada.request(Method::POST, "/login")).form(&form)).await;
    ada.send(tagged(ada.with_csrf(ada.request(Method::POST, "/logout")))).await;
    let seen = recorder.occurrences(&app.auth).await;
    let told: Vec<_> = seen.iter().map(|occurrence| occurrence.event.name()).collect();
    assert_eq!(told, ["csrf_refused", "gate_denied", "rate_limited", "login_failed", "logged_out"]);
    for occurrence in &seen {
        let agent = occurrence.user_agent.as_ref().map(LogSafe::as_str);
        assert_eq!(agent, Some(&*"a".repeat(256)), "{occurrence:?}");
        let id = occurrence.request_id.as_ref().map(LogSafe::as_str);
        assert_eq!(id, Some("0192d3a4-5e6f"), "{occurrence:?}");
        assert!(occurrence.address.is_some(), "{occurrence:?}");
    }
}

#[tokio::test]
async fn privileged_fields_of_a_sign_up_are_told_once_and_by_their_names_alone() {
    let (app, recorder) = app().await;
    let sign_up = |name: &str| {
        json!({
            "email": format!("{name}@example.com"), "username": name, "password": PASSWORD,
            "full_name": "Ada", "theme": "dark",
        })
    };
    assert_eq!(app.client().post_json("/register", &sign_up("ada")).await.status, 200);
    assert_eq!(names(&recorder.take(&app.auth).await), ["signed_up"]);

    let mut body = sign_up("eve");
    for (name, value) in [("is_admin", json!(true)), ("tier_id", json!("hunter2"))] {
        body[name] = value;
    }
    assert_eq!(app.client().post_json("/register", &body).await.status, 200);
    let events = recorder.take(&app.auth).await;
    assert!(
        matches!(&events[0], SecurityEvent::PrivilegedFieldsSent { fields }
            if fields.as_str() == "is_admin, tier_id"),
        "{events:?}"
    );
    assert_eq!(names(&events[1..]), ["signed_up"]);

    // Also where the rest is of no use; and nothing bounds how often, so that they are counted.
    for _ in 0..3 {
        let answer = app.client().post_json("/register", &json!({ "is_superuser": 1 })).await;
        assert_eq!(answer.status, 422);
    }
    let seen = recorder.occurrences(&app.auth).await;
    let times: Vec<_> = seen.iter().map(|seen| (seen.event.name(), seen.times)).collect();
    assert_eq!(times, [("privileged_fields_sent", 1), ("privileged_fields_sent", 2)]);
}

/// Never finishes with the first event.
struct Stuck;

impl EventSink for Stuck {
    fn record<'a>(&'a self, _: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_stuck_sink_holds_up_no_request_and_no_other_sink() {
    let recorder = Recorder::default();
    let app = TestApp::with(|builder| {
        let builder = builder.lockout(guesses_without_end());
        builder.add_event_sink(Stuck).add_event_sink(recorder.clone())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let mut stranger = app.client();
    // What can be counted together fills no queue; a sign-in that has failed is told each time.
    for _ in 0..1100 {
        assert_eq!(stranger.login("ada", "wrong password").await.status, 401);
    }
    assert!(app.auth.events().dropped() > 0, "nothing was dropped");
    assert_eq!(ada.get("/dashboard").await.status, 200);
    assert!(!recorder.seen().is_empty());
}
