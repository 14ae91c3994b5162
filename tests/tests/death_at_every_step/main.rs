//! The process ends at once before and after each operation on a store of each flow. It starts
//! again over the same data, and the client goes on from there.

mod providers;
mod scene;

use crudauth_tests::support::PASSWORD;
use crudauth_tests::support::fleet::Order;
use crudauth_tests::support::servers::PostgresServer;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use reqwest::Method;
use serde_json::json;

use crate::scene::*;

const NEW: &str = "a much better passphrase";

/// Signs up, however often it takes, and is somebody whose address can be proved.
async fn is_there_in_the_end(scene: &mut Scene, world: &World) {
    let name = world.name.as_str();
    let sign_up = json!({ "email": world.address(), "username": name, "password": PASSWORD });
    if scene.login(name, PASSWORD).await != 200 {
        assert!(!world.acknowledged(), "{name}: it was answered, and is not there");
        if scene.tell("/register", &sign_up).await == 422 {
            // The name is kept for the minute that a sign-up may take.
            scene.server.order(Order::After(61));
            assert_eq!(scene.tell("/register", &sign_up).await, 202, "{name}");
        }
        assert_eq!(scene.login(name, PASSWORD).await, 200, "{name}");
    } else {
        assert_eq!(scene.tell("/register", &sign_up).await, 422, "{name}: the name is taken");
    }
    if world.acknowledged() {
        scene.link(&world.address(), "verify_email");
    }
    let link = scene.ask_for("/email/verify-request", name, "verify_email").await;
    assert_eq!(scene.tell("/email/verify-confirm", &json!({ "token": link })).await, 200, "{name}");
}

async fn sign_up(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::without(scene, name), scene.client());
        let body = json!({ "email": world.address(), "username": name, "password": PASSWORD });
        let request = post(&client, "/register", &body);
        (world, client, request)
    };
    at_every_step(scene, "signup", 202, 8, prepare, is_there_in_the_end).await;
}

/// Where no mail is sent.
async fn plain_sign_up(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::without(scene, name), scene.client());
        let body = json!({ "email": world.address(), "username": name, "password": PASSWORD });
        let request = post(&client, "/register", &body);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let name = world.name.as_str();
        let is_there = scene.login(name, PASSWORD).await == 200;
        assert!(is_there || !world.acknowledged(), "{name}: it was answered, and is not there");
        let again = scene.client().register(&world.address(), name, PASSWORD).await;
        assert_eq!(again.status, if is_there { 422 } else { 200 }, "{name}");
        assert_eq!(scene.login(name, PASSWORD).await, 200, "{name}");
    };
    at_every_step(scene, "plain", 200, 2, prepare, check).await;
}

async fn login(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        let request = sign_in(&client, "/login", name, PASSWORD);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let expected = if world.acknowledged() { 200 } else { 401 };
        assert_eq!(scene.me(&world.asked).await, expected, "{}", world.name);
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
        for session in [&world.own, &world.other] {
            assert_eq!(scene.me(session).await, 200, "{}", world.name);
        }
    };
    at_every_step(scene, "login", 200, 4, prepare, check).await;
}

/// In a browser that has a session, which a new one takes the place of.
async fn login_again(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let request = sign_in(&client, "/login", name, PASSWORD);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if world.acknowledged() {
            assert_eq!(scene.me(&world.own).await, 401, "{}: the one before", world.name);
            assert_eq!(scene.me(&world.asked).await, 200, "{}", world.name);
        }
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
        assert_eq!(scene.me(&world.other).await, 200, "{}", world.name);
    };
    at_every_step(scene, "again", 200, 4, prepare, check).await;
}

async fn wrong_password(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        let request = sign_in(&client, "/login", name, "not the password");
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        assert!(world.asked.cookies.is_empty(), "{}", world.name);
        assert_eq!(scene.login(&world.name, "not the password").await, 401, "{}", world.name);
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
    };
    at_every_step(scene, "wrong", 401, 3, prepare, check).await;
}

async fn logout(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let (client, body) = (world.own.clone(), json!({ "refresh_token": world.refresh }));
        let request = post(&client, "/logout", &body);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if !world.acknowledged() {
            let body = json!({ "refresh_token": world.refresh });
            assert_eq!(scene.post(&world.own, "/logout", &body).await.status, 200);
        }
        assert_eq!(scene.me(&world.own).await, 401, "{}", world.name);
        assert_eq!(scene.refresh(&world.refresh).await.status, 401, "{}", world.name);
        assert_eq!(scene.me(&world.other).await, 200, "{}: another session", world.name);
    };
    at_every_step(scene, "logout", 200, 3, prepare, check).await;
}

