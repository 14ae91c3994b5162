//! The e-mail flows of `/`, by the links in the mail file.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Full;
use crate::visitor::{PASSWORD, Visitor, detail, seen, told};

const NEW: &str = "Difference engine, 1822";
const INVALID: &str = "Invalid or expired token";

/// A line of the mail file.
pub(crate) struct Mail {
    link: String,
    subject: String,
}

impl Mail {
    pub(crate) fn token(&self) -> &str {
        self.link.split_once("?token=").expect("a token").1
    }
}

impl Full {
    /// The first mail of this kind to this address. Mail arrives after the answer.
    pub(crate) async fn mail(&self, kind: &str, to: &str) -> Mail {
        for _ in 0..200 {
            let lines = fs::read_to_string(self.mail_file()).unwrap_or_default();
            let mails = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            let mut mails = mails.filter(|mail: &Value| mail["kind"] == kind && mail["to"] == to);
            if let Some(mail) = mails.next() {
                let text = |key: &str| mail[key].as_str().unwrap_or_default().to_owned();
                assert_eq!(mail.as_object().map(serde_json::Map::len), Some(4), "{mail}");
                return Mail { link: text("link"), subject: text("subject") };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no {kind} came to {to}");
    }

    async fn ada(&self) -> Visitor {
        self.visitor().signed_in("ada").await
    }
}

#[tokio::test]
async fn a_sign_up_is_verified_by_its_link() {
    let full = Full::start();
    let mut ada = full.ada().await;
    assert_eq!(ada.get("/verified").await.status, 403);
    let mail = full.mail("verify_email", "ada@example.com").await;
    assert_eq!(mail.subject, "Verify your email");
    assert!(mail.link.starts_with("https://app.example.com/verify-email?token="), "{}", mail.link);

    let token = json!({ "token": mail.token() });
    let answer = full.visitor().post("/email/verify-confirm", token.clone()).await;
    assert_eq!(told(&answer), detail(200, "Verified successfully."));
    assert_eq!(told(&ada.get("/verified").await), seen(200, 1, "session"));
    let again = full.visitor().post("/email/verify-confirm", token).await;
    assert_eq!(again.status, 400);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_ends_what_was_before() {
    let full = Full::start();
    let mut ada = full.ada().await;
    let sent = detail(200, "If an account exists, a password reset email has been sent.");
    for address in ["ada@example.com", "nobody@example.com"] {
        let answer =
            full.visitor().post("/password/reset-request", json!({ "email": address })).await;
        assert_eq!(told(&answer), sent, "{address}");
    }
    let mail = full.mail("reset_password", "ada@example.com").await;
    assert!(
        mail.link.starts_with("https://app.example.com/reset-password?token="),
        "{}",
        mail.link
    );

    let confirm = |password: &str| json!({ "token": mail.token(), "new_password": password });
    let answer = full.visitor().post("/password/reset-confirm", confirm("short")).await;
    assert_eq!(answer.status, 422, "the token stays usable");
    let answer = full.visitor().post("/password/reset-confirm", confirm(NEW)).await;
    assert_eq!(told(&answer), detail(200, "Password reset successfully."));
    let answer = full.visitor().post("/password/reset-confirm", confirm(NEW)).await;
    assert_eq!(told(&answer), detail(400, INVALID));

    assert_eq!(ada.get("/dashboard").await.status, 401);
    assert_eq!(full.visitor().login("ada", PASSWORD).await.status, 401);
    assert_eq!(full.visitor().login("ada", NEW).await.status, 200);
    full.mail("password_changed", "ada@example.com").await;
}

#[tokio::test]
async fn an_address_is_changed_by_the_link_to_the_new_one() {
    let full = Full::start();
    let mut ada = full.ada().await;
    let body = json!({ "new_email": "countess@example.com", "password": PASSWORD });
    let answer = ada.post("/email/change-request", body).await;
    let sent = "If the address is available, a confirmation email has been sent.";
    assert_eq!(told(&answer), detail(200, sent));
    let mail = full.mail("change_email", "countess@example.com").await;
    let page = "https://app.example.com/confirm-email-change?token=";
    assert!(mail.link.starts_with(page), "{}", mail.link);

    let token = json!({ "token": mail.token() });
    let answer = full.visitor().post("/email/change-confirm", token).await;
    assert_eq!(told(&answer), detail(200, "Email changed successfully."));
    let notice = full.mail("email_changed", "ada@example.com").await;
    assert_eq!(notice.link, "");
    assert_eq!(full.visitor().login("countess@example.com", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn the_owner_of_a_taken_address_is_told() {
    let full = Full::start();
    full.ada().await;
    full.visitor().register("eve", json!({ "email": "ada@example.com" })).await;
    full.mail("existing_account", "ada@example.com").await;
}
