//! Mail through an HTTP endpoint.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use crudauth::message::{
    Channel, DeliveryError, EmailChannel, Message, MessageKind, Templates, WebhookSender,
};
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Clone, Default)]
struct Endpoint {
    status: Arc<Mutex<StatusCode>>,
    taken: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Endpoint {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new()
            .route("/mail", post(take))
            .route("/elsewhere", post(|| async { StatusCode::OK }))
            .route("/hangs", post(std::future::pending::<()>))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
        format!("http://{address}")
    }
}

async fn take(
    State(endpoint): State<Endpoint>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    endpoint.taken.lock().expect("no panic").push((headers, body));
    let status = *endpoint.status.lock().expect("no panic");
    (status, [(header::LOCATION, "/elsewhere")]).into_response()
}

async fn deliver(sender: WebhookSender) -> Result<(), DeliveryError> {
    let channel = EmailChannel::new(sender, Templates::new()).expect("good");
    let message = Message::new(MessageKind::ResetPassword, "ada@example.com")
        .with_link("https://app.example.com/reset-password?token=t0k3n")
        .with_expires_in(Duration::from_secs(3600));
    channel.deliver(&message).await
}

#[tokio::test]
async fn a_mail_is_one_post_of_json() {
    let endpoint = Endpoint::default();
    let url = endpoint.start().await + "/mail";
    let sender = WebhookSender::new(&url).expect("good").header("authorization", "Bearer k3y");
    deliver(sender.expect("good")).await.expect("delivered");
    let taken = endpoint.taken.lock().expect("no panic");
    let (headers, body) = &taken[0];
    assert_eq!(taken.len(), 1);
    assert_eq!(headers["authorization"], "Bearer k3y");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(body["to"], "ada@example.com");
    assert_eq!(body["kind"], "reset_password");
    assert_eq!(body["subject"], "Reset your password");
    assert_eq!(body["link"], "https://app.example.com/reset-password?token=t0k3n");
    assert_eq!(body["expires_in"], 3600);
    assert!(body["text"].as_str().is_some_and(|text| text.contains("token=t0k3n")));
    assert!(body["html"].as_str().is_some_and(|html| html.contains("</html>")));
}

#[tokio::test]
async fn only_a_refusal_of_the_message_itself_is_permanent() {
    let endpoint = Endpoint::default();
    let url = endpoint.start().await + "/mail";
    for (status, is_permanent) in [
        (301, false),
        (307, false),
        (400, true),
        (401, false),
        (404, false),
        (413, true),
        (422, true),
        (429, false),
        (500, false),
        (503, false),
    ] {
        *endpoint.status.lock().expect("no panic") = StatusCode::from_u16(status).expect("good");
        let error = deliver(WebhookSender::new(&url).expect("good")).await.expect_err("refused");
        assert_eq!(error.is_permanent(), is_permanent, "{status}");
        let cause = error.source().expect("a cause").to_string();
        assert!(cause.contains(&status.to_string()), "{cause}");
    }
}

#[tokio::test]
async fn an_endpoint_that_hangs_or_is_away_is_tried_again() {
    let url = Endpoint::default().start().await + "/hangs?key=s3cret";
    let sender = WebhookSender::new(&url).expect("good").timeout(Duration::from_millis(200));
    let error = deliver(sender).await.expect_err("it hangs");
    assert!(!error.is_permanent());
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");

    let away = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", away.local_addr().expect("an address"));
    drop(away);
    let error = deliver(WebhookSender::new(&url).expect("good")).await.expect_err("it is away");
    assert!(!error.is_permanent());
}