async fn logout_all(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let request = post(&client, "/logout-all", &json!({}));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if !world.acknowledged() {
            let mut own = scene.now(&world.own);
            if own.post("/logout-all").await.status != 200 {
                own = scene.client();
                assert_eq!(own.login(&world.name, PASSWORD).await.status, 200);
                assert_eq!(own.post("/logout-all").await.status, 200, "{}", world.name);
            }
        }
        for session in [&world.own, &world.other] {
            assert_eq!(scene.me(session).await, 401, "{}", world.name);
        }
        assert_eq!(scene.login(&world.name, PASSWORD).await, 200, "{}", world.name);
    };
    at_every_step(scene, "logoutall", 200, 5, prepare, check).await;
}

async fn revoke(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let path = path_of_the_other(&world).await.expect("another session");
        let request = client.with_csrf(client.request(Method::DELETE, &path));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let world_now = World { own: scene.now(&world.own), ..World::without(scene, "") };
        if let Some(path) = path_of_the_other(&world_now).await {
            assert!(!world.acknowledged(), "{}: it was answered, and is there", world.name);
            let mut own = world_now.own;
            let request = own.with_csrf(own.request(Method::DELETE, &path));
            assert_eq!(own.send(request).await.status, 200, "{}", world.name);
        }
        assert_eq!(scene.me(&world.own).await, 200, "{}", world.name);
        assert_eq!(scene.me(&world.other).await, 401, "{}", world.name);
    };
    at_every_step(scene, "revoke", 200, 3, prepare, check).await;
}

/// The path under which the session that is not the own one is ended.
async fn path_of_the_other(world: &World) -> Option<String> {
    let listed = world.own.clone().get("/sessions").await.json();
    let other = listed
        .as_array()
        .expect("a list")
        .iter()
        .find(|it| it["current"] == false && it["via"] == "session");
    Some(format!("/sessions/{}", other?["id"].as_str().expect("an id")))
}

