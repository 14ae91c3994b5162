//! The process ends before each statement by which it writes in a flow at a provider, within a transaction
//! as well. Then each account has its link or is none, and the user signs in.

use crudauth::Sqlite;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth_tests::provider::links_are_whole;
use crudauth_tests::support::engines::Sql;
use crudauth_tests::support::servers::{MariadbServer, PostgresServer};
use crudauth_tests::support::{Answer, Client, PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::*;

/// Where a flow ends that has asked for no other place.
const HOME: &str = "https://shop.example.com/";
const APP_LINK: &str = "com.example.shop:/signed-in";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The database of the users, beside the process.
async fn users_of(scene: &Scene) -> Sql {
    let url = scene.plan.users.as_str();
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres") => Sql::Postgres(Postgres::connect(url).await.expect("a connection")),
        Some("mysql") => Sql::Mariadb(Mysql::connect(url).await.expect("a connection")),
        _ => Sql::Sqlite(Sqlite::open(url).expect("the file"), None),
    }
}

/// The way back of the browser, once the provider has said who it is.
fn way_back(url: &str, name: &str) -> String {
    let state = url.split_once("state=").expect("a state").1;
    format!("/oauth/sso/callback?code={name},{}&state={state}", address(name))
}

#[track_caller]
fn target(answer: &Answer) -> &str {
    answer.header("location").unwrap_or_else(|| panic!("{}: {}", answer.status, answer.text()))
}

/// As far as the callback, in a new browser.
async fn begun(scene: &Scene, name: &str, query: &str) -> (Client, String) {
    let mut client = scene.client();
    let answer = client.get(&format!("/oauth/sso/authorize{query}")).await;
    let path = way_back(target(&answer), name);
    (client, path)
}

/// As far as the callback, for a user who is signed in.
async fn begun_for(client: &mut Client, what: &str, name: &str) -> String {
    let answer = client.post(&format!("/oauth/sso/{what}")).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    way_back(answer.json()["url"].as_str().expect("the provider"), name)
}

/// The links of who is signed in.
async fn links(client: &mut Client) -> Vec<Value> {
    let answer = client.get("/oauth/accounts").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().expect("a list").clone()
}

/// The identity leads into the account of its name, by one link.
async fn signs_in_as(scene: &Scene, name: &str) -> Client {
    let (mut client, path) = begun(scene, name, "").await;
    assert_eq!(target(&client.get(&path).await), HOME, "{name}");
    assert_eq!(client.get("/me").await.json()["email"], address(name));
    let links = links(&mut client).await;
    assert_eq!((links.len(), &links[0]["provider_account_id"]), (1, &json!(name)));
    client
}

/// An account whose address is proved, in a session with elevated rights.
async fn proved(scene: &mut Scene, name: &str) -> World {
    let mut world = World::with(scene, name).await;
    let link = scene.link(&address(name), "verify_email");
    assert_eq!(scene.tell("/email/verify-confirm", &json!({ "token": link })).await, 200, "{name}");
    let answer = world.own.post_json("/sudo", &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    world
}

/// Whether the flow was answered, with the session that belongs to it.
async fn is_signed_in_if_answered(scene: &Scene, world: &World) {
    let is_in = scene.me(&world.asked).await == 200;
    assert_eq!(is_in, world.acknowledged(), "{}", world.name);
    assert!(world.answer.as_ref().is_none_or(|answer| target(answer) == HOME), "{}", world.name);
}

fn get(client: &Client, path: &str) -> reqwest::RequestBuilder {
    client.request(Method::GET, path)
}

async fn begin(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::without(scene, name), scene.client());
        let request = get(&client, "/oauth/sso/authorize");
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if let Some(answer) = &world.answer {
            let mut client = scene.now(&world.asked);
            let answer = client.get(&way_back(target(answer), &world.name)).await;
            assert_eq!(target(&answer), HOME, "{}: what was begun goes on", world.name);
        }
        signs_in_as(scene, &world.name).await;
    };
    at_every_step(scene, "begin", 307, 2, prepare, check).await;
}

