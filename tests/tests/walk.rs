//! A walk over all routes that are mounted, with every kind of good credential and body: what hands
//! out a session or a token is found by trying what comes back, and is what SECURITY.md says. Each
//! such route is then refused in every way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crudauth::user::{LoginName, NoTenant};
use crudauth::{LockoutConfig, RateLimits, RefreshDelivery, SessionConfig};
use crudauth_tests::attack::{Fault, Ground, Server, Trouble, Watch};
use crudauth_tests::support::refusals;
use crudauth_tests::support::{
    Answer, Client, Mailbox, Mounted, PASSWORD, guesses_without_end, in_body, mounted,
};
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

/// How a refresh token travels.
const DELIVERIES: [RefreshDelivery; 2] = [RefreshDelivery::Body, RefreshDelivery::Cookie];

struct Site {
    ground: Ground,
    watch: Arc<Watch>,
    server: Server,
    /// Without cookies; its clones share connections.
    fresh: Client,
    mailbox: Mailbox,
    delivery: RefreshDelivery,
}

/// Somebody with everything that can be had: as a browser, with a token, with each link.
struct Somebody {
    name: String,
    browser: Client,
    access: String,
    refresh: String,
    /// For a session that is not this one.
    handle: String,
    links: Vec<String>,
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Session,
    AccessToken,
    RefreshCookie,
}

/// What is in it. A number is that of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Form,
    Json(usize),
}

/// A request that can be made anew by anybody.
#[derive(Debug, Clone, Copy)]
struct Recipe {
    shown: Shown,
    sent: Sent,
    has_password: bool,
}

/// What a route hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Credential {
    Session,
    AccessToken,
    RefreshToken,
}

fn recipes() -> impl Iterator<Item = Recipe> {
    let shown = [Shown::Nothing, Shown::Session, Shown::AccessToken, Shown::RefreshCookie];
    let sent = [Sent::Nothing, Sent::Form, Sent::Json(0), Sent::Json(1), Sent::Json(2)];
    let all = shown.into_iter().flat_map(move |shown| sent.map(|sent| (shown, sent)));
    // Without a password there is no way in but the session that is there.
    let all = all.flat_map(|(shown, sent)| {
        [true, false].map(|has_password| Recipe { shown, sent, has_password })
    });
    all.filter(|recipe| recipe.has_password || recipe.shown == Shown::Session)
}

impl Site {
    async fn new(delivery: RefreshDelivery, lockout: LockoutConfig) -> Self {
        let ground = Ground::new().await;
        let (watch, stores) = Watch::over(&ground.stores);
        let mailbox = Mailbox::default();
        let builder = ground
            .builder(stores)
            .lockout(lockout)
            .rate_limits(RateLimits::off())
            .session(SessionConfig::default().management_routes())
            .email(mailbox.config())
            .bearer(in_body().refresh_delivery(delivery));
        let auth = builder.build().await.expect("a working configuration");
        let server = Server::of(auth).await;
        let fresh = server.client();
        Self { ground, watch, server, fresh, mailbox, delivery }
    }

    async fn open(delivery: RefreshDelivery) -> Self {
        Self::new(delivery, guesses_without_end()).await
    }

    async fn routes(&self) -> Vec<Mounted> {
        mounted(&self.server.auth.router(), &mut self.fresh.clone()).await
    }

    async fn execute(&self, sql: &str) {
        self.ground.database.execute(sql).await;
    }

    /// The token of the mail of this kind; what else has come is thrown away.
    async fn link(&self, kind: &str) -> String {
        let mails = self.mailbox.mails(&self.server.auth).await;
        let mail = mails.iter().find(|mail| mail.kind == kind);
        mail.unwrap_or_else(|| panic!("no {kind}: {mails:?}")).token().to_owned()
    }

    /// Makes of an account one that came by another way than a password; what it holds stays.
    async fn forget_password(&self, name: &str) {
        let auth = &self.server.auth;
        let sought = LoginName::new(name);
        let row = async || {
            auth.stores().users().find_by_login(&sought, &NoTenant).await.expect("a store")
        };
        let before = row().await.expect("an account");
        self.execute(&format!("UPDATE accounts SET pw_hash = NULL WHERE username = '{name}'"))
            .await;
        let after = row().await.expect("an account");
        auth.carry_over(before.into_row(), after.into_row()).await.expect("the store works");
    }

