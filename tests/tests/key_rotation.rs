//! Another secret key: what was issued under the one before goes on, until that one is left out.

use crudauth::SecretKey;

use crudauth_tests::support::{Answer, BearerApp, Client, Mailbox, PASSWORD, in_body};
use reqwest::Method;
use serde_json::json;

const OLD: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";
const NEW: &str = "b4WmXr2nTq8sKd6vGz1yHc9pLf5jEa3uIo7Q";

fn key(text: &str) -> SecretKey {
    SecretKey::new(text).expect("a good key")
}

/// The application as it is deployed anew, over the same database.
async fn deployed(before: &BearerApp, mailbox: &Mailbox, key: SecretKey) -> BearerApp {
    BearerApp::over(before.database.clone(), in_body(), |builder| {
        builder.secret_key(key).clock(before.clock.clone()).email(mailbox.config())
    })
    .await
}

/// One credential of each kind, as a client holds it.
struct Held {
    browser: Client,
    access: String,
    refresh: String,
    reset: String,
    verify: String,
}

async fn change(browser: &mut Client) -> Answer {
    let request = browser.request(Method::POST, "/notes");
    browser.send(browser.with_csrf(request)).await
}

fn is_known_device(answer: &Answer) -> bool {
    !answer.set_cookies().iter().any(|cookie| cookie.contains("device"))
}

/// Signs up `name` with `app`, and takes one of each.
async fn issued(app: &BearerApp, mailbox: &Mailbox, name: &str) -> Held {
    let email = format!("{name}@example.com");
    let mut browser = app.client();
    assert!(browser.register(&email, name, PASSWORD).await.status.is_success());
    let proof = mailbox.only(app).await.token().to_owned();
    let proved = browser.post_json("/email/verify-confirm", &json!({ "token": proof })).await;
    assert_eq!(proved.status, 200, "{}", proved.text());
    let answer = browser.login(name, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!is_known_device(&answer), "{:?}", answer.set_cookies());
    let tokens = app.client().token(name, PASSWORD, None).await;
    let link = async |path: &str, email: &str| {
        let asked = app.client().post_json(path, &json!({ "email": email })).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        mailbox.only(app).await.token().to_owned()
    };
    let reset = link("/password/reset-request", &email).await;
    let unproved = format!("{name}2@example.com");
    let second = format!("{name}2");
    assert!(app.client().register(&unproved, &second, PASSWORD).await.status.is_success());
    let verify = mailbox.only(app).await.token().to_owned();
    let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
    Held { browser, access, refresh, reset, verify }
}

/// What of `held` counts with `app`, by name. Using it uses it up.
async fn counting(app: &BearerApp, mailbox: &Mailbox, held: Held, name: &str) -> Vec<&'static str> {
    let Held { browser, access, refresh, reset, verify } = held;
    let mut browser = browser.moved_to(app.address);
    let mut counts = Vec::new();
    let mut note = |what, counted: bool| {
        if counted {
            counts.push(what);
        }
    };
    note("session", browser.get("/me").await.status == 200);
    note("csrf token", change(&mut browser).await.status == 200);
    note("access token", app.client().get_as(&access, "/dashboard").await.status == 200);
    let renewed = app.client().refresh(&refresh).await;
    note("refresh token", renewed.status == 200);
    if renewed.status == 200 {
        let again = app.client().refresh(&renewed.field("refresh_token")).await;
        note("its successor", again.status == 200);
    }
    let mut here = app.client();
    here.cookies = browser.cookies.clone();
    here.cookies.retain(|name, _| name.contains("device"));
    let answer = here.login(name, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    note("device", is_known_device(&answer));
    let verified =
        app.client().post_json("/email/verify-confirm", &json!({ "token": verify })).await;
    note("verify link", verified.status == 200);
    let new = json!({ "token": reset, "new_password": "another good passphrase" });
    note("reset link", app.client().post_json("/password/reset-confirm", &new).await.status == 200);
    mailbox.open(app).await;
    counts
}

const ALL: [&str; 8] = [
    "session",
    "csrf token",
    "access token",
    "refresh token",
    "its successor",
    "device",
    "verify link",
    "reset link",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_key_has_issued_counts_until_that_key_is_left_out() {
    let mailbox = Mailbox::default();
    let before =
        BearerApp::built(in_body(), |builder| builder.secret_key(key(OLD)).email(mailbox.config()))
            .await;
    let of_ada = issued(&before, &mailbox, "ada").await;
    let of_bob = issued(&before, &mailbox, "bob").await;
    // A mail that still waits when the key is replaced.
    let asked = json!({ "email": "ada@example.com" });
    assert_eq!(before.client().post_json("/password/reset-request", &asked).await.status, 200);

    let rotated = deployed(&before, &mailbox, key(NEW).with_fallbacks([key(OLD)])).await;
    assert_eq!(mailbox.only(&rotated).await.kind, "reset_password", "sealed mail is opened");
    assert_eq!(counting(&rotated, &mailbox, of_ada, "ada").await, ALL);

    let of_eve = issued(&rotated, &mailbox, "eve").await;
    let alone = deployed(&before, &mailbox, key(NEW)).await;
    assert_eq!(counting(&alone, &mailbox, of_eve, "eve").await, ALL, "the new key has issued them");
    assert_eq!(
        counting(&alone, &mailbox, of_bob, "bob").await,
        [""; 0],
        "and the old one is left out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_with_the_new_key_and_the_old_one_take_what_the_others_issue() {
    let mailbox = Mailbox::default();
    let old = BearerApp::built(in_body(), |builder| {
        builder.secret_key(key(OLD).with_fallbacks([key(NEW)])).email(mailbox.config())
    })
    .await;
    let new = deployed(&old, &mailbox, key(NEW).with_fallbacks([key(OLD)])).await;
    let of_ada = issued(&old, &mailbox, "ada").await;
    let of_bob = issued(&new, &mailbox, "bob").await;
    assert_eq!(counting(&new, &mailbox, of_ada, "ada").await, ALL);
    assert_eq!(counting(&old, &mailbox, of_bob, "bob").await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_reaches_what_an_older_key_has_issued() {
    let mailbox = Mailbox::default();
    let before =
        BearerApp::built(in_body(), |builder| builder.secret_key(key(OLD)).email(mailbox.config()))
            .await;
    let held = issued(&before, &mailbox, "ada").await;
    let rotated = deployed(&before, &mailbox, key(NEW).with_fallbacks([key(OLD)])).await;
    let new = json!({ "token": held.reset.clone(), "new_password": PASSWORD });
    let reset = rotated.client().post_json("/password/reset-confirm", &new).await;
    assert_eq!(reset.status, 200, "{}", reset.text());
    let counts = counting(&rotated, &mailbox, held, "ada").await;
    assert_eq!(counts, ["verify link"], "a new password ends all but the link of another account");
}
