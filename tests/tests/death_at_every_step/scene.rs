//! A server process that dies, and where its data outlives it.

use std::path::PathBuf;

use crudauth_tests::support::fleet::{Letters, Member, Order, Plan};
use crudauth_tests::support::{Answer, Client, Mail, PASSWORD};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The moments at which the process ends.
const BEFORE: fn(usize) -> Order = Order::DieBefore;
const AFTER: fn(usize) -> Order = Order::DieAfter;
/// What is written before is all that is written, in a transaction as well.
const AT_WRITE: fn(usize) -> Order = Order::DieAtWrite;

/// The server, and where its data outlives it.
pub(crate) struct Scene {
    pub(crate) plan: Plan,
    pub(crate) server: Member,
    pub(crate) letters: Letters,
    pub(crate) file: PathBuf,
    moments: &'static [fn(usize) -> Order],
    _folder: TempDir,
}

impl Scene {
    /// Over a new SQLite file.
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("mortal.db");
        Self::of(file.display().to_string(), &[BEFORE, AFTER], folder)
    }

    /// Over the database at an address, with the moments after an operation alone.
    pub(crate) fn on(url: String) -> Self {
        Self::of(url, &[AFTER], tempfile::tempdir().expect("a temporary folder"))
    }

    /// The same place, with users who sign in by a provider as well. The process ends before each
    /// statement that writes.
    pub(crate) fn with_provider(self) -> Self {
        let plan = Plan { mortal: false, provider: true, ..self.plan };
        let server = start(&plan);
        Self { plan, server, moments: &[AT_WRITE], ..self }
    }

    fn of(users: String, moments: &'static [fn(usize) -> Order], folder: TempDir) -> Self {
        let (file, mail) = (PathBuf::from(&users), folder.path().join("mail"));
        let plan = Plan { users, mail: Some(mail.clone()), mortal: true, ..Plan::default() };
        let (server, letters) = (start(&plan), Letters::at(mail));
        Self { plan, server, letters, file, moments, _folder: folder }
    }

    pub(crate) fn restart(&mut self) {
        self.server = start(&self.plan);
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    /// The same client, at the process that lives now.
    pub(crate) fn now(&self, client: &Client) -> Client {
        client.moved_to(self.server.address)
    }

    pub(crate) async fn me(&self, client: &Client) -> u16 {
        self.get(client, "/me").await
    }

    pub(crate) async fn get(&self, client: &Client, path: &str) -> u16 {
        self.now(client).get(path).await.status.as_u16()
    }

    pub(crate) async fn me_as(&self, access: &str) -> u16 {
        self.client().get_as(access, "/me").await.status.as_u16()
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.client().refresh(token).await
    }

    pub(crate) async fn login(&self, name: &str, password: &str) -> u16 {
        self.client().login(name, password).await.status.as_u16()
    }

    pub(crate) async fn post(&self, client: &Client, path: &str, body: &Value) -> Answer {
        self.now(client).post_json(path, body).await
    }

    /// As [`post`](Self::post), by somebody without a session.
    pub(crate) async fn tell(&self, path: &str, body: &Value) -> u16 {
        self.client().post_json(path, body).await.status.as_u16()
    }

    /// Which of two passwords works: there is always one, and never both.
    pub(crate) async fn password_of(
        &self,
        name: &str,
        one: &'static str,
        other: &'static str,
    ) -> &'static str {
        match (self.login(name, one).await, self.login(name, other).await) {
            (200, 401) => one,
            (401, 200) => other,
            both => panic!("{name}: {both:?}"),
        }
    }

    /// The last mail of a kind, once all that was queued is delivered.
    fn last_mail(&mut self, to: &str, kind: &str) -> Option<Mail> {
        self.server.order(Order::Deliver);
        self.letters.to(to, kind).pop()
    }

    pub(crate) fn link(&mut self, to: &str, kind: &str) -> String {
        let mail = self.last_mail(to, kind).unwrap_or_else(|| panic!("no {kind} to {to}"));
        mail.token().to_owned()
    }

    /// Asks for a link, and reads it in the mail.
    pub(crate) async fn ask_for(&mut self, path: &str, name: &str, kind: &str) -> String {
        let to = address(name);
        let before = self.letters.to(&to, kind).len();
        assert_eq!(self.tell(path, &json!({ "email": to })).await, 200, "{name}: {path}");
        let link = self.link(&to, kind);
        assert!(self.letters.to(&to, kind).len() > before, "{name}: a mail of its own");
        link
    }
}

