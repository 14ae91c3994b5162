//! Security events of the flows by link, of passwords and of tokens; and that there is no event
//! that nothing raises.

use std::collections::BTreeSet;
use std::future::ready;

use crudauth::event::{
    EmailChangeFailure, LinkFailure, LinkKind, PasswordFailure, RefreshFailure, Withheld,
};
use crudauth::hooks::{Hooks, Veto};
use crudauth::password::breach::{
    BreachCheck, BreachLookupError, BreachedPasswords, HashPrefix, RangeLookup,
};
use crudauth::sudo::Proof;
use crudauth::{
    EmailCodes, MagicLinks, Password, PasswordPolicy, Principal, RateLimit, RateLimits,
    SecurityEvent, Session, SessionConfig,
};
use crudauth_tests::support::{
    Account, BearerApp, Client, Mailbox, PASSWORD, Recorder, TestApp, TestBuilder, in_body,
};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

/// A service that is asked about leaked passwords, and is away.
#[derive(Debug)]
struct Away;

impl BreachedPasswords for Away {
    fn range<'a>(&'a self, _: &'a HashPrefix) -> RangeLookup<'a> {
        Box::pin(ready(Err(BreachLookupError::new("away"))))
    }
}

struct Fixture {
    app: BearerApp,
    mailbox: Mailbox,
    recorder: Recorder,
}

impl Fixture {
    async fn start() -> Self {
        Self::with(|builder| builder.rate_limits(RateLimits::off())).await
    }

