//! Sign-ins that share counters, as those of one account or one office do, wait for each other in
//! one order: PostgreSQL never has to break a circle, which would cost each of them a second.

use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::SystemClock;
use crudauth::store::postgres::Postgres;
use crudauth::store::{Add, OpenState, StateStore, Step};
use crudauth_tests::support::POSTGRES_MIGRATIONS;
use crudauth_tests::support::servers::PostgresServer;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use tokio::task::JoinSet;

const WINDOW: Duration = Duration::from_secs(60);

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    deadlocks: i64,
}

/// Counts an attempt, as the lockout does before a password is looked at; then a success takes it
/// back, and removes what was counted in a row.
async fn sign_in(state: &dyn StateStore) {
    let add = |key| Step::Add(Add { key, by: 1, ttl: WINDOW, extends: false, at_most: None });
    let begun = state.batch(&[add("row"), add("tries:account"), add("tries:network")]).await;
    begun.expect("the store works").expect("there is no bound");
    let back = Step::TakeBack { share: Some("failed"), of: vec![("tries:account", 1)] };
    let network = Step::TakeBack { share: None, of: vec![("tries:network", 1)] };
    let ended = ["rounds", "row", "row of others"].map(Step::Remove);
    let steps: Vec<_> = [back, network].into_iter().chain(ended).collect();
    state.batch(&steps).await.expect("the store works").expect("there is no bound");
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_that_share_counters_never_wait_in_a_circle() {
    let Some(server) = PostgresServer::start().await else { return };
    let postgres = Postgres::connect(&server.database().await).await.expect("connect");
    let mut connection = postgres.get().await.expect("a connection");
    connection.batch_execute(POSTGRES_MIGRATIONS).await.expect("the tables");
    let state = postgres.clone().open_state(Arc::new(SystemClock)).await.expect("the state");
    let mut sign_ins = JoinSet::new();
    for _ in 0..12 {
        let state = Arc::clone(&state);
        sign_ins.spawn(async move {
            for _ in 0..25 {
                sign_in(&*state).await;
            }
        });
    }
    sign_ins.join_all().await;
    let question = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let counted: Vec<Counted> =
        diesel::sql_query(question).load(&mut *connection).await.expect("an answer");
    let deadlocks: Vec<_> = counted.iter().map(|it| it.deadlocks).collect();
    assert_eq!(deadlocks, [0]);
}
