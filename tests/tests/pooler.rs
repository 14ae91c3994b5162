//! PgBouncer between the server and PostgreSQL.

use std::sync::Arc;

use crudauth::clock::SystemClock;
use crudauth::store::OpenState;
use crudauth::store::postgres::Postgres;
use crudauth_tests::support::engines::Sql;
use crudauth_tests::support::servers::{PgBouncer, PostgresServer};
use crudauth_tests::support::{POSTGRES_MIGRATIONS, TestApp, TestDatabase};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl as _, SimpleAsyncConnection as _,
};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();

async fn postgres() -> Option<&'static PostgresServer> {
    POSTGRES.get_or_init(PostgresServer::start).await.as_ref()
}

/// What the session of another application, which asks by simple queries, has as its setting.
async fn setting_of_another(url: &str, name: &str) -> String {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let mut other = AsyncPgConnection::establish(url).await.expect("a connection");
    // In a transaction, so that a prepared statement stays where it is.
    other.batch_execute("BEGIN").await.expect("BEGIN");
    let rows: Vec<Setting> =
        diesel::sql_query(format!("SELECT current_setting('{name}') AS value"))
            .load(&mut other)
            .await
            .expect("a setting");
    rows.into_iter().next().expect("a row").value
}

async fn works_through(pooler: &PgBouncer, url: &str) {
    let through = Postgres::connect(&pooler.url(url)).await.expect("connect");
    through
        .get()
        .await
        .expect("a connection")
        .batch_execute(POSTGRES_MIGRATIONS)
        .await
        .expect("it");
    let database = TestDatabase { users: Sql::Postgres(through), apart: None };
    let app = TestApp::over(database, |builder| builder, |_| axum::Router::new()).await;
    let client = app.signed_in("ada").await;
    let mut reads = JoinSet::new();
    for _ in 0..32 {
        let mut client = client.clone();
        reads.spawn(async move { client.get("/dashboard").await.status.as_u16() });
    }
    assert_eq!(reads.join_all().await, [200; 32]);
    // The connections to the server that this process has used are others' now.
    for _ in 0..8 {
        for (name, value) in [("statement_timeout", "0"), ("lc_messages", "C")] {
            assert_eq!(setting_of_another(&pooler.url(url), name).await, value);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_lends_sessions_is_used_without_a_setting_of_ours() {
    let Some(server) = postgres().await else { return };
    for settings in [
        &["pool_mode = session"][..],
        &["pool_mode = session", "ignore_startup_parameters = options"],
    ] {
        let Some(pooler) = PgBouncer::start(server, settings).await else { return };
        works_through(&pooler, &server.database().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_lends_transactions_is_used_or_refused_with_the_way_out() {
    let Some(server) = postgres().await else { return };
    for settings in [
        &["pool_mode = transaction"][..],
        &["pool_mode = transaction", "ignore_startup_parameters = options"],
    ] {
        let Some(pooler) = PgBouncer::start(server, settings).await else { return };
        let url = server.database().await;
        if pooler.keeps_statements() {
            let settings = [settings, &["max_prepared_statements = 200"]].concat();
            let Some(keeps) = PgBouncer::start(server, &settings).await else { return };
            works_through(&keeps, &url).await;
            let settings =
                [&settings[..settings.len() - 1], &["max_prepared_statements = 0"]].concat();
            let Some(loses) = PgBouncer::start(server, &settings).await else { return };
            is_refused(&loses, &url).await;
        } else {
            is_refused(&pooler, &url).await;
        }
    }
}

async fn is_refused(pooler: &PgBouncer, url: &str) {
    let refused = match Postgres::connect(&pooler.url(url)).await {
        Ok(through) => match through.clone().open_state(Arc::new(SystemClock)).await {
            Ok(_) => panic!("a pooler that loses prepared statements was taken"),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    for part in ["max_prepared_statements", "pool_mode"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!(setting_of_another(&pooler.url(url), "statement_timeout").await, "0");
}
