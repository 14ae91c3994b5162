//! The table of `crudauth::credentials`, walked over a real port: which event ends what.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use crudauth::oauth::OAuthConfig;
use crudauth::password::{Password, PasswordHasher};
use crudauth::{EmailCodes, MagicLinks, RateLimits, SessionConfig};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::{BearerApp, Client, Mailbox, PASSWORD, in_body};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

/// Of [`PASSWORD`].
const BCRYPT: &str = "$2b$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi";

const LINKS: [&str; 5] = [
    "/password/reset-confirm",
    "/email/change-confirm",
    "/email/verify-confirm",
    "/magic-link/confirm",
    "/email-code/verify",
];

/// What an account can have issued.
struct Issued {
    app: BearerApp,
    own: Client,
    other: Client,
    access: String,
    own_refresh: String,
    other_refresh: String,
    /// The tokens of [`LINKS`]; the last one is a code.
    links: [String; 5],
    /// That of the code.
    flow: String,
}

/// Which of it still works: the own and the other session, the access token, the own and the other
/// family, and the [`LINKS`].
type Alive = [bool; 10];

/// The rows of the table.
const EVENTS: [&str; 28] = [
    "(nothing)",
    "change of password",
    "first password",
    "reset of password",
    "change of e-mail address",
    "verification",
    "claim of the account by a provider",
    "first proof of the mailbox by a link to sign in",
    "deactivation",
    "deactivation and reactivation",
    "deactivation by SQL that a session meets, and reactivation",
    "deactivation by SQL that a token meets, and reactivation",
    "deletion",
    "another row with the same id",
    "another row with the same id and address",
    "another `token_version`",
    "another hash by SQL",
    "logout of the session",
    "logout with the refresh token",
    "logout everywhere",
    "logout everywhere else",
    "logout everywhere else but of tokens",
    "revocation of the other session",
    "revocation of the own family",
    "renewal of the tokens",
    "reuse of a refresh token",
    "end of all families",
    "renewal of a hash",
];

impl Issued {
    async fn new(event: &str) -> Self {
        let mailbox = Mailbox::default();
        let app = BearerApp::built(in_body(), |builder| {
            let session = SessionConfig::default().management_routes();
            let oauth = OAuthConfig::new("https://shop.example.com").add_provider(Desk::new("sso"));
            let builder = builder.email(mailbox.config()).rate_limits(RateLimits::off());
            let builder = builder.magic_links(MagicLinks::new()).email_codes(EmailCodes::new());
            builder.session(session).oauth(oauth)
        })
        .await;
        let mut own = app.signed_in("ada").await;
        let verify = mailbox.only(&app).await.token().to_owned();
        let mut other = app.client();
        other.login("ada", PASSWORD).await;
        let mut bearer = app.client();
        let own_tokens = bearer.token("ada", PASSWORD, None).await;
        app.after(1);
        let other_tokens = bearer.token("ada", PASSWORD, None).await;
        let reset = json!({ "email": "ada@example.com" });
        let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
        if event == "first password" {
            // Links are asked for as somebody who has no password yet; the one to a new address
            // needs one, and so is taken as spent.
            app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
        }
        app.client().post_json("/password/reset-request", &reset).await;
        let reset = mailbox.only(&app).await.token().to_owned();
        own.post_json("/email/change-request", &change).await;
        let change = mailbox.open(&app).await.pop().map(|mail| mail.token().to_owned());
        let ada = json!({ "email": "ada@example.com" });
        app.client().post_json("/magic-link/request", &ada).await;
        let sign_in = mailbox.only(&app).await.token().to_owned();
        let asked = app.client().post_json("/email-code/request", &ada).await;
        let code = mailbox.only(&app).await.code.unwrap();
        Self {
            flow: asked.field("flow"),
            app,
            own,
            other,
            access: own_tokens.field("access_token"),
            own_refresh: own_tokens.field("refresh_token"),
            other_refresh: other_tokens.field("refresh_token"),
            links: [reset, change.unwrap_or_default(), verify, sign_in, code],
        }
    }

