//! Sign-in with providers: an OpenID provider, one of the application's own ([`forge`]), and Google and
//! GitHub where the environment names them.
//!
//! `cargo run -p oauth`, and open the address that it prints. No account is needed anywhere: the program
//! starts a small provider of its own ([`acme`]).

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use crudauth::oauth::{ClientSecret, GitHub, Google, OAuthConfig, OAuthService, Oidc};
use crudauth::{CookieConfig, CrudAuth, Principal, Rejection, SecretKey, Sqlite};
use tokio::net::TcpListener;

use self::acme::Acme;
use self::forge::Forge;
use self::model::User;

mod acme;
mod forge;
mod model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(listen).await?;
    let base = format!("http://{}", listener.local_addr()?);

    let provider = TcpListener::bind("127.0.0.1:0").await?;
    let issuer = format!("http://{}", provider.local_addr()?);
    let acme = Acme::new(issuer.clone()).ok_or("no random bytes")?;
    tokio::spawn(async { axum::serve(provider, acme.router()).await });

    let auth = auth(&base, &issuer).await?;
    greet(&base);
    let app = router(auth.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

async fn auth(base: &str, issuer: &str) -> Result<CrudAuth<User>, Box<dyn Error>> {
    let database = Sqlite::open("oauth.db")?;
    database.execute_batch(include_str!("../migrations.sql")).await?;

    // What each provider is told at its own settings as the address to send browsers back to:
    // `{base}/oauth/{provider}/callback`.
    let acme = Oidc::new("acme", issuer, acme::CLIENT)?.secret(ClientSecret::new(acme::SECRET));
    let forge = Forge::new(&format!("{issuer}/forge"), acme::CLIENT, acme::SECRET)?;
    let mut providers = OAuthConfig::new(base).add_provider(acme).add_provider(forge);
    if let Ok(id) = std::env::var("GOOGLE_CLIENT_ID") {
        let secret = ClientSecret::from_env("GOOGLE_CLIENT_SECRET")?;
        providers = providers.add_provider(Google::new(id, secret)?);
    }
    if let Ok(id) = std::env::var("GITHUB_CLIENT_ID") {
        let secret = ClientSecret::from_env("GITHUB_CLIENT_SECRET")?;
        providers = providers.add_provider(GitHub::new(id, secret)?);
    }

    let auth = CrudAuth::<User>::builder(database, SecretKey::random()?)
        // Behind HTTPS: without this line.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .oauth(providers)
        .build()
        .await?;
    Ok(auth)
}

fn router(auth: CrudAuth<User>) -> Router {
    Router::new().route("/", get(page)).merge(auth.router()).with_state(auth)
}

/// Who is signed in; else where to sign in.
async fn page(
    State(auth): State<CrudAuth<User>>,
    me: Option<Principal<User>>,
    request: Parts,
) -> Result<Html<String>, Rejection> {
    let mut page = "<!doctype html><title>Sign in</title>".to_owned();
    if let Some(me) = me {
        let csrf = auth.csrf_field(&request).await?;
        let _ = write!(page, "<p>Hello {}, user {}.</p>", me.user.email, me.user.id);
        let _ =
            write!(page, "<form method=post action=/logout>{csrf}<button>Sign out</button></form>");
        return Ok(Html(page));
    }
    for provider in auth.oauth().into_iter().flat_map(OAuthService::providers) {
        let _ =
            write!(page, "<p><a href=/oauth/{provider}/authorize>Sign in with {provider}</a></p>");
    }
    Ok(Html(page))
}

#[expect(clippy::print_stdout, reason = "the address is for the terminal")]
fn greet(base: &str) {
    println!("Serving on {base}. Open it in a browser, and sign in with `acme` or `forge`.");
    println!("Stop with Ctrl-C.");
}
