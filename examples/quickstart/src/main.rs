//! The smallest whole application: sign up, log in, a gated route, on a SQLite file.
//!
//! `cargo run -p quickstart`, then paste the requests that it prints.

use std::env;
use std::error::Error;
use std::net::SocketAddr;

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth::{AuthUser, CookieConfig, CrudAuth, Principal, SecretKey, Sqlite, Superuser};
use serde_json::{Value, json};
use tokio::net::TcpListener;

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
    token_version: i32,
    #[auth(register)]
    full_name: Option<String>,
}

#[derive(Clone, FromRef)]
struct AppState {
    auth: CrudAuth<User>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Sqlite::open(env_or("DATABASE", "quickstart.db"))?;
    database.execute_batch(include_str!("../migrations.sql")).await?;

    let auth = CrudAuth::<User>::builder()
        .database(database)
        .secret_key(secret_key()?)
        // Behind HTTPS, delete this line: cookies are then `Secure` and named `__Host-..`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/admin", get(admin))
        .route("/notes", post(add_note))
        .merge(auth.router())
        .with_state(AppState { auth });

    let listener = TcpListener::bind(env_or("LISTEN", "127.0.0.1:3000")).await?;
    greet(listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

async fn dashboard(me: Principal<User>) -> String {
    let name = me.user.full_name.as_deref().unwrap_or(&me.user.username);
    format!("hello {name}\n")
}

async fn admin(_: Principal<User, Superuser>) -> &'static str {
    "the keys to the house\n"
}

async fn add_note(me: Principal<User>, note: String) -> Json<Value> {
    Json(json!({ "by": me.user.username, "note": note }))
}

fn env_or(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Without `SECRET_KEY`, sessions end with the process.
fn secret_key() -> Result<SecretKey, Box<dyn Error>> {
    match env::var_os("SECRET_KEY") {
        Some(_) => Ok(SecretKey::from_env("SECRET_KEY")?),
        None => Ok(SecretKey::random()?),
    }
}

#[expect(clippy::print_stdout, reason = "the requests to try are for the terminal")]
fn greet(address: SocketAddr) {
    let requests =
        include_str!("../requests.sh").replace("http://HOST", &format!("http://{address}"));
    println!("Serving on http://{address}. Try these in another terminal, in this order:\n");
    println!("{requests}");
    println!("Stop with Ctrl-C.");
}