    async fn with(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> Self {
        let (mailbox, recorder) = (Mailbox::default(), Recorder::default());
        let session = SessionConfig::default().management_routes();
        let app = BearerApp::built(in_body(), |builder| {
            let builder = builder.email(mailbox.config()).add_event_sink(recorder.clone());
            let builder = builder.magic_links(MagicLinks::new()).email_codes(EmailCodes::new());
            configure(builder.session(session))
        });
        Self { app: app.await, mailbox, recorder }
    }

    async fn events(&self) -> Vec<SecurityEvent> {
        self.recorder.take(&self.app.auth).await
    }

    /// The names of what has happened, with their reasons.
    async fn told(&self) -> Vec<String> {
        self.events().await.iter().map(named).collect()
    }

    async fn post(&self, path: &str, body: &Value) -> u16 {
        self.app.client().post_json(path, body).await.status.as_u16()
    }

    /// Asks for a link, and returns its token.
    async fn link(&self, path: &str) -> String {
        assert_eq!(self.post(path, &json!({ "email": "ada@example.com" })).await, 200);
        self.mailbox.only(&self.app).await.token().to_owned()
    }

    /// Signs ada up and in, and forgets what was told of it.
    async fn ada(&self) -> Client {
        let ada = self.app.signed_in("ada").await;
        self.mailbox.open(&self.app).await;
        self.events().await;
        ada
    }
}

/// The name of an event, and its reason if it has one.
fn named(event: &SecurityEvent) -> String {
    use SecurityEvent as E;
    let reason = match event {
        E::LinkRequested { link, withheld, .. } => {
            let withheld = withheld.map_or("sent", Withheld::as_str);
            format!(" {} {withheld}", link.as_str())
        }
        E::LinkRefused { link, reason, .. } => format!(" {} {}", link.as_str(), reason.as_str()),
        E::EmailChangeRefused { reason, .. } => format!(" {}", reason.as_str()),
        E::PasswordChangeRefused { reason, .. } | E::PasswordSetRefused { reason, .. } => {
            format!(" {}", reason.as_str())
        }
        E::NoticeRequested { kind, withheld, .. } => {
            format!(" {kind} {}", withheld.map_or("sent", Withheld::as_str))
        }
        E::MessageSent { kind, .. } | E::MessageGivenUp { kind, .. } => format!(" {kind}"),
        E::TokensRefreshed { replayed: true, .. } => " replayed".to_owned(),
        E::RefreshRefused { reason, .. } => format!(" {}", reason.as_str()),
        _ => String::new(),
    };
    format!("{}{reason}", event.name())
}

#[tokio::test]
async fn the_steps_of_a_verification_are_told() {
    let on = Fixture::start().await;
    on.app.signed_in("ada").await;
    let first = on.mailbox.only(&on.app).await;
    assert_eq!(
        on.told().await,
        ["signed_up", "link_requested verify sent", "login_succeeded", "message_sent verify_email"]
    );
    let confirm = json!({ "token": first.token() });
    assert_eq!(on.post("/email/verify-confirm", &confirm).await, 200);
    assert_eq!(on.post("/email/verify-confirm", &confirm).await, 400);
    assert_eq!(on.post("/email/verify-confirm", &json!({ "token": "forged" })).await, 400);
    let ada = json!({ "email": "ada@example.com" });
    assert_eq!(on.post("/email/verify-request", &ada).await, 200);
    assert_eq!(
        on.told().await,
        [
            "recovery_verified",
            "link_refused verify used",
            "link_refused verify invalid",
            "link_requested verify already_verified",
        ]
    );
}

#[tokio::test]
async fn the_steps_of_a_reset_are_told() {
    let on = Fixture::with(|builder| builder).await;
    on.ada().await;
    let token = on.link("/password/reset-request").await;
    for password in ["short", NEW, NEW] {
        on.post("/password/reset-confirm", &json!({ "token": token, "new_password": password }))
            .await;
    }
    on.mailbox.open(&on.app).await;
    assert_eq!(
        on.told().await,
        [
            "link_requested reset sent",
            "message_sent reset_password",
            "link_refused reset policy",
            "password_reset",
            "account_claimed",
            "notice_requested password_changed sent",
            "link_refused reset invalid",
            "message_sent password_changed",
        ]
    );
    let forged = SecurityEvent::LinkRefused {
        link: LinkKind::Reset,
        user: None,
        reason: LinkFailure::Invalid,
    };
    let body = json!({ "token": "forged", "new_password": NEW });
    on.post("/password/reset-confirm", &body).await;
    assert_eq!(on.events().await, [forged], "a forged token names nobody");

    on.app.execute("UPDATE accounts SET is_active = FALSE").await;
    on.post("/password/reset-request", &json!({ "email": "ada@example.com" })).await;
    on.post("/password/reset-request", &json!({ "email": "nobody@example.com" })).await;
    assert_eq!(
        on.told().await,
        ["link_requested reset inactive", "link_requested reset no_account"]
    );
}

#[tokio::test]
async fn the_steps_of_a_sign_in_by_mail_are_told() {
    let on = Fixture::start().await;
    on.ada().await;
    let ada = json!({ "email": "ada@example.com" });
    let first = on.link("/magic-link/request").await;
    let second = on.link("/magic-link/request").await;
    for token in [&*first, &*second, &*second, "forged"] {
        on.post("/magic-link/confirm", &json!({ "token": token })).await;
    }
    let asked = on.app.client().post_json("/email-code/request", &ada).await;
    let code = on.mailbox.only(&on.app).await.code.expect("a code");
    for code in ["wrong", &code, &code] {
        let body = json!({ "flow": asked.json()["flow"], "code": code });
        on.post("/email-code/verify", &body).await;
    }
    on.post("/magic-link/request", &json!({ "email": "nobody@example.com" })).await;
    assert_eq!(
        on.told().await,
        [
            "link_requested sign_in sent",
            "message_sent magic_link",
            "link_requested sign_in sent",
            "message_sent magic_link",
            "link_refused sign_in replaced",
            "account_claimed",
            "login_succeeded",
            "link_refused sign_in used",
            "link_refused sign_in invalid",
            "link_requested sign_in_code sent",
            "message_sent email_code",
            "link_refused sign_in_code wrong_code",
            "login_succeeded",
            "link_refused sign_in_code invalid",
            "link_requested sign_in no_account",
        ]
    );
}

#[tokio::test]
async fn the_steps_of_a_change_of_address_are_told() {
    let on = Fixture::start().await;
    let mut ada = on.ada().await;
    on.app.client().register("eve@example.com", "eve", PASSWORD).await;
    on.mailbox.open(&on.app).await;
    on.events().await;
    for (new, password) in [
        ("new@example.com", "wrong"),
        ("ada@example.com", PASSWORD),
        ("eve@example.com", PASSWORD),
        ("new@example.com", PASSWORD),
    ] {
        let body = json!({ "new_email": new, "password": password });
        ada.post_json("/email/change-request", &body).await;
    }
    let change = on.mailbox.only(&on.app).await;
    for _ in 0..2 {
        on.post("/email/change-confirm", &json!({ "token": change.token() })).await;
    }
    assert_eq!(
        on.told().await,
        [
            "email_change_refused wrong_password",
            "email_change_refused same_address",
            "link_requested change_email taken",
            "link_requested change_email sent",
            "message_sent change_email",
            "email_changed",
            "notice_requested email_changed sent",
            "link_refused change_email invalid",
        ]
    );
}

#[tokio::test]
async fn changes_of_a_password_are_told() {
    let on = Fixture::start().await;
    let mut ada = on.ada().await;
    for (current, new) in [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, NEW)] {
        let body = json!({ "current_password": current, "new_password": new });
        ada.post_json("/change-password", &body).await;
    }
    ada.post_json("/set-password", &json!({ "new_password": PASSWORD })).await;
    on.app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
    let body = json!({ "current_password": NEW, "new_password": PASSWORD });
    ada.post_json("/change-password", &body).await;
    on.app.after(601);
    ada.post_json("/set-password", &json!({ "new_password": PASSWORD })).await;
    let told = on.told().await;
    assert_eq!(
        told,
        [
            "password_change_refused wrong_password",
            "password_change_refused policy",
            "password_changed",
            "notice_requested password_changed sent",
            "password_set_refused has_password",
            "password_change_refused no_password",
            "password_set_refused not_fresh",
        ]
    );
}

