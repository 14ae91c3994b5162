//! Connections that stay open, and when they have to end.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::Sse;
use axum::response::sse::Event;
use axum::routing::get;
use crudauth::{
    Authorized, ConnectionConfig, CrudAuth, Ended, GateRequest, LongLived, LongLivedStream,
    Principal, Rejection, RejectionKind, RequestGate, Verified,
};
use crudauth_tests::support::{Account, Client, PASSWORD, Server, TestApp, TestDatabase};
use futures_util::stream::{self, StreamExt as _};
use reqwest::{Method, Response};
use serde_json::json;
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;

/// Far longer than anything takes here.
const PATIENCE: Duration = Duration::from_secs(30);

/// The state of an application that tells its users news.
#[derive(Clone, FromRef)]
struct Newsroom {
    auth: CrudAuth<Account>,
    news: broadcast::Sender<&'static str>,
    database: TestDatabase,
    ended: mpsc::UnboundedSender<Ended>,
}

type News = LongLivedStream<stream::BoxStream<'static, Result<Event, Infallible>>>;

fn told(
    news: &broadcast::Sender<&'static str>,
) -> stream::BoxStream<'static, Result<Event, Infallible>> {
    let news = stream::unfold(news.subscribe(), async |mut news| {
        news.recv().await.ok().map(|item| (Ok(Event::default().data(item)), news))
    });
    let hello = stream::iter([Ok(Event::default().data("hello"))]);
    Box::pin(hello.chain(news)) as _
}

async fn events(
    me: LongLived<Principal<Account>>,
    State(news): State<broadcast::Sender<&'static str>>,
) -> Sse<News> {
    Sse::new(me.stream(told(&news)))
}

async fn for_verified(
    me: LongLived<Principal<Account, Verified>>,
    State(news): State<broadcast::Sender<&'static str>>,
) -> Sse<News> {
    Sse::new(me.stream(told(&news)))
}

/// Passes members of the board.
struct OnTheBoard;

impl RequestGate<Account> for OnTheBoard {
    type State = State<TestDatabase>;

    async fn check(
        me: &Principal<Account>,
        request: GateRequest<'_, State<TestDatabase>>,
    ) -> Result<(), Rejection> {
        let State(database) = request.state;
        let board = database.select("SELECT account_id FROM board").await;
        match board.contains(&me.id().to_string()) {
            true => Ok(()),
            false => Err(RejectionKind::AccessDenied.into()),
        }
    }
}

async fn of_the_board(
    me: LongLived<Authorized<Account, OnTheBoard>>,
    State(news): State<broadcast::Sender<&'static str>>,
) -> Sse<News> {
    Sse::new(me.stream(told(&news)))
}

/// Waits until its connection has to end, and notes why.
async fn why(
    mut me: LongLived<Principal<Account>>,
    State(ended): State<mpsc::UnboundedSender<Ended>>,
) -> &'static str {
    let why = me.ended().await;
    assert_eq!(me.unless_ended(std::future::pending::<()>()).await, Err(why), "it stays so");
    ended.send(why).expect("the test listens");
    "ended"
}

/// Works on what is always there at once, until its connection has to end.
async fn busy(
    mut me: LongLived<Principal<Account>>,
    State(ended): State<mpsc::UnboundedSender<Ended>>,
) -> &'static str {
    let why = loop {
        match me.unless_ended(std::future::ready(())).await {
            Ok(()) => tokio::task::yield_now().await,
            Err(why) => break why,
        }
    };
    ended.send(why).expect("the test listens");
    "ended"
}

struct Site {
    app: TestApp,
    server: Server,
    news: broadcast::Sender<&'static str>,
    ended: mpsc::UnboundedReceiver<Ended>,
}

async fn site(config: ConnectionConfig) -> Site {
    let app = TestApp::with(|builder| builder.connections(config)).await;
    app.execute("CREATE TABLE board (account_id INTEGER NOT NULL)").await;
    let (news, (note, ended)) = (broadcast::Sender::new(16), mpsc::unbounded_channel());
    let state = Newsroom {
        auth: app.auth.clone(),
        news: news.clone(),
        database: app.database.clone(),
        ended: note,
    };
    let router = Router::new()
        .route("/events", get(events))
        .route("/verified", get(for_verified))
        .route("/board", get(of_the_board))
        .route("/why", get(why))
        .route("/busy", get(busy))
        .merge(app.auth.router());
    let server = Server::serve(router.with_state(state)).await;
    Site { app, server, news, ended }
}

/// Only what happens in this process is noticed.
fn seldom() -> ConnectionConfig {
    ConnectionConfig::default().check_every(Duration::from_secs(3600))
}

/// What happens elsewhere is noticed soon.
fn often() -> ConnectionConfig {
    ConnectionConfig::default().check_every(Duration::from_millis(5))
}

impl Site {
    async fn signed_in(&self, name: &str) -> Client {
        self.app.signed_in(name).await.moved_to(self.server.address)
    }

    async fn open(&self, client: &Client, path: &str) -> Connection {
        let answer = client.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let mut connection = Connection(answer);
        assert_eq!(connection.next().await.as_deref(), Some("data: hello\n\n"));
        connection
    }
}