fn start(plan: &Plan) -> Member {
    Member::start(env!("CARGO_BIN_EXE_member"), plan)
}

pub(crate) fn address(name: &str) -> String {
    format!("{name}@example.com")
}

/// One account before the flow, and what came of it.
pub(crate) struct World {
    pub(crate) name: String,
    /// The session that the flow is asked from.
    pub(crate) own: Client,
    /// Another session of the same user.
    pub(crate) other: Client,
    pub(crate) access: String,
    pub(crate) refresh: String,
    /// The token of a link, where the flow has one.
    pub(crate) link: String,
    /// Who asked, with the cookies that came.
    pub(crate) asked: Client,
    /// What was answered; nothing if the process died before.
    pub(crate) answer: Option<Answer>,
}

impl World {
    /// Nobody has this name yet.
    pub(crate) fn without(scene: &Scene, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            own: scene.client(),
            other: scene.client(),
            access: String::new(),
            refresh: String::new(),
            link: String::new(),
            asked: scene.client(),
            answer: None,
        }
    }

    /// An account with two sessions and a sign-in by tokens.
    pub(crate) async fn with(scene: &Scene, name: &str) -> Self {
        let mut world = Self::without(scene, name);
        let answer = scene.client().register(&address(name), name, PASSWORD).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        for client in [&mut world.own, &mut world.other] {
            assert_eq!(client.login(name, PASSWORD).await.status, 200);
        }
        let tokens = scene.client().token(name, PASSWORD, None).await;
        (world.access, world.refresh) =
            (tokens.field("access_token"), tokens.field("refresh_token"));
        world
    }

    pub(crate) fn acknowledged(&self) -> bool {
        self.answer.is_some()
    }

    pub(crate) fn address(&self) -> String {
        address(&self.name)
    }
}

pub(crate) fn post(client: &Client, path: &str, body: &Value) -> RequestBuilder {
    client.with_csrf(client.request(Method::POST, path)).json(body)
}

pub(crate) fn sign_in(client: &Client, path: &str, name: &str, password: &str) -> RequestBuilder {
    client.request(Method::POST, path).form(&[("username", name), ("password", password)])
}

/// A flow: who asks for what in which world.
pub(crate) type Asking = (World, Client, RequestBuilder);

/// Runs a flow as often as it has operations on a store, with the process dying at one after the
/// other, and once to its end, after which the process is killed as well. Each time it starts
/// again, and `check` looks at what is there, and goes on as a client would.
pub(crate) async fn at_every_step(
    scene: &mut Scene,
    flow: &str,
    success: u16,
    least: usize,
    prepare: impl AsyncFn(&mut Scene, &str) -> Asking,
    check: impl AsyncFn(&mut Scene, &World),
) {
    for (moment, order) in scene.moments.iter().enumerate() {
        for nth in 1.. {
            let name = format!("{flow}-{moment}-{nth}");
            let (mut world, mut client, request) = prepare(scene, &name).await;
            scene.server.order(order(nth));
            match client.attempt(request).await {
                Err(_) => scene.server.wait_for_death(),
                Ok(answer) => {
                    assert_eq!(answer.status, success, "{name}: {}", answer.text());
                    world.answer = Some(answer);
                    // Alive, or this fails.
                    scene.server.order(Order::Live);
                    scene.server.kill();
                }
            }
            world.asked = client;
            scene.restart();
            check(scene, &world).await;
            if world.acknowledged() {
                assert!(nth > least, "{flow}: only {} operations", nth - 1);
                break;
            }
        }
    }
}

/// Whoever has the tokens is signed in, and goes on renewing them.
pub(crate) async fn works(scene: &Scene, tokens: &Answer) {
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(scene.me_as(&tokens.field("access_token")).await, 200);
    assert_eq!(scene.refresh(&tokens.field("refresh_token")).await.status, 200);
}
