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
//! The principal is who somebody was when the connection began. A logout, a new password, a
//! deactivation ends the session, and closes no socket: ask again before what matters, and close
//! the connection when nobody is found. [`Authenticator::authenticate_again`] does it from the head
//! of the handshake, which the extractor [`Parts`](http::request::Parts) hands out. Each time is one
//! read, and counts as activity of the session. The example `websocket` is a whole application:
//!
//! ```
//! use axum::extract::State;
//! use axum::extract::ws::{WebSocket, WebSocketUpgrade};
//! use axum::response::Response;
//! use crudauth::{AuthUser, CrudAuth, Principal};
//! use http::request::Parts;
//!
//! async fn chat<U: AuthUser>(
//!     State(auth): State<CrudAuth<U>>,
//!     _: Principal<U>,
//!     handshake: Parts,
//!     upgrade: WebSocketUpgrade,
//! ) -> Response {
//!     upgrade.on_upgrade(async move |mut socket: WebSocket| {
//!         while let Some(Ok(message)) = socket.recv().await {
//!             match auth.authenticator().authenticate_again(&handshake).await {
//!                 Ok(Some(me)) => { /* answer `message` for `me` */ let _ = (message, me); }
//!                 _ => return, // Dropping the socket closes the connection.
//!             }
//!         }
//!     })
//! }
//! # fn ignore<U: AuthUser>() { let _ = chat::<U>; }
//! ```
//!
//! # Event streams
//!
//! `EventSource` sends an ordinary `GET` and reads what comes. It changes nothing, so it is not
//! judged; a foreign page can begin one and cannot read it, unless your CORS settings let it. Do
//! not let its handler change anything. How long it may stay is the question above.
//!
//! [`Authenticator::authenticate_again`]: crate::transport::Authenticator::authenticate_again
