//! WebSockets and event streams: connections that stay open.
//!
//! # Who may open one
//!
//! A page of **any** site can make its visitor's browser open a WebSocket to yours, and the browser
//! sends the visitor's cookies along. The handshake is a `GET` (over HTTP/2 a `CONNECT`), so no CSRF
//! token protects it: a browser cannot send a header with it. What the browser always sends is the
//! `Origin` of the page.
//!
//! So crudauth judges a request that opens a connection as one that changes something, by its
//! origin, and asks for no token. Extract a [`Principal`](crate::Principal) together with the upgrade, and
//! a foreign page, that of a sibling domain too, is answered with 403 before anything is upgraded:
//!
//! ```
//! use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
//! use axum::response::Response;
//! use crudauth::{AuthUser, Principal};
//!
//! async fn chat<U: AuthUser>(me: Principal<U>, upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(|socket| talk(socket, me))
//! }
//!
//! async fn talk<U: AuthUser>(mut socket: WebSocket, me: Principal<U>) {
//!     let greeting = format!("hello {}", me.id());
//!     let _ = socket.send(Message::Text(greeting.into())).await;
//! }
//! # fn ignore<U: AuthUser>() { let _ = chat::<U>; }
//! ```
//!
//! - Pages of another origin that you name by
//!   [`Builder::add_trusted_origin`](crate::Builder::add_trusted_origin) may open one.
//! - Without a session there is nothing to lend: an anonymous connection may come from anywhere.
//! - A program that is no browser sends no `Origin` and is let through. It may as well show a bearer
//!   token in the handshake, which no browser adds by itself.
//! - `Upgrade: h2c` and every other upgrade is judged in the same way; so is WebTransport, which is
//!   a `CONNECT` too.
//! - A request that changes something by its method needs its token also where it says `Upgrade`.
//! - Over HTTP/2 let the route take every method (`axum::routing::any`), since axum's `get` does not
//!   match `CONNECT`.
//! - The refusal is the security event `csrf_refused` with the reason `cross_site_connection`.
//!
//! # How long it may stay
//!
//! A [`Principal`](crate::Principal) is who somebody was when the connection began. A logout, a new
//! password or a deactivation ends the session, and closes no socket by itself. Extract a
//! [`LongLived`](crate::LongLived) in its place: it holds the principal, and says when the connection
//! has to end.
//!
//! - What happens to the user in this process is noticed within a second: a logout, a revocation, a change of
//!   credentials, a deactivation.
//! - What happens elsewhere, in another process or by your own SQL, is noticed within 30 seconds
//!   ([`ConnectionConfig::check_every`]).
//! - The gates of the principal are asked again, a [`RequestGate`](crate::RequestGate) as well.
//! - It ends where none of that can be found out, since the store is away.
//! - It ends after 12 hours ([`ConnectionConfig::longest`]), and when the process ends
//!   ([`CrudAuth::hang_up`](crate::CrudAuth::hang_up)). A server with a graceful shutdown waits for
//!   its answers, and an event stream is one that would never end.
//!
//! Each look is one read, and counts as activity of the session, as a page that asks again and again
//! does. The example `websocket` is a whole application with a socket and a stream:
//!
//! ```
//! use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
//! use axum::response::Response;
//! use crudauth::{AuthUser, LongLived, Principal};
//!
//! async fn chat<U: AuthUser>(me: LongLived<Principal<U>>, upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(async move |mut socket: WebSocket| {
//!         let mut me = me;
//!         // Dropping the socket closes the connection.
//!         while let Ok(Some(Ok(message))) = me.unless_ended(socket.recv()).await {
//!             /* answer `message` for `me` */ let _ = message;
//!         }
//!     })
//! }
//! # fn ignore<U: AuthUser>() { let _ = chat::<U>; }
//! ```
//!
//! Without it, [`Authenticator::authenticate_again`] asks once, from the head of the handshake.
//!
//! # Event streams
//!
//! `EventSource` sends an ordinary `GET` and reads what comes. It changes nothing, so it is not
//! judged; a foreign page can begin one and cannot read it, unless your CORS settings let it. Do
//! not let its handler change anything. [`LongLived::stream`](crate::LongLived::stream) ends it with
//! the session; the browser then asks again, and is answered with 401, after which it stops.
//!
//! [`Authenticator::authenticate_again`]: crate::transport::Authenticator::authenticate_again
//! [`ConnectionConfig::check_every`]: crate::ConnectionConfig::check_every
//! [`ConnectionConfig::longest`]: crate::ConnectionConfig::longest
