//! All of crudauth in one server: two auth surfaces over one legacy table.
//!
//! - `/` ([`site`]) has the defaults: sessions, bearer tokens, e-mail flows, sign-in by mail, sudo; and the routes
//!   of the application ([`routes`]), with a gate of each kind.
//! - `/tuned` ([`tuned`]) has settings of its own: short-lived tokens, other cookies, a stricter
//!   lockout and password policy, no mail.
//!
//! Both have sign-in by the [`providers`] that the environment names; users link and unlink identities on `/`.
//!
//! `cargo run -p full`, then paste the requests that it prints. Accounts are in SQLite, PostgreSQL
//! or MySQL (`DATABASE_URL`), and what expires beside them, in memory or in Redis (`STATE_URL`);
//! [`settings`] has these environment variables and the others.

use std::error::Error;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use crudauth::RejectionKind;
use crudauth::message::FileSender;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use self::database::Database;
use self::settings::Settings;

mod caller;
mod database;
mod model;
mod providers;
mod routes;
mod settings;
mod site;
mod tuned;

/// How long each surface may take to end.
const A_WHILE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let settings = Settings::from_env()?;
    let database = database::open(&settings).await?;
    let mail = FileSender::open(&settings.mail_file)?;

    let Settings { listen, mail_file, proxies, providers, mfa_key, mfa_issuer, .. } = settings;
    let mfa = (mfa_key, mfa_issuer);
    let site = site::auth(&database, settings.secret_key, &proxies, mail, mfa, &providers).await?;
    let tuned = tuned::auth(&database, settings.tuned_secret_key, &proxies, &providers).await?;

    let app = Router::new()
        .merge(routes::router(site.clone()))
        .nest("/tuned", tuned::router(tuned.clone()))
        .fallback(|| ready(RejectionKind::NotFound))
        .method_not_allowed_fallback(|| ready(RejectionKind::MethodNotAllowed));

    let listener = TcpListener::bind(&listen).await;
    let listener = listener.map_err(|error| format!("LISTEN={listen}: {error}"))?;
    greet(listener.local_addr()?, &database, &mail_file);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    site.shutdown(A_WHILE).await?;
    tuned.shutdown(A_WHILE).await?;
    Ok(())
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
fn greet(address: SocketAddr, database: &Database, mail_file: &str) {
    let Database { accounts, expiring, .. } = database;
    let requests = include_str!("../requests.sh").replace("HOST", &address.to_string());
    println!("Serving on http://{address}. On / are the defaults, on /tuned other settings.");
    println!(
        "Accounts are in {accounts}, what expires is in {expiring}, mail goes to {mail_file}."
    );
    println!("Try these in another terminal, in this order:\n");
    println!("{requests}\nStop with Ctrl-C.");
}
