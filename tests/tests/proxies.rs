//! Who the client is, behind proxies and without them.

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::get;
use crudauth::http::InvalidNetwork;
use crudauth::{Action, CrudAuth, RateLimit, RateLimits, SessionConfig, TrustedProxies};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::{Account, Client, PASSWORD, Server, TestApp, routes};
use reqwest::Method;

async fn app(proxies: TrustedProxies) -> TestApp {
    let session = SessionConfig::default().management_routes();
    let app = TestApp::with_routes(
        |builder| {
            let builder = builder.trusted_proxies(proxies).session(session);
            builder.rate_limits(RateLimits::off())
        },
        |auth| Router::new().route("/whoami", get(whoami).layer(auth.rate_limit::<Limited>())),
    )
    .await;
    app.signed_in("ada").await;
    app
}

/// Signs in with the given lines of `X-Forwarded-For`.
async fn sign_in(app: &TestApp, forwarded: &[&str]) -> Client {
    let mut client = app.client();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let mut request = client.request(Method::POST, "/login").form(&form);
    for line in forwarded {
        request = request.header("x-forwarded-for", *line);
    }
    assert_eq!(client.send(request).await.status, 200);
    client
}

/// The address that a session says it began from.
async fn address(app: &TestApp, forwarded: &[&str]) -> String {
    let list = sign_in(app, forwarded).await.get("/sessions").await.json();
    let list = list.as_array().expect("a list");
    let own = list.iter().find(|session| session["current"] == true).expect("a session");
    own["ip"].as_str().expect("an address").to_owned()
}

#[tokio::test]
async fn without_trusted_proxies_no_header_changes_the_client() {
    let app = app(TrustedProxies::none()).await;
    assert_eq!(address(&app, &["198.51.100.1"]).await, "127.0.0.1");
    for (forged, status) in [("198.51.100.1", 200), ("198.51.100.2", 429), ("::1", 429)] {
        let mut client = app.client();
        let request = client.request(Method::GET, "/whoami").header("x-forwarded-for", forged);
        assert_eq!(client.send(request).await.status, status, "{forged}");
    }
}