async fn first_sign_in(scene: &mut Scene) {
    let users = users_of(scene).await;
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::without(scene, name);
        let (client, path) = begun(scene, name, "").await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        links_are_whole(&users).await;
        is_signed_in_if_answered(scene, world).await;
        signs_in_as(scene, &world.name).await;
        assert_eq!(scene.login(&world.name, PASSWORD).await, 401, "{}", world.name);
    };
    at_every_step(scene, "create", 307, 6, prepare, check).await;
}

async fn link_by_address(scene: &mut Scene) {
    let users = users_of(scene).await;
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = proved(scene, name).await;
        let (client, path) = begun(scene, name, "").await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        links_are_whole(&users).await;
        is_signed_in_if_answered(scene, world).await;
        signs_in_as(scene, &world.name).await;
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
        for session in [&world.own, &world.other] {
            assert_eq!(scene.me(session).await, 200, "{}: a link ends nothing", world.name);
        }
    };
    at_every_step(scene, "adopt", 307, 6, prepare, check).await;
}

async fn claim(scene: &mut Scene) {
    let users = users_of(scene).await;
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let (client, path) = begun(scene, name, "").await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        links_are_whole(&users).await;
        is_signed_in_if_answered(scene, world).await;
        let name = &world.name;
        // Who has made the account has all of it, or nothing.
        let squats = scene.login(name, PASSWORD).await == 200;
        assert!(!squats || !world.acknowledged(), "{name}: it was answered, and undone");
        let expected = if squats { 200 } else { 401 };
        for session in [&world.own, &world.other] {
            assert_eq!(scene.me(session).await, expected, "{name}: a session");
        }
        assert_eq!(scene.me_as(&world.access).await, expected, "{name}: an access token");
        signs_in_as(scene, name).await;
        assert_eq!(scene.login(name, PASSWORD).await, 401, "{name}");
        for session in [&world.own, &world.other] {
            assert_eq!(scene.me(session).await, 401, "{name}: a session of the squatter");
        }
        assert_eq!(scene.me_as(&world.access).await, 401, "{name}: an access token");
        assert_eq!(scene.refresh(&world.refresh).await.status, 401, "{name}: a refresh token");
    };
    at_every_step(scene, "claim", 307, 6, prepare, check).await;
}

async fn link_by_hand(scene: &mut Scene) {
    let users = users_of(scene).await;
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = proved(scene, name).await;
        let mut client = world.own.clone();
        let path = begun_for(&mut client, "link", name).await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        links_are_whole(&users).await;
        let mut own = scene.now(&world.asked);
        let is_there = links(&mut own).await.len() == 1;
        assert!(is_there || !world.acknowledged(), "{}: answered, and undone", world.name);
        let path = begun_for(&mut own, "link", &world.name).await;
        assert_eq!(target(&own.get(&path).await), HOME, "{}", world.name);
        signs_in_as(scene, &world.name).await;
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
    };
    at_every_step(scene, "link", 307, 3, prepare, check).await;
}

async fn unlink(scene: &mut Scene) {
    let users = users_of(scene).await;
    let prepare = async |scene: &mut Scene, name: &str| {
        let mut world = proved(scene, name).await;
        // A sign-in by the identity, which ends with the link.
        world.other = signs_in_as(scene, name).await;
        let client = world.own.clone();
        let id = links(&mut world.own).await[0]["id"].as_str().expect("an id").to_owned();
        world.link = format!("/oauth/accounts/{id}");
        let request = client.with_csrf(client.request(Method::DELETE, &world.link));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        links_are_whole(&users).await;
        let (name, mut own) = (&world.name, scene.now(&world.own));
        if !world.acknowledged() {
            let is_there = links(&mut own).await.len() == 1;
            let request = own.with_csrf(own.request(Method::DELETE, &world.link));
            let again = own.send(request).await.status;
            // It is gone with all that it had signed in, or the client asks again.
            assert!(again == 200 || again == 404 && !is_there, "{name}: {again} {is_there}");
        }
        assert!(links(&mut own).await.is_empty(), "{name}");
        assert_eq!(scene.me(&world.other).await, 401, "{name}: a sign-in by it");
        assert_eq!(scene.login(name, PASSWORD).await, 200, "{name}");
        let (mut client, path) = begun(scene, name, "").await;
        let refused = format!("{HOME}?error=link_required");
        assert_eq!(target(&client.get(&path).await), refused, "{name}: it is remembered");
    };
    at_every_step(scene, "unlink", 200, 3, prepare, check).await;
}

