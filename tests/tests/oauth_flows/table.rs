//! Each fault of each provider, in both ways to answer.

use std::time::Duration;

use crudauth_tests::provider::{Hang, Signer};
use serde_json::json;
use tokio::time;

use crate::app::{App, callback_at, has_session, refusal};
use crate::faults::{self, Fault};

/// What was known of the provider is forgotten by then.
const LONG: Duration = Duration::from_secs(49 * 60 * 60);
/// How long one call of a provider may take.
const CALL: Duration = Duration::from_secs(5);
/// How long all calls of a callback may take.
const CALLS: Duration = Duration::from_secs(10);

async fn start(json: bool) -> App {
    App::start(|config| if json { config.json() } else { config }).await
}

/// One flow with one fault, and what it leaves.
async fn commit(app: &App, fault: &Fault) {
    let (provider, name) = (fault.provider, fault.name);
    app.provider.advance(LONG);
    app.provider.said().behave();
    (fault.plant)(&mut app.provider.said());
    let mut client = app.client();
    if fault.at_begin {
        let answer = client.get(&format!("/oauth/{provider}/authorize")).await;
        assert_eq!(refusal(&answer), fault.told.0, "{name}");
    } else {
        let state = app.begin_at(provider, &mut client, "").await;
        assert_eq!(app.flows_kept().await.len(), 1, "{name}");
        let callback = callback_at(provider, &state);
        let path = format!("{callback}{}", fault.query);
        let answer = client.get(&path).await;
        assert_eq!(refusal(&answer), fault.told.0, "{name}");
        if fault.told.1 == "malformed_response" {
            // Nobody can say whose flow that was, so that it goes on.
            assert_eq!(app.flows_kept().await.len(), 1, "{name}");
            app.provider.said().answer = Box::new(|answer| answer["token_type"] = "mac".into());
            assert_eq!(refusal(&client.get(&callback).await), "oauth_failed", "{name}");
            assert_eq!(app.events().await, [fault.told.1, "provider_malformed"], "{name}");
        } else {
            assert_eq!(app.events().await, [fault.told.1], "{name}: one event");
        }
        // It is used up, whatever comes then.
        app.provider.said().behave();
        assert_eq!(refusal(&client.get(&callback).await), "invalid_state", "{name}");
        assert_eq!(app.events().await, ["state_reused"], "{name}");
        let calls = app.provider.said().calls.len();
        assert_eq!(calls, 0, "{name}: a state that is used up has nobody called");
    }
    app.events().await;
    assert!(app.flows_kept().await.is_empty(), "{name}");
    for table in ["members", "crudauth_identities"] {
        assert_eq!(app.count(table).await, 0, "{name}: {table}");
    }
    assert!(client.get("/me").await.status == 401, "{name}");
}

async fn all(json: bool) {
    let app = start(json).await;
    for fault in faults::all().filter(|fault| !fault.slow) {
        match fault.at_begin {
            // Metadata that are known serve while no others can be had.
            true => commit(&start(json).await, fault).await,
            false => commit(&app, fault).await,
        }
    }
    // It is the faults that are refused.
    app.provider.said().behave();
    let answer = app.sign_in(&mut app.client()).await;
    assert!(has_session(&answer), "{}", answer.text());
    assert_eq!(app.events().await, ["oauth_account_created", "oauth_signed_in"]);
    let mut client = app.client();
    let state = app.begin_at("github", &mut client, "").await;
    let answer = client.get(&callback_at("github", &state)).await;
    assert!(has_session(&answer), "{}", answer.text());
    assert_eq!(app.events().await, ["oauth_linked", "oauth_signed_in"], "by the address");
    let sessions = app.database.entries().await;
    assert!(sessions.len() < 600, "what has expired is removed: {}", sessions.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_provider_is_a_refusal_by_redirect() {
    all(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_of_a_provider_is_a_refusal_by_json() {
    all(true).await;
}

/// What the runtime takes for now goes on by so much at once.
async fn pass(time: Duration) {
    time::pause();
    time::advance(time).await;
    time::resume();
}

#[tokio::test]
async fn nobody_waits_for_a_slow_provider_longer_than_the_limit() {
    for json in [false, true] {
        for fault in faults::all().filter(|fault| fault.slow) {
            let app = start(json).await;
            let limit = async {
                app.provider.hangs().await;
                pass(CALL).await;
            };
            let both = async { tokio::join!(commit(&app, fault), limit) };
            // The limit of all calls, which is reached later, is not what ends it.
            let early = CALLS - Duration::from_secs(1);
            time::timeout(early, both).await.expect(fault.name);
        }
    }
}

/// Each call is within its limit, and all of them together are not.
#[tokio::test]
async fn all_calls_of_a_callback_have_one_limit() {
    for json in [false, true] {
        let app = start(json).await;
        let mut client = app.client();
        let state = app.begin(&mut client, "").await;
        app.claims(json!({ "email": null }));
        for path in ["/token", "/keys", "/userinfo"] {
            app.provider.said().hangs.insert(path, Hang::BeforeTheHead);
        }
        let slow = async {
            let just_within = CALL - Duration::from_millis(100);
            for _ in ["/token", "/keys"] {
                app.provider.hangs().await;
                pass(just_within).await;
                app.provider.go_on();
            }
            app.provider.hangs().await;
            pass(CALLS - just_within * 2).await;
        };
        let before = time::Instant::now();
        let (answer, ()) = tokio::join!(app.finish(&mut client, &state), slow);
        // A limit of the last call alone would be reached later.
        assert!(before.elapsed() < CALLS + CALL / 2, "{:?}", before.elapsed());
        assert_eq!(refusal(&answer), "oauth_failed");
        assert_eq!(app.events().await, ["provider_unreachable"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_replaced_between_two_sign_ins_are_fetched_anew() {
    let app = start(false).await;
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    app.provider.said().signers = vec![Signer::new("two", "EdDSA")];
    app.provider.advance(Duration::from_secs(31));
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    // Whoever has the key from before signs nobody in, under neither name.
    for name in ["one", "two"] {
        app.provider.advance(LONG);
        faults::forge(&mut app.provider.said(), move |claims| {
            let other = Signer::new(name, "EdDSA");
            other.token(&other.header(), claims)
        });
        assert_eq!(refusal(&app.sign_in(&mut app.client()).await), "oauth_failed", "{name}");
    }
    let reasons = ["id_token_key", "id_token_signature"];
    assert!(app.events().await.ends_with(&reasons.map(str::to_owned)));
}