    async fn somebody(&self, name: &str, has_password: bool) -> Somebody {
        let email = format!("{name}@example.com");
        self.mailbox.mails(&self.server.auth).await;
        let mut browser = self.fresh.clone();
        assert_eq!(browser.register(&email, name, PASSWORD).await.status, 202);
        let verify = self.link("verify_email").await;
        assert_eq!(self.fresh.clone().login(name, PASSWORD).await.status, 200);
        assert_eq!(browser.login(name, PASSWORD).await.status, 200);
        let sessions = browser.get("/sessions").await.json();
        let others = sessions.as_array().expect("a list").iter();
        let other = others.clone().find(|it| it["current"] == false).expect("another session");
        let handle = other["id"].as_str().expect("a handle").to_owned();
        let mut bearer = self.fresh.clone();
        let tokens = bearer.token(name, PASSWORD, None).await;
        let refresh = match self.delivery {
            RefreshDelivery::Body => tokens.field("refresh_token"),
            RefreshDelivery::Cookie => bearer.cookies.remove(REFRESH).expect("a cookie"),
        };
        let body = json!({ "new_email": format!("{name}-link@example.com"), "password": PASSWORD });
        assert_eq!(browser.post_json("/email/change-request", &body).await.status, 200);
        let change = self.link("change_email").await;
        if !has_password {
            self.forget_password(name).await;
        }
        let body = json!({ "email": email });
        self.fresh.clone().post_json("/password/reset-request", &body).await;
        let reset = self.link("reset_password").await;
        Somebody {
            name: name.to_owned(),
            browser,
            access: tokens.field("access_token"),
            refresh,
            handle,
            links: vec![verify, reset, change],
        }
    }

    /// The good request of `recipe`, or one with a wrong proof.
    async fn call(
        &self,
        route: &Mounted,
        who: &Somebody,
        recipe: Recipe,
        variation: Variation,
    ) -> Answer {
        let password =
            if variation == Variation::WrongProof { "not the password" } else { PASSWORD };
        let mut refresh = who.refresh.clone();
        if variation == Variation::WrongProof {
            let place = refresh.len() - 10..refresh.len() - 9;
            let wrong = if &refresh[place.clone()] == "A" { "B" } else { "A" };
            refresh.replace_range(place, wrong);
        }
        let path = route.path.replace("{handle}", &who.handle);
        assert!(!path.contains('{'), "{path} has another part that is not filled in");
        let mut client = match recipe.shown {
            Shown::Session => who.browser.clone(),
            _ => self.fresh.clone(),
        };
        if recipe.shown == Shown::RefreshCookie {
            client.cookies.insert(REFRESH.to_owned(), refresh.clone());
        }
        let mut request = client.with_csrf(client.request(route.method.clone(), &path));
        if recipe.shown == Shown::AccessToken {
            request = request.header(AUTHORIZATION, format!("Bearer {}", who.access));
        }
        request = match recipe.sent {
            Sent::Nothing => request,
            Sent::Form => request.form(&[("username", who.name.as_str()), ("password", password)]),
            Sent::Json(link) => request.json(&json!({
                "email": format!("{}-new@example.com", who.name),
                "username": format!("{}-new", who.name),
                "password": password,
                "current_password": password,
                "new_password": NEW,
                "new_email": format!("{}-next@example.com", who.name),
                "refresh_token": refresh,
                "token": if variation == Variation::WrongProof { "x" } else { &who.links[link] },
            })),
        };
        if variation == Variation::ForeignPage {
            request = request.header("sec-fetch-site", "cross-site");
            request = request.header("origin", "https://evil.example");
        }
        let answer = client.send(request).await;
        if !answer.status.is_success() {
            let code = answer.json()["code"].as_str().map(str::to_owned).unwrap_or_default();
            assert!(refusals::is_listed(answer.status.as_u16(), &code), "{}", answer.text());
        }
        answer
    }

