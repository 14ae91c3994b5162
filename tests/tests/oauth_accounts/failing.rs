//! A store that fails at any step of a flow: nobody gets in by it, no account and no link is left half, and
//! who asks again gets what was asked for.

use std::sync::Arc;

use crudauth_tests::attack::{FAILURES, Trouble, assert_is_a_failure};
use crudauth_tests::provider::links_are_whole;
use crudauth_tests::support::engines::Sql;
use crudauth_tests::support::{Answer, Client, PASSWORD};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::app::{is_in, link_id, links, unlink};
use crate::site::{APP_LINK, HOME, Site, way_back};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn code(name: &str) -> String {
    format!("{name},{name}@example.com")
}

/// Whether the answer is the success of a flow.
fn is_done(answer: &Answer) -> bool {
    let target = answer.header("location").unwrap_or_default();
    match answer.status.as_u16() {
        200 => true,
        307 => target == HOME || target.starts_with(&format!("{APP_LINK}?code=")),
        _ => false,
    }
}

/// One flow: what is there before, the request, and what has to hold whatever became of it.
struct Flow<Prepare, Check> {
    name: &'static str,
    /// How many operations it has at least, with everything watched.
    least: usize,
    prepare: Prepare,
    check: Check,
}

impl<Prepare, Check> Flow<Prepare, Check>
where
    Prepare: AsyncFn(&Site, &str) -> (Client, RequestBuilder),
    Check: AsyncFn(&Site, &str, (&Client, &Answer)),
{
    /// Has each operation of it fail in each way, over stores of both kinds.
    async fn run(&self) {
        let apart = Site::start().await;
        assert!(self.at_every_operation(&apart).await >= self.least, "{}", self.name);
        let together = Site::with_transactions().await;
        assert!(self.at_every_operation(&together).await >= 1, "{}", self.name);
        links_are_whole(&together.ground.database.users).await;
    }

    /// Returns how many operations can fail.
    async fn at_every_operation(&self, site: &Arc<Site>) -> usize {
        let mut most = 0;
        for fault in FAILURES {
            for nth in 1.. {
                let name = format!("{}-{fault:?}-{nth}", self.name).to_lowercase();
                let (mut client, request) = (self.prepare)(site, &name).await;
                site.watch.prepare(Some(Trouble { nth, fault }));
                let answer = client.send(request).await;
                let struck = site.watch.struck();
                site.watch.prepare(None);
                // What only tidies up may fail, and the flow is done.
                if !is_done(&answer) {
                    assert!(struck, "{name}: {}", answer.text());
                    assert_is_a_failure(&answer, fault, nth);
                }
                (self.check)(site, &name, (&client, &answer)).await;
                if !struck {
                    most = most.max(nth - 1);
                    break;
                }
            }
        }
        most
    }
}

/// The identity leads to the account of this name, and to no other.
async fn signs_in_as(site: &Site, name: &str) -> Client {
    let mut client = site.server.client();
    let path = site.callback_of(&mut client, &code(name), "").await;
    let answer = client.get(&path).await;
    assert_eq!(answer.header("location"), Some(HOME), "{name}: {}", answer.text());
    let me = client.get("/me").await.json();
    assert_eq!(me["email"], format!("{name}@example.com"));
    assert_eq!(links(&mut client).await, [("sso".to_owned(), name.to_owned())]);
    let count = format!("SELECT 1 FROM accounts WHERE email_address = '{name}@example.com'");
    assert_eq!(site.ground.database.select(&count).await.len(), 1, "{name}");
    let rows = format!("SELECT 1 FROM crudauth_identities WHERE subject = '{name}'");
    assert_eq!(site.ground.database.select(&rows).await.len(), 1, "{name}");
    client
}