async fn sudo(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let request = post(&client, "/sudo", &json!({ "password": PASSWORD }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let mut own = scene.now(&world.asked);
        if !world.acknowledged() {
            let proof = json!({ "password": PASSWORD });
            assert_eq!(own.post_json("/sudo", &proof).await.status, 200, "{}", world.name);
        }
        assert_eq!(scene.get(&own, "/danger").await, 200, "{}", world.name);
        assert_eq!(scene.get(&world.other, "/danger").await, 403, "{}", world.name);
    };
    at_every_step(scene, "sudo", 200, 5, prepare, check).await;
}

async fn wrong_sudo(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let request = post(&client, "/sudo", &json!({ "password": "not the password" }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        assert_eq!(scene.get(&world.own, "/danger").await, 403, "{}", world.name);
        assert_eq!(scene.me(&world.own).await, 200, "{}", world.name);
    };
    at_every_step(scene, "wrongsudo", 401, 3, prepare, check).await;
}

/// Nothing from before a change of the password works, but what `own` may still be.
async fn only_the_new_password(scene: &Scene, world: &World) {
    let name = &world.name;
    assert_eq!(scene.password_of(name, PASSWORD, NEW).await, NEW, "{name}");
    assert_eq!(scene.me(&world.other).await, 401, "{name}: another session");
    assert_eq!(scene.me_as(&world.access).await, 401, "{name}: an access token");
    assert_eq!(scene.refresh(&world.refresh).await.status, 401, "{name}: a refresh token");
    let link = json!({ "token": world.link, "new_password": "by an old link" });
    assert_eq!(scene.tell("/password/reset-confirm", &link).await, 400, "{name}: an old link");
}

/// Nothing has happened.
async fn all_is_as_before(scene: &Scene, world: &World) {
    for session in [&world.own, &world.other] {
        assert_eq!(scene.me(session).await, 200, "{}: a session", world.name);
    }
    assert_eq!(scene.me_as(&world.access).await, 200, "{}: an access token", world.name);
}

async fn change_of_password(scene: &mut Scene) {
    let change = || json!({ "current_password": PASSWORD, "new_password": NEW });
    let prepare = async |scene: &mut Scene, name: &str| {
        let mut world = World::with(scene, name).await;
        world.link = scene.ask_for("/password/reset-request", name, "reset_password").await;
        let client = world.own.clone();
        let request = post(&client, "/change-password", &change());
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if scene.password_of(&world.name, PASSWORD, NEW).await == PASSWORD {
            assert!(!world.acknowledged(), "{}: it was answered, and undone", world.name);
            all_is_as_before(scene, world).await;
            let mut own = scene.now(&world.own);
            let again = own.post_json("/change-password", &change()).await;
            assert_eq!(again.status, 200, "{}", world.name);
            assert_eq!(scene.me(&own).await, 200, "{}: its own session", world.name);
        } else if world.acknowledged() {
            assert_eq!(scene.me(&world.asked).await, 200, "{}: its own session", world.name);
        }
        only_the_new_password(scene, world).await;
    };
    at_every_step(scene, "change", 200, 6, prepare, check).await;
}

async fn request_of_a_reset(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        let request = post(&client, "/password/reset-request", &json!({ "email": address(name) }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        all_is_as_before(scene, world).await;
        let link = match world.acknowledged() {
            true => scene.link(&world.address(), "reset_password"),
            false => scene.ask_for("/password/reset-request", &world.name, "reset_password").await,
        };
        let body = json!({ "token": link, "new_password": NEW });
        assert_eq!(scene.tell("/password/reset-confirm", &body).await, 200, "{}", world.name);
    };
    at_every_step(scene, "resetrequest", 200, 4, prepare, check).await;
}

async fn reset(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (mut world, client) = (World::with(scene, name).await, scene.client());
        world.link = scene.ask_for("/password/reset-request", name, "reset_password").await;
        let body = json!({ "token": world.link, "new_password": NEW });
        let request = post(&client, "/password/reset-confirm", &body);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if scene.password_of(&world.name, PASSWORD, NEW).await == PASSWORD {
            assert!(!world.acknowledged(), "{}: it was answered, and undone", world.name);
            all_is_as_before(scene, world).await;
            let body = json!({ "token": world.link, "new_password": NEW });
            assert_eq!(scene.tell("/password/reset-confirm", &body).await, 200, "{}", world.name);
        }
        only_the_new_password(scene, world).await;
        assert_eq!(scene.me(&world.own).await, 401, "{}: every session", world.name);
    };
    at_every_step(scene, "reset", 200, 5, prepare, check).await;
}

async fn request_of_a_verification(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        scene.server.order(Order::Deliver);
        let request = post(&client, "/email/verify-request", &json!({ "email": address(name) }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let link = match world.acknowledged() {
            true => scene.link(&world.address(), "verify_email"),
            false => scene.ask_for("/email/verify-request", &world.name, "verify_email").await,
        };
        let mails = scene.letters.to(&world.address(), "verify_email").len();
        assert!(mails >= 2, "{}: that of the sign-up, and this one", world.name);
        let body = json!({ "token": link });
        assert_eq!(scene.tell("/email/verify-confirm", &body).await, 200, "{}", world.name);
    };
    at_every_step(scene, "verifyrequest", 200, 4, prepare, check).await;
}

async fn verification(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (mut world, client) = (World::with(scene, name).await, scene.client());
        world.link = scene.link(&address(name), "verify_email");
        let request = post(&client, "/email/verify-confirm", &json!({ "token": world.link }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let verified = scene.get(&world.own, "/verified").await == 200;
        assert!(verified || !world.acknowledged(), "{}: it was answered, and undone", world.name);
        let again = scene.tell("/email/verify-confirm", &json!({ "token": world.link })).await;
        assert_eq!(again, if verified { 400 } else { 200 }, "{}", world.name);
        assert_eq!(scene.get(&world.own, "/verified").await, 200, "{}", world.name);
        assert_eq!(scene.get(&world.other, "/verified").await, 200, "{}", world.name);
    };
    at_every_step(scene, "verify", 200, 2, prepare, check).await;
}

fn new_address(name: &str) -> String {
    format!("{name}@new.example")
}

async fn ask_for_a_change(scene: &mut Scene, world: &World) -> String {
    let body = json!({ "new_email": new_address(&world.name), "password": PASSWORD });
    let asked = scene.post(&world.own, "/email/change-request", &body).await;
    assert_eq!(asked.status, 200, "{}: {}", world.name, asked.text());
    scene.link(&new_address(&world.name), "change_email")
}

async fn request_of_a_change_of_address(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let world = World::with(scene, name).await;
        let client = world.own.clone();
        let body = json!({ "new_email": new_address(name), "password": PASSWORD });
        let request = post(&client, "/email/change-request", &body);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        assert_eq!(scene.login(&world.address(), PASSWORD).await, 200, "{}", world.name);
        let link = match world.acknowledged() {
            true => scene.link(&new_address(&world.name), "change_email"),
            false => ask_for_a_change(scene, world).await,
        };
        let body = json!({ "token": link });
        assert_eq!(scene.tell("/email/change-confirm", &body).await, 200, "{}", world.name);
    };
    at_every_step(scene, "addressrequest", 200, 6, prepare, check).await;
}

async fn change_of_address(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (mut world, client) = (World::with(scene, name).await, scene.client());
        world.link = ask_for_a_change(scene, &world).await;
        let request = post(&client, "/email/change-confirm", &json!({ "token": world.link }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        let (old, new) = (world.address(), new_address(&world.name));
        let signed_in = (scene.login(&old, PASSWORD).await, scene.login(&new, PASSWORD).await);
        let again = match signed_in {
            (200, 401) if !world.acknowledged() => 200,
            (401, 200) => 400,
            other => panic!("{}: {other:?}", world.name),
        };
        let body = json!({ "token": world.link });
        assert_eq!(scene.tell("/email/change-confirm", &body).await, again, "{}", world.name);
        assert_eq!(scene.login(&new, PASSWORD).await, 200, "{}", world.name);
        assert_eq!(scene.login(&old, PASSWORD).await, 401, "{}", world.name);
        all_is_as_before(scene, world).await;
    };
    at_every_step(scene, "address", 200, 4, prepare, check).await;
}

async fn refresh(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        let request = post(&client, "/refresh", &json!({ "refresh_token": world.refresh }));
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        // Whose answer was lost shows the old token again, and has not signed itself out by it.
        let again = scene.refresh(&world.refresh).await;
        let tokens = world.answer.as_ref().unwrap_or(&again);
        assert_eq!(tokens.field("refresh_token"), again.field("refresh_token"), "{}", world.name);
        works(scene, tokens).await;
    };
    at_every_step(scene, "refresh", 200, 4, prepare, check).await;
}

async fn token(scene: &mut Scene) {
    let prepare = async |scene: &mut Scene, name: &str| {
        let (world, client) = (World::with(scene, name).await, scene.client());
        let request = sign_in(&client, "/token", name, PASSWORD);
        (world, client, request)
    };
    let check = async |scene: &mut Scene, world: &World| {
        if let Some(tokens) = &world.answer {
            works(scene, tokens).await;
        }
        works(scene, &scene.client().token(&world.name, PASSWORD, None).await).await;
        works(scene, &scene.refresh(&world.refresh).await).await;
    };
    at_every_step(scene, "token", 200, 4, prepare, check).await;
}

#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    said: String,
}

/// The file is sound, and every row in it whole.
fn is_sound(scene: &mut Scene) {
    scene.server.kill();
    let file = scene.file.to_str().expect("UTF-8");
    let mut connection = SqliteConnection::establish(file).expect("the database opens");
    connection.batch_execute("PRAGMA query_only = ON").expect("a setting");
    for (query, expected) in [
        ("SELECT integrity_check AS said FROM pragma_integrity_check", &["ok"][..]),
        (
            "SELECT username AS said FROM accounts WHERE pw_hash IS NULL OR is_admin <> 0
             OR is_active <> 1 OR tier_id <> 3 OR credits <> 10
             OR email_address NOT IN (username || '@example.com', username || '@new.example')",
            &[],
        ),
    ] {
        let rows: Vec<Said> = diesel::sql_query(query).load(&mut connection).expect("a list");
        assert_eq!(rows.iter().map(|row| &*row.said).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_sign_up() {
    let mut scene = Scene::on_sqlite();
    sign_up(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_sign_in() {
    let mut scene = Scene::on_sqlite();
    login(&mut scene).await;
    login_again(&mut scene).await;
    wrong_password(&mut scene).await;
    token(&mut scene).await;
    refresh(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_sign_out() {
    let mut scene = Scene::on_sqlite();
    logout(&mut scene).await;
    logout_all(&mut scene).await;
    revoke(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_the_sudo_mode() {
    let mut scene = Scene::on_sqlite();
    sudo(&mut scene).await;
    wrong_sudo(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_new_password() {
    let mut scene = Scene::on_sqlite();
    change_of_password(&mut scene).await;
    request_of_a_reset(&mut scene).await;
    reset(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_new_address() {
    let mut scene = Scene::on_sqlite();
    request_of_a_verification(&mut scene).await;
    verification(&mut scene).await;
    request_of_a_change_of_address(&mut scene).await;
    change_of_address(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_of_a_sign_up_without_mail() {
    let mut scene = Scene::on_sqlite();
    scene.plan.mail = None;
    scene.restart();
    plain_sign_up(&mut scene).await;
    is_sound(&mut scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_may_die_at_every_step_over_postgres() {
    let Some(server) = PostgresServer::start().await else { return };
    let mut scene = Scene::on(server.database().await);
    sign_up(&mut scene).await;
    change_of_password(&mut scene).await;
    reset(&mut scene).await;
    refresh(&mut scene).await;
    logout_all(&mut scene).await;
}
