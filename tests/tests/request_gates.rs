//! Gates that see the request: its path, the state of the application, a table of memberships.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::routing::get;
use crudauth::{
    Authorized, CrudAuth, GateRequest, Principal, Rejection, RejectionKind, RequestGate,
    SecurityEvent, Superuser, Verified,
};
use crudauth_tests::support::{Account, Recorder, Server, TestApp, TestDatabase};
use serde::Deserialize;

/// The state of an application with teams.
#[derive(Clone, FromRef)]
struct Teams {
    auth: CrudAuth<Account>,
    database: TestDatabase,
}

/// Passes members of the team that the path names.
struct MemberOfTeam;

#[derive(Deserialize)]
struct OfTeam {
    team: i32,
}

impl RequestGate<Account> for MemberOfTeam {
    type State = State<TestDatabase>;

    async fn check(
        me: &Principal<Account>,
        mut request: GateRequest<'_, State<TestDatabase>>,
    ) -> Result<(), Rejection> {
        let OfTeam { team } = request.path().await?;
        let State(database) = request.state;
        let (account, members) =
            (me.id(), format!("SELECT account_id FROM members WHERE team = {team}"));
        match database.select(&members).await.contains(&account.to_string()) {
            true => Ok(()),
            false => Err(RejectionKind::NotFound.into()),
        }
    }
}

/// Passes requests that say so, by what everybody sees of a request.
struct Politely;

impl RequestGate<Account> for Politely {
    type State = ();

    async fn check(_: &Principal<Account>, request: GateRequest<'_, ()>) -> Result<(), Rejection> {
        match request.parts.headers.contains_key("x-please") {
            true => Ok(()),
            false => Err(RejectionKind::AccessDenied.into()),
        }
    }
}

/// Is asked about what cannot be found out now.
struct Unknowable;

impl RequestGate<Account> for Unknowable {
    type State = ();

    async fn check(_: &Principal<Account>, _: GateRequest<'_, ()>) -> Result<(), Rejection> {
        Err(RejectionKind::Internal.into())
    }
}

async fn board(me: Authorized<Account, MemberOfTeam>) -> String {
    format!("the board, for {}", me.user.username)
}

async fn note(_: Authorized<Account, (MemberOfTeam, Politely)>) -> &'static str {
    "a note"
}

async fn settings(_: Authorized<Account, MemberOfTeam, (Verified, Superuser)>) -> &'static str {
    "settings"
}

async fn unknowable(_: Authorized<Account, Unknowable>) -> &'static str {
    "never"
}

/// Ada is in the teams 1 and 3, and Eve in none.
async fn site(app: &TestApp) -> Server {
    app.execute("CREATE TABLE members (team INTEGER NOT NULL, account_id INTEGER NOT NULL)").await;
    app.execute("INSERT INTO members (team, account_id) VALUES (1, 1), (3, 1)").await;
    let state = Teams { auth: app.auth.clone(), database: app.database.clone() };
    let router = Router::new()
        .route("/teams/{team}/board", get(board))
        .route("/teams/{team}/notes/{note}", get(note))
        .route("/teams/{team}/settings", get(settings))
        .route("/pathless", get(board))
        .route("/unknowable", get(unknowable))
        .merge(app.auth.router());
    Server::serve(router.with_state(state)).await
}

#[tokio::test]
async fn a_gate_sees_the_path_and_a_table() {
    let app = TestApp::start().await;
    let server = site(&app).await;
    let mut nobody = app.client().moved_to(server.address);
    assert_eq!(nobody.get("/teams/1/board").await.status, 401);
    let mut ada = app.signed_in("ada").await.moved_to(server.address);
    let mut eve = app.signed_in("eve").await.moved_to(server.address);
    let answer = ada.get("/teams/1/board").await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "the board, for ada"));
    for (path, ada_gets) in [
        ("/teams/1/board", 200),
        ("/teams/2/board", 404),
        ("/teams/3/board", 200),
        // What is no team is no team of anybody.
        ("/teams/three/board", 404),
        // A gate closes a route whose path lacks what it asks for.
        ("/pathless", 404),
    ] {
        assert_eq!(ada.get(path).await.status, ada_gets, "{path}");
        let eve_gets = if ada_gets == 200 { 404 } else { ada_gets };
        assert_eq!(eve.get(path).await.status, eve_gets, "{path}");
    }
    // Membership is asked anew each time.
    app.execute("DELETE FROM members WHERE team = 3").await;
    assert_eq!(ada.get("/teams/3/board").await.status, 404);
}

#[tokio::test]
async fn gates_that_see_the_request_stand_beside_each_other_and_beside_those_that_do_not() {
    let recorder = Recorder::default();
    let app = TestApp::with(|builder| builder.add_event_sink(recorder.clone())).await;
    let server = site(&app).await;
    let mut ada = app.signed_in("ada").await.moved_to(server.address);
    recorder.take(&app.auth).await;

    assert_eq!(ada.get("/teams/1/notes/7").await.status, 403, "the second gate denies");
    let polite = ada.request(reqwest::Method::GET, "/teams/1/notes/7").header("x-please", "1");
    assert_eq!(ada.send(polite).await.status, 200);
    let polite = ada.request(reqwest::Method::GET, "/teams/2/notes/7").header("x-please", "1");
    assert_eq!(ada.send(polite).await.status, 404, "the first gate denies");

    assert_eq!(ada.get("/teams/1/settings").await.status, 403, "neither verified nor superuser");
    app.execute("UPDATE accounts SET email_verified = TRUE, is_admin = TRUE").await;
    assert_eq!(ada.get("/teams/1/settings").await.status, 200);
    assert_eq!(ada.get("/teams/2/settings").await.status, 404);

    let denied = recorder.take(&app.auth).await;
    let gates: Vec<_> = denied
        .iter()
        .map(|event| match event {
            SecurityEvent::GateDenied { gate, .. } => gate.rsplit("::").next().unwrap_or_default(),
            other => panic!("{other:?}"),
        })
        .collect();
    // What is like a denial before it is counted, and told last.
    assert_eq!(gates, ["Politely)", "Superuser)", "MemberOfTeam", "Politely)"]);
    // What cannot be found out is no denial, and lets nobody in.
    assert_eq!(ada.get("/unknowable").await.status, 500);
    assert!(recorder.take(&app.auth).await.is_empty());
}
