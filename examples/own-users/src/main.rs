//! Users in a store of the application's own: no derive, no Diesel, no SQL.
//!
//! `cargo run -p own-users`, then paste the requests that it prints. `LISTEN` is the address
//! (`127.0.0.1:3000`). The struct is in [`user`], the store in [`store`]. Sessions are in memory; with
//! the feature `redis`, `Redis` takes the place of [`MemoryState`].

use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use crudauth::clock::SystemClock;
use crudauth::store::Stores;
use crudauth::store::memory::MemoryState;
use crudauth::{CookieConfig, CrudAuth, Principal, SecretKey};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use self::store::Users;
use self::user::User;

mod store;
mod user;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let state = Arc::new(MemoryState::new(Arc::new(SystemClock)));
    let stores = Stores::new(Arc::new(Users::default()), state);
    let auth = CrudAuth::<User>::builder(stores, SecretKey::random()?)
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        .route("/dashboard", get(dashboard))
        .merge(auth.router())
        .with_state(auth.clone());

    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("LISTEN={address}: {error}"))?;
    greet(listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

async fn dashboard(me: Principal<User>) -> String {
    format!("hello {}", me.user.username)
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

#[expect(clippy::print_stdout, reason = "the requests to try are for the terminal")]
fn greet(address: SocketAddr) {
    let requests = include_str!("../requests.sh").replace("HOST", &address.to_string());
    println!("Serving on http://{address}. Try these in another terminal, in this order:\n");
    println!("{requests}\nStop with Ctrl-C.");
}
