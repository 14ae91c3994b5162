//! Everybody who asks for something while the database is away, and what must hold for them.

use std::time::{Duration, Instant};

use crudauth_tests::support::{Answer, Client, PASSWORD};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::stage::{BOUND, Stage, address};

const NEW: &str = "a much better passphrase";

/// What somebody was told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) what: &'static str,
    pub(crate) status: u16,
    may_come_again: bool,
    has_cookies: bool,
    took: Duration,
}

impl Told {
    /// An honest answer while something is away.
    pub(crate) fn is_honest(&self) {
        assert!(self.took < BOUND, "{self:?}");
        match (self.what, self.status) {
            ("nobody", 401) => {}
            ("nobody", _) => panic!("{self:?}"),
            (_, 503) => assert!(self.may_come_again && !self.has_cookies, "{self:?}"),
            ("a session that has ended" | "a wrong password", 401) => {}
            ("a session that has ended" | "a wrong password", _) => panic!("{self:?}"),
            (_, 200 | 202) => {}
            _ => panic!("{self:?}"),
        }
    }

    /// As [`is_honest`](Self::is_honest), where nothing can be written: what is only read is known.
    pub(crate) fn is_read(&self) {
        self.is_honest();
        let reads = ["a session", "a session, where none is needed", "an access token"];
        assert!(!reads.contains(&self.what) || self.status == 200, "{self:?}");
        assert!(self.what != "a session that has ended" || self.status == 401, "{self:?}");
    }

    /// As [`is_honest`](Self::is_honest), where nothing can be known.
    pub(crate) fn is_unavailable(&self) {
        self.is_honest();
        assert!(self.what == "nobody" || self.status == 503, "{self:?}");
    }
}

/// What there was before, in one round.
pub(crate) struct Cast {
    round: String,
    stays: Client,
    ended: Client,
    leaves: Client,
    changes: Client,
    access: String,
    refresh: String,
    link: String,
}

impl Cast {
    pub(crate) async fn of(stage: &mut Stage, round: &str) -> Self {
        // Mail goes to the address in lower case.
        let round = round.to_lowercase();
        let name = |who: &str| format!("{who}-{round}");
        let stays = stage.signed_in(&name("stays")).await;
        let (ended, leaves) = (stays.clone(), stage.another(&name("stays")).await);
        let stays = stage.another(&name("stays")).await;
        assert_eq!(ended.clone().post("/logout").await.status, 200);
        let tokens = stage.client().token(&name("stays"), PASSWORD, None).await;
        stage.sign_up(&name("resets")).await;
        stage.sign_up(&name("comes")).await;
        Self {
            stays,
            ended,
            leaves,
            changes: stage.signed_in(&name("changes")).await,
            access: tokens.field("access_token"),
            refresh: tokens.field("refresh_token"),
            link: stage.reset_link(&name("resets")).await,
            round,
        }
    }

    fn name(&self, who: &str) -> String {
        format!("{who}-{}", self.round)
    }

    /// Who is signed in and stays so, and who signs in as often as it takes.
    pub(crate) fn stays(&self) -> (&Client, String) {
        (&self.stays, self.name("comes"))
    }

    /// What they were told who have not asked.
    pub(crate) fn nobody_was_told(&self) -> Vec<Told> {
        let told = |(what, _)| Told {
            what,
            status: 503,
            may_come_again: true,
            has_cookies: false,
            took: Duration::ZERO,
        };
        self.requests(&self.stays).into_iter().map(told).collect()
    }

    /// Every one of them asks, all at once.
    pub(crate) async fn ask(&self, stage: &Stage) -> Vec<Told> {
        let asking: Vec<_> = self
            .requests(&stage.client())
            .into_iter()
            .map(|(what, request)| tokio::spawn(ask(what, request)))
            .collect();
        let mut told = Vec::new();
        for asked in asking {
            told.push(asked.await.expect("no panic"));
        }
        told
    }

