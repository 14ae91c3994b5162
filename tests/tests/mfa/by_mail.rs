//! Sign-ins by mail of an account with a second factor, and what is mailed about the factor.

use std::sync::Arc;

use crudauth::clock::{Clock as _, ManualClock};
use crudauth::http::Route;
use crudauth::mfa::MfaConfig;
use crudauth::{CrudAuth, EmailCodes, MagicLinks, RateLimits, SecretKey};
use crudauth_tests::support::{
    CountingHasher, Mailbox, Mounted, PASSWORD, Server, TestDatabase, mounted,
};
use serde_json::json;

use crate::site::{KEY, MEMBERS, Member, challenge_of, code_at, verify};

const ADA: &str = "ada@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_is_one_factor_and_is_told_of_the_other() {
    let (mailbox, database) = (Mailbox::default(), TestDatabase::new(&MEMBERS).await);
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    let auth = CrudAuth::<Member>::builder(database.clone(), SecretKey::random().expect("bytes"))
        .clock(clock.clone())
        .password_hasher(CountingHasher::default())
        .rate_limits(RateLimits::off())
        .email(mailbox.config())
        .magic_links(MagicLinks::new())
        .email_codes(EmailCodes::new())
        .mfa(MfaConfig::new("Example").encryption_key(KEY))
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(auth.router().with_state(auth.clone())).await;
    let mut client = server.client();
    let there = mounted(&auth.router(), &mut client).await;
    let named = Route::ALL.iter().filter(|route| route.path().starts_with("/mfa"));
    let named = named.map(|it| Mounted { method: it.method(), path: it.path().to_owned() });
    let named: Vec<_> = named.collect();
    assert!(named.len() == 7 && named.iter().all(|it| there.contains(it)), "{there:?}");
    client.post_json("/register", &json!({ "email": ADA, "password": PASSWORD })).await;
    database.execute("UPDATE members SET email_verified = TRUE").await;
    client.post_form("/login", &[("username", ADA), ("password", PASSWORD)]).await;
    let setup = client.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
    let secret = setup.json()["secret"].as_str().expect("a secret").to_owned();
    let code = || code_at(&secret, clock.now_ms() / 1000);
    let confirmed = client.post_json("/mfa/totp/confirm", &json!({ "code": code() })).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let mails = mailbox.mails(&auth).await;
    let told = mails.iter().find(|mail| mail.kind == "mfa_enabled").expect("a notice");
    assert_eq!(told.to, ADA);
    assert!(!told.text.contains(&secret), "{}", told.text);

    for way in ["/magic-link", "/email-code"] {
        clock.advance(std::time::Duration::from_secs(60));
        let mut client = server.client();
        let asked = client.post_json(&format!("{way}/request"), &json!({ "email": ADA })).await;
        let mails = mailbox.mails(&auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        let answer = match &mails[0].code {
            Some(code) => {
                let body = json!({ "flow": asked.json()["flow"], "code": code });
                client.post_json("/email-code/verify", &body).await
            }
            None => {
                let body = json!({ "token": mails[0].token(), "remember_me": true });
                client.post_json("/magic-link/confirm", &body).await
            }
        };
        assert_eq!(answer.json()["mfa_required"], true, "{way}: {}", answer.text());
        assert!(answer.set_cookies().is_empty(), "{way}");
        assert_eq!(client.get("/me").await.status, 401, "{way}");
        let answer = verify(&mut client, &challenge_of(&answer), &code()).await;
        assert_eq!(answer.status, 200, "{way}: {}", answer.text());
        let session = answer.set_cookies().into_iter().find(|it| it.contains("session_id"));
        let remembered = session.is_some_and(|session| session.contains("Max-Age"));
        assert_eq!(remembered, way == "/magic-link", "{way}");
        assert_eq!(client.get("/me").await.status, 200, "{way}");
    }
}

#[tokio::test]
async fn settings_of_second_factors_that_cannot_work_name_the_fix() {
    let long = "0Hc7!kd02Lq9_pZx4mVb81sRt6yWnE3g";
    let build = async |mfa: MfaConfig<Member>| {
        let database = TestDatabase::new(&MEMBERS).await;
        let key = SecretKey::new(long).expect("a key");
        let built = CrudAuth::<Member>::builder(database, key).mfa(mfa).build().await;
        built.expect_err("a mistake").to_string()
    };
    for (mfa, told) in [
        (MfaConfig::new("Example"), "`MfaConfig::encryption_key`"),
        (MfaConfig::new("Example").encryption_key("short"), "`MfaConfig::encryption_key`"),
        (MfaConfig::new("A: B").encryption_key(KEY), "`MfaConfig::new`"),
        (MfaConfig::new(" ").encryption_key(KEY), "`MfaConfig::new`"),
        (
            MfaConfig::new("Example").encryption_key(KEY).recovery_codes(0),
            "`MfaConfig::recovery_codes`",
        ),
        (
            MfaConfig::new("Example").encryption_key(KEY).recovery_codes(51),
            "`MfaConfig::recovery_codes`",
        ),
    ] {
        let error = build(mfa).await;
        assert!(error.contains(told), "{told}: {error}");
        assert!(!error.contains(long) && !error.contains(KEY), "{error}");
    }
    // All at once.
    let error = build(MfaConfig::new(":").recovery_codes(0)).await;
    for told in ["`MfaConfig::new`", "`MfaConfig::recovery_codes`", "`MfaConfig::encryption_key`"] {
        assert!(error.contains(told), "{told}: {error}");
    }
}
