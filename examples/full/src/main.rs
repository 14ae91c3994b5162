//! All of crudauth in one server: two auth surfaces over one legacy table.
//!
//! - `/` ([`site`]) has the defaults: sessions, bearer tokens, e-mail flows, sudo; and the routes
//!   of the application ([`routes`]), with a gate of each kind.
//! - `/tuned` ([`tuned`]) has settings of its own: short-lived tokens, other cookies, a stricter
//!   lockout and password policy, no mail.
//!
//! `cargo run -p full`, then paste the requests that it prints. Accounts are in SQLite, PostgreSQL
//! or MySQL (`DATABASE_URL`), and what expires beside them, in memory or in Redis (`STATE_URL`);
//! [`settings`] has these environment variables and the others.

use std::error::Error;
use std::future::ready;
use std::net::SocketAddr;

use axum::Router;
use crudauth::RejectionKind;
use crudauth::message::FileSender;
use tokio::net::TcpListener;

use self::database::Database;
use self::settings::Settings;

mod caller;
mod database;
mod model;
mod routes;
mod settings;
mod site;
mod tuned;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    let database = database::open(&settings).await?;
    let mail = FileSender::open(&settings.mail_file)?;

    let site = site::auth(&database, settings.secret_key, &settings.proxies, mail).await?;
    let tuned = tuned::auth(&database, settings.tuned_secret_key, &settings.proxies).await?;

    let app = Router::new()
        .merge(routes::router(site))
        .nest("/tuned", tuned::router(tuned))
        .fallback(|| ready(RejectionKind::NotFound))
        .method_not_allowed_fallback(|| ready(RejectionKind::MethodNotAllowed));

    let listener = TcpListener::bind(&settings.listen).await;
    let listener = listener.map_err(|error| format!("LISTEN={}: {error}", settings.listen))?;
    greet(listener.local_addr()?, &database, &settings.mail_file);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
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