async fn proof(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::without(scene, name);
        let mut client = signs_in_as(scene, name).await;
        let path = begun_for(&mut client, "reauthenticate", name).await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let mut own = scene.now(&world.asked);
        if !world.acknowledged() {
            // The session may be a new one, whose cookie was on its way.
            own = signs_in_as(scene, &world.name).await;
            let path = begun_for(&mut own, "reauthenticate", &world.name).await;
            assert_eq!(target(&own.get(&path).await), HOME, "{}", world.name);
        }
        assert_eq!(own.get("/danger").await.status, 200, "{}", world.name);
    };
    at_every_step(scene, "proof", 307, 2, prepare, check).await;
}

/// How an app begins.
fn for_app() -> String {
    format!("?redirect_to={APP_LINK}&code_challenge={CHALLENGE}&code_challenge_method=S256")
}

/// The code that the app gets.
fn app_code(answer: &Answer) -> &str {
    target(answer).strip_prefix(&format!("{APP_LINK}?code=")).expect("a code")
}

fn exchange_of(code: &str) -> Value {
    json!({ "code": code, "code_verifier": VERIFIER })
}

/// A whole sign-in of an app.
async fn app_signs_in(scene: &Scene, name: &str) {
    let (mut client, path) = begun(scene, name, &for_app()).await;
    let answer = client.get(&path).await;
    let body = exchange_of(app_code(&answer));
    works(scene, &scene.client().post_json("/oauth/token", &body).await).await;
}

async fn code_of_an_app(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::without(scene, name);
        let (client, path) = begun(scene, name, &for_app()).await;
        let request = get(&client, &path);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if let Some(answer) = &world.answer {
            let body = exchange_of(app_code(answer));
            works(scene, &scene.client().post_json("/oauth/token", &body).await).await;
            assert_eq!(scene.tell("/oauth/token", &body).await, 400, "{}: twice", world.name);
        }
        app_signs_in(scene, &world.name).await;
    };
    at_every_step(scene, "code", 307, 6, prepare, check).await;
}

async fn exchange(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let mut world = World::without(scene, name);
        let (mut browser, path) = begun(scene, name, &for_app()).await;
        world.link = app_code(&browser.get(&path).await).to_owned();
        let client = scene.client();
        let request = post(&client, "/oauth/token", &exchange_of(&world.link));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let again = scene.client().post_json("/oauth/token", &exchange_of(&world.link)).await;
        match &world.answer {
            Some(tokens) => {
                assert_eq!(again.status, 400, "{}: twice", world.name);
                works(scene, tokens).await;
            }
            None if again.status == 200 => works(scene, &again).await,
            None => assert_eq!(again.status, 400, "{}", world.name),
        }
        app_signs_in(scene, &world.name).await;
    };
    at_every_step(scene, "exchange", 200, 2, prepare, check).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_first_sign_in_by_a_provider() {
    let mut scene = Scene::on_sqlite().with_provider();
    begin(&mut scene).await;
    first_sign_in(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_sign_in_to_an_account_that_is_there() {
    let mut scene = Scene::on_sqlite().with_provider();
    link_by_address(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_claim() {
    let mut scene = Scene::on_sqlite().with_provider();
    claim(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_link_and_its_end() {
    let mut scene = Scene::on_sqlite().with_provider();
    link_by_hand(&mut scene).await;
    unlink(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_proof_by_a_provider() {
    let mut scene = Scene::on_sqlite().with_provider();
    proof(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_of_a_sign_in_of_an_app() {
    let mut scene = Scene::on_sqlite().with_provider();
    code_of_an_app(&mut scene).await;
    exchange(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_over_postgres() {
    let Some(server) = PostgresServer::start().await else { return };
    let mut scene = Scene::on(server.database().await).with_provider();
    first_sign_in(&mut scene).await;
    claim(&mut scene).await;
    unlink(&mut scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_write_over_mariadb() {
    let Some(server) = MariadbServer::start().await else { return };
    let mut scene = Scene::on(server.database().await).with_provider();
    first_sign_in(&mut scene).await;
    claim(&mut scene).await;
    unlink(&mut scene).await;
}