    /// Deletes the account, and lets another one have its id.
    async fn replace_the_row(&self, address: &str) {
        self.app.execute("DELETE FROM accounts").await;
        let answer = self.app.client().register(address, "eve", PASSWORD).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        self.app.execute("UPDATE accounts SET account_id = 1").await;
    }

    async fn follow(&self, link: usize) -> bool {
        let (token, flow) = (&self.links[link], &self.flow);
        let new = "yet another passphrase";
        let body = json!({ "token": token, "new_password": new, "flow": flow, "code": token });
        self.app.client().post_json(LINKS[link], &body).await.status == 200
    }

    async fn refresh(&self, token: &str) -> Option<String> {
        let answer = self.app.client().refresh(token).await;
        (answer.status == 200).then(|| answer.field("refresh_token"))
    }

    async fn logout_everywhere(&mut self, query: &str, revoked: u64) {
        let answer = self.own.post(&format!("/logout-all{query}")).await;
        assert_eq!(answer.json()["revoked"], revoked);
    }

    /// Ends the first sign-in in the list that `is_meant`, as the own session.
    async fn revoke(&mut self, is_meant: impl Fn(&Value) -> bool) {
        let list = self.own.get("/sessions").await.json();
        let meant = list.as_array().unwrap().iter().find(|it| is_meant(it)).unwrap();
        let path = format!("/sessions/{}", meant["id"].as_str().unwrap());
        let request = self.own.with_csrf(self.own.request(Method::DELETE, &path));
        assert_eq!(self.own.send(request).await.status, 200);
    }

    async fn undergo(&mut self, event: &str) {
        let app = &self.app;
        match event {
            "(nothing)" => {}
            "change of password" => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW });
                assert_eq!(self.own.post_json("/change-password", &body).await.status, 200);
            }
            "first password" => {
                let body = json!({ "new_password": NEW });
                assert_eq!(self.own.post_json("/set-password", &body).await.status, 200);
            }
            "reset of password" => assert!(self.follow(0).await),
            "change of e-mail address" => assert!(self.follow(1).await),
            "verification" => assert!(self.follow(2).await),
            "claim of the account by a provider" => {
                let mut owner = app.client();
                let answer = owner.get("/oauth/sso/authorize").await;
                let (_, state) = answer.header("location").unwrap().split_once("state=").unwrap();
                let path = format!("/oauth/sso/callback?code=ada,ada@example.com&state={state}");
                owner.get(&path).await;
                assert_eq!(owner.get("/me").await.json()["username"], "ada");
            }
            "first proof of the mailbox by a link to sign in" => assert!(self.follow(3).await),
            "deactivation" => app.execute("UPDATE accounts SET is_active = FALSE").await,
            "deactivation and reactivation" => {
                assert!(app.auth.deactivate(&1).await.unwrap());
                assert!(app.auth.reactivate(&1).await.unwrap());
            }
            "deactivation by SQL that a session meets, and reactivation" => {
                app.execute("UPDATE accounts SET is_active = FALSE").await;
                assert_eq!(self.other.clone().get("/me").await.status, 401);
                app.execute("UPDATE accounts SET is_active = TRUE").await;
            }
            "deactivation by SQL that a token meets, and reactivation" => {
                app.execute("UPDATE accounts SET is_active = FALSE").await;
                assert_eq!(app.client().get_as(&self.access, "/me").await.status, 401);
                app.execute("UPDATE accounts SET is_active = TRUE").await;
            }
            "deletion" => app.execute("DELETE FROM accounts").await,
            "another row with the same id" => self.replace_the_row("eve@example.com").await,
            "another row with the same id and address" => {
                self.replace_the_row("ada@example.com").await;
            }
            "another `token_version`" => {
                app.execute("UPDATE accounts SET token_version = token_version + 1").await;
            }
            "another hash by SQL" => {
                let hash = app.hasher.hash(&Password::new(PASSWORD)).unwrap();
                let hash = hash.as_stored();
                app.execute(&format!("UPDATE accounts SET pw_hash = '{hash}'")).await;
            }
            "logout of the session" => assert_eq!(self.own.post("/logout").await.status, 200),
            "logout with the refresh token" => {
                let body = json!({ "refresh_token": self.own_refresh });
                assert_eq!(app.client().post_json("/logout", &body).await.status, 200);
            }
            "logout everywhere" => self.logout_everywhere("", 4).await,
            "logout everywhere else" => self.logout_everywhere("?keep_current=1", 3).await,
            "logout everywhere else but of tokens" => {
                self.logout_everywhere("?keep_current=1&tokens=keep", 1).await;
            }
            "revocation of the other session" => {
                self.revoke(|it| it["via"] == "session" && it["current"] == false).await;
            }
            "revocation of the own family" => {
                self.revoke(|it| {
                    it["created_at"] == "2027-01-15T08:00:00Z" && it["via"] == "bearer"
                })
                .await;
            }
            "renewal of the tokens" => {
                self.own_refresh = self.refresh(&self.own_refresh).await.unwrap();
            }
            "reuse of a refresh token" => {
                let successor = self.refresh(&self.own_refresh).await.unwrap();
                app.after(21);
                assert_eq!(self.refresh(&self.own_refresh).await, None);
                self.own_refresh = successor;
            }
            "end of all families" => assert_eq!(app.tokens().end_all(&1).await.unwrap(), 2),
            "renewal of a hash" => {
                // The row has a hash of an old scheme, until its user signs in.
                let outdated = format!("UPDATE accounts SET pw_hash = '{BCRYPT}'");
                app.execute_and_carry_over(&outdated).await;
                assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
                let stored = app.select("SELECT pw_hash FROM accounts").await;
                assert_ne!(stored, [BCRYPT]);
            }
            other => panic!("no such event: {other}"),
        }
    }
}

