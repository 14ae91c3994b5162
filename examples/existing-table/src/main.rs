//! crudauth over a users table that another application left.
//!
//! `cargo run -p existing-table`, then paste the requests that it prints. `DATABASE` is the file
//! (`existing-table.db`), `LISTEN` the address (`127.0.0.1:3000`).

use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::get;
use crudauth::password::PasswordHash;
use crudauth::{AuthUser, CookieConfig, CrudAuth, Principal, SecretKey, Sqlite};
use crudauth::{Rejection, Superuser, Verified};
use diesel::prelude::*;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use self::schema::accounts;

mod legacy;
mod schema;

/// The tier of new users.
const FREE: i32 = 1;

/// A row of the old table. Its names stay; what they mean is said once, here.
#[derive(AuthUser)]
#[diesel(table_name = accounts)]
#[auth(db_default(newsletter))]
struct Account {
    #[auth(logical = "id")]
    account_id: i32,
    #[auth(logical = "email")]
    email_address: String,
    #[auth(logical = "hashed_password")]
    pw_hash: String,
    #[auth(logical = "is_superuser")]
    is_admin: bool,
    #[auth(logical = "is_active")]
    enabled: bool,
    #[auth(logical = "email_verified")]
    confirmed: bool,
    token_version: i32,
    #[auth(register)]
    full_name: String,
    #[auth(provisioned)]
    tier_id: i32,
}

#[derive(Clone, FromRef)]
struct AppState {
    auth: CrudAuth<Account>,
    database: Sqlite,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let database = Sqlite::open(env_or("DATABASE", "existing-table.db"))?;
    legacy::leave_behind(&database).await?;

    // Sessions end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let key = SecretKey::random()?;
    let auth = CrudAuth::<Account>::builder(database.clone(), key)
        .new_user_fields(|_new| async { Ok(AccountProvisioned { tier_id: FREE }) })
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let app = Router::new()
        .route("/tier", get(tier))
        .route("/reports", get(reports))
        .route("/admin/hashes", get(hashes))
        .merge(auth.router())
        .with_state(AppState { auth: auth.clone(), database });

    let address = env_or("LISTEN", "127.0.0.1:3000");
    let listener = TcpListener::bind(&address).await;
    let listener = listener.map_err(|error| format!("LISTEN={address}: {error}"))?;
    greet(listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

async fn tier(me: Principal<Account>) -> String {
    format!("{} has tier {}", me.user.full_name, me.user.tier_id)
}

async fn reports(me: Principal<Account, Verified>) -> String {
    format!("reports for {}", me.user.email_address)
}

/// The scheme of each stored hash: the application's own query, over the same database.
async fn hashes(
    _: Principal<Account, (Superuser, Verified)>,
    State(database): State<Sqlite>,
) -> Result<String, Rejection> {
    let rows = database.read(|connection| {
        accounts::table
            .select((accounts::email_address, accounts::pw_hash))
            .order(accounts::account_id)
            .load::<(String, String)>(connection)
    });
    let lines = rows.await?.into_iter().map(|(email, hash)| {
        let scheme = PasswordHash::from_stored(hash).scheme();
        format!("{email}: {scheme:?}")
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
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