#[tokio::test]
async fn one_hop_takes_the_entry_at_the_right_end() {
    let app = app(TrustedProxies::hops(1)).await;
    for (lines, expected) in [
        (&["198.51.100.1"][..], "198.51.100.1"),
        (&["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (&["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
        (&["198.51.100.1:4711"], "198.51.100.1"),
        (&["[2001:db8::1]:4711"], "2001:db8::1"),
        (&["::ffff:198.51.100.1"], "198.51.100.1"),
        (&["198.51.100.1, nonsense"], "127.0.0.1"),
        (&[], "127.0.0.1"),
    ] {
        assert_eq!(address(&app, lines).await, expected, "{lines:?}");
    }
}

#[tokio::test]
async fn two_hops_take_the_second_entry_or_the_first_there_is() {
    let app = app(TrustedProxies::hops(2)).await;
    assert_eq!(address(&app, &["6.6.6.6, 198.51.100.1", "10.0.0.1"]).await, "198.51.100.1");
    assert_eq!(address(&app, &["198.51.100.1"]).await, "198.51.100.1");
}

#[tokio::test]
async fn networks_take_the_rightmost_stranger() -> Result<(), InvalidNetwork> {
    let app = app(TrustedProxies::networks(["127.0.0.0/8", "10.0.0.0/8"])?).await;
    assert_eq!(address(&app, &["6.6.6.6, 198.51.100.1, 10.0.0.1"]).await, "198.51.100.1");
    assert_eq!(address(&app, &["10.0.0.2, 10.0.0.1"]).await, "10.0.0.2");
    assert_eq!(address(&app, &["198.51.100.1, nonsense"]).await, "127.0.0.1");
    Ok(())
}

#[tokio::test]
async fn a_peer_of_no_trusted_network_is_the_client() -> Result<(), InvalidNetwork> {
    let app = app(TrustedProxies::networks(["10.0.0.0/8"])?).await;
    assert_eq!(address(&app, &["198.51.100.1"]).await, "127.0.0.1");
    Ok(())
}

#[tokio::test]
async fn limits_count_clients_behind_the_proxy_by_network() {
    let app = app(TrustedProxies::hops(1)).await;
    for (client, status) in [
        ("198.51.100.1", 200),
        ("198.51.100.2", 200),
        ("::ffff:198.51.100.1", 429),
        ("2001:db8:1:2::1", 200),
        ("2001:db8:1:2:ffff::9", 429),
        ("2001:db8:1:3::1", 200),
        // The /56 has twice as many as a /64, and the /48 four times as many.
        ("2001:db8:1:4::1", 429),
        ("2001:db8:1:ff00::1", 200),
        ("2001:db8:1:fe00::1", 200),
        ("2001:db8:1:fd00::1", 429),
        ("2001:db8:2::1", 200),
        ("64:ff9b::198.51.100.1", 429),
        ("64:ff9b::198.51.100.9", 200),
        ("6.6.6.6, 198.51.100.1", 429),
    ] {
        let mut anybody = app.client();
        let request = anybody.request(Method::GET, "/whoami").header("x-forwarded-for", client);
        assert_eq!(anybody.send(request).await.status, status, "{client}");
    }
}

enum Limited {}

impl Action for Limited {
    const NAME: &'static str = "limited";
    const LIMIT: RateLimit = RateLimit::per_hour(1);
}

async fn whoami(State(auth): State<CrudAuth<Account>>, request: Request) -> String {
    let (parts, _) = request.into_parts();
    auth.client_address(&parts).to_string()
}

#[tokio::test]
async fn the_applications_own_routes_have_the_same_client() {
    let app = TestApp::with_routes(
        |builder| builder.trusted_proxies(TrustedProxies::hops(1)),
        |auth| Router::new().route("/whoami", get(whoami).layer(auth.rate_limit::<Limited>())),
    )
    .await;
    let mut client = app.client();
    for (forwarded, status) in
        [("198.51.100.1", 200), ("198.51.100.2", 200), ("6.6.6.6, 198.51.100.1", 429)]
    {
        let request = client.request(Method::GET, "/whoami");
        let answer = client.send(request.header("x-forwarded-for", forwarded)).await;
        assert_eq!(answer.status, status, "{forwarded}");
        assert!(status == 429 || answer.text() == forwarded, "{}", answer.text());
    }
}

#[tokio::test]
async fn the_lockout_of_an_address_is_the_clients_and_not_the_proxys() {
    let app = app(TrustedProxies::hops(1)).await;
    let attempt = |name: String, from: &'static str| {
        let mut client = app.client();
        async move {
            let form = [("username", &*name), ("password", "wrong")];
            let request = client.request(Method::POST, "/login").form(&form);
            client.send(request.header("x-forwarded-for", from)).await.status.as_u16()
        }
    };
    for number in 0..100 {
        assert_eq!(attempt(format!("name{number}"), "198.51.100.1").await, 401);
    }
    assert_eq!(attempt("one more".to_owned(), "198.51.100.1").await, 429);
    assert_eq!(attempt("another".to_owned(), "198.51.100.2").await, 401);
}

/// An application that serves without the addresses of its clients.
async fn without_addresses(limits: RateLimits) -> (TestApp, Server) {
    let more = |auth: &CrudAuth<Account>| {
        Router::new().route("/whoami", get(whoami).layer(auth.rate_limit::<Limited>()))
    };
    let app = TestApp::with(|builder| builder.rate_limits(limits)).await;
    let server = Server::serve_without_addresses(routes(&app.auth, more(&app.auth))).await;
    (app, server)
}

const WAY_OUT: &str = "into_make_service_with_connect_info::<SocketAddr>()";

#[tokio::test]
async fn clients_without_an_address_do_not_share_the_budget_of_one() {
    let limits = RateLimits { register: RateLimit::per_hour(1), ..RateLimits::off() };
    let (_app, server) = without_addresses(limits).await;
    let logs = Logs::capture();
    for number in 0..100 {
        let email = format!("u{number}@example.com");
        let answer = server.client().register(&email, &format!("u{number}"), PASSWORD).await;
        assert_eq!(answer.status, 200, "sign-up {number}");
        let answer = server.client().get("/whoami").await;
        assert_eq!(answer.status, 200, "call {number}");
    }
    let told = "without the address of its client";
    assert_eq!(logs.text().matches(told).count(), 1, "once, and not once a request");
    assert!(logs.text().contains(WAY_OUT));

    assert!(!logs.text().contains("used up what they share"));
    for _ in 0..3 {
        let answer = server.client().register("u101@example.com", "u101", PASSWORD).await;
        assert_eq!(answer.status, 429, "the crowd has an end too");
        assert_eq!(server.client().get("/whoami").await.status, 429);
    }
    let text = logs.text();
    let used_up: Vec<_> =
        text.lines().filter(|it| it.contains("used up what they share")).collect();
    assert_eq!(used_up.len(), 2, "once for each, and not once a request");
    assert!(used_up.iter().all(|line| line.contains(WAY_OUT)), "{used_up:?}");
}

#[tokio::test]
async fn guesses_without_an_address_lock_the_account_and_nobody_else() {
    let (_app, server) = without_addresses(RateLimits::off()).await;
    let names: Vec<_> = (0..12).map(|number| format!("u{number}")).collect();
    for name in &names {
        let email = format!("{name}@example.com");
        assert_eq!(server.client().register(&email, name, PASSWORD).await.status, 200);
        assert_eq!(server.client().login(name, "wrong").await.status, 401, "{name}");
    }
    for name in &names {
        assert_eq!(server.client().login(name, PASSWORD).await.status, 200, "{name}");
    }
    let mut locked = false;
    for _ in 0..30 {
        locked = server.client().login("u0", "wrong").await.status == 429;
        if locked {
            break;
        }
    }
    assert!(locked, "an account is guarded wherever guesses come from");
    assert_eq!(server.client().login("u1", PASSWORD).await.status, 200);
}
