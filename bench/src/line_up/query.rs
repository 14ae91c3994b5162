//! A route that knows nobody and asks what a session asks: one row of users by its key, over
//! diesel-async and deadpool as an application uses them, and before that one `GET` in Redis if
//! there is one.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use redis::aio::ConnectionManager;
use redis::{AsyncCommands, Client};

use super::Me;
use super::ours::make_users;
use super::ours::schema::users;
use crate::Outcome;

/// As many as crudauth has by default.
const CONNECTIONS: usize = 10;

/// In the form and the length of what is kept of a session.
const KEY: &str = "session:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const VALUE: [u8; 200] = [7; 200];

#[derive(Queryable, Selectable)]
#[expect(dead_code, reason = "a row has more than an answer says")]
struct User {
    id: i64,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    is_superuser: bool,
    token_version: i32,
}

#[derive(Clone)]
struct App {
    pool: Pool<AsyncPgConnection>,
    redis: Option<ConnectionManager>,
}

pub async fn router(url: &str, redis: Option<&str>) -> Outcome<Router> {
    make_users(url).await?;
    let pool = pool_of(url)?;
    let ada = (
        users::id.eq(1),
        users::email.eq("ada@example.com"),
        users::username.eq("ada"),
        users::hashed_password.eq("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA"),
        users::is_active.eq(true),
        users::is_superuser.eq(false),
        users::token_version.eq(0),
    );
    let mut connection = pool.get().await?;
    diesel::insert_into(users::table).values(ada).execute(&mut connection).await?;
    drop(connection);

    let redis = match redis {
        Some(url) => {
            let mut redis = ConnectionManager::new(Client::open(url)?).await?;
            let () = redis.set(KEY, &VALUE).await?;
            Some(redis)
        }
        None => None,
    };
    Ok(Router::new().route("/me", get(me)).with_state(App { pool, redis }))
}

/// Connections without a query at each checkout, which is the default.
pub fn pool_of(url: &str) -> Outcome<Pool<AsyncPgConnection>> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Ok(Pool::builder(manager).max_size(CONNECTIONS).build()?)
}

async fn me(State(app): State<App>) -> Response {
    match answer(app).await {
        Ok(answer) => answer,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn answer(App { pool, redis }: App) -> Outcome<Response> {
    if let Some(mut redis) = redis {
        let value: Option<Vec<u8>> = redis.get(KEY).await?;
        value.ok_or("no value")?;
    }
    let mut connection = pool.get().await?;
    let ada = users::table.filter(users::id.eq(1)).select(User::as_select());
    let User { id, username, email, .. } = ada.get_result(&mut connection).await?;
    Ok(Json(Me { id, username: &username, email: &email }).into_response())
}
