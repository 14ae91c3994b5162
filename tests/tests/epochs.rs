//! The credential epoch is compared by difference: raised, lowered and carried around the end of
//! its type, it ends what was issued before.

use crudauth::RateLimits;
use crudauth_tests::support::{BearerApp, Client, Mailbox, PASSWORD, TestApp, in_body};
use serde_json::json;

const NEW: &str = "a much better passphrase";

/// What one account was issued.
struct Issued {
    session: Client,
    access: String,
    refresh: String,
    reset: String,
    change: String,
}

impl Issued {
    async fn to_ada(app: &BearerApp, mailbox: &Mailbox) -> Self {
        let mut session = app.client();
        assert_eq!(session.login("ada", PASSWORD).await.status, 200);
        let tokens = app.client().token("ada", PASSWORD, None).await;
        let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
        session.post_json("/email/change-request", &change).await;
        let change = mailbox.only(app).await.token().to_owned();
        let reset = json!({ "email": "ada@example.com" });
        app.client().post_json("/password/reset-request", &reset).await;
        let reset = mailbox.only(app).await.token().to_owned();
        let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
        Self { session, access, refresh, reset, change }
    }

    /// Which of it works, without using it up where it does not have to be.
    async fn alive(&mut self, app: &BearerApp) -> [bool; 5] {
        let change = json!({ "token": self.change });
        let reset = json!({ "token": self.reset, "new_password": NEW });
        [
            self.session.get("/me").await.status == 200,
            app.client().get_as(&self.access, "/me").await.status == 200,
            app.client().refresh(&self.refresh).await.status == 200,
            app.client().post_json("/email/change-confirm", &change).await.status == 200,
            app.client().post_json("/password/reset-confirm", &reset).await.status == 200,
        ]
    }
}

async fn app(mailbox: &Mailbox) -> BearerApp {
    let app = BearerApp::built(in_body(), |builder| {
        builder.email(mailbox.config()).rate_limits(RateLimits::off())
    })
    .await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    mailbox.only(&app).await;
    app
}

async fn epoch(app: &TestApp) -> i32 {
    let epoch = app.select("SELECT token_version FROM accounts").await;
    epoch[0].parse().expect("a number")
}

/// Of two rows that have one id, one after the other, none has an epoch of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_has_an_epoch_of_its_own() {
    let mailbox = Mailbox::default();
    let mut epochs = Vec::new();
    for _ in 0..3 {
        let app = app(&mailbox).await;
        epochs.push(epoch(&app).await);
    }
    let far = |pair: &[i32]| pair[0].abs_diff(pair[1]) > 4;
    assert!(epochs.windows(2).all(far), "{epochs:?}");
    assert!(epochs.iter().all(|epoch| (0..1 << 30).contains(epoch)), "{epochs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_epoch_ends_what_was_issued() {
    let mailbox = Mailbox::default();
    // The control: where it stays the same, all of it works.
    let same = app(&mailbox).await;
    let mut issued = Issued::to_ada(&same, &mailbox).await;
    same.execute("UPDATE accounts SET token_version = token_version").await;
    assert_eq!(issued.alive(&same).await[..4], [true; 4]);
    let same = app(&mailbox).await;
    let reset = Issued::to_ada(&same, &mailbox).await.reset;
    let reset = json!({ "token": reset, "new_password": NEW });
    assert_eq!(same.client().post_json("/password/reset-confirm", &reset).await.status, 200);

    for other in [
        "token_version + 1",
        "token_version - 1",
        "token_version + 9",
        "-1 - token_version",
        "2147483647",
        "-2147483647 - 1",
    ] {
        let app = app(&mailbox).await;
        let mut issued = Issued::to_ada(&app, &mailbox).await;
        app.execute(&format!("UPDATE accounts SET token_version = {other}")).await;
        assert_eq!(issued.alive(&app).await, [false; 5], "{other}");
    }
}

/// One after the greatest number is the least; none of it panics, and none of it is the epoch of
/// before.
#[tokio::test(flavor = "multi_thread")]
async fn an_epoch_goes_around_the_end_of_its_type() {
    let mailbox = Mailbox::default();
    for greatest in [i32::MAX, i32::MAX - 1, -1, i32::MIN] {
        let app = app(&mailbox).await;
        app.execute(&format!("UPDATE accounts SET token_version = {}", i64::from(greatest))).await;
        let mut own = app.client();
        assert_eq!(own.login("ada", PASSWORD).await.status, 200);
        let mut issued = Issued::to_ada(&app, &mailbox).await;
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let answer = own.post_json("/change-password", &body).await;
        assert_eq!(answer.status, 200, "{greatest}: {}", answer.text());
        assert_eq!(epoch(&app).await, greatest.wrapping_add(1));
        assert_eq!(own.get("/me").await.status, 200, "{greatest}: the session that changed it");
        assert_eq!(issued.alive(&app).await, [false; 5], "{greatest}");
        let mut again = app.client();
        assert_eq!(again.login("ada", NEW).await.status, 200, "{greatest}");
        assert_eq!(again.get("/me").await.status, 200, "{greatest}");
    }
}
