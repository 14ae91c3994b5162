//! The printed requests, and a WebSocket as a browser opens it.

use std::net::SocketAddr;

use crudauth_tests::support::Client;
use crudauth_tests::support::example::{Example, assert_replies};
use futures_util::{SinkExt as _, StreamExt as _};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

const PASSWORD: &str = "a very long engine";

type Socket = WebSocketStream<TcpStream>;

fn start(folder: &TempDir) -> Example {
    Example::start(env!("CARGO_BIN_EXE_websocket"), folder.path())
}

async fn signed_in(example: &Example) -> Client {
    let mut ada = example.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 200);
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    ada
}

/// Opens a WebSocket with the client's cookies, from a page of `origin`; else the status of the
/// refusal.
async fn open(address: SocketAddr, client: &Client, origin: Option<&str>) -> Result<Socket, u16> {
    let mut request = format!("ws://{address}/chat").into_client_request().expect("a request");
    let cookies: Vec<_> =
        client.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let value = |text: &str| HeaderValue::from_str(text).expect("a header");
    request.headers_mut().insert("cookie", value(&cookies.join("; ")));
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", value(origin));
    }
    let stream = TcpStream::connect(address).await.expect("a connection");
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn next(socket: &mut Socket) -> Message {
    socket.next().await.expect("a message").expect("a message that can be read")
}

#[tokio::test]
async fn the_printed_requests_work() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let walk = [
        (200, r#"{"id":1,"email":"ada@example.com","username":"ada"}"#),
        (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
        (403, r#"{"detail":"Cross-site requests are not allowed.","code":"cross_site"}"#),
        (401, r#"{"detail":"Not authenticated","code":"not_authenticated"}"#),
    ];
    let example = start(&folder);
    assert_replies(&example.send().await, &walk);
    example.stop();
}

#[tokio::test]
async fn no_page_of_another_origin_opens_a_socket() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let address = example.address();
    let ada = signed_in(&example).await;
    let own = format!("http://{address}");
    for origin in [Some(own.as_str()), None] {
        let mut socket = open(address, &ada, origin).await.expect("a socket");
        assert_eq!(next(&mut socket).await, Message::text("hello ada"), "{origin:?}");
        socket.send(Message::text("how do you do")).await.expect("sent");
        assert_eq!(next(&mut socket).await, Message::text("ada said: how do you do"));
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1", "http://chat.localhost"] {
        assert_eq!(open(address, &ada, Some(origin)).await.err(), Some(403), "{origin}");
    }
    assert_eq!(open(address, &example.client(), Some(&own)).await.err(), Some(401));
}

#[tokio::test]
async fn a_socket_does_not_outlive_its_session() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let mut ada = signed_in(&example).await;
    let mut socket = open(example.address(), &ada, None).await.expect("a socket");
    assert_eq!(next(&mut socket).await, Message::text("hello ada"));
    let events = ada.request(reqwest::Method::GET, "/events").send().await.expect("an answer");
    assert_eq!(ada.post("/logout").await.status, 200);
    // Nobody has said anything: the end of the session is noticed as it happens.
    let frame = CloseFrame { code: CloseCode::Policy, reason: "signed out".into() };
    assert_eq!(next(&mut socket).await, Message::Close(Some(frame)));
    assert_eq!(events.text().await.expect("a whole stream"), "data: hello ada\n\n");
}

#[tokio::test]
async fn the_server_stops_though_connections_are_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let ada = signed_in(&example).await;
    let mut socket = open(example.address(), &ada, None).await.expect("a socket");
    assert_eq!(next(&mut socket).await, Message::text("hello ada"));
    let events = ada.request(reqwest::Method::GET, "/events").send().await.expect("an answer");
    let stopping = tokio::task::spawn_blocking(move || example.stop());
    let frame = CloseFrame { code: CloseCode::Away, reason: "going away".into() };
    assert_eq!(next(&mut socket).await, Message::Close(Some(frame)));
    assert_eq!(events.text().await.expect("a whole stream"), "data: hello ada\n\n");
    stopping.await.expect("it ends");
}