    /// What of an answer works as a credential, and was not `who`'s before.
    async fn handed_out(&self, answer: &Answer, who: &Somebody) -> BTreeSet<Credential> {
        let mut texts = BTreeSet::new();
        collect_texts(&answer.json(), &mut texts);
        texts.extend(answer.cookies().into_iter().map(|(_, value)| value));
        let mut known: BTreeSet<_> = who.browser.cookies.values().cloned().collect();
        known.extend([who.access.clone(), who.refresh.clone()]);
        let mut found = BTreeSet::new();
        let is_new = |text: &&String| text.len() >= 16 && text.bytes().all(is_of_a_credential);
        for text in texts.difference(&known).filter(is_new) {
            let mut client = self.fresh.clone();
            client.cookies.insert("session_id".to_owned(), text.clone());
            if client.get("/me").await.status == 200 {
                found.insert(Credential::Session);
            }
            if self.fresh.clone().get_as(text, "/me").await.status == 200 {
                found.insert(Credential::AccessToken);
            }
            let mut client = self.fresh.clone();
            let renewed = match self.delivery {
                RefreshDelivery::Body => client.refresh(text).await,
                RefreshDelivery::Cookie => {
                    client.cookies.insert(REFRESH.to_owned(), text.clone());
                    client.post("/refresh").await
                }
            };
            if renewed.status == 200 {
                found.insert(Credential::RefreshToken);
            }
        }
        found
    }

    /// Tries every recipe on every route: those that hand out a credential, with the first recipe
    /// that does. Every route has succeeded with one.
    async fn walk(&self) -> BTreeMap<String, (Mounted, Recipe, BTreeSet<Credential>)> {
        let (mut found, mut number) = (BTreeMap::new(), 0);
        let routes = self.routes().await;
        assert!(routes.len() >= 19, "{routes:?}");
        // Who was refused can ask again; who was not may have spent what there was.
        let mut people: [Option<Somebody>; 2] = [None, None];
        for route in routes {
            let (name, mut succeeded) = (format!("{} {}", route.method, route.path), false);
            for recipe in recipes() {
                let place = usize::from(recipe.has_password);
                let who = match people[place].take() {
                    Some(who) => who,
                    None => {
                        number += 1;
                        self.somebody(&format!("u{number}"), recipe.has_password).await
                    }
                };
                let answer = self.call(&route, &who, recipe, Variation::Good).await;
                assert!(answer.status.as_u16() < 500, "{name} {recipe:?}: {}", answer.text());
                let handed_out = self.handed_out(&answer, &who).await;
                if !handed_out.is_empty() {
                    let entry = found
                        .entry(name.clone())
                        .or_insert_with(|| (route.clone(), recipe, BTreeSet::new()));
                    entry.2.extend(handed_out);
                }
                if answer.status.is_success() {
                    succeeded = true;
                } else {
                    people[place] = Some(who);
                }
            }
            assert!(succeeded, "{name}: no recipe is a good one");
        }
        found
    }
}

const REFRESH: &str = "refresh_token";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variation {
    Good,
    WrongProof,
    ForeignPage,
}

