//! A shop that another application left: its tables are not altered, and its customers keep their
//! passwords. Pages with forms, a pool of `r2d2`, a state behind an `Arc`, and a WebSocket.
//!
//! `cargo run -p shop`, then open <http://tea.localhost:3000/signup>.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::{any, get, post};
use crudauth::http::Routes;
use crudauth::{CookieConfig, CrudAuth, ErrorPages, Rejection, SecretKey, Sqlite};
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection};
use minijinja::Environment;
use tokio::net::TcpListener;
use tokio::sync::broadcast;

use self::model::Customer;

mod live;
mod model;
mod pages;
#[cfg(test)]
mod tests;

/// What handlers share: the state is `Arc<Shop>`.
struct Shop {
    auth: CrudAuth<Customer>,
    database: Sqlite,
    templates: Environment<'static>,
    /// Who has ordered, and what.
    orders: broadcast::Sender<(i32, String)>,
}

/// So that handlers can take a `Principal`.
impl FromRef<Shop> for CrudAuth<Customer> {
    fn from_ref(shop: &Shop) -> Self {
        shop.auth.clone()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let (auth, app) = open("shop.db").await?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let open_sockets = auth.clone();
    let stop = async move {
        let _ = tokio::signal::ctrl_c().await;
        open_sockets.hang_up();
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

/// The application, over the pool that it has always had.
async fn open(path: &str) -> Result<(CrudAuth<Customer>, Router), Box<dyn Error>> {
    let pool = r2d2::Pool::builder().connection_customizer(Box::new(Settings));
    let pool = pool.build(ConnectionManager::new(path))?;
    pool.get()?.batch_execute(include_str!("../shop.sql"))?;
    let database = Sqlite::from_pool(pool, path)?;
    // Sessions end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let auth = CrudAuth::<Customer>::builder(database.clone(), SecretKey::random()?)
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .tenant(|request| shop_of(request.headers.get("host")?.to_str().ok()?))
        .routes(Routes::only([])) // the pages below are in their place
        .build()
        .await?;

    let mut templates = Environment::new();
    templates.add_template("page.html", include_str!("../page.html"))?;
    let of_errors = templates.clone();
    let error_page = move |refused: &Rejection| pages::error(&of_errors, refused);
    let shop = Shop { auth: auth.clone(), database, templates, orders: broadcast::channel(16).0 };

    let app = Router::new()
        .route("/orders", get(pages::orders).post(pages::order))
        .route("/close", post(pages::close))
        .route("/live", any(live::news))
        .route_layer(auth.require_login())
        .route("/login", get(pages::login).post(pages::log_in))
        .route("/signup", get(pages::signup).post(pages::sign_up))
        .route("/logout", post(pages::log_out))
        .route_layer(auth.csrf_forms())
        .layer(ErrorPages::new(error_page))
        .with_state(Arc::new(shop));
    Ok((auth.clone(), auth.wrap(app)))
}

/// `tea.localhost` and `cake.localhost` are two shops in one database.
fn shop_of(host: &str) -> Option<i32> {
    match host.split(['.', ':']).next()? {
        "tea" => Some(1),
        "cake" => Some(2),
        _ => None,
    }
}

/// What each connection of the pool is set to.
#[derive(Debug)]
struct Settings;

impl CustomizeConnection<SqliteConnection, r2d2::Error> for Settings {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), r2d2::Error> {
        connection.batch_execute(Sqlite::SESSION).map_err(r2d2::Error::QueryError)
    }
}
