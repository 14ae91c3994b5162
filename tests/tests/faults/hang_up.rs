//! Clients that hang up at any moment of a request. Nothing of theirs stays behind: no transaction,
//! no lock, no connection, no permit, and nothing half done.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crudauth_tests::attack::Dice;
use crudauth_tests::support::fleet::Order;
use crudauth_tests::support::{Client, PASSWORD};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::stage::{BOUND, PROGRAM, Stage, address};
use crate::{every_connection_is_back, until};

const NEW: &str = "a much better passphrase";

/// How many clients hang up, for each request.
const CLIENTS: usize = 40;

/// How many of them at once.
const AT_ONCE: usize = 8;

/// A request as bytes.
fn raw(client: &Client, path: &str, kind: &str, body: &str) -> Vec<u8> {
    let cookies: Vec<_> = client.cookies.iter().map(|(name, is)| format!("{name}={is}")).collect();
    let (cookies, length) = (cookies.join("; "), body.len());
    let token = client.csrf_token().unwrap_or_default();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n\
         Cookie: {cookies}\r\nX-CSRF-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn by_json(client: &Client, path: &str, body: &serde_json::Value) -> Vec<u8> {
    raw(client, path, "application/json", &body.to_string())
}

fn by_form(client: &Client, path: &str, name: &str) -> Vec<u8> {
    let body = format!("username={name}&password={}", PASSWORD.replace(' ', "+"));
    raw(client, path, "application/x-www-form-urlencoded", &body)
}

/// Sends a request, and is gone after a while.
async fn hang_up(server: SocketAddr, request: &[u8], after: Duration) {
    let mut socket = TcpStream::connect(server).await.expect("it listens");
    socket.write_all(request).await.expect("it reads");
    tokio::time::sleep(after).await;
}

/// How long the answer takes.
async fn length(server: SocketAddr, request: &[u8]) -> Duration {
    let start = Instant::now();
    let mut socket = TcpStream::connect(server).await.expect("it listens");
    socket.write_all(request).await.expect("it reads");
    let read = timeout(BOUND, async { socket.read(&mut [0; 1024]).await }).await;
    assert!(read.expect("it answers in time").expect("it answers") > 0, "an answer");
    start.elapsed()
}

/// Sends the requests, several at once, and hangs up at some moment of each.
async fn all_hang_up(server: SocketAddr, dice: &mut Dice, requests: Vec<Vec<u8>>) {
    let mut requests = requests.into_iter();
    let first = requests.next().expect("requests");
    let micros = length(server, &first).await.as_micros();
    let longest = usize::try_from(micros).expect("an answer in time") * 3 / 2;
    let mut requests: Vec<_> = requests.collect();
    while !requests.is_empty() {
        let at_once = requests.split_off(requests.len().saturating_sub(AT_ONCE));
        let gone: Vec<_> = at_once
            .into_iter()
            .map(|request| {
                let after = Duration::from_micros(dice.below(longest) as u64);
                tokio::spawn(async move { hang_up(server, &request, after).await })
            })
            .collect();
        for one in gone {
            one.await.expect("no panic");
        }
    }
}

/// Who asks for what, and has hung up.
struct Crowd {
    signed_in: Vec<(String, Client)>,
    links: Vec<(String, String)>,
    refresh: Vec<String>,
}

impl Crowd {
    async fn of(stage: &mut Stage) -> Self {
        let mut crowd = Self { signed_in: vec![], links: vec![], refresh: vec![] };
        for number in 0..CLIENTS {
            let name = format!("changes{number}");
            crowd.signed_in.push((name.clone(), stage.signed_in(&name).await));
            let tokens = stage.client().token(&name, PASSWORD, None).await;
            crowd.refresh.push(tokens.field("refresh_token"));
            let name = format!("resets{number}");
            stage.sign_up(&name).await;
            crowd.links.push((name.clone(), stage.reset_link(&name).await));
        }
        crowd
    }

    async fn hangs_up(&self, stage: &Stage, dice: &mut Dice) {
        let (server, nobody) = (stage.server.address, stage.client());
        let numbers = || 0..CLIENTS;
        let change = json!({ "current_password": PASSWORD, "new_password": NEW });
        let refresh =
            |token: &String| by_json(&nobody, "/refresh", &json!({ "refresh_token": token }));
        let asked = |number| json!({ "email": address(&format!("changes{number}")) });
        let sign_up = |number| {
            let name = format!("newcomer{number}");
            json!({ "email": address(&name), "username": name, "password": PASSWORD })
        };
        let reset = |(_, link): &(String, String)| json!({ "token": link, "new_password": NEW });
        for requests in [
            numbers().map(|n| by_form(&nobody, "/login", &format!("changes{n}"))).collect(),
            numbers().map(|n| by_form(&nobody, "/token", &format!("changes{n}"))).collect(),
            numbers().map(|n| by_json(&nobody, "/register", &sign_up(n))).collect(),
            self.refresh.iter().map(refresh).collect(),
            numbers().map(|n| by_json(&nobody, "/password/reset-request", &asked(n))).collect(),
            self.links
                .iter()
                .map(|it| by_json(&nobody, "/password/reset-confirm", &reset(it)))
                .collect(),
            self.signed_in
                .iter()
                .map(|(_, client)| by_json(client, "/change-password", &change))
                .collect(),
        ] {
            all_hang_up(server, dice, requests).await;
        }
    }

    /// Each of them can go on.
    async fn goes_on(&self, stage: &mut Stage) {
        for ((name, client), refresh) in self.signed_in.iter().zip(&self.refresh) {
            let tokens = stage.client().refresh(refresh).await;
            if one_of_two(stage, name).await {
                assert_eq!(tokens.status, 401, "{name}: from before the change");
                continue;
            }
            assert_eq!(tokens.status, 200, "{name}: signed out by hanging up: {}", tokens.text());
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            let changed = client.clone().post_json("/change-password", &body).await;
            assert_eq!(changed.status, 200, "{name}: {}", changed.text());
        }
        for (name, link) in &self.links {
            let is_reset = one_of_two(stage, name).await;
            let body = json!({ "token": link, "new_password": NEW });
            let again = stage.client().post_json("/password/reset-confirm", &body).await;
            assert_eq!(again.status, if is_reset { 400 } else { 200 }, "{name}: {}", again.text());
        }
        for number in 0..CLIENTS {
            let name = format!("newcomer{number}");
            if stage.login(&name, PASSWORD).await == 200 {
                continue;
            }
            if stage.client().register(&address(&name), &name, PASSWORD).await.status != 202 {
                stage.server.order(Order::After(61));
                stage.sign_up(&name).await;
            }
            assert_eq!(stage.login(&name, PASSWORD).await, 200, "{name}");
        }
    }
}

/// Whether the new of two passwords works: there is always one, and never both.
async fn one_of_two(stage: &Stage, name: &str) -> bool {
    match (stage.login(name, PASSWORD).await, stage.login(name, NEW).await) {
        (200, 401) => false,
        (401, 200) => true,
        both => panic!("{name}: {both:?}"),
    }
}

/// Where a hash takes about as long as all the rest of a request.
fn stage_over(users: &str) -> Stage {
    Stage::under(Command::new(PROGRAM), |plan| {
        plan.users = users.to_owned();
        plan.hash_takes = 4;
    })
}

async fn leaves_nothing(engine: Engine) {
    let mut dice = Dice::rolled_for("hanging up");
    let mut stage = stage_over(engine.url());
    let crowd = Crowd::of(&mut stage).await;
    crowd.hangs_up(&stage, &mut dice).await;

    let mut other = engine.beside().await;
    until("no transaction is left open", async || other.forgotten().await == 0).await;
    until("nobody waits for a lock", async || other.waiting().await == 0).await;
    every_connection_is_back(&mut stage, &engine).await;
    crowd.goes_on(&mut stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_nothing_in_postgres() {
    let Some(engine) = Engine::postgres().await else { return };
    leaves_nothing(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_nothing_in_mariadb() {
    let Some(engine) = Engine::mariadb().await else { return };
    leaves_nothing(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_nothing_in_sqlite() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("hang-up.db");
    let mut dice = Dice::rolled_for("hanging up");
    let mut stage = stage_over(file.to_str().expect("UTF-8"));
    let crowd = Crowd::of(&mut stage).await;
    crowd.hangs_up(&stage, &mut dice).await;

    until("another process may write", async || may_write(&file)).await;
    stage.sign_up("comes").await;
    stage.every_permit_is_back("comes").await;
    crowd.goes_on(&mut stage).await;
    assert!(may_write(&file), "nothing is under way");
}

/// Whether another process gets the lock at once. The file is sound in any case.
fn may_write(file: &Path) -> bool {
    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let file = file.to_str().expect("UTF-8");
    let mut connection = SqliteConnection::establish(file).expect("the database opens");
    let check = diesel::sql_query("PRAGMA integrity_check");
    let said: Vec<Said> = check.load(&mut connection).expect("a verdict");
    assert_eq!(said.iter().map(|it| &*it.integrity_check).collect::<Vec<_>>(), ["ok"]);
    connection.batch_execute("BEGIN IMMEDIATE; ROLLBACK").is_ok()
}
