//! Accounts that are made of an address alone, and what cannot work, of sign-ins by mail.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::sync::{Arc, Mutex};

use crudauth::hooks::{Hooks, NewUserSource, Veto};
use crudauth::{
    AuthUser, CrudAuth, EmailCodes, EmailConfig, MagicLinks, RateLimits, SecretKey, StartupError,
};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{
    Answer, Client, CountingHasher, Mail, Mailbox, Server, TestDatabase,
};
use serde_json::json;

mod schema {
    diesel::table! {
        readers (id) {
            id -> Integer,
            email -> Text,
            username -> Nullable<Text>,
            hashed_password -> Text,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            nickname -> Nullable<Text>,
            plan -> Text,
        }
    }
}

macro_rules! readers {
    ($id:literal, $name:literal) => {
        concat!(
            "CREATE TABLE readers (id ",
            $id,
            " PRIMARY KEY, email ",
            $name,
            " NOT NULL UNIQUE, username ",
            $name,
            " UNIQUE, hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
             email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, nickname TEXT, \
             plan TEXT NOT NULL)",
        )
    };
}

const READERS: Tables = Tables {
    sqlite: readers!("INTEGER", "TEXT"),
    postgres: readers!("SERIAL", "TEXT"),
    mysql: readers!("INTEGER AUTO_INCREMENT", "VARCHAR(100)"),
};

#[derive(AuthUser)]
#[diesel(table_name = schema::readers)]
#[expect(dead_code, reason = "some columns are for crudauth alone")]
struct Reader {
    id: i32,
    email: String,
    username: Option<String>,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    #[auth(register)]
    nickname: Option<String>,
    #[auth(provisioned)]
    plan: String,
}

const SENT: &str = "If an account exists, a sign-in email has been sent.";

struct App {
    auth: CrudAuth<Reader>,
    server: Server,
    database: TestDatabase,
    mailbox: Mailbox,
    sources: Arc<Mutex<Vec<NewUserSource>>>,
}

