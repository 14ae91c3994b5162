//! The server that `attack_kill` kills: `victim <database file>`. It prints its address.

use std::error::Error;
use std::io::{Write, stdout};
use std::net::SocketAddr;

use crudauth::{CookieConfig, CrudAuth, RateLimit, SecretKey, Sqlite};
use crudauth_tests::support::{
    Account, AccountProvisioned, CountingHasher, FREE_TIER, MIGRATIONS, guesses_without_end, routes,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("victim <database file>")?;
    let sqlite = Sqlite::open(file)?;
    sqlite.execute_batch(MIGRATIONS).await?;
    let auth = CrudAuth::<Account>::builder(sqlite, SecretKey::random()?)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .password_hasher(CountingHasher::default())
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .register_limit(RateLimit::off())
        .lockout(guesses_without_end())
        .build()
        .await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(stdout(), "{}", listener.local_addr()?)?;
    stdout().flush()?;
    let app =
        routes(&auth, axum::Router::new()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