/// A user with a proved address, and elevated rights.
async fn proved(site: &Site, name: &str) -> Client {
    let mut client = site.server.signed_in(name).await;
    let prove = format!("UPDATE accounts SET email_verified = TRUE WHERE username = '{name}'");
    site.execute(&prove).await;
    let answer = client.post_json("/sudo", &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    client
}

/// The way back of what a user begins who is signed in.
async fn begun(client: &mut Client, what: &str, name: &str) -> String {
    let answer = client.post(&format!("/oauth/sso/{what}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    way_back(answer.json()["url"].as_str().expect("the provider"), &code(name))
}

fn get(client: &Client, path: &str) -> RequestBuilder {
    client.request(Method::GET, path)
}

/// The browser of a sign-in, and its way back.
async fn signing_in(site: &Site, name: &str, query: &str) -> (Client, RequestBuilder) {
    let mut client = site.server.client();
    let path = site.callback_of(&mut client, &code(name), query).await;
    let request = get(&client, &path);
    (client, request)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_begins_whole() {
    for site in [Site::start().await, Site::with_transactions().await] {
        for fault in FAILURES {
            let mut client = site.server.client();
            site.watch.prepare(Some(Trouble { nth: 1, fault }));
            let answer = client.get("/oauth/sso/authorize?redirect_to=/x").await;
            assert!(site.watch.struck(), "{fault:?}");
            site.watch.prepare(None);
            assert_is_a_failure(&answer, fault, 1);
            signs_in_as(&site, &format!("begin-{fault:?}").to_lowercase()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sign_in_fails_whole() {
    let prepare = async |site: &Site, name: &str| signing_in(site, name, "").await;
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        assert_eq!(is_in(&mut client.clone()).await, is_done(answer), "{name}");
        signs_in_as(site, name).await;
    };
    Flow { name: "create", least: 8, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_to_an_account_with_the_address_fails_whole() {
    let prepare = async |site: &Site, name: &str| {
        drop(proved(site, name).await);
        signing_in(site, name, "").await
    };
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        assert_eq!(is_in(&mut client.clone()).await, is_done(answer), "{name}");
        signs_in_as(site, name).await;
        assert_eq!(site.server.client().login(name, PASSWORD).await.status, 200, "{name}");
    };
    Flow { name: "adopt", least: 8, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_fails_whole() {
    let prepare = async |site: &Site, name: &str| {
        drop(site.server.signed_in(name).await);
        signing_in(site, name, "").await
    };
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        assert_eq!(is_in(&mut client.clone()).await, is_done(answer), "{name}");
        // Who has made the account is in it or not, and has shared it with nobody.
        let squatter = site.server.client().login(name, PASSWORD).await.status;
        assert!(squatter == 200 && !is_done(answer) || squatter == 401, "{name}: {squatter}");
        let mut squatter = site.server.client();
        squatter.login(name, PASSWORD).await;
        signs_in_as(site, name).await;
        assert!(!is_in(&mut squatter).await, "{name}");
        assert_eq!(site.server.client().login(name, PASSWORD).await.status, 401, "{name}");
    };
    Flow { name: "claim", least: 10, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_by_hand_fails_whole() {
    let prepare = async |site: &Site, name: &str| {
        let mut client = proved(site, name).await;
        let path = begun(&mut client, "link", name).await;
        let request = get(&client, &path);
        (client, request)
    };
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        let mut client = client.clone();
        let there = links(&mut client).await.len();
        assert!(there == 1 || !is_done(answer), "{name}");
        let path = begun(&mut client, "link", name).await;
        assert_eq!(client.get(&path).await.header("location"), Some(HOME), "{name}");
        signs_in_as(site, name).await;
    };
    Flow { name: "link", least: 8, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlink_fails_whole() {
    let prepare = async |site: &Site, name: &str| {
        let mut client = proved(site, name).await;
        let path = begun(&mut client, "link", name).await;
        assert_eq!(client.get(&path).await.header("location"), Some(HOME), "{name}");
        drop(signs_in_as(site, name).await);
        let path = format!("/oauth/accounts/{}", link_id(&mut client, "sso").await);
        let request = client.with_csrf(client.request(Method::DELETE, &path));
        (client, request)
    };
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        let mut client = client.clone();
        if !is_done(answer) {
            let all = client.get("/oauth/accounts").await.json();
            if let Some(id) = all[0]["id"].as_str() {
                let path = format!("/oauth/accounts/{id}");
                let request = client.with_csrf(client.request(Method::DELETE, &path));
                let again = client.send(request).await;
                assert_eq!(again.status, 200, "{name}: {}", again.text());
            }
        }
        assert!(links(&mut client).await.is_empty(), "{name}");
        assert_eq!(site.server.client().login(name, PASSWORD).await.status, 200, "{name}");
        // It is linked by hand alone from then on.
        let (mut other, request) = signing_in(site, name, "").await;
        let target = format!("{HOME}?error=link_required");
        assert_eq!(other.send(request).await.header("location"), Some(&*target), "{name}");
        let path = begun(&mut client, "link", name).await;
        assert_eq!(client.get(&path).await.header("location"), Some(HOME), "{name}");
    };
    Flow { name: "unlink", least: 6, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_by_a_provider_fails_whole() {
    let prepare = async |site: &Site, name: &str| {
        let mut client = signs_in_as(site, name).await;
        let path = begun(&mut client, "reauthenticate", name).await;
        let request = get(&client, &path);
        (client, request)
    };
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        let mut client = client.clone();
        // Elevated rights are what a link asks for.
        let is_elevated = client.post("/oauth/sso/link").await.status == 200;
        assert!(is_elevated || !is_done(answer), "{name}");
        let path = begun(&mut client, "reauthenticate", name).await;
        assert_eq!(client.get(&path).await.header("location"), Some(HOME), "{name}");
        assert_eq!(client.post("/oauth/sso/link").await.status, 200, "{name}");
        signs_in_as(site, name).await;
    };
    Flow { name: "proof", least: 6, prepare, check }.run().await;
}

/// How an app begins.
fn for_app() -> String {
    format!("?redirect_to={APP_LINK}&code_challenge={CHALLENGE}&code_challenge_method=S256")
}

/// The code that the app gets.
fn app_code(answer: &Answer) -> &str {
    let target = answer.header("location").expect("a target");
    target.strip_prefix(&format!("{APP_LINK}?code=")).expect(target)
}

fn exchange(client: &Client, code: &str) -> RequestBuilder {
    let body = json!({ "code": code, "code_verifier": VERIFIER });
    client.request(Method::POST, "/oauth/token").json(&body)
}

/// A whole sign-in of an app.
async fn app_signs_in(site: &Site, name: &str) {
    let (mut client, request) = signing_in(site, name, &for_app()).await;
    let answer = client.send(request).await;
    let request = exchange(&client, app_code(&answer));
    let tokens = client.send(request).await;
    assert_eq!(tokens.status, 200, "{name}: {}", tokens.text());
    let access = tokens.json()["access_token"].as_str().expect("a token").to_owned();
    let mut device = site.server.client();
    let me = device.request(Method::GET, "/me").bearer_auth(access);
    assert_eq!(device.send(me).await.json()["email"], format!("{name}@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_an_app_is_issued_whole() {
    let prepare = async |site: &Site, name: &str| signing_in(site, name, &for_app()).await;
    let check = async |site: &Site, name: &str, (client, answer): (&Client, &Answer)| {
        assert!(!is_in(&mut client.clone()).await, "{name}");
        if is_done(answer) {
            let request = exchange(client, app_code(answer));
            assert_eq!(client.clone().send(request).await.status, 200, "{name}");
        }
        app_signs_in(site, name).await;
        signs_in_as(site, name).await;
    };
    Flow { name: "code", least: 6, prepare, check }.run().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_of_an_app_is_exchanged_whole() {
    let prepare = async |site: &Site, name: &str| {
        let (mut client, request) = signing_in(site, name, &for_app()).await;
        let answer = client.send(request).await;
        let client = site.server.client();
        let request = exchange(&client, app_code(&answer));
        (client, request)
    };
    let check = async |site: &Site, name: &str, (_, answer): (&Client, &Answer)| {
        assert_eq!(answer.text().contains("access_token"), is_done(answer), "{name}");
        app_signs_in(site, name).await;
    };
    Flow { name: "exchange", least: 5, prepare, check }.run().await;
}

/// Has the database refuse each `INSERT` or `UPDATE` of a link, or no more.
async fn refuse(site: &Site, what: &str, refuses: bool) {
    let on = "ON crudauth_identities";
    let sql = match (&site.ground.database.users, refuses) {
        (Sql::Sqlite(..), true) => {
            format!("CREATE TRIGGER no BEFORE {what} {on} BEGIN SELECT RAISE(ABORT, 'full'); END")
        }
        (Sql::Mariadb(_), true) => {
            let full = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'full'";
            format!("CREATE TRIGGER no BEFORE {what} {on} FOR EACH ROW {full}")
        }
        (Sql::Postgres(_), true) => format!(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'full'; END$$; \
             CREATE TRIGGER no BEFORE {what} {on} FOR EACH ROW EXECUTE FUNCTION no()"
        ),
        (Sql::Sqlite(..) | Sql::Mariadb(_), false) => "DROP TRIGGER no".to_owned(),
        (Sql::Postgres(_), false) => format!("DROP TRIGGER no {on}; DROP FUNCTION no()"),
    };
    site.execute(&sql).await;
}

/// What is kept of users and their links.
async fn rests(site: &Site) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for column in ["username", "pw_hash", "email_verified", "token_version"] {
        let rows = format!("SELECT {column} FROM accounts");
        all.push(site.ground.database.select(&rows).await);
    }
    let rows = "SELECT removed_at FROM crudauth_identities";
    all.push(site.ground.database.select(rows).await);
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_changes_with_its_link_or_not_at_all() {
    let site = Site::with_transactions().await;
    drop(proved(&site, "adopted").await);
    let mut squatter = site.server.signed_in("claimed").await;
    for name in ["created", "adopted", "claimed"] {
        let (mut client, request) = signing_in(&site, name, "").await;
        let before = rests(&site).await;
        refuse(&site, "INSERT", true).await;
        let answer = client.send(request).await;
        refuse(&site, "INSERT", false).await;
        assert!(answer.status.is_server_error(), "{name}: {}", answer.text());
        assert!(!is_in(&mut client).await && is_in(&mut squatter).await, "{name}");
        assert_eq!(rests(&site).await, before, "{name}");
        signs_in_as(&site, name).await;
    }
    assert!(!is_in(&mut squatter).await);

    let mut client = proved(&site, "linked").await;
    let path = begun(&mut client, "link", "linked").await;
    let before = rests(&site).await;
    refuse(&site, "INSERT", true).await;
    assert!(client.get(&path).await.status.is_server_error());
    refuse(&site, "INSERT", false).await;
    assert_eq!(rests(&site).await, before);
    let path = begun(&mut client, "link", "linked").await;
    assert_eq!(client.get(&path).await.header("location"), Some(HOME));

    let before = rests(&site).await;
    refuse(&site, "UPDATE", true).await;
    assert!(unlink(&mut client, "sso").await.status.is_server_error());
    refuse(&site, "UPDATE", false).await;
    assert_eq!(rests(&site).await, before);
    let mut by_it = signs_in_as(&site, "linked").await;
    assert_eq!(unlink(&mut client, "sso").await.status, 200);
    assert!(!is_in(&mut by_it).await);
    links_are_whole(&site.ground.database.users).await;
}
