//! A race put exactly where it hurts: something else happens just before one call of a flow, and
//! the flow must not undo it, outlive it, or do its own work twice.

use std::sync::Arc;

use crudauth_tests::attack::Server;
use crudauth_tests::support::{Client, PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Site, has_access, is_in, status};

const NEW: &str = "a much better passphrase";
const OTHER: &str = "yet another passphrase";

/// What happens meanwhile.
#[derive(Clone)]
enum Meanwhile {
    /// This statement, past crudauth.
    Sql(&'static str),
    /// This request of somebody else, which succeeds.
    Post(Client, &'static str, Value),
    /// A request of this client, who is let in.
    In(Client),
}

impl Meanwhile {
    async fn happen(self, site: &Site) {
        match self {
            Self::Sql(sql) => site.execute(sql).await,
            Self::In(client) => assert!(is_in(&client).await, "the session has stayed"),
            Self::Post(mut client, path, body) => {
                let answer = client.post_json(path, &body).await;
                assert!(answer.status.is_success(), "{path}: {}", answer.text());
            }
        }
    }
}

impl Site {
    /// Lets `meanwhile` happen just before the next call of this name.
    fn before(self: &Arc<Self>, call: &str, meanwhile: Meanwhile) {
        let site = Arc::clone(self);
        self.watch.before(call, move || async move { meanwhile.happen(&site).await });
    }

    /// Every race has taken place.
    fn raced(&self) {
        assert!(self.watch.waiting().is_empty(), "never called: {:?}", self.watch.waiting());
    }
}

async fn site() -> Arc<Site> {
    let site = Arc::new(Site::new().await);
    site.sign_up("ada").await;
    site
}

async fn reset_link(site: &Site) -> String {
    let body = json!({ "email": "ada@example.com" });
    assert_eq!(status(&site.client().post_json("/password/reset-request", &body).await), 200);
    site.link().await
}

fn reset(server: &Server, link: &str, to: &str) -> Meanwhile {
    let body = json!({ "token": link, "new_password": to });
    Meanwhile::Post(server.client(), "/password/reset-confirm", body)
}

const DEACTIVATION: &str = "UPDATE accounts SET is_active = FALSE";
const REVOCATION: &str = "UPDATE accounts SET token_version = token_version + 1";
const DELETION: &str = "DELETE FROM accounts WHERE username = 'ada'";

/// What ends everything that the user was issued, or is about to be.
async fn endings(site: &Arc<Site>) -> Vec<(&'static str, Meanwhile)> {
    let link = reset_link(site).await;
    vec![
        ("a reset of the password", reset(&site.server, &link, NEW)),
        ("a deactivation", Meanwhile::Sql(DEACTIVATION)),
        ("another epoch", Meanwhile::Sql(REVOCATION)),
        ("a deletion", Meanwhile::Sql(DELETION)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_outlive_what_happened_before_it_was_written() {
    for number in 0..4 {
        let site = site().await;
        let (what, ending) = endings(&site).await.swap_remove(number);
        site.before("put session", ending);
        let mut client = site.client();
        let answer = client.login("ada", PASSWORD).await;
        site.raced();
        assert!(!is_in(&client).await, "{what}: {}", answer.text());
        assert_eq!(client.post_json("/notes", &json!({})).await.status, 401, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_not_outlive_what_happened_before_it_was_issued() {
    for number in 0..4 {
        let site = site().await;
        let (what, ending) = endings(&site).await.swap_remove(number);
        site.before("put refresh", ending);
        let answer = site.client().token("ada", PASSWORD, None).await;
        site.raced();
        let access = answer.field("access_token");
        assert!(!has_access(&site, &access).await, "{what}: {}", answer.text());
        let renewed = site.client().refresh(&answer.field("refresh_token")).await;
        assert_eq!(renewed.status, 401, "{what}: {}", renewed.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_does_not_outlive_what_happened_before_it_was_written() {
    for number in 0..5 {
        let site = site().await;
        let first = site.client().token("ada", PASSWORD, None).await.field("refresh_token");
        let mut all = endings(&site).await;
        let logout = json!({ "refresh_token": first });
        all.push(("a logout", Meanwhile::Post(site.client(), "/logout", logout)));
        let (what, ending) = all.swap_remove(number);
        site.before("compare_and_swap refresh", ending);
        let answer = site.client().refresh(&first).await;
        site.raced();
        if what != "a logout" {
            assert!(!has_access(&site, &answer.field("access_token")).await, "{what}");
        }
        for token in [first, answer.field("refresh_token")] {
            let renewed = site.client().refresh(&token).await;
            assert_eq!(renewed.status, 401, "{what}: {}", renewed.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_has_ended_is_not_written_again() {
    for (what, path) in [("activity", "/me"), ("a new token", "/csrf/refresh"), ("rights", "/sudo")]
    {
        let site = site().await;
        let ada = site.signed_in("ada").await;
        // Activity is written when the last note of it is a while ago.
        site.ground.clock.advance(std::time::Duration::from_secs(10 * 60));
        site.before("compare_and_swap session", Meanwhile::Post(ada.clone(), "/logout", json!({})));
        let mut racing = ada.clone();
        let answer = match path {
            "/me" => racing.get(path).await,
            "/csrf/refresh" => racing.post(path).await,
            _ => racing.post_json(path, &json!({ "password": PASSWORD })).await,
        };
        site.raced();
        assert!(answer.status.as_u16() < 500, "{what}: {}", answer.text());
        for client in [&ada, &racing] {
            assert!(!is_in(client).await, "{what}: the session has ended");
        }
        let left = site.ground.database.entries().await;
        let left = left.iter().filter(|entry| entry.key.starts_with("session:")).count();
        assert_eq!(left, 0, "{what}: nothing of it is left");
    }
}

/// Rights that were proved by a password that is none any more are not given.
#[tokio::test(flavor = "multi_thread")]
async fn rights_do_not_outlive_the_password_that_proved_them() {
    for call in ["verify", "compare_and_swap session"] {
        let site = site().await;
        let mut ada = site.signed_in("ada").await;
        let link = reset_link(&site).await;
        let hook = reset(&site.server, &link, NEW);
        // The hasher is noted and not stopped; what is asked just before it is.
        if call == "verify" {
            let body = json!({ "password": PASSWORD });
            let request = ada.with_csrf(ada.request(Method::POST, "/sudo")).json(&body);
            let mut probe = ada.clone();
            let calls = site.see(&mut probe, request).await.calls;
            let at = calls.iter().position(|it| it.operation == "verify").expect("a proof");
            site.before(&calls[at - 1].to_string(), hook);
        } else {
            site.before(call, hook);
        }
        ada.post_json("/sudo", &json!({ "password": PASSWORD })).await;
        site.raced();
        assert!(!is_in(&ada).await, "{call}");
        assert_ne!(ada.post("/danger").await.status, 200, "{call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_password_the_one_that_was_overtaken_does_nothing() {
    let site = site().await;
    let (mut here, there) = (site.signed_in("ada").await, site.signed_in("ada").await);
    let change = |to: &str| json!({ "current_password": PASSWORD, "new_password": to });
    site.before(
        "change password+epoch",
        Meanwhile::Post(there.clone(), "/change-password", change(OTHER)),
    );
    let answer = here.post_json("/change-password", &change(NEW)).await;
    site.raced();
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert!(!is_in(&here).await, "the other change has ended this session");
    assert!(is_in(&there).await);
    assert_eq!(site.client().login("ada", NEW).await.status, 401);
    assert_eq!(site.client().login("ada", OTHER).await.status, 200);
}

/// A change of credentials that comes when the account is gone, or has been reset, does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_password_comes_too_late_for_what_happened_meanwhile() {
    for what in ["reset", "deletion", "revocation"] {
        let site = site().await;
        let mut ada = site.signed_in("ada").await;
        let link = reset_link(&site).await;
        let ending = match what {
            "reset" => reset(&site.server, &link, OTHER),
            "deletion" => Meanwhile::Sql(DELETION),
            _ => Meanwhile::Sql(REVOCATION),
        };
        site.before("change password+epoch", ending);
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let answer = ada.post_json("/change-password", &body).await;
        site.raced();
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert!(!is_in(&ada).await, "{what}");
        assert_eq!(site.client().login("ada", NEW).await.status, 401, "{what}");
    }
}

/// A page that is busy while its user changes the password: whichever step its request meets, the
/// session is there.
#[tokio::test(flavor = "multi_thread")]
async fn the_session_that_stays_is_there_at_each_step_of_a_change_of_password() {
    let steps = [
        "put session",
        "put succeeded",
        "change password+epoch",
        "list session",
        "compare_and_swap session",
    ];
    for step in steps {
        let site = site().await;
        let mut ada = site.signed_in("ada").await;
        let before = ada.clone();
        site.before(step, Meanwhile::In(before.clone()));
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let answer = ada.post_json("/change-password", &body).await;
        site.raced();
        assert_eq!(answer.status, 200, "{step}: {}", answer.text());
        assert!(is_in(&before).await && is_in(&ada).await, "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_first_passwords_the_one_that_was_overtaken_does_nothing() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let row = async || site.server.auth.stores().users().find_by_id(&1).await.expect("a store");
    let before = row().await.expect("ada");
    site.execute("UPDATE accounts SET pw_hash = NULL").await;
    let after = row().await.expect("ada");
    site.server
        .auth
        .carry_over(before.into_row(), after.into_row())
        .await
        .expect("the store works");
    let second = Meanwhile::Post(ada.clone(), "/set-password", json!({ "new_password": OTHER }));
    site.before("change password", second);
    let answer = ada.post_json("/set-password", &json!({ "new_password": NEW })).await;
    site.raced();
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert_eq!(site.client().login("ada", NEW).await.status, 401);
    assert_eq!(site.client().login("ada", OTHER).await.status, 200);
}

/// The second use of a link, between the look at the account and the change of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_used_meanwhile_is_used() {
    for path in ["/email/verify-confirm", "/password/reset-confirm", "/email/change-confirm"] {
        let site = Arc::new(Site::new().await);
        site.client().register("ada@example.com", "ada", PASSWORD).await;
        let mut link = site.link().await;
        if path == "/password/reset-confirm" {
            link = reset_link(&site).await;
        } else if path == "/email/change-confirm" {
            let mut ada = site.signed_in("ada").await;
            let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
            assert_eq!(ada.post_json("/email/change-request", &body).await.status, 200);
            link = site.link().await;
        }
        let follow = |to: &str| json!({ "token": link, "new_password": to });
        site.before("change", Meanwhile::Post(site.client(), path, follow(OTHER)));
        let answer = site.client().post_json(path, &follow(NEW)).await;
        site.raced();
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        if path == "/password/reset-confirm" {
            assert_eq!(site.client().login("ada", NEW).await.status, 401);
            assert_eq!(site.client().login("ada", OTHER).await.status, 200);
        }
    }
}

/// What is taken away between the look at the account and the change of it stays away.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_brings_back_nothing_that_was_taken_away_meanwhile() {
    for what in [DELETION, REVOCATION, "UPDATE accounts SET email_address = 'else@example.com'"] {
        let site = site().await;
        let link = reset_link(&site).await;
        site.before("change", Meanwhile::Sql(what));
        let body = json!({ "token": link, "new_password": NEW });
        let answer = site.client().post_json("/password/reset-confirm", &body).await;
        site.raced();
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        assert_eq!(site.client().login("ada", NEW).await.status, 401, "{what}");
    }
}

/// An address that somebody else gets between the look and the change stays theirs.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_meanwhile_has_one_owner() {
    let site = site().await;
    let mut ada = site.signed_in("ada").await;
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    assert_eq!(ada.post_json("/email/change-request", &body).await.status, 200);
    let link = site.link().await;
    let sign_up = json!({ "email": "new@example.com", "username": "eve", "password": PASSWORD });
    site.before("change email", Meanwhile::Post(site.client(), "/register", sign_up));
    let body = json!({ "token": link });
    let answer = site.client().post_json("/email/change-confirm", &body).await;
    site.raced();
    assert!(answer.status.is_client_error(), "{}", answer.text());
    let rows = "SELECT username FROM accounts WHERE email_address = 'new@example.com'";
    assert_eq!(site.ground.database.select(rows).await, ["eve"]);
}

/// Two sign-ups with one address, or with one name, of which the second overtakes the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_that_was_overtaken_makes_no_second_account() {
    for (email, name) in [("ada@example.org", "second"), ("second@example.org", "first")] {
        let site = site().await;
        let body = |email: &str, name: &str| json!({ "email": email, "username": name, "password": PASSWORD });
        let second = Meanwhile::Sql(if name == "first" {
            "INSERT INTO accounts (email_address, username, is_admin, is_active, email_verified, \
             token_version, tier_id) VALUES ('x@example.org', 'first', FALSE, TRUE, FALSE, 0, 1)"
        } else {
            "INSERT INTO accounts (email_address, username, is_admin, is_active, email_verified, \
             token_version, tier_id) \
             VALUES ('ada@example.org', 'x', FALSE, TRUE, FALSE, 0, 1)"
        });
        site.before("insert", second);
        let answer = site.client().post_json("/register", &body(email, name)).await;
        site.raced();
        assert!(answer.status.as_u16() < 500, "{}", answer.text());
        assert_eq!(site.ground.accounts().await, 2, "ada, and who was faster");
    }
}