/// Each link is tried on an account of its own: to try one may end another.
async fn alive_after(event: &str) -> Alive {
    let mut issued = Issued::new(event).await;
    issued.undergo(event).await;
    let mut alive = [
        issued.own.get("/me").await.status == 200,
        issued.other.get("/me").await.status == 200,
        issued.app.client().get_as(&issued.access, "/me").await.status == 200,
        issued.refresh(&issued.own_refresh).await.is_some(),
        issued.refresh(&issued.other_refresh).await.is_some(),
        false,
        false,
        false,
        false,
        false,
    ];
    for link in 0..LINKS.len() {
        let mut issued = Issued::new(event).await;
        issued.undergo(event).await;
        alive[5 + link] = issued.follow(link).await;
    }
    alive
}

/// The rows of the table in the documentation, without their heads.
fn rows() -> Vec<(&'static str, Alive)> {
    let table = include_str!("../../crudauth/src/credentials.rs");
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
    let rows = rows.map(|line| {
        let (event, cells) = line.split_once(" |").unwrap();
        let cells = cells.trim_end_matches('|').split('|').map(|cell| match cell.trim() {
            "stays" => true,
            "ends" => false,
            other => panic!("{event}: {other:?}"),
        });
        (event, cells.collect::<Vec<_>>().try_into().unwrap())
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_ends_what_the_table_says() {
    let rows = rows();
    let events: Vec<_> = rows.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, EVENTS, "the table has a row for every event that is walked");
    for (event, expected) in rows {
        assert_eq!(alive_after(event).await, expected, "{event}");
    }
}

#[test]
fn the_security_notes_have_the_same_table() {
    let table = include_str!("../../crudauth/src/credentials.rs");
    let notes = include_str!("../../SECURITY.md");
    for line in table.lines().filter_map(|line| line.strip_prefix("//! ")) {
        assert!(!line.starts_with('|') || notes.lines().any(|note| note == line), "{line}");
    }
}
