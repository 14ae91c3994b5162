//! The whole service over HTTP while its databases are cut off, frozen, stopped and started again,
//! and while its clients hang up.

mod cast;
mod disk_full;
mod engine;
mod hang_up;
mod servers;
mod stage;
mod traffic;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crudauth_tests::support::PASSWORD;

use self::cast::{Cast, Told};
use self::engine::{Against, Beside, Engine, STATE, USERS};
use self::servers::Servers;
use self::stage::{BOUND, CONNECTIONS, Stage};
use self::traffic::Traffic;

/// How many connections PostgreSQL has beside those of the pool: its readers share them.
const READERS: usize = 2;

/// How many were lent to the application, which are kept for the next time.
const LENT: usize = 1;

/// Polls until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < BOUND, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Everybody asks while something is wrong, which then is no more.
async fn comes_back(stage: &Stage, cast: &Cast, told: &[Told], after: &str) {
    let (session, name) = cast.stays();
    stage.recovers(session, &name, after).await;
    cast.is_well(stage, told).await;
}

/// The connections are cut while nothing is under way.
async fn may_be_cut_at_rest(stage: &mut Stage, servers: &mut Servers) {
    for which in servers.all() {
        let round = format!("rest-{which:?}");
        let cast = Cast::of(stage, &round).await;
        servers.cut_all(which).await;
        let told = cast.ask(stage).await;
        told.iter().for_each(Told::is_honest);
        comes_back(stage, &cast, &told, &round).await;
    }
}

/// Statements wait for a lock, and their connections are cut: each is cut in its middle.
async fn may_be_cut_at_work(stage: &mut Stage, engine: &Engine, tables: &[&[&str]]) {
    let (mut holder, mut other) = (engine.beside().await, engine.beside().await);
    for (number, tables) in tables.iter().enumerate() {
        for against in [Against::Writers, Against::Everybody] {
            let round = format!("work-{number}-{against:?}");
            let cast = Cast::of(stage, &round).await;
            holder.lock(tables, against).await;
            let over = AtomicBool::new(false);
            let asking = async {
                let told = cast.ask(stage).await;
                over.store(true, Ordering::SeqCst);
                told
            };
            let (told, ()) = tokio::join!(asking, cut_who_waits(&mut other, &over));
            holder.unlock().await;
            told.iter().for_each(Told::is_honest);
            // The three that write to the table of users, at the least.
            let cut = told.iter().filter(|told| told.status == 503).count();
            assert!(cut >= 3, "{round}: {told:?}");
            comes_back(stage, &cast, &told, &round).await;
        }
    }
}

async fn cut_who_waits(other: &mut Beside, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) {
        other.cut_who_waits().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Far more requests than there are connections: who comes late is told as soon as who comes first.
async fn many_ask(stage: &Stage, cast: &Cast) {
    let (session, _) = cast.stays();
    let asking: Vec<_> = (0..CONNECTIONS * 50)
        .map(|_| {
            let mut client = stage.now(session);
            tokio::spawn(tokio::time::timeout(BOUND, async move { client.get("/me").await.status }))
        })
        .collect();
    for asked in asking {
        let status = asked.await.expect("no panic").expect("an answer within the bound");
        assert_eq!(status, 503);
    }
}

async fn may_freeze(stage: &mut Stage, servers: &mut Servers) {
    for which in servers.all() {
        let round = format!("frozen-{which:?}");
        let cast = Cast::of(stage, &round).await;
        servers.process(which).freeze();
        let (told, ()) = tokio::join!(cast.ask(stage), many_ask(stage, &cast));
        servers.process(which).thaw();
        servers.holds(which, &told);
        comes_back(stage, &cast, &told, &round).await;
    }
}

async fn may_stop(stage: &mut Stage, servers: &mut Servers) {
    for which in servers.all() {
        let round = format!("stopped-{which:?}");
        let cast = Cast::of(stage, &round).await;
        servers.process(which).stop();
        let told = cast.ask(stage).await;
        servers.start_again(which).await;
        servers.holds(which, &told);
        comes_back(stage, &cast, &told, &round).await;
    }
}

/// It stops in the middle of many sign-ups and sign-ins, and starts again.
async fn loses_nothing(stage: &mut Stage, servers: &mut Servers) {
    for which in servers.all() {
        let cast = Cast::of(stage, &format!("busy-{which:?}")).await;
        let traffic = Traffic::begin(stage, &format!("{which:?}").to_lowercase());
        until("there is traffic", async || traffic.acknowledged() >= 40).await;
        servers.process(which).stop();
        until("somebody is refused", async || traffic.refused() >= 4).await;
        servers.start_again(which).await;
        let before = traffic.acknowledged();
        until("there is traffic again", async || traffic.acknowledged() >= before + 40).await;
        traffic.end(stage).await;
        comes_back(stage, &cast, &cast.nobody_was_told(), "a stop").await;
    }
}

/// As many statements that write wait at once as the application may have connections: none of them
/// is lost.
async fn every_connection_is_back(stage: &mut Stage, engine: &Engine) {
    let cast = Cast::of(stage, "last").await;
    let (_, name) = cast.stays();
    stage.every_permit_is_back(&name).await;
    let (mut holder, mut other) = (engine.beside().await, engine.beside().await);
    holder.lock(USERS, Against::Writers).await;
    let asking: Vec<_> = (0..2 * CONNECTIONS)
        .map(|number| {
            let (mut client, name) = (stage.client(), format!("last{number}"));
            tokio::spawn(async move {
                let answer = client.register(&stage::address(&name), &name, PASSWORD).await;
                answer.status.as_u16()
            })
        })
        .collect();
    until("every connection waits", async || other.waiting().await == CONNECTIONS).await;
    holder.unlock().await;
    for asked in asking {
        // Who has waited for too long, on a busy machine, is told so.
        let status = asked.await.expect("no panic");
        assert!([202, 503].contains(&status), "{status}");
    }
    // PostgreSQL's readers beside the pool, and the one that was lent to make the table of users.
    let most = CONNECTIONS + READERS + LENT;
    until("no connection too many", async || other.connections().await <= most).await;
    until("no transaction is left open", async || other.forgotten().await == 0).await;
}

async fn survives(mut servers: Servers, tables: &[&[&str]]) {
    let mut stage = Stage::over(servers.engine.url(), servers.redis_url());
    may_be_cut_at_rest(&mut stage, &mut servers).await;
    may_be_cut_at_work(&mut stage, &servers.engine, tables).await;
    may_freeze(&mut stage, &mut servers).await;
    may_stop(&mut stage, &mut servers).await;
    loses_nothing(&mut stage, &mut servers).await;
    every_connection_is_back(&mut stage, &servers.engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_may_be_cut_off_freeze_and_stop() {
    let Some(engine) = Engine::postgres().await else { return };
    survives(Servers::of(engine), &[USERS, STATE]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_may_be_cut_off_freeze_and_stop() {
    let Some(engine) = Engine::mariadb().await else { return };
    survives(Servers::of(engine), &[USERS, STATE]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_and_redis_may_be_cut_off_freeze_and_stop() {
    let Some(servers) = Servers::with_redis().await else { return };
    survives(servers, &[USERS]).await;
}
