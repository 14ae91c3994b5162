//! Sign-in by links and codes that are mailed, over a real port.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::sync::Arc;
use std::time::SystemTime;

use crudauth::hooks::{Hooks, Veto};
use crudauth::store::records::{
    ApiKey, Identity, Insertion, PasskeyUser, Record as _, Records, RoleGrant, SecondFactor, new_id,
};
use crudauth::{BearerConfig, EmailCodes, MagicLinks, RateLimits};
use crudauth_tests::support::{
    Account, Answer, Client, Mail, Mailbox, PASSWORD, TestApp, guesses_without_end,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Barrier;

const LINK: (&str, &str) = ("/magic-link/request", "/magic-link/confirm");
const CODE: (&str, &str) = ("/email-code/request", "/email-code/verify");
const SENT: &str = "If an account exists, a sign-in email has been sent.";
const INVALID: &str = "Invalid or expired token";
const USED: &str = "Token already used";
const NO_FLOW: &str = "Invalid or expired code request";
const WRONG: &str = "Invalid code";
const ADA: &str = "ada@example.com";
const VERIFIED: &str = "UPDATE accounts SET email_verified = TRUE";

async fn start(mailbox: &Mailbox) -> TestApp {
    with(mailbox, MagicLinks::new()).await
}

async fn with(mailbox: &Mailbox, links: MagicLinks<Account>) -> TestApp {
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .magic_links(links)
            .email_codes(EmailCodes::new())
    });
    app.await
}

