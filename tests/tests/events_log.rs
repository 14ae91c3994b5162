//! Security events, as the log has them. One test to the process, since a process has one log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use crudauth::Rejection;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{CrudAuth, Password, Principal};
use crudauth_tests::support::{Account, AppState, PASSWORD, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    Json(body): Json<Value>,
) -> Result<Elevated, Rejection> {
    let password = Password::new(body["password"].as_str().unwrap_or_default());
    Ok(auth.sudo().elevate(&me, Proof::Password(password)).await?)
}

fn routes(_: &CrudAuth<Account>) -> Router<AppState> {
    Router::new().route("/sudo", post(sudo))
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_every_event_and_no_secret_and_no_typed_name() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    let app = TestApp::with_routes(|builder| builder, routes).await;
    let mut ada = app.signed_in("adalovelace").await;
    let session = ada.cookies["__Host-session_id"].clone();
    let csrf = ada.cookies["__Host-csrf_token"].clone();
    ada.login("typed\r\n\u{1b}[31mWARN forged", "hunter2-typed").await;
    ada.login("hunter2-as-name", "hunter2-typed").await;
    let admin = ada.request(Method::GET, "/admin");
    let admin = admin.header("user-agent", "tab\there").header("x-request-id", "0192d3a4-5e6f");
    ada.send(admin).await;
    ada.post_json("/sudo", &json!({ "password": "hunter2-sudo" })).await;
    ada.post("/logout").await;

    let log = String::from_utf8(log.0.lock().expect("the log").clone()).expect("text");
    let lines: Vec<_> = log.lines().filter(|it| it.contains("crudauth::security")).collect();
    let told = lines.iter().map(|line| {
        let (_, rest) = line.split_once("event=\"").expect("an event");
        rest.split('"').next().unwrap_or_default()
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "signed_up",
            "login_succeeded",
            "login_failed",
            "login_failed",
            "gate_denied",
            "sudo_failed",
            "logged_out"
        ]
    );
    assert!(lines[0].contains("INFO") && lines[0].contains("user=\"1\""), "{}", lines[0]);
    assert!(lines[2].contains("WARN") && lines[2].contains("reason=\"unknown_user\""), "{log}");
    let said = r#"user_agent="tab\\there" request_id="0192d3a4-5e6f""#;
    assert!(lines[4].contains(said), "{}", lines[4]);
    assert!(!lines[0].contains("request_id"), "{}", lines[0]);
    for secret in ["hunter2", "forged", "\u{1b}", "adalovelace", PASSWORD, &session, &csrf] {
        assert!(!log.contains(secret), "the log contains {secret:?}:\n{log}");
    }
}