/// An event stream, as a browser has it.
struct Connection(Response);

impl Connection {
    async fn next(&mut self) -> Option<String> {
        let chunk = timeout(PATIENCE, self.0.chunk()).await.expect("in time").ok()??;
        Some(String::from_utf8(chunk.to_vec()).expect("text"))
    }

    async fn is_over(&mut self) -> bool {
        self.next().await.is_none()
    }
}

#[tokio::test]
async fn what_ends_a_session_here_ends_its_connections_at_once_and_no_others() {
    let site = site(seldom()).await;
    let ada = site.signed_in("ada").await;
    let mut elsewhere = site.app.client().moved_to(site.server.address);
    assert_eq!(elsewhere.login("ada", PASSWORD).await.status, 200);
    let eve = site.signed_in("eve").await;
    assert_eq!(site.app.client().get("/events").await.status, 404, "another router");
    let mut nobody = site.app.client().moved_to(site.server.address);
    assert_eq!(nobody.get("/events").await.status, 401);

    let mut first = site.open(&ada, "/events").await;
    let mut second = site.open(&elsewhere, "/events").await;
    let mut of_eve = site.open(&eve, "/events").await;
    assert_eq!(ada.clone().post("/logout").await.status, 200);
    assert!(first.is_over().await);
    site.news.send("news").expect("listeners");
    assert_eq!(second.next().await.as_deref(), Some("data: news\n\n"));
    assert_eq!(of_eve.next().await.as_deref(), Some("data: news\n\n"));

    // A new password ends the other sessions, and replaces the one that asks.
    let mut ada = site.app.client().moved_to(site.server.address);
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    let body = json!({ "current_password": PASSWORD, "new_password": "another long engine" });
    assert_eq!(ada.post_json("/change-password", &body).await.status, 200);
    assert!(second.is_over().await);

    let mut own = site.open(&ada, "/events").await;
    site.app.auth.sessions().revoke_all(&1, None).await.expect("it works");
    assert!(own.is_over().await);
    assert!(site.app.auth.deactivate(&2).await.expect("it works"));
    assert!(of_eve.is_over().await);
}

#[tokio::test]
async fn what_happens_elsewhere_is_noticed_at_the_next_look() {
    let mut site = site(often()).await;
    let ada = site.signed_in("ada").await;
    site.app.execute("UPDATE accounts SET email_verified = TRUE").await;
    site.app.execute("INSERT INTO board (account_id) VALUES (1)").await;
    for (path, change) in [
        ("/verified", "UPDATE accounts SET email_verified = FALSE"),
        ("/board", "DELETE FROM board"),
        ("/events", "UPDATE accounts SET is_active = FALSE"),
    ] {
        let mut connection = site.open(&ada, path).await;
        site.app.execute(change).await;
        assert!(connection.is_over().await, "{path}");
        assert_ne!(ada.clone().get(path).await.status, 200, "{path}");
    }

    let mut eve = site.signed_in("eve").await;
    let waiting = tokio::spawn(async move { eve.get("/why").await.text() });
    // It is open, and the store is broken.
    while site.app.auth.open_connections() == 0 {
        tokio::task::yield_now().await;
    }
    site.app.execute("DROP TABLE accounts").await;
    assert_eq!(timeout(PATIENCE, site.ended.recv()).await.expect("in time"), Some(Ended::Unknown));
    waiting.await.expect("no panic");
}

#[tokio::test]
async fn a_connection_ends_at_its_age_and_with_the_process() {
    let mut site = site(often().longest(Duration::from_secs(60))).await;
    let ada = site.signed_in("ada").await;
    let open = |mut client: Client| tokio::spawn(async move { client.get("/why").await.text() });
    let waiting = open(ada.clone());
    while site.app.auth.open_connections() == 0 {
        tokio::task::yield_now().await;
    }
    site.app.after(61);
    assert_eq!(timeout(PATIENCE, site.ended.recv()).await.expect("in time"), Some(Ended::TooOld));
    waiting.await.expect("no panic");

    let mut events = site.open(&ada, "/events").await;
    let waiting = open(ada.clone());
    while site.app.auth.open_connections() < 2 {
        tokio::task::yield_now().await;
    }
    site.app.auth.hang_up();
    assert!(events.is_over().await);
    let ended = timeout(PATIENCE, site.ended.recv()).await.expect("in time");
    assert_eq!(ended, Some(Ended::GoingAway));
    waiting.await.expect("no panic");
    // Those that come later end at once, and nobody is noted any more.
    let late = ada.request(Method::GET, "/events").send().await.expect("an answer");
    assert!(Connection(late).is_over().await);
    while site.app.auth.open_connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_always_has_work_ends_with_its_session() {
    let mut site = site(seldom()).await;
    let ada = site.signed_in("ada").await;
    let mut busy = ada.clone();
    let waiting = tokio::spawn(async move { busy.get("/busy").await.text() });
    while site.app.auth.open_connections() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ada.clone().post("/logout").await.status, 200);
    let ended = timeout(PATIENCE, site.ended.recv()).await.expect("in time");
    assert_eq!(ended, Some(Ended::NoLongerAllowed));
    waiting.await.expect("no panic");
}