impl App {
    async fn start(sign_up: bool, hooks: Hooks<Reader>) -> Self {
        let database = TestDatabase::new(&READERS).await;
        let (mailbox, sources) = (Mailbox::default(), Arc::<Mutex<Vec<_>>>::default());
        let seen = Arc::clone(&sources);
        let auth = CrudAuth::<Reader>::builder(database.clone(), SecretKey::random().unwrap())
            .new_user_fields(move |new| {
                seen.lock().unwrap().push(new.source);
                async { Ok(ReaderProvisioned { plan: "free".to_owned() }) }
            })
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off())
            .email(mailbox.default_config())
            .hooks(hooks)
            .magic_links(MagicLinks::new().sign_up(sign_up))
            .email_codes(EmailCodes::new())
            .build()
            .await
            .unwrap();
        let server = Server::serve(auth.router::<()>()).await;
        Self { auth, server, database, mailbox, sources }
    }

    fn client(&self) -> Client {
        Client::new(self.server.address)
    }

    async fn ask(&self, email: &str) -> Vec<Mail> {
        let answer =
            self.client().post_json("/magic-link/request", &json!({ "email": email })).await;
        assert_eq!(answer.text(), json!({ "detail": SENT }).to_string());
        self.mailbox.mails(&self.auth).await
    }

    async fn follow(&self, mail: &Mail) -> (Client, Answer) {
        let mut client = self.client();
        let answer =
            client.post_json("/magic-link/confirm", &json!({ "token": mail.token() })).await;
        (client, answer)
    }

    async fn count(&self) -> Vec<String> {
        self.database.select("SELECT COUNT(*) FROM readers").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_an_account_gets_one_by_its_link() {
    let app = App::start(true, Hooks::new()).await;
    let [mail] = &app.ask(" New <New@Example.com>").await[..] else { panic!("one mail") };
    assert_eq!((&*mail.to, &*mail.kind), ("new@example.com", "sign_up_link"));
    assert_eq!(app.count().await, ["0"], "nothing is made before the link is confirmed");
    let (mut client, answer) = app.follow(mail).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let me = client.get("/me").await.json();
    assert_eq!((&me["email"], &me["username"]), (&json!("new@example.com"), &json!(null)));
    let row =
        "SELECT plan FROM readers WHERE email_verified AND is_active AND email = 'new@example.com'";
    assert_eq!(app.database.select(row).await, ["free"]);
    assert_eq!(*app.sources.lock().unwrap(), [NewUserSource::MagicLink]);

    let (_, again) = app.follow(mail).await;
    assert_eq!((again.status.as_u16(), again.detail()), (400, json!("Token already used")));
    let [mail] = &app.ask("new@example.com").await[..] else { panic!("one mail") };
    assert_eq!(mail.kind, "magic_link");
    assert!(!mail.text.contains("Nobody has confirmed"), "the address is proved");
    assert_eq!(app.follow(mail).await.1.status, 200);
    assert_eq!(app.count().await, ["1"]);
    let answer = app.client().login("new@example.com", "!").await;
    assert_eq!(answer.status, 401, "there is no password");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_account_is_made_by_a_link_unless_the_application_says_so() {
    let app = App::start(false, Hooks::new()).await;
    assert_eq!(app.ask("new@example.com").await, []);
    assert_eq!(app.count().await, ["0"]);
}

/// A code never makes an account.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_for_who_has_an_account() {
    let app = App::start(true, Hooks::new()).await;
    let body = json!({ "email": "new@example.com" });
    let answer = app.client().post_json("/email-code/request", &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(app.mailbox.mails(&app.auth).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_signed_up_meanwhile_is_not_taken_over_by_a_link_from_before() {
    let app = App::start(true, Hooks::new()).await;
    let mails = app.ask("new@example.com").await;
    let body = json!({ "email": "new@example.com", "password": "correct horse battery" });
    assert!(app.client().post_json("/register", &body).await.status.is_success());
    let (_, answer) = app.follow(&mails[0]).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (400, json!("Invalid or expired token")));
    assert_eq!(app.count().await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_sign_ups_by_one_link_one_makes_an_account() {
    let app = App::start(true, Hooks::new()).await;
    let mails = app.ask("new@example.com").await;
    let token = json!({ "token": mails[0].token() });
    let mut all = Vec::new();
    for _ in 0..12 {
        let (mut client, token) = (app.client(), token.clone());
        all.push(tokio::spawn(async move {
            client.post_json("/magic-link/confirm", &token).await.status.as_u16()
        }));
    }
    let mut statuses = Vec::new();
    for one in all {
        statuses.push(one.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200].as_slice(), &[400; 11]].concat());
    assert_eq!(app.count().await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_refuses_a_sign_up_by_link() {
    let hooks = Hooks::<Reader>::new().before_register(|new, _| async move {
        match new.email.as_deref() {
            Some("new@example.com") => Err(Veto::new("Sign-up is by invitation.")),
            _ => Ok(()),
        }
    });
    let app = App::start(true, hooks).await;
    let mails = app.ask("new@example.com").await;
    let (_, answer) = app.follow(&mails[0]).await;
    let refused = (answer.status.as_u16(), answer.detail());
    assert_eq!(refused, (403, json!("Sign-up is by invitation.")));
    assert_eq!(app.count().await, ["0"]);
}

async fn refused(
    email: Option<EmailConfig>,
    links: MagicLinks<Reader>,
    codes: EmailCodes,
) -> StartupError {
    let database = TestDatabase::new(&READERS).await;
    let mut builder = CrudAuth::<Reader>::builder(database, SecretKey::random().unwrap())
        .new_user_defaults(ReaderProvisioned { plan: String::new() })
        .magic_links(links)
        .email_codes(codes);
    if let Some(email) = email {
        builder = builder.email(email);
    }
    builder.build().await.expect_err("it cannot work")
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_by_mail_that_cannot_work_are_told_at_the_start() {
    use std::time::Duration;

    let text = refused(None, MagicLinks::new(), EmailCodes::new()).await.to_string();
    for part in ["`Builder::magic_links`", "`Builder::email_codes`", "give `Builder::email`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for (links, codes, part) in [
        (Duration::ZERO, Duration::from_secs(600), "MagicLinks::within"),
        (Duration::from_secs(3601), Duration::from_secs(600), "MagicLinks::within"),
        (Duration::from_secs(600), Duration::ZERO, "EmailCodes::within"),
        (Duration::from_secs(600), Duration::from_secs(601), "EmailCodes::within"),
    ] {
        let email = Some(Mailbox::default().config());
        let (links, codes) = (MagicLinks::new().within(links), EmailCodes::new().within(codes));
        let text = refused(email, links, codes).await.to_string();
        assert!(text.contains(part) && text.matches("within").count() == 1, "{part}: {text}");
    }
}
