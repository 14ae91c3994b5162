//! The table of `crudauth::credentials`, walked over a real port: which event ends what.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use crudauth::RateLimits;
use crudauth_tests::support::{Client, Mailbox, PASSWORD, TestApp};
use serde_json::json;

const NEW: &str = "a much better passphrase";

/// What an account can have issued.
struct Issued {
    app: TestApp,
    own: Client,
    other: Client,
    verify: String,
    reset: String,
    change: String,
}

/// Which of it still works.
#[derive(Debug, PartialEq, Eq)]
struct Alive {
    own: bool,
    other: bool,
    reset: bool,
    change: bool,
    verify: bool,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Nothing,
    PasswordChange,
    Reset,
    EmailChange,
    Deactivation,
    Logout,
}

async fn issue() -> Issued {
    let mailbox = Mailbox::default();
    let app =
        TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(RateLimits::off()))
            .await;
    let mut own = app.signed_in("ada").await;
    let verify = mailbox.only(&app).await.token().to_owned();
    let mut other = app.client();
    other.login("ada", PASSWORD).await;
    app.client().post_json("/password/reset-request", &json!({ "email": "ada@example.com" })).await;
    let reset = mailbox.only(&app).await.token().to_owned();
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    own.post_json("/email/change-request", &body).await;
    let change = mailbox.only(&app).await.token().to_owned();
    Issued { app, own, other, verify, reset, change }
}

impl Issued {
    async fn post(&self, path: &str, token: &str) -> bool {
        let body = json!({ "token": token, "new_password": "yet another passphrase" });
        self.app.client().post_json(path, &body).await.status == 200
    }

    async fn undergo(&mut self, event: Event) {
        match event {
            Event::Nothing => {}
            Event::PasswordChange => {
                let body = json!({ "current_password": PASSWORD, "new_password": NEW });
                assert_eq!(self.own.post_json("/change-password", &body).await.status, 200);
            }
            Event::Reset => assert!(self.post("/password/reset-confirm", &self.reset).await),
            Event::EmailChange => assert!(self.post("/email/change-confirm", &self.change).await),
            Event::Deactivation => {
                self.app.sqlite.execute_batch("UPDATE accounts SET is_active = 0").await.unwrap();
            }
            Event::Logout => assert_eq!(self.own.post("/logout").await.status, 200),
        }
    }
}

/// Each credential is tried on an account of its own: to try one may end another.
async fn alive_after(event: Event) -> Alive {
    let mut sessions = issue().await;
    sessions.undergo(event).await;
    let own = sessions.own.get("/me").await.status == 200;
    let other = sessions.other.get("/me").await.status == 200;
    let mut links = [false; 3];
    for (place, path) in
        ["/password/reset-confirm", "/email/change-confirm", "/email/verify-confirm"]
            .into_iter()
            .enumerate()
    {
        let mut issued = issue().await;
        issued.undergo(event).await;
        let token = match place {
            0 => &issued.reset,
            1 => &issued.change,
            _ => &issued.verify,
        };
        links[place] = issued.post(path, token).await;
    }
    let [reset, change, verify] = links;
    Alive { own, other, reset, change, verify }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_ends_what_the_table_says() {
    let table = include_str!("../../crudauth/src/credentials.rs");
    for (event, row) in [
        (Event::Nothing, "(nothing)"),
        (Event::PasswordChange, "change of password"),
        (Event::Reset, "reset of password"),
        (Event::EmailChange, "change of e-mail address"),
        (Event::Deactivation, "deactivation"),
        (Event::Logout, "logout"),
    ] {
        let line = table.lines().find_map(|line| line.strip_prefix(&format!("//! | {row} |")));
        let cells: Vec<bool> = line
            .unwrap_or_else(|| panic!("the table has no row `{row}`"))
            .split('|')
            .take(5)
            .map(|cell| cell.trim() == "stays")
            .collect();
        let &[own, other, reset, change, verify] = cells.as_slice() else { panic!("{row}") };
        let expected = Alive { own, other, reset, change, verify };
        assert_eq!(alive_after(event).await, expected, "{event:?}");
    }
}
