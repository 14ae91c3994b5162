//! The program of the README, and its test.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::{Router, routing::get};
use crudauth::{AuthUser, CookieConfig, CrudAuth, Principal, SecretKey, Sqlite};

mod schema {
    diesel::table! {
        users (id) {
            id -> Integer,
            email -> Text,
            pw_hash -> Text,
            is_superuser -> Bool,
            full_name -> Nullable<Text>,
        }
    }
}

#[derive(AuthUser)]
#[diesel(table_name = schema::users)]
#[auth(beside(is_active, token_version))] // what this table has no columns for
struct User {
    id: i32,
    email: String,
    #[auth(column = "pw_hash")]
    hashed_password: String,
    is_superuser: bool,
    #[auth(register)] // a client may send it at sign-up, and nothing else
    full_name: Option<String>,
}

async fn hello(me: Principal<User>) -> String {
    format!("hello {}", me.user.full_name.as_deref().unwrap_or(&me.user.email))
}

fn app(auth: &CrudAuth<User>) -> Router {
    Router::new().route("/hello", get(hello)).merge(auth.router()).with_state(auth.clone())
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, pw_hash TEXT NOT NULL,
    is_superuser BOOLEAN NOT NULL, full_name TEXT)";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let database = Sqlite::open("app.db")?;
    database.execute_batch(TABLE).await?;
    // Sessions end with the process. To keep them: `SecretKey::from_env("SECRET_KEY")?`.
    let auth = CrudAuth::<User>::builder(database, SecretKey::random()?)
        // Delete this line behind HTTPS: cookies are then `Secure`.
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let app = app(&auth).into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    auth.shutdown(Duration::from_secs(10)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use crudauth::SessionOptions;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn hello_greets_who_is_signed_in() -> Result<(), Box<dyn Error>> {
        let database = Sqlite::in_memory()?;
        database.execute_batch(TABLE).await?;
        database
            .execute_batch("INSERT INTO users VALUES (1, 'ada@example.com', '', FALSE, 'Ada')")
            .await?;
        let auth = CrudAuth::<User>::builder(database, SecretKey::random()?).build().await?;
        let ada = auth.stores().users().find_by_id(&1).await?;
        let (no_request, ()) = Request::new(()).into_parts();
        let session = auth.sign_in(ada.unwrap(), &no_request, SessionOptions::default()).await?;

        let mut request = Request::get("/hello").body(Body::empty())?;
        request.headers_mut().extend(session.request_headers());
        let answer = app(&auth).oneshot(request).await?;
        assert_eq!(axum::body::to_bytes(answer.into_body(), 100).await?, "hello Ada");
        Ok(())
    }
}
