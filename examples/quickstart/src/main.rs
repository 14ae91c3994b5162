//! The smallest whole application: sign up, log in, a gated route, on a SQLite file.
//!
//! `cargo run -p quickstart`, then paste the requests that it prints. `DATABASE` is the file
//! (`quickstart.db`), `LISTEN` the address (`127.0.0.1:3000`).

use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use crudauth::{AuthUser, CookieConfig, CrudAuth, Principal, SecretKey, Sqlite, Superuser};
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
            is_superuser -> Bool,
            token_version -> Integer,
            full_name -> Nullable<Text>,
        }
    }
}

/// A user of this application. Every field but the last has a meaning to crudauth.
#[derive(AuthUser)]
#[diesel(table_name = schema::users)]
struct User {
    id: i32,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    is_superuser: bool,
    /// Goes up with each change of credentials, and so ends what was issued before.
    token_version: i32,
    /// What else a client may send at sign-up. Nothing unmarked can be sent.
    #[auth(register)]
    full_name: Option<String>,
}

/// The state of the application; `FromRef` lets handlers take a [`Principal`].
#[derive(Clone, FromRef)]
struct AppState {
    auth: CrudAuth<User>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let database = Sqlite::open(env_or("DATABASE", "quickstart.db"))?;
    database.execute_batch(include_str!("../migrations.sql")).await?;

    // Sessions end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let key = SecretKey::random()?;
    let auth = CrudAuth::<User>::builder(database, key)
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/admin", get(admin))
        .route("/notes", post(add_note))
        .merge(auth.router())
        .with_state(AppState { auth: auth.clone() });

    let address = env_or("LISTEN", "127.0.0.1:3000");
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("LISTEN={address}: {error}"))?;
    greet(listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

/// For everyone who is signed in.
async fn dashboard(me: Principal<User>) -> String {
    format!("hello {}", me.user.full_name.as_deref().unwrap_or(&me.user.username))
}

/// For superusers: the gate is in the type.
async fn admin(_: Principal<User, Superuser>) -> &'static str {
    "the keys to the house"
}

/// Asks for the CSRF token by itself, since it is not a GET.
async fn add_note(me: Principal<User>, note: String) -> String {
    format!("{} noted: {note}", me.user.username)
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
