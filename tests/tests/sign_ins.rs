//! Sign-ins by tokens beside sessions: they are listed, and end, with them.

use std::sync::{Arc, Mutex};

use crudauth::event::{EventSink, Occurrence, SinkFuture};
use crudauth::{BearerConfig, RateLimits, RefreshDelivery, SecurityEvent, SessionConfig};
use crudauth_tests::support::{Answer, BearerApp, Client, Mailbox, PASSWORD, in_body};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

async fn start() -> BearerApp {
    start_with(in_body()).await
}

async fn start_with(config: BearerConfig) -> BearerApp {
    BearerApp::built(config, |builder| {
        let session = SessionConfig::default().management_routes();
        builder.session(session).rate_limits(RateLimits::off())
    })
    .await
}

/// A sign-in by tokens.
#[derive(Clone)]
struct Tokens {
    access: String,
    refresh: String,
}

async fn tokens(app: &BearerApp, name: &str) -> Tokens {
    let answer = app.client().token(name, PASSWORD, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Tokens { access: answer.field("access_token"), refresh: answer.field("refresh_token") }
}

impl Tokens {
    /// Whether the access token is taken. To renew it would be to change it.
    async fn pass(&self, app: &BearerApp) -> bool {
        app.client().get_as(&self.access, "/me").await.status == 200
    }

    async fn renew(&self, app: &BearerApp) -> bool {
        app.client().refresh(&self.refresh).await.status == 200
    }

    async fn are_dead(&self, app: &BearerApp) -> bool {
        !self.pass(app).await && !self.renew(app).await
    }
}

async fn delete(client: &mut Client, handle: &str) -> Answer {
    let request = client.request(Method::DELETE, &format!("/sessions/{handle}"));
    let request = client.with_csrf(request);
    client.send(request).await
}

async fn listed(client: &mut Client) -> Vec<Value> {
    client.get("/sessions").await.json().as_array().expect("a list").clone()
}

async fn handles(client: &mut Client, via: &str) -> Vec<String> {
    let of = listed(client).await.into_iter().filter(|it| it["via"] == via);
    of.map(|it| it["id"].as_str().expect("a handle").to_owned()).collect()
}

#[tokio::test]
async fn sign_ins_by_tokens_stand_in_the_list() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    app.signed_in("eve").await;
    app.after(60);
    let form = [("username", "ada"), ("password", PASSWORD)];
    let request = app.client().request(Method::POST, "/token").header("user-agent", AGENT);
    let answer = app.client().send(request.form(&form)).await;
    tokens(&app, "eve").await;
    app.after(60);
    assert_eq!(app.client().refresh(&answer.field("refresh_token")).await.status, 200);

    // Both were active last at the same moment.
    let mut list = listed(&mut ada).await;
    list.sort_by_key(|it| it["via"].to_string());
    let [family, session] = &*list else { panic!("two sign-ins: {list:?}") };
    let id = family["id"].as_str().expect("a handle");
    assert!(id.len() == 64 && id.bytes().all(|it| b"0123456789abcdef".contains(&it)), "{id}");
    assert_eq!(
        *family,
        json!({
            "id": id,
            "device": {
                "browser": "Firefox", "browser_version": "128.0", "os": "Linux", "device": "PC",
                "is_mobile": false, "is_tablet": false, "is_pc": true,
            },
            "ip": "127.0.0.1",
            "created_at": "2027-01-15T08:01:00Z",
            "last_activity": "2027-01-15T08:02:00Z",
            "current": false,
            "via": "bearer",
            "expires_at": "2027-02-14T08:01:00Z",
        })
    );
    assert_eq!((&session["via"], &session["current"]), (&json!("session"), &json!(true)));
    // It was last active now, and has half an hour from here.
    assert_eq!(session["expires_at"], "2027-01-15T08:32:00Z");
    let refresh = answer.field("refresh_token");
    let text = ada.get("/sessions").await.text();
    assert!(!text.contains(&refresh) && !text.contains(&answer.field("access_token")));
}

#[tokio::test]
async fn the_list_shows_no_sign_in_that_has_ended_or_counts_no_more() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    let ended = tokens(&app, "ada").await;
    assert!(app.tokens().end(&ended.refresh).await.expect("ended"));
    assert_eq!(handles(&mut ada, "bearer").await, Vec::<String>::new());
    tokens(&app, "ada").await;
    assert_eq!(handles(&mut ada, "bearer").await.len(), 1);
    app.execute("UPDATE accounts SET token_version = token_version + 1").await;
    ada.login("ada", PASSWORD).await;
    assert_eq!(handles(&mut ada, "bearer").await, Vec::<String>::new(), "of another epoch");
    tokens(&app, "ada").await;
    app.after(30 * 24 * 60 * 60);
    ada.login("ada", PASSWORD).await;
    assert_eq!(handles(&mut ada, "bearer").await, Vec::<String>::new(), "it is too old");
}

