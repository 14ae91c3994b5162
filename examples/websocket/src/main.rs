//! A WebSocket and an event stream for those who are signed in. No foreign page can open the socket,
//! and both end with the session.
//!
//! `cargo run -p websocket`, then paste the requests that it prints. `DATABASE` is the file
//! (`websocket.db`), `LISTEN` the address (`127.0.0.1:3000`).

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{Response, Sse};
use axum::routing::{any, get};
use crudauth::{AuthUser, CookieConfig, CrudAuth, Ended, LongLived, Principal, SecretKey, Sqlite};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

mod schema {
    diesel::table! {
        users (id) {
            id -> Integer,
            email -> Text,
            username -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
        }
    }
}

#[derive(AuthUser)]
#[diesel(table_name = schema::users)]
struct User {
    id: i32,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

#[derive(Clone, FromRef)]
struct AppState {
    auth: CrudAuth<User>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let database = Sqlite::open(env_or("DATABASE", "websocket.db"))?;
    database.execute_batch(include_str!("../migrations.sql")).await?;

    // Sessions end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let key = SecretKey::random()?;
    let auth = CrudAuth::<User>::builder(database, key)
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        // A WebSocket is opened by GET, and over HTTP/2 by CONNECT.
        .route("/chat", any(chat))
        .route("/events", get(events))
        .merge(auth.router());
    let app = auth.wrap(app).with_state(AppState { auth: auth.clone() });

    let address = env_or("LISTEN", "127.0.0.1:3000");
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("LISTEN={address}: {error}"))?;
    greet(listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let closing = auth.clone();
    let stop = async move {
        asked_to_stop().await;
        // The server waits for its answers, and an event stream would never end.
        closing.hang_up();
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

/// The principal comes first: a page of another site is refused before anything is upgraded.
async fn chat(me: LongLived<Principal<User>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| talk(socket, me))
}

/// Answers each message for as long as the session of the handshake lives.
async fn talk(mut socket: WebSocket, mut me: LongLived<Principal<User>>) {
    let mut answer = format!("hello {}", me.user.username);
    while socket.send(Message::Text(answer.into())).await.is_ok() {
        answer = match me.unless_ended(socket.recv()).await {
            Ok(Some(Ok(Message::Text(said)))) => format!("{} said: {said}", me.user.username),
            Ok(_) => return,
            // Signed out, or shut out: here at once, elsewhere within half a minute.
            Err(ended) => return hang_up(socket, ended).await,
        };
    }
}

async fn hang_up(mut socket: WebSocket, ended: Ended) {
    let frame = CloseFrame { code: ended.close_code(), reason: ended.to_string().into() };
    // Who is gone already need not be told.
    let _ = socket.send(Message::Close(Some(frame))).await;
}

/// Greets, and then tells nothing more. The stream ends with the session.
async fn events(
    me: LongLived<Principal<User>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let hello = Event::default().data(format!("hello {}", me.user.username));
    let news = stream::iter([Ok(hello)]).chain(stream::pending());
    Sse::new(me.stream(news)).keep_alive(KeepAlive::default())
}

/// Waits for Ctrl-C, or for SIGTERM, by which service managers stop a process.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        signal(SignalKind::terminate())?.recv().await;
        Ok(())
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending();
    let _ = tokio::select! { asked = interrupt => asked, asked = terminate => asked };
}

fn env_or(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[expect(clippy::print_stdout, reason = "the requests to try are for the terminal")]
fn greet(address: SocketAddr) {
    let requests = include_str!("../requests.sh").replace("HOST", &address.to_string());
    println!("Serving on http://{address}. Try these in another terminal, in this order:\n");
    println!("{requests}\nStop with Ctrl-C.");
}