    fn requests(&self, nobody: &Client) -> Vec<(&'static str, RequestBuilder)> {
        let get = |client: &Client, path: &str| client.request(Method::GET, path);
        let post = |client: &Client, path: &str, body: serde_json::Value| {
            client.with_csrf(client.request(Method::POST, path)).json(&body)
        };
        let form = |path: &str, name: &str, password: &str| {
            let request = nobody.request(Method::POST, path);
            request.form(&[("username", name), ("password", password)])
        };
        let (stays, newcomer) = (self.name("stays"), self.name("newcomer"));
        let sign_up = json!({
            "email": address(&newcomer), "username": newcomer, "password": PASSWORD,
        });
        let change = json!({ "current_password": PASSWORD, "new_password": NEW });
        let reset = json!({ "token": self.link, "new_password": NEW });
        vec![
            ("nobody", get(nobody, "/me")),
            ("a session", get(&self.stays, "/me")),
            ("a session, where none is needed", get(&self.stays, "/optional")),
            ("a session that has ended", get(&self.ended, "/me")),
            ("an access token", get(nobody, "/me").bearer_auth(&self.access)),
            ("a login", form("/login", &stays, PASSWORD)),
            ("a wrong password", form("/login", &stays, "not the password")),
            ("a sign-in for tokens", form("/token", &stays, PASSWORD)),
            ("a renewal", post(nobody, "/refresh", json!({ "refresh_token": self.refresh }))),
            ("a sign-up", post(nobody, "/register", sign_up)),
            (
                "a link",
                post(nobody, "/password/reset-request", json!({ "email": address(&stays) })),
            ),
            ("a reset", post(nobody, "/password/reset-confirm", reset)),
            ("a change of password", post(&self.changes, "/change-password", change)),
            ("a logout", post(&self.leaves, "/logout", json!({}))),
        ]
    }

    /// Afterwards: what was answered with success is so, and nothing is half done.
    pub(crate) async fn is_well(&self, stage: &Stage, told: &[Told]) {
        let succeeded = |what: &str| {
            let told = told.iter().find(|told| told.what == what).expect("it was asked");
            told.status < 300
        };
        let round = &self.round;
        let me = async |client: &Client| client.clone().get("/me").await.status.as_u16();
        assert_eq!(me(&self.stays).await, 200, "{round}: a session is lost");
        assert_eq!(me(&self.ended).await, 401, "{round}: a session is back");
        let access = stage.client().get_as(&self.access, "/me").await;
        assert_eq!(access.status, 200, "{round}: an access token is lost");

        // Whose answer was lost asks again, with the token that it has.
        let renewed = stage.client().refresh(&self.refresh).await;
        assert_eq!(renewed.status, 200, "{round}: {}", renewed.text());
        let renewed = stage.client().refresh(&renewed.field("refresh_token")).await;
        assert_eq!(renewed.status, 200, "{round}: {}", renewed.text());

        assert!(!succeeded("a logout") || me(&self.leaves).await == 401, "{round}: it came back");
        assert_eq!(self.leaves.clone().post("/logout").await.status, 200, "{round}");
        assert_eq!(me(&self.leaves).await, 401, "{round}");

        if self.has_new_password(stage, "changes", succeeded("a change of password")).await {
            assert_eq!(stage.login(&self.name("changes"), NEW).await, 200, "{round}");
        } else {
            let body = json!({ "current_password": PASSWORD, "new_password": NEW });
            let changed = self.changes.clone().post_json("/change-password", &body).await;
            assert_eq!(changed.status, 200, "{round}: {}", changed.text());
        }
        let is_reset = self.has_new_password(stage, "resets", succeeded("a reset")).await;
        let body = json!({ "token": self.link, "new_password": NEW });
        let again = stage.client().post_json("/password/reset-confirm", &body).await;
        assert_eq!(again.status, if is_reset { 400 } else { 200 }, "{round}: {}", again.text());

        self.newcomer_comes(stage, succeeded("a sign-up")).await;
    }

    /// Which of two passwords an account has: there is always one, and never both.
    async fn has_new_password(&self, stage: &Stage, who: &str, acknowledged: bool) -> bool {
        let name = self.name(who);
        let is_new = match (stage.login(&name, PASSWORD).await, stage.login(&name, NEW).await) {
            (200, 401) => false,
            (401, 200) => true,
            both => panic!("{name}: {both:?}"),
        };
        assert!(is_new || !acknowledged, "{name}: it was answered, and is not so");
        is_new
    }

    async fn newcomer_comes(&self, stage: &Stage, acknowledged: bool) {
        let name = self.name("newcomer");
        let is_there = stage.login(&name, PASSWORD).await == 200;
        assert!(is_there || !acknowledged, "{name}: it was answered, and is not there");
        if !is_there {
            // The name may still be kept for the sign-up that was cut off.
            let again = stage.client().register(&address(&name), &name, PASSWORD).await;
            match again.status.as_u16() {
                202 => assert_eq!(stage.login(&name, PASSWORD).await, 200, "{name}"),
                status => assert_eq!(status, 422, "{name}: {}", again.text()),
            }
        }
    }
}

async fn ask(what: &'static str, request: RequestBuilder) -> Told {
    let start = Instant::now();
    let answer = tokio::time::timeout(BOUND, request.send()).await;
    let took = start.elapsed();
    let answer = answer.unwrap_or_else(|_| panic!("{what}: no answer in {took:?}"));
    let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.expect("the body arrives").to_vec();
    let answer = Answer { status, headers, body };
    Told {
        what,
        status: status.as_u16(),
        may_come_again: answer.header("retry-after").is_some(),
        has_cookies: !answer.set_cookies().is_empty(),
        took,
    }
}