#[tokio::test]
async fn a_sign_in_by_tokens_ends_by_its_handle() {
    let app = start().await;
    let (mut ada, mut eve) = (app.signed_in("ada").await, app.signed_in("eve").await);
    let first = tokens(&app, "ada").await;
    let [handle] = &*handles(&mut ada, "bearer").await else { panic!("one family") };
    let other = tokens(&app, "ada").await;
    for handle in [&*handle.to_uppercase(), &handle[..63], "refresh"] {
        assert_eq!(delete(&mut ada, handle).await.status, 404, "{handle}");
    }
    assert_eq!(delete(&mut eve, handle).await.status, 404, "another's");
    assert!(first.pass(&app).await);

    let answer = delete(&mut ada, handle).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (200, json!("Session revoked.")));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "the own session stays");
    assert!(first.are_dead(&app).await);
    assert!(other.pass(&app).await && other.renew(&app).await);
    assert_eq!(delete(&mut ada, handle).await.status, 404);
    assert_eq!(ada.get("/me").await.status, 200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_sign_ins_by_tokens() {
    let app = start().await;
    let eve = app.signed_in("eve").await;
    let of_eve = tokens(&app, "eve").await;
    app.signed_in("ada").await;
    for (query, revoked, session_stays, tokens_stay) in [
        ("", 3, false, false),
        ("?keep_current=1", 2, true, false),
        ("?tokens=keep", 1, false, true),
        ("?tokens=keep&keep_current=true", 0, true, true),
        ("?tokens=end&keep_current=no", 3, false, false),
    ] {
        app.auth.sessions().revoke_all(&2, None).await.expect("a store");
        let mut ada = app.client();
        ada.login("ada", PASSWORD).await;
        let shown = ada.clone();
        let families = [tokens(&app, "ada").await, tokens(&app, "ada").await];
        let answer = ada.post(&format!("/logout-all{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        assert_eq!(answer.json()["revoked"], revoked, "{query}");
        assert_eq!(shown.clone().get("/me").await.status == 200, session_stays, "{query}");
        for family in families {
            assert_eq!(family.pass(&app).await, tokens_stay, "{query}");
            assert_eq!(family.renew(&app).await, tokens_stay, "{query}");
        }
    }
    assert!(of_eve.pass(&app).await && eve.clone().get("/me").await.status == 200);

    let mut ada = app.client();
    ada.login("ada", PASSWORD).await;
    let family = tokens(&app, "ada").await;
    for nonsense in ["yes", "", "KEEP"] {
        let answer = ada.post(&format!("/logout-all?tokens={nonsense}")).await;
        assert_eq!(answer.status, 422, "{nonsense}");
        let entry = &answer.detail()[0];
        assert_eq!(entry["type"], "string_pattern_mismatch");
        assert_eq!(entry["loc"], json!(["query", "tokens"]));
        assert_eq!(entry["msg"], "String should match pattern '^(keep|end)$'");
    }
    assert!(family.pass(&app).await, "what was not understood ends nothing");
}

#[tokio::test]
async fn signing_out_everywhere_takes_the_refresh_cookie_away_with_its_sign_in() {
    let app = start_with(in_body().refresh_delivery(RefreshDelivery::Cookie)).await;
    app.signed_in("ada").await;
    for (query, stays) in [("", false), ("?keep_current=1", false), ("?tokens=keep", true)] {
        let mut ada = app.client();
        ada.login("ada", PASSWORD).await;
        ada.token("ada", PASSWORD, None).await;
        ada.post(&format!("/logout-all{query}")).await;
        assert_eq!(ada.cookies.contains_key("__Host-refresh_token"), stays, "{query}");
    }
}

#[tokio::test]
async fn an_access_token_ends_at_once_with_its_sign_in() {
    let app = start().await;
    app.signed_in("ada").await;
    for by in ["refresh token in the body", "refresh token in the header", "access token", "code"] {
        let (ended, other) = (tokens(&app, "ada").await, tokens(&app, "ada").await);
        let mut client = app.client();
        let request = client.request(Method::POST, "/logout");
        let request = match by {
            "refresh token in the body" => request.json(&json!({ "refresh_token": ended.refresh })),
            "refresh token in the header" => request.bearer_auth(&ended.refresh),
            "access token" => request.bearer_auth(&ended.access),
            _ => {
                assert!(app.tokens().end(&ended.access).await.expect("a store"));
                request
            }
        };
        assert_eq!(client.send(request).await.status, 200, "{by}");
        for path in ["/me", "/closed/me", "/dashboard", "/bearer-only"] {
            let answer = app.client().get_as(&ended.access, path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail()),
                (401, json!("Not authenticated"))
            );
        }
        assert!(ended.are_dead(&app).await && other.pass(&app).await, "{by}");
    }
    // A reuse of a refresh token ends the sign-in, and so its access tokens.
    let first = tokens(&app, "ada").await;
    let renewed = app.client().refresh(&first.refresh).await;
    app.after(21);
    assert!(!first.renew(&app).await);
    let access = renewed.field("access_token");
    assert_eq!(app.client().get_as(&access, "/me").await.status, 401);
    // So does the end of all of them.
    let one = tokens(&app, "ada").await;
    app.tokens().end_all(&1).await.expect("a store");
    assert!(!one.pass(&app).await);
}

#[tokio::test]
async fn tokens_manage_no_sign_ins() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    let thief = tokens(&app, "ada").await;
    let [handle] = &*handles(&mut ada, "session").await else { panic!("one session") };
    let one = format!("/sessions/{handle}");
    for (method, path) in
        [(Method::GET, "/sessions"), (Method::DELETE, &*one), (Method::POST, "/logout-all")]
    {
        let mut client = app.client();
        let request = client.request(method, path);
        let request = request.header(AUTHORIZATION, format!("Bearer {}", thief.access));
        assert_eq!(client.send(request).await.status, 401, "{path}");
    }
    assert_eq!(ada.get("/me").await.status, 200);
}

#[tokio::test]
async fn the_application_lists_and_ends_all_sign_ins_without_http() {
    let told = Told::default();
    let app = BearerApp::built(in_body(), |builder| {
        let session = SessionConfig::default().management_routes();
        builder.session(session).rate_limits(RateLimits::off()).add_event_sink(told.clone())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let (first, second) = (tokens(&app, "ada").await, tokens(&app, "ada").await);
    let sessions = app.auth.sessions();
    let list = sessions.list(&1).await.expect("a list");
    let mut via: Vec<_> = list.iter().map(|it| it.via).collect();
    via.sort_unstable();
    assert_eq!(via, ["bearer", "bearer", "session"]);
    assert!(list.iter().all(|it| it.expires_at > it.created_at && !it.current));

    let [handle, _] = &*handles(&mut ada, "bearer").await else { panic!("two families") };
    assert!(!sessions.revoke(&2, handle).await.expect("an answer"));
    assert!(sessions.revoke(&1, handle).await.expect("an answer"));
    assert!(!sessions.revoke(&1, handle).await.expect("an answer"));
    assert!(first.pass(&app).await != second.pass(&app).await, "one of the two has ended");

    assert_eq!(sessions.revoke_sessions(&1, None).await.expect("an answer"), 1);
    assert_eq!(ada.get("/me").await.status, 401);
    let [left] = &*sessions.list(&1).await.expect("a list") else { panic!("one family") };
    assert_eq!(sessions.revoke_all(&1, Some(&left.handle)).await.expect("an answer"), 0);
    assert!(first.pass(&app).await || second.pass(&app).await);
    assert_eq!(sessions.revoke_all(&1, None).await.expect("an answer"), 1);
    assert!(first.are_dead(&app).await && second.are_dead(&app).await);

    app.auth.events().flush().await;
    let told = told.0.lock().expect("no panic").clone();
    let expected =
        ["tokens_revoked", "sessions_revoked 1", "sessions_revoked 0", "sessions_revoked 1"];
    assert_eq!(told, expected);
}

/// The ends of sign-ins, as the security events tell them.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl EventSink for Told {
    fn record<'a>(&'a self, told: &'a Occurrence) -> SinkFuture<'a> {
        let line = match &told.event {
            SecurityEvent::SessionsRevoked { revoked, .. } => {
                Some(format!("sessions_revoked {revoked}"))
            }
            SecurityEvent::TokensRevoked { .. } => Some("tokens_revoked".to_owned()),
            SecurityEvent::SessionRevoked { .. } => Some("session_revoked".to_owned()),
            _ => None,
        };
        self.0.lock().expect("no panic").extend(line);
        Box::pin(std::future::ready(()))
    }
}

/// What counts no more is not left in the store either, whatever later happens to the row.
#[tokio::test]
async fn a_new_password_leaves_no_sign_in_by_tokens_in_the_store() {
    let mailbox = Mailbox::default();
    let app = BearerApp::built(in_body(), |builder| {
        builder.email(mailbox.config()).rate_limits(RateLimits::off())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    mailbox.open(&app).await;
    for by in ["change", "reset"] {
        let family = tokens(&app, "ada").await;
        let kept = async || {
            let entries = app.database.entries().await;
            entries.iter().filter(|entry| entry.key.starts_with("refresh:")).count()
        };
        assert_eq!(kept().await, 1, "{by}");
        if by == "change" {
            for (current, new) in [(PASSWORD, NEW), (NEW, PASSWORD)] {
                let body = json!({ "current_password": current, "new_password": new });
                assert_eq!(ada.post_json("/change-password", &body).await.status, 200);
            }
        } else {
            mailbox.open(&app).await;
            let body = json!({ "email": "ada@example.com" });
            app.client().post_json("/password/reset-request", &body).await;
            let token = mailbox.only(&app).await.token().to_owned();
            let body = json!({ "token": token, "new_password": NEW });
            let answer = app.client().post_json("/password/reset-confirm", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(kept().await, 0, "{by}");
        assert!(family.are_dead(&app).await, "{by}");
    }
}