fn is_of_a_credential(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

fn collect_texts(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.is_empty() => drop(texts.insert(text.clone())),
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}

/// A row of the table of SECURITY.md.
#[derive(Debug)]
struct Row {
    route: String,
    hands_out: BTreeSet<Credential>,
    no_account: u16,
    /// `None` where a session is all that is shown.
    wrong_proof: Option<u16>,
    /// With the refresh token in the body, and in a cookie.
    foreign_page: [u16; 2],
    locked: u16,
    /// Of several, the last is for what fails when the work is done.
    store_fails: Vec<u16>,
}

fn rows() -> Vec<Row> {
    let document = include_str!("../../SECURITY.md");
    let (_, table) = document.split_once("| Route | Hands out |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [route, hands_out, no_account, wrong, foreign, in_cookie, locked, fails] = cells[..]
        else {
            panic!("eight cells: {line}");
        };
        let status = |cell: &str| cell.parse().unwrap_or_else(|_| panic!("a status: {line}"));
        let credential = |name: &str| match name {
            "session" => Credential::Session,
            "access token" => Credential::AccessToken,
            "refresh token" => Credential::RefreshToken,
            other => panic!("no credential: {other}"),
        };
        Row {
            route: route.trim_matches('`').to_owned(),
            hands_out: hands_out.split(", ").map(credential).collect(),
            no_account: status(no_account),
            wrong_proof: (wrong != "–").then(|| status(wrong)),
            foreign_page: [status(foreign), status(in_cookie)],
            locked: status(locked),
            store_fails: fails.split(" or ").map(status).collect(),
        }
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hands_out_a_credential_is_found_by_the_walk_and_stands_in_the_table() {
    for (mode, delivery) in DELIVERIES.into_iter().enumerate() {
        let site = Site::open(delivery).await;
        let found = site.walk().await;
        let handed_out: BTreeMap<_, _> =
            found.iter().map(|(name, (_, _, handed_out))| (name, handed_out)).collect();
        let rows = rows();
        let written: BTreeMap<_, _> = rows.iter().map(|row| (&row.route, &row.hands_out)).collect();
        assert_eq!(handed_out, written, "{delivery:?}: SECURITY.md says otherwise");
        for row in &rows {
            let (route, recipe, _) = &found[&row.route];
            each_refusal(&site, mode, row, route, *recipe).await;
            while_locked(delivery, row, route, *recipe).await;
        }
    }
}

async fn each_refusal(site: &Site, mode: usize, row: &Row, route: &Mounted, recipe: Recipe) {
    let case = |what: &str| format!("{:?} {} {what}", site.delivery, row.route);
    let mut number = 0;
    let mut next = async || {
        number += 1;
        let name = format!("{}{number}", route.path.replace(['/', '-'], "x"));
        site.somebody(&name, recipe.has_password).await
    };
    let refused = async |answer: Answer, status: u16, who: &Somebody, what: &str| {
        assert_eq!(answer.status, status, "{}: {}", case(what), answer.text());
        let handed_out = site.handed_out(&answer, who).await;
        assert_eq!(handed_out.is_empty(), status != 200, "{}", case(what));
    };

    for (what, statement) in [
        ("disabled", "UPDATE accounts SET is_active = FALSE WHERE username = "),
        ("deleted", "DELETE FROM accounts WHERE username = "),
    ] {
        let who = next().await;
        site.execute(&format!("{statement}'{}'", who.name)).await;
        let answer = site.call(route, &who, recipe, Variation::Good).await;
        refused(answer, row.no_account, &who, what).await;
    }
    if let Some(wrong_proof) = row.wrong_proof {
        let who = next().await;
        let answer = site.call(route, &who, recipe, Variation::WrongProof).await;
        refused(answer, wrong_proof, &who, "with a wrong proof").await;
    }
    let who = next().await;
    let answer = site.call(route, &who, recipe, Variation::ForeignPage).await;
    refused(answer, row.foreign_page[mode], &who, "from a foreign page").await;

    let mut struck = 0;
    loop {
        let who = next().await;
        struck += 1;
        site.watch.prepare(Some(Trouble { nth: struck, fault: Fault::Before }));
        let answer = site.call(route, &who, recipe, Variation::Good).await;
        let was_struck = site.watch.struck();
        site.watch.prepare(None);
        if !was_struck {
            refused(answer, 200, &who, "where nothing fails").await;
            break;
        }
        let (what, status) = (format!("where call {struck} fails"), answer.status.as_u16());
        let expected = row.store_fails.iter().find(|expected| **expected == status);
        let expected = *expected.unwrap_or(&row.store_fails[0]);
        refused(answer, expected, &who, &what).await;
    }
    assert!(struck > 1, "{}", case("asks no store"));
}

async fn while_locked(delivery: RefreshDelivery, row: &Row, route: &Mounted, recipe: Recipe) {
    let site = Site::new(delivery, LockoutConfig::default()).await;
    let who = site.somebody("ada", recipe.has_password).await;
    let mut guesses = 0;
    while site.fresh.clone().login("ada", "not the password").await.status != 429 {
        guesses += 1;
        assert!(guesses < 1000, "nothing locks");
    }
    let answer = site.call(route, &who, recipe, Variation::Good).await;
    assert_eq!(answer.status, row.locked, "{delivery:?} {} locked", row.route);
    let handed_out = site.handed_out(&answer, &who).await;
    assert_eq!(handed_out.is_empty(), row.locked != 200, "{delivery:?} {}", row.route);
}
