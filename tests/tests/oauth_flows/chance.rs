//! Many callbacks with faults by chance, of the provider and of the browser.

use crudauth::clock::Clock as _;
use crudauth_tests::attack::Dice;
use crudauth_tests::support::engines::Apart;
use serde_json::json;

use crate::app::{App, callback_at, has_session};
use crate::faults::{self, Fault};

/// How many callbacks there are, without a setting.
const CALLBACKS: usize = 1_000;
/// After how many callbacks all flows that were left open are over.
const ROUND: usize = 100;
/// After this, what is known of the metadata and keys of a provider is forgotten.
const KNOWN: std::time::Duration = std::time::Duration::from_secs(49 * 60 * 60);

/// What the browser does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slip {
    OtherBrowser,
    NoBrowser,
    OtherState,
    NoState,
    NoCode,
    OtherProvider,
    Late,
    Twice,
}

const SLIPS: [Slip; 8] = [
    Slip::OtherBrowser,
    Slip::NoBrowser,
    Slip::OtherState,
    Slip::NoState,
    Slip::NoCode,
    Slip::OtherProvider,
    Slip::Late,
    Slip::Twice,
];

fn callbacks() -> usize {
    std::env::var("CRUDAUTH_TEST_CALLBACKS").map_or(CALLBACKS, |it| it.parse().expect("a number"))
}

/// The path of a callback that goes wrong.
fn astray(slip: Slip, provider: &str, state: &str) -> String {
    match slip {
        Slip::OtherState => callback_at(provider, &"A".repeat(43)),
        Slip::NoState => format!("/oauth/{provider}/callback?code=the+code"),
        Slip::NoCode => format!("/oauth/{provider}/callback?state={state}"),
        Slip::OtherProvider => callback_at("other", state),
        _ => callback_at(provider, state),
    }
}

/// One callback with a fault, or with a slip. Returns what it was, and how many flows stay open.
async fn go_wrong(app: &App, dice: &mut Dice) -> (String, usize) {
    let mut client = app.client();
    let faults: Vec<&Fault> = faults::all().filter(|fault| !fault.slow).collect();
    let slip = dice.below(3).eq(&0).then(|| SLIPS[dice.below(SLIPS.len())]);
    let fault = faults[dice.below(faults.len())];
    let (provider, name) = (fault.provider, format!("{slip:?} or {}", fault.name));
    app.provider.advance(KNOWN);
    if slip.is_none() {
        (fault.plant)(&mut app.provider.said());
        if fault.at_begin {
            let answer = client.get(&format!("/oauth/{provider}/authorize")).await;
            assert!(matches!(answer.status.as_u16(), 200 | 307 | 400 | 503), "{name}");
            assert!(!has_session(&answer), "{name}");
            // Metadata that are known serve while no others can be had.
            let told = answer.header("location").map_or_else(|| answer.text(), str::to_owned);
            return (name, usize::from(told.contains("code_challenge=")));
        }
    }
    let state = app.begin_at(provider, &mut client, "").await;
    let path = match slip {
        Some(slip) => astray(slip, provider, &state),
        None => format!("{}{}", callback_at(provider, &state), fault.query),
    };
    match slip {
        Some(Slip::Late) => app.provider.advance(std::time::Duration::from_secs(601)),
        Some(Slip::Twice) => {
            app.provider.said().answer = Box::new(|answer| answer["token_type"] = json!("mac"));
            client.get(&path).await;
            app.provider.said().behave();
        }
        _ => {}
    }
    let mut browser = match slip {
        Some(Slip::OtherBrowser) => {
            let mut other = app.client();
            app.begin(&mut other, "").await;
            other
        }
        Some(Slip::NoBrowser) => app.client(),
        _ => client,
    };
    let answer = browser.get(&path).await;
    let status = answer.status.as_u16();
    assert!(matches!(status, 307 | 400 | 503), "{name}: {status} {}", answer.text());
    assert!(!has_session(&answer) && !answer.text().contains("access_token"), "{name}");
    let told = answer.header("location").map_or_else(|| answer.text(), str::to_owned);
    let addresses = ["email_missing", "email_unverified", "email_too_long"];
    let codes = [&["oauth_failed", "invalid_state"][..], &addresses].concat();
    assert!(codes.iter().any(|code| told.contains(code)) || status == 503, "{name}: {told}");
    let open = match slip {
        Some(Slip::OtherBrowser) => 2,
        Some(Slip::NoBrowser | Slip::OtherState | Slip::NoState | Slip::NoCode | Slip::Late) => 1,
        None if fault.told.1 == "malformed_response" => 1,
        _ => 0,
    };
    (name, open)
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_with_faults_by_chance_sign_nobody_in_and_leave_nothing() {
    let mut dice = Dice::rolled_for("callbacks");
    let apps =
        [App::start(|config| config).await, App::start(crudauth::oauth::OAuthConfig::json).await];
    let (mut most, mut open) = ([0; 2], [0; 2]);
    for number in 0..callbacks() {
        let which = dice.below(2);
        let app = &apps[which];
        app.provider.said().behave();
        let (name, left) = go_wrong(app, &mut dice).await;
        open[which] += left;
        if number % ROUND == 0 {
            assert_eq!(app.count("members").await, 0, "{name}");
            assert_eq!(app.count("crudauth_identities").await, 0, "{name}");
            most[which] = most[which].max(app.database.entries().await.len());
        }
    }
    for (app, (most, open)) in apps.iter().zip(most.into_iter().zip(open)) {
        app.provider.said().behave();
        assert!(app.flows_kept().await.len() <= open, "flows that were ended rest no more");
        // Expired entries are removed by later writes, so that there are never more than this. Redis
        // removes them by a clock of its own.
        let is_redis = matches!(app.database.apart, Some(Apart::Redis(_)));
        assert!(most <= 1_000 || is_redis, "the stores do not grow: {most}");
        app.provider.advance(std::time::Duration::from_secs(601));
        let now = i64::try_from(app.provider.clock.now_ms()).expect("small");
        let live = app.database.entries().await.into_iter();
        let live: Vec<_> = live.filter(|it| it.ends_at.is_some_and(|at| at > now)).collect();
        assert!(live.is_empty(), "{live:?}");
        assert_eq!(app.count("members").await, 0);
        // It is the faults that are refused. What was known of the metadata and keys of the last one is
        // forgotten.
        app.provider.advance(KNOWN);
        assert!(has_session(&app.sign_in(&mut app.client()).await));
    }
}