#[tokio::test]
async fn the_life_of_tokens_is_told() {
    let on = Fixture::start().await;
    on.ada().await;
    let mut client = on.app.client();
    let first = client.token("ada", PASSWORD, None).await.field("refresh_token");
    let second = client.refresh(&first).await.field("refresh_token");
    client.refresh(&first).await;
    on.app.after(60);
    client.refresh(&first).await;
    client.refresh(&second).await;
    client.refresh("forged").await;
    client.get_as("forged", "/me").await;
    let events = on.events().await;
    assert_eq!(
        events.iter().map(named).collect::<Vec<_>>(),
        [
            "tokens_issued",
            "login_succeeded",
            "tokens_refreshed",
            "tokens_refreshed replayed",
            "refresh_reused",
            "refresh_refused ended",
            "refresh_refused invalid",
            "access_token_forged",
        ]
    );
    let families: BTreeSet<_> = events
        .iter()
        .filter_map(|event| match event {
            SecurityEvent::TokensIssued { family, .. }
            | SecurityEvent::TokensRefreshed { family, .. }
            | SecurityEvent::RefreshReused { family, .. } => Some(family.as_str().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(families.len(), 1, "one sign-in has one name: {families:?}");

    let third = client.token("ada", PASSWORD, None).await.field("refresh_token");
    client.post_json("/logout", &json!({ "refresh_token": third })).await;
    let fourth = client.token("ada", PASSWORD, None).await.field("refresh_token");
    on.app.execute("UPDATE accounts SET token_version = token_version + 1").await;
    client.refresh(&fourth).await;
    client.token("ada", PASSWORD, None).await;
    on.app.tokens().end_all(&1).await.expect("the store works");
    assert_eq!(
        on.told().await,
        [
            "tokens_issued",
            "login_succeeded",
            "tokens_revoked",
            "tokens_issued",
            "login_succeeded",
            "refresh_refused credentials_ended",
            "tokens_issued",
            "login_succeeded",
            "all_tokens_revoked",
        ]
    );
}

#[tokio::test]
async fn a_message_that_is_given_up_is_told() {
    let on = Fixture::start().await;
    on.app.signed_in("ada").await;
    on.events().await;
    on.app.after(25 * 60 * 60);
    assert!(on.mailbox.open(&on.app).await.is_empty());
    assert_eq!(on.told().await, ["message_given_up verify_email"]);
}

/// Which requests are answered alike for an account that exists and one that does not: they also
/// tell the same number of events, each with the same fields in the log.
#[tokio::test]
async fn known_and_unknown_accounts_make_as_many_events() {
    let on = Fixture::start().await;
    on.ada().await;
    let mut counts = Vec::new();
    for name in ["ada", "nobody"] {
        let email = format!("{name}@example.com");
        let mut of = Vec::new();
        on.app.client().login(name, "wrong").await;
        of.push(on.events().await.len());
        on.app.client().token(name, "wrong", None).await;
        of.push(on.events().await.len());
        for path in ["/email/verify-request", "/password/reset-request"] {
            assert_eq!(on.post(path, &json!({ "email": email })).await, 200);
            of.push(on.events().await.len());
        }
        let name = format!("{name}2");
        assert_eq!(on.app.client().register(&email, &name, PASSWORD).await.status, 202);
        of.push(on.events().await.len());
        counts.push(of);
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0], [1, 1, 1, 1, 2]);
}

/// No event has what somebody typed, was sent or presents.
#[tokio::test]
async fn events_have_neither_an_address_nor_a_token() {
    let on = Fixture::start().await;
    on.app.signed_in("ada").await;
    let verify = on.mailbox.only(&on.app).await.token().to_owned();
    let reset = on.link("/password/reset-request").await;
    let mut client = on.app.client();
    let tokens = client.token("ada", PASSWORD, None).await;
    let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
    client.refresh(&refresh).await;
    on.post("/email/verify-confirm", &json!({ "token": verify })).await;
    on.post("/password/reset-confirm", &json!({ "token": reset, "new_password": NEW })).await;
    on.post("/password/reset-request", &json!({ "email": "typed@example.com" })).await;
    client.login("\u{1b}[31mforged\r\n", PASSWORD).await;
    let told = format!("{:?}", on.recorder.occurrences(&on.app.auth).await);
    assert!(told.contains("TokensRefreshed") && told.contains("PasswordReset"), "{told}");
    for secret in [&*verify, &*reset, &*access, &*refresh, PASSWORD, NEW, "example.com", "forged"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
}

/// Walks every flow, well and badly, and finds every event there is.
#[tokio::test]
async fn every_event_is_raised_by_some_flow() {
    let on = Fixture::with(|builder| {
        let veto = Hooks::<Account>::new().before_register(|new, _| async move {
            match new.username.as_deref() {
                Some("vetoed") => Err(Veto::new("no")),
                _ => Ok(()),
            }
        });
        let limits = RateLimits { logout_all: RateLimit::per_hour(1), ..RateLimits::off() };
        let policy = PasswordPolicy::default().breach_check(BreachCheck::new(Away).fail_open());
        builder.hooks(veto).rate_limits(limits).password_policy(policy)
    })
    .await;
    let app = &on.app;
    let mut ada = app.signed_in("ada").await;
    sign_in_badly(app).await;
    use_sessions(app, &mut ada).await;
    let mut ada = app.client();
    ada.login("ada", PASSWORD).await;
    elevate(app).await;
    change_passwords(app, &mut ada).await;
    on.mailbox.open(app).await;
    follow_links(&on).await;
    use_tokens(app).await;
    app.client().register("late@example.com", "late", PASSWORD).await;
    on.mailbox.open(app).await;
    on.post("/magic-link/request", &json!({ "email": "late@example.com" })).await;
    on.post("/magic-link/confirm", &json!({ "token": on.mailbox.only(app).await.token() })).await;
    on.post("/password/reset-request", &json!({ "email": "new@example.com" })).await;
    app.after(25 * 60 * 60);
    on.mailbox.open(app).await;
    let (auth, id) = (&app.auth, 1);
    assert!(auth.deactivate(&id).await.expect("the store works"));
    assert!(auth.reactivate(&id).await.expect("the store works"));
    auth.forget(&id).await.expect("the store works");

    let raised: BTreeSet<_> = on.events().await.iter().map(SecurityEvent::name).collect();
    let all: BTreeSet<_> = SecurityEvent::NAMES.iter().copied().collect();
    // The flows of providers are in `oauth_providers`, and those of second factors in `mfa`.
    let elsewhere = |name: &str| name.starts_with("oauth_") || name.starts_with("mfa_");
    let missing: Vec<_> = all.difference(&raised).filter(|name| !elsewhere(name)).collect();
    assert!(missing.is_empty(), "no flow raises {missing:?}");
    assert_eq!(all.len(), SecurityEvent::NAMES.len(), "two events have one name");
}

async fn sign_in_badly(app: &TestApp) {
    let mut eve = app.client();
    eve.register("eve@example.com", "ada", PASSWORD).await;
    eve.register("ada@example.com", "eve", PASSWORD).await;
    eve.register("eve@example.com", "vetoed", PASSWORD).await;
    eve.post_json("/register", &json!({ "is_superuser": true })).await;
    for _ in 0..6 {
        for _ in 0..6 {
            eve.login("nobody", "wrong").await;
        }
        app.after(3600);
    }
    for path in ["/login", "/logout"] {
        let request = eve.request(Method::POST, path).header("sec-fetch-site", "cross-site");
        eve.send(request.form(&[("username", "ada"), ("password", PASSWORD)])).await;
    }
    let mut forger = app.client();
    forger.cookies.insert("__Host-session_id".to_owned(), "A".repeat(48));
    forger.get("/me").await;
}

async fn use_sessions(app: &TestApp, ada: &mut Client) {
    ada.login("ada", PASSWORD).await;
    let mut planted = app.client();
    planted.login("ada", PASSWORD).await;
    let planted = format!("__Host-session_id={}", planted.cookies["__Host-session_id"]);
    ada.send(ada.request(Method::GET, "/me").header("cookie", planted)).await;
    ada.send(ada.request(Method::POST, "/notes")).await;
    ada.get("/admin").await;
    app.client().login("ada", PASSWORD).await;
    let list = ada.get("/sessions").await.json();
    let other = list.as_array().expect("a list").iter().find(|it| it["current"] == false);
    let handle = other.expect("two sessions")["id"].as_str().expect("a handle").to_owned();
    let request = ada.request(Method::DELETE, &format!("/sessions/{handle}"));
    ada.send(ada.with_csrf(request)).await;
    for _ in 0..2 {
        ada.post("/logout-all?keep_current=1").await;
    }
    ada.cookies.remove("__Host-csrf_token");
    ada.post("/csrf/refresh").await;
    ada.post("/logout").await;
}

async fn elevate(app: &TestApp) {
    let (auth, sudo) = (&app.auth, app.auth.sudo());
    let user = auth.stores().users().find_by_id(&1).await.expect("the store works").expect("ada");
    let session = auth.sessions().list(&1).await.expect("the store works").remove(0).handle;
    let ada = Principal::<Account>::authenticated::<Session>(user).in_session(session);
    for password in [PASSWORD, "wrong", "wrong", "wrong"] {
        let _ = sudo.elevate(&ada, Proof::Password(Password::new(password))).await;
        sudo.drop_rights(&ada).await.expect("the store works");
    }
}

async fn change_passwords(app: &TestApp, ada: &mut Client) {
    for current in ["wrong", PASSWORD] {
        let body = json!({ "current_password": current, "new_password": NEW });
        ada.post_json("/change-password", &body).await;
    }
    for sql in ["SELECT 1", "UPDATE accounts SET pw_hash = NULL"] {
        if sql.starts_with("UPDATE") {
            app.execute_and_carry_over(sql).await;
        }
        ada.post_json("/set-password", &json!({ "new_password": PASSWORD })).await;
    }
}

async fn follow_links(on: &Fixture) {
    let mut ada = on.app.client();
    ada.login("ada", PASSWORD).await;
    let verify = on.link("/email/verify-request").await;
    for _ in 0..2 {
        on.post("/email/verify-confirm", &json!({ "token": verify })).await;
    }
    for password in ["wrong", PASSWORD] {
        let body = json!({ "new_email": "new@example.com", "password": password });
        ada.post_json("/email/change-request", &body).await;
    }
    let change = on.mailbox.only(&on.app).await;
    on.post("/email/change-confirm", &json!({ "token": change.token() })).await;
    on.mailbox.open(&on.app).await;
    on.post("/password/reset-request", &json!({ "email": "new@example.com" })).await;
    let reset = on.mailbox.only(&on.app).await;
    let body = json!({ "token": reset.token(), "new_password": NEW });
    on.post("/password/reset-confirm", &body).await;
    on.mailbox.open(&on.app).await;
}

async fn use_tokens(app: &BearerApp) {
    let mut client = app.client();
    let first = client.token("ada", NEW, None).await.field("refresh_token");
    client.refresh(&first).await;
    app.after(60);
    for token in [&*first, &*first, "forged"] {
        client.refresh(token).await;
    }
    client.get_as("forged", "/me").await;
    let last = client.token("ada", NEW, None).await.field("refresh_token");
    client.post_json("/logout", &json!({ "refresh_token": last })).await;
    app.tokens().end_all(&1).await.expect("the store works");
}

#[test]
fn reasons_have_the_names_of_the_log() {
    assert_eq!(EmailChangeFailure::SameAddress.as_str(), "same_address");
    assert_eq!(PasswordFailure::NotFresh.as_str(), "not_fresh");
    assert_eq!(RefreshFailure::CredentialsEnded.as_str(), "credentials_ended");
}