/// Ada has an account whose address she has proved, and no mail in her mailbox.
async fn ada(app: &TestApp, mailbox: &Mailbox) -> Client {
    let ada = app.signed_in("ada").await;
    app.execute(VERIFIED).await;
    mailbox.open(app).await;
    ada
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

fn refused(status: u16, text: &str) -> (u16, Value) {
    (status, json!(text))
}

async fn ask_link(app: &TestApp, mailbox: &Mailbox) -> Mail {
    let answer = app.client().post_json(LINK.0, &json!({ "email": ADA })).await;
    assert_eq!(answer.text(), json!({ "detail": SENT }).to_string());
    mailbox.only(app).await
}

/// The flow, and the code in the mail.
async fn ask_code(app: &TestApp, mailbox: &Mailbox) -> (String, String) {
    let flow = ask_flow(app, ADA).await;
    let mail = mailbox.only(app).await;
    (flow, mail.code.unwrap())
}

async fn ask_flow(app: &TestApp, email: &str) -> String {
    let answer = app.client().post_json(CODE.0, &json!({ "email": email })).await;
    assert_eq!(told(&answer), (200, json!(SENT)));
    let flow = answer.json()["flow"].as_str().unwrap().to_owned();
    assert_eq!(flow.len(), 43);
    flow
}

async fn follow(client: &mut Client, token: &str) -> Answer {
    client.post_json(LINK.1, &json!({ "token": token })).await
}

async fn type_code(client: &mut Client, flow: &str, code: &str) -> Answer {
    client.post_json(CODE.1, &json!({ "flow": flow, "code": code })).await
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn is_in(client: &mut Client) -> bool {
    client.get("/me").await.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_as_a_password_does() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    assert_eq!((&*mail.to, &*mail.kind), (ADA, "magic_link"));
    let link = mail.link.clone().unwrap();
    assert!(link.starts_with("https://app.example.com/sign-in#token="), "{link}");
    assert_eq!(mail.token().len(), 43);

    let mut browser = app.client();
    let answer = follow(&mut browser, mail.token()).await;
    let mut by_password = app.client();
    let login = by_password.login("ada", PASSWORD).await;
    let shape = |answer: &Answer| {
        let names = answer.cookies().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let body = answer.json().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (answer.status, names, body, answer.header("cache-control").map(str::to_owned))
    };
    assert_eq!(shape(&answer), shape(&login), "{}", answer.text());
    assert_eq!(answer.json()["username"], "ada");
    assert!(is_in(&mut browser).await);
    assert_eq!(browser.get("/verified").await.status, 200);

    assert_eq!(told(&follow(&mut app.client(), mail.token()).await), refused(400, USED));
    assert!(is_in(&mut browser).await, "who is in stays in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_signs_in_once_and_in_its_own_flow_alone() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    assert!(code.len() == 6 && code.bytes().all(|it| it.is_ascii_digit()), "{code}");
    let other = ask_flow(&app, ADA).await;
    mailbox.open(&app).await;
    if mailbox.open(&app).await.is_empty() {
        // By a chance of one in a million the other flow has the same code.
        let answer = type_code(&mut app.client(), &other, &code).await;
        assert_eq!(told(&answer), refused(401, WRONG));
    }
    let mut browser = app.client();
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let answer = type_code(&mut browser, &flow, &spaced).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["username"], "ada");
    assert!(is_in(&mut browser).await);
    let again = type_code(&mut app.client(), &flow, &code).await;
    assert_eq!(told(&again), refused(400, NO_FLOW));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_post_uses_a_link_up() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    let token = mail.token();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT] {
        for path in [
            format!("{}?token={token}", LINK.1),
            format!("{}?token={token}", LINK.0),
            format!("{}/{token}", LINK.1),
            format!("/sign-in?token={token}"),
        ] {
            let mut scanner = app.client();
            let request = scanner.request(method.clone(), &path);
            let request = request.json(&json!({ "token": token }));
            let answer = scanner.send(request).await;
            assert!(!answer.status.is_success(), "{method} {path}: {}", answer.text());
            assert!(answer.set_cookies().is_empty());
        }
    }
    assert_eq!(follow(&mut app.client(), token).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_and_no_flow_is_refused() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    let changed = format!("{}A", &mail.token()[..42]);
    let changed = if changed == mail.token() { format!("{}B", &changed[..42]) } else { changed };
    for token in ["", "x", "~~~~", &"A".repeat(43), &"A".repeat(5000), &changed, &flow] {
        let answer = follow(&mut app.client(), token).await;
        assert_eq!(told(&answer), refused(400, INVALID), "{token}");
        let answer = type_code(&mut app.client(), token, &code).await;
        let is_flow = *token == *flow;
        assert_eq!(answer.status, if is_flow { 200 } else { 400 }, "{token}");
    }
    assert_eq!(told(&type_code(&mut app.client(), mail.token(), "1").await), refused(400, NO_FLOW));
    for body in [json!({}), json!({ "token": 7 }), json!({ "token": ["x"] }), json!(["x"])] {
        assert_eq!(app.client().post_json(LINK.1, &body).await.status, 422, "{body}");
        assert_eq!(app.client().post_json(CODE.1, &body).await.status, 422, "{body}");
    }
    let no_boolean = json!({ "token": mail.token(), "remember_me": "perhaps" });
    assert_eq!(app.client().post_json(LINK.1, &no_boolean).await.status, 422);
    for body in [json!({}), json!({ "email": 7 }), json!({ "email": "no address" })] {
        for path in [LINK.0, CODE.0] {
            assert_eq!(app.client().post_json(path, &body).await.status, 422, "{body}");
        }
    }
    assert_eq!(follow(&mut app.client(), mail.token()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_code_is_a_wrong_one() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .lockout(guesses_without_end())
            .email_codes(EmailCodes::new())
    })
    .await;
    ada(&app, &mailbox).await;
    for typed in ["", " ", "12345", "1234567", "１２３４５６", "abcdef", &"1".repeat(9000)] {
        let (flow, _) = ask_code(&app, &mailbox).await;
        let answer = type_code(&mut app.client(), &flow, typed).await;
        assert_eq!(told(&answer), refused(401, WRONG), "{typed}");
    }
    let (flow, _) = ask_code(&app, &mailbox).await;
    let number = json!({ "flow": flow, "code": 123_456 });
    assert_eq!(app.client().post_json(CODE.1, &number).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_codes_end_after_ten_minutes() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    for (seconds, is_good) in [(599, true), (600, false)] {
        let mail = ask_link(&app, &mailbox).await;
        let (flow, code) = ask_code(&app, &mailbox).await;
        app.after(seconds);
        let answer = follow(&mut app.client(), mail.token()).await;
        let expected = if is_good { 200 } else { 400 };
        assert_eq!(answer.status, expected, "{seconds} s: {}", answer.text());
        let answer = type_code(&mut app.client(), &flow, &code).await;
        assert_eq!(answer.status, expected, "{seconds} s: {}", answer.text());
        app.after(3600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_try_does_not_give_a_flow_more_time() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    app.after(400);
    assert_eq!(type_code(&mut app.client(), &flow, wrong(&code)).await.status, 401);
    app.after(200);
    assert_eq!(told(&type_code(&mut app.client(), &flow, &code).await), refused(400, NO_FLOW));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_ends_the_older_one_and_no_other_addresses() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    app.client().register("eve@example.com", "eve", PASSWORD).await;
    app.execute(VERIFIED).await;
    mailbox.open(&app).await;
    let first = ask_link(&app, &mailbox).await;
    let second = ask_link(&app, &mailbox).await;
    app.client().post_json(LINK.0, &json!({ "email": "eve@example.com" })).await;
    assert_eq!(told(&follow(&mut app.client(), first.token()).await), refused(400, INVALID));
    assert_eq!(follow(&mut app.client(), second.token()).await.status, 200);
    assert_eq!(told(&follow(&mut app.client(), first.token()).await), refused(400, INVALID));
    let of_eve = mailbox.only(&app).await;
    assert_eq!(follow(&mut app.client(), of_eve.token()).await.json()["username"], "eve");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_confirmations_one_works() {
    let mailbox = Mailbox::default();
    let app = Arc::new(start(&mailbox).await);
    ada(&app, &mailbox).await;
    for _ in 0..10 {
        let mail = ask_link(&app, &mailbox).await;
        let token = mail.token().to_owned();
        let mut answers = parallel(12, &app, move |mut client| {
            let token = token.clone();
            async move { told(&follow(&mut client, &token).await).0 }
        })
        .await;
        answers.sort_unstable();
        assert_eq!(answers, [[200].as_slice(), &[400; 11]].concat());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_right_codes_one_works() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .lockout(guesses_without_end())
            .email_codes(EmailCodes::new())
    });
    let app = Arc::new(app.await);
    ada(&app, &mailbox).await;
    for _ in 0..10 {
        let (flow, code) = ask_code(&app, &mailbox).await;
        let answers = parallel(12, &app, move |mut client| {
            let (flow, code) = (flow.clone(), code.clone());
            async move { told(&type_code(&mut client, &flow, &code).await).0 }
        })
        .await;
        assert_eq!(answers.iter().filter(|it| **it == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|it| [200, 400].contains(it)), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_codes_are_compared_also_of_twelve_at_once() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .lockout(guesses_without_end())
            .email_codes(EmailCodes::new())
    });
    let app = Arc::new(app.await);
    ada(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    for left in [2, 1, 0] {
        let answer = type_code(&mut app.client(), &flow, wrong(&code)).await;
        assert_eq!(told(&answer), refused(401, WRONG), "{left} left");
    }
    assert_eq!(told(&type_code(&mut app.client(), &flow, &code).await), refused(400, NO_FLOW));

    for _ in 0..10 {
        let (flow, code) = ask_code(&app, &mailbox).await;
        let of_flow = flow.clone();
        let guess = wrong(&code);
        let answers = parallel(12, &app, move |mut client| {
            let flow = of_flow.clone();
            async move { told(&type_code(&mut client, &flow, guess).await).0 }
        })
        .await;
        let compared = answers.iter().filter(|it| **it == 401).count();
        assert_eq!(compared, 3, "{answers:?}");
        assert!(answers.iter().all(|it| [401, 400].contains(it)), "{answers:?}");
        let late = type_code(&mut app.client(), &flow, &code).await;
        assert_eq!(told(&late), refused(400, NO_FLOW));
    }
}

async fn parallel<T, F>(count: usize, app: &Arc<TestApp>, run: impl Fn(Client) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let (barrier, run) = (Arc::clone(&barrier), run(app.client()));
            tokio::spawn(async move {
                barrier.wait().await;
                run.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_count_with_wrong_passwords_and_a_new_flow_gives_none_back() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    for _ in 0..2 {
        assert_eq!(app.client().at(7).login("ada", "wrong").await.status, 401);
    }
    let (flow, code) = ask_code(&app, &mailbox).await;
    for host in [8, 9] {
        let answer = type_code(&mut app.client().at(host), &flow, wrong(&code)).await;
        assert_eq!(told(&answer), refused(401, WRONG));
    }
    let (flow, code) = ask_code(&app, &mailbox).await;
    let fifth = type_code(&mut app.client().at(10), &flow, wrong(&code)).await;
    assert_eq!(told(&fifth), refused(401, WRONG), "the fifth failure of the account");
    let answer = type_code(&mut app.client().at(11), &flow, &code).await;
    assert_eq!(told(&answer), refused(429, "Too many login attempts. Try again later."));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(app.client().at(12).login("ada", PASSWORD).await.status, 429, "one count");

    // Nobody guesses a link, so strangers cannot keep its owner from following it.
    let mail = ask_link(&app, &mailbox).await;
    assert_eq!(follow(&mut app.client().at(13), mail.token()).await.status, 200);
    app.after(60);
    let (flow, code) = ask_code(&app, &mailbox).await;
    assert_eq!(type_code(&mut app.client(), &flow, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_known_has_tries_of_its_own() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut at_home = ada(&app, &mailbox).await;
    at_home.post("/logout").await;
    for _ in 0..5 {
        assert_eq!(app.client().at(7).login("ada", "wrong").await.status, 401);
    }
    let (flow, code) = ask_code(&app, &mailbox).await;
    assert_eq!(type_code(&mut app.client().at(8), &flow, &code).await.status, 429);
    assert_eq!(type_code(&mut at_home, &flow, &code).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_signs_nobody_in_by_mail() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    let bodies = [
        (LINK.1, json!({ "token": mail.token() })),
        (CODE.1, json!({ "flow": flow, "code": code })),
    ];
    for (path, body) in &bodies {
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        {
            let mut client = app.client();
            let request = client.request(Method::POST, path).header(name, value).json(body);
            let answer = client.send(request).await;
            let text = "Cross-site login requests are not allowed.";
            assert_eq!(told(&answer), refused(403, text), "{path} {name}");
            assert!(answer.set_cookies().is_empty());
        }
    }
    for (path, body) in &bodies {
        assert_eq!(app.client().post_json(path, body).await.status, 200, "nothing was used up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_limited_by_address_and_by_whom_they_write_to() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config())
            .magic_links(MagicLinks::new())
            .email_codes(EmailCodes::new())
    })
    .await;
    ada(&app, &mailbox).await;
    for path in [LINK.0, CODE.0] {
        app.after(3600);
        for left in (0..5).rev() {
            let answer =
                app.client().post_json(path, &json!({ "email": "nobody@example.com" })).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(&*left.to_string()));
        }
        let answer = app.client().post_json(path, &json!({ "email": ADA })).await;
        assert_eq!(told(&answer), refused(429, "Too many requests. Try again later."), "{path}");

        // From elsewhere: the mailbox gets five messages, and nobody is told that there are no more.
        mailbox.open(&app).await;
        for host in 20..30 {
            let answer = app.client().at(host).post_json(path, &json!({ "email": ADA })).await;
            assert_eq!(told(&answer), (200, json!(SENT)), "{path}");
        }
        assert_eq!(mailbox.open(&app).await.len(), 5, "{path}");
    }
    for number in 0..60 {
        let answer = follow(&mut app.client(), "x").await;
        assert_eq!(answer.status, 400, "{number}");
    }
    assert_eq!(follow(&mut app.client(), "x").await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_who_has_no_account_or_a_disabled_one() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    for email in [ADA, "nobody@example.com"] {
        let answer = app.client().post_json(LINK.0, &json!({ "email": email })).await;
        assert_eq!(answer.text(), json!({ "detail": SENT }).to_string());
        let flow = ask_flow(&app, email).await;
        for guess in 0..3 {
            let answer = type_code(&mut app.client(), &flow, &format!("00000{guess}")).await;
            assert_eq!(told(&answer), refused(401, WRONG), "{email}");
        }
        let answer = type_code(&mut app.client(), &flow, "000009").await;
        assert_eq!(told(&answer), refused(400, NO_FLOW), "{email}");
        app.after(1);
    }
    assert_eq!(mailbox.open(&app).await, []);
    assert_eq!(told(&follow(&mut app.client(), mail.token()).await), refused(400, INVALID));
    app.after(60);
    assert_eq!(told(&type_code(&mut app.client(), &flow, &code).await), refused(400, NO_FLOW));
    assert_eq!(app.select("SELECT COUNT(*) FROM accounts").await, ["1"]);
}

/// What a change of credentials, of the address or of the row does to a link and a code that are on
/// their way.
#[tokio::test(flavor = "multi_thread")]
async fn links_and_codes_end_with_the_credentials_they_were_made_for() {
    for (change, survives) in [
        ("UPDATE accounts SET token_version = token_version + 1", false),
        ("UPDATE accounts SET email_address = 'other@example.com'", false),
        ("UPDATE accounts SET account_id = 77", false),
        ("UPDATE accounts SET full_name = 'Ada'", true),
    ] {
        let mailbox = Mailbox::default();
        let app = start(&mailbox).await;
        ada(&app, &mailbox).await;
        let mail = ask_link(&app, &mailbox).await;
        let (flow, code) = ask_code(&app, &mailbox).await;
        app.execute(change).await;
        let by_link = follow(&mut app.client(), mail.token()).await;
        let by_code = type_code(&mut app.client(), &flow, &code).await;
        if survives {
            assert_eq!((by_link.status.as_u16(), by_code.status.as_u16()), (200, 200), "{change}");
            continue;
        }
        assert_eq!(told(&by_link), refused(400, INVALID), "{change}");
        assert_eq!(told(&by_code), refused(400, NO_FLOW), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_proof_of_a_mailbox_throws_out_who_was_there_before() {
    for by in ["link", "code"] {
        let mailbox = Mailbox::default();
        let (to, mut claimed) = tokio::sync::mpsc::unbounded_channel();
        let app = TestApp::with(|builder| {
            let hooks = Hooks::<Account>::new().on_account_claimed(move |user, _| {
                let _ = to.send(user.username.clone());
                std::future::ready(Ok(()))
            });
            builder
                .email(mailbox.config())
                .rate_limits(RateLimits::off())
                .bearer(BearerConfig::default())
                .hooks(hooks)
                .magic_links(MagicLinks::new())
                .email_codes(EmailCodes::new())
        })
        .await;
        let mut squatter = app.signed_in("ada").await;
        let form = [("username", "ada"), ("password", PASSWORD)];
        let tokens = app.client().post_form("/token", &form).await.json();
        let verify = mailbox.only(&app).await;
        squatter.post_json("/password/reset-request", &json!({ "email": ADA })).await;
        let reset = mailbox.only(&app).await;

        let mut owner = app.client();
        let answer = match by {
            "link" => {
                let mail = ask_link(&app, &mailbox).await;
                assert!(
                    mail.text.contains("Nobody has confirmed this address yet"),
                    "{}",
                    mail.text
                );
                follow(&mut owner, mail.token()).await
            }
            _ => {
                let flow = ask_flow(&app, ADA).await;
                let mail = mailbox.only(&app).await;
                assert!(
                    mail.text.contains("Nobody has confirmed this address yet"),
                    "{}",
                    mail.text
                );
                type_code(&mut owner, &flow, &mail.code.unwrap()).await
            }
        };
        assert_eq!(answer.status, 200, "{by}: {}", answer.text());
        assert_eq!(claimed.recv().await.as_deref(), Some("ada"));
        assert!(is_in(&mut owner).await);
        assert_eq!(owner.get("/verified").await.status, 200);

        assert!(!is_in(&mut squatter).await, "{by}: the session has ended");
        assert_eq!(app.client().login("ada", PASSWORD).await.status, 401, "{by}: the password");
        let refresh = json!({ "refresh_token": tokens["refresh_token"] });
        assert_eq!(app.client().post_json("/refresh", &refresh).await.status, 401, "{by}");
        let body = json!({ "token": verify.token() });
        assert_eq!(
            app.client().post_json("/email/verify-confirm", &body).await.status,
            400,
            "{by}"
        );
        let body = json!({ "token": reset.token(), "new_password": PASSWORD });
        let answer = app.client().post_json("/password/reset-confirm", &body).await;
        assert_eq!(answer.status, 400, "{by}: a link from before");

        // The second proof takes nothing from anybody.
        let answer =
            owner.post_json("/set-password", &json!({ "new_password": "an owner's own" })).await;
        assert_eq!(answer.status, 200, "{by}: {}", answer.text());
        let mail = ask_link(&app, &mailbox).await;
        assert!(!mail.text.contains("Nobody has confirmed"), "{}", mail.text);
        assert_eq!(follow(&mut app.client(), mail.token()).await.status, 200);
        assert!(is_in(&mut owner).await);
        assert_eq!(app.client().login("ada", "an owner's own").await.status, 200);
        assert!(claimed.try_recv().is_err(), "once");
    }
}

/// What each proof of a mailbox removes of what was set up before.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_first_proof_removes() {
    const ALL: [&str; 5] = ["identity", "passkey user", "second factor", "key", "role"];
    for (by, first, left) in [
        ("link", true, &["role"][..]),
        ("code", true, &["role"]),
        ("reset", true, &["second factor", "role"]),
        ("verification", true, &["passkey user", "second factor", "key", "role"]),
        ("link", false, &ALL),
        ("code", false, &ALL),
        ("reset", false, &ALL),
    ] {
        let mailbox = Mailbox::default();
        let app = start(&mailbox).await;
        app.client().register(ADA, "ada", PASSWORD).await;
        let verify = mailbox.only(&app).await;
        if !first {
            app.execute(VERIFIED).await;
        }
        let records = app.auth.stores().records().unwrap().clone();
        set_up(&records).await;
        assert_eq!(kept(&records).await, ALL);
        let answer = match by {
            "link" => {
                let mail = ask_link(&app, &mailbox).await;
                follow(&mut app.client(), mail.token()).await
            }
            "code" => {
                let (flow, code) = ask_code(&app, &mailbox).await;
                type_code(&mut app.client(), &flow, &code).await
            }
            "reset" => {
                let body = json!({ "email": ADA });
                app.client().post_json("/password/reset-request", &body).await;
                let token = mailbox.only(&app).await.token().to_owned();
                let body = json!({ "token": token, "new_password": "another passphrase" });
                app.client().post_json("/password/reset-confirm", &body).await
            }
            _ => {
                let body = json!({ "token": verify.token() });
                app.client().post_json("/email/verify-confirm", &body).await
            }
        };
        assert_eq!(answer.status, 200, "{by}: {}", answer.text());
        assert_eq!(kept(&records).await, left, "{by}, first: {first}");
    }
}

/// What the user 1 has of each kind, as features keep it.
async fn set_up(records: &Records) {
    const NEVER: SystemTime = SystemTime::UNIX_EPOCH;
    let tables =
        [Identity::TABLE, PasskeyUser::TABLE, SecondFactor::TABLE, ApiKey::TABLE, RoleGrant::TABLE];
    records.open(&tables).await.unwrap();
    let owner = || "1".to_owned();
    let identity = Identity {
        id: new_id(),
        owner: owner(),
        issuer: "https://sso.example.com".to_owned(),
        subject: "eve".to_owned(),
        provider: "sso".to_owned(),
        linked_provider: Some("sso".to_owned()),
        email: None,
        linked_at: NEVER,
        last_used_at: None,
        removed_at: None,
        epoch: None,
        tokens: None,
    };
    assert_eq!(records.insert(identity).await.unwrap(), Insertion::Inserted);
    let handle = PasskeyUser { id: new_id(), owner: owner(), handle: vec![1; 16] };
    assert_eq!(records.insert(handle).await.unwrap(), Insertion::Inserted);
    let factor = SecondFactor {
        id: new_id(),
        owner: owner(),
        secret: vec![1; 32],
        confirmed_at: None,
        last_step: None,
        codes: None,
        epoch: 0,
    };
    assert_eq!(records.insert(factor).await.unwrap(), Insertion::Inserted);
    let key = ApiKey {
        id: new_id(),
        owner: owner(),
        digest: vec![1; 32],
        name: String::new(),
        prefix: String::new(),
        last_four: String::new(),
        scopes: String::new(),
        epoch: None,
        created_at: NEVER,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
        last_used_address: None,
    };
    assert_eq!(records.insert(key).await.unwrap(), Insertion::Inserted);
    let role = RoleGrant {
        id: new_id(),
        owner: owner(),
        role: "reader".to_owned(),
        granted_at: NEVER,
        granted_by: None,
    };
    assert_eq!(records.insert(role).await.unwrap(), Insertion::Inserted);
}

async fn kept(records: &Records) -> Vec<&'static str> {
    let mut kept = Vec::new();
    let subject = Identity::by_subject("https://sso.example.com", "eve");
    kept.extend(records.find(subject).await.unwrap().map(|_| "identity"));
    kept.extend(records.find(PasskeyUser::by_owner("1")).await.unwrap().map(|_| "passkey user"));
    kept.extend(records.find(SecondFactor::by_owner("1")).await.unwrap().map(|_| "second factor"));
    kept.extend(records.find(ApiKey::by_digest(&[1; 32])).await.unwrap().map(|_| "key"));
    kept.extend(records.find(RoleGrant::by_role("1", "reader")).await.unwrap().map(|_| "role"));
    kept
}

/// A person who has signed up, and nobody else, reads the mail of the sign-up: that link takes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_link_of_a_sign_up_keeps_the_password() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = app.signed_in("ada").await;
    let verify = mailbox.only(&app).await;
    let body = json!({ "token": verify.token() });
    assert_eq!(app.client().post_json("/email/verify-confirm", &body).await.status, 200);
    assert!(is_in(&mut ada).await);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_verified_only_is_let_in_by_the_proof_itself() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.default_config())
            .rate_limits(RateLimits::off())
            .magic_links(MagicLinks::new())
    })
    .await;
    app.client().register(ADA, "ada", PASSWORD).await;
    mailbox.open(&app).await;
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 401);
    let mail = ask_link(&app, &mailbox).await;
    let mut ada = app.client();
    assert_eq!(follow(&mut ada, mail.token()).await.status, 200);
    assert!(is_in(&mut ada).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_its_client_where_it_asked_if_that_is_at_home() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    for (target, allowed) in [
        ("/welcome?tab=1", true),
        ("https://app.example.com/x", true),
        ("https://evil.example/", false),
        ("//evil.example", false),
    ] {
        let body = json!({ "email": ADA, "redirect_to": target });
        app.client().post_json(LINK.0, &body).await;
        let mail = mailbox.only(&app).await;
        let answer = follow(&mut app.client(), mail.token()).await;
        let expected = if allowed { json!(target) } else { Value::Null };
        assert_eq!(answer.json()["redirect_to"], expected, "{target}");
        assert_eq!(answer.json().as_object().unwrap().contains_key("redirect_to"), allowed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_can_be_kept_to_the_browser_that_asked_for_it() {
    let mailbox = Mailbox::default();
    let app = with(&mailbox, MagicLinks::new().same_browser(true)).await;
    ada(&app, &mailbox).await;
    let (mut browser, mut other) = (app.client(), app.client());
    let asked = browser.post_json(LINK.0, &json!({ "email": ADA })).await;
    let cookie = asked.set_cookies().concat();
    assert!(cookie.starts_with("__Host-magic_link="), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let mail = mailbox.only(&app).await;
    assert_eq!(told(&follow(&mut app.client(), mail.token()).await), refused(400, INVALID));
    // Another browser has asked too, for somebody else.
    other.post_json(LINK.0, &json!({ "email": "nobody@example.com" })).await;
    assert_eq!(told(&follow(&mut other, mail.token()).await), refused(400, INVALID));
    assert_eq!(follow(&mut browser, mail.token()).await.status, 200, "nothing was used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_remembered_where_the_client_says_so() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let age = |answer: &Answer| {
        let cookies = answer.set_cookies();
        cookies.iter().any(|it| it.contains("session_id") && it.contains("Max-Age"))
    };
    for remember in [true, false] {
        let mail = ask_link(&app, &mailbox).await;
        let body = json!({ "token": mail.token(), "remember_me": remember });
        assert_eq!(age(&app.client().post_json(LINK.1, &body).await), remember);
        let (flow, code) = ask_code(&app, &mailbox).await;
        let body = json!({ "flow": flow, "code": code, "remember_me": remember });
        assert_eq!(age(&app.client().post_json(CODE.1, &body).await), remember);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_veto_keeps_out_who_has_the_link_and_the_code() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        let hooks = Hooks::<Account>::new()
            .before_login(|_, _| std::future::ready(Err(Veto::new("Come back on Monday."))));
        builder
            .email(mailbox.config())
            .rate_limits(RateLimits::off())
            .hooks(hooks)
            .magic_links(MagicLinks::new())
            .email_codes(EmailCodes::new())
    })
    .await;
    app.client().register(ADA, "ada", PASSWORD).await;
    app.execute(VERIFIED).await;
    mailbox.open(&app).await;
    let mail = ask_link(&app, &mailbox).await;
    let answer = follow(&mut app.client(), mail.token()).await;
    assert_eq!(told(&answer), refused(403, "Come back on Monday."));
    assert!(answer.set_cookies().is_empty());
    for _ in 0..8 {
        let (flow, code) = ask_code(&app, &mailbox).await;
        let answer = type_code(&mut app.client(), &flow, &code).await;
        assert_eq!(told(&answer), refused(403, "Come back on Monday."), "it is no failure");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_session_of_the_browser_is_replaced() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mut browser = app.client();
    browser.login("ada", PASSWORD).await;
    let mut earlier = browser.clone();
    let mail = ask_link(&app, &mailbox).await;
    assert_eq!(follow(&mut browser, mail.token()).await.status, 200);
    assert!(is_in(&mut browser).await);
    assert!(!is_in(&mut earlier).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_is_neither_a_token_nor_a_code_nor_an_address() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask_link(&app, &mailbox).await;
    let (flow, code) = ask_code(&app, &mailbox).await;
    let entries = app.database.entries().await;
    let ours: Vec<_> = entries
        .iter()
        .filter(|entry| entry.key.starts_with("magic-link") || entry.key.starts_with("email-code"))
        .collect();
    assert_eq!(ours.len(), 3, "a link, which one is the newest, and a flow");
    for secret in [mail.token(), &flow, &code, ADA] {
        for entry in &ours {
            assert!(!entry.key.contains(secret), "{secret} in {}", entry.key);
            let rests = entry.value.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!rests, "{secret} in the value of {}", entry.key);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_setting_puts_the_token_of_every_link_into_the_fragment() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        builder
            .email(mailbox.config().tokens_in_fragment().sign_in_path("/in"))
            .rate_limits(RateLimits::off())
            .magic_links(MagicLinks::new())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let mut links = vec![mailbox.only(&app).await.link.unwrap()];
    ada.post_json("/password/reset-request", &json!({ "email": ADA })).await;
    links.push(mailbox.only(&app).await.link.unwrap());
    let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
    ada.post_json("/email/change-request", &change).await;
    links.push(mailbox.only(&app).await.link.unwrap());
    links.push(ask_link(&app, &mailbox).await.link.unwrap());
    let pages = ["verify-email", "reset-password", "confirm-email-change", "in"];
    for (link, page) in links.iter().zip(pages) {
        let before = format!("https://app.example.com/{page}#token=");
        assert!(link.starts_with(&before) && !link.contains('?'), "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_such_routes_where_nobody_asks_for_them() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| builder.email(mailbox.config())).await;
    for path in [LINK.0, LINK.1, CODE.0, CODE.1] {
        assert_eq!(app.client().post_json(path, &json!({})).await.status, 404, "{path}");
    }
}
