//! A transport of the application's own: API keys beside sessions.
//!
//! `cargo run -p api-key`, then paste the requests that it prints. `DATABASE` is the file
//! (`api-key.db`), `LISTEN` the address (`127.0.0.1:3000`). The transport is in [`keys`].

use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use crudauth::{
    AuthUser, CookieConfig, CrudAuth, Principal, Rejection, SecretKey, Session, Sqlite, Via,
};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use self::keys::{ApiKey, ApiKeys};

mod keys;
mod schema;

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
    keys: ApiKeys,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let database = Sqlite::open(env_or("DATABASE", "api-key.db"))?;
    database.execute_batch(include_str!("../migrations.sql")).await?;

    // Sessions and API keys end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let secret_key = SecretKey::random()?;
    let keys = ApiKeys::new(database.clone(), secret_key.digester("api key"));

    let auth = CrudAuth::<User>::builder(database, secret_key)
        .add_transport(keys.clone())
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/greeting", get(greeting))
        .route("/export", get(export))
        .route("/keys", post(issue_key).delete(revoke_keys))
        .merge(auth.router())
        .with_state(AppState { auth: auth.clone(), keys });

    let address = env_or("LISTEN", "127.0.0.1:3000");
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("LISTEN={address}: {error}"))?;
    greet(listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

/// For everyone who is signed in, by whatever transport.
async fn dashboard(me: Principal<User>) -> String {
    format!("{} by {}", me.user.username, me.via())
}

/// For everybody.
async fn greeting(me: Option<Principal<User>>) -> String {
    format!("hello {}", me.map_or("stranger".to_owned(), |me| me.user.username.clone()))
}

/// For programs: asks for an API key, and no session will do.
async fn export(me: Principal<User, Via<ApiKey>>) -> String {
    format!("the export of {}", me.user.username)
}

/// For people: a key cannot make another key.
async fn issue_key(
    State(keys): State<ApiKeys>,
    me: Principal<User, Via<Session>>,
) -> Result<String, Rejection> {
    Ok(keys.issue(&me.user).await?)
}

async fn revoke_keys(
    State(keys): State<ApiKeys>,
    me: Principal<User, Via<Session>>,
) -> Result<String, Rejection> {
    Ok(format!("{} revoked", keys.revoke(&me.user).await?))
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
