//! Cookies that were never issued, or not like this.

use crudauth::{LockoutConfig, SecretKey};
use crudauth_tests::attack::secrets::SESSION_COOKIE;
use crudauth_tests::attack::{Ground, PEER, Server, exchange};
use crudauth_tests::support::{Client, PASSWORD};
use reqwest::Method;

/// Every text that differs from `text` in one bit and can stand in a header.
fn flips(text: &str) -> impl Iterator<Item = Vec<u8>> + '_ {
    let bits = (0..text.len()).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    bits.filter_map(|(at, bit)| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        let sendable = bytes[at] == b'\t' || (bytes[at] >= 0x20 && bytes[at] != 0x7f);
        sendable.then_some(bytes)
    })
}

async fn stage() -> (Ground, Server) {
    let ground = Ground::new().await;
    let server = Server::start(ground.builder(ground.stores.clone())).await;
    (ground, server)
}

/// The status of `GET /me` with this `Cookie` header, byte for byte.
fn me(server: &Server, cookie: &[u8]) -> u16 {
    let head = b"GET /me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ";
    let request = [head.as_slice(), cookie, b"\r\n\r\n"].concat();
    exchange(server.address, &request).expect("an answer").status
}

fn session(client: &Client) -> String {
    client.cookies["session_id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_session_cookie_can_be_changed() {
    let (_ground, server) = stage().await;
    let ada = server.signed_in("ada").await;
    let live = session(&ada);
    assert_eq!(me(&server, format!("session_id={live}").as_bytes()), 200);
    let mut tried = 0;
    for flipped in flips(&live) {
        let cookie = [b"session_id=", flipped.as_slice()].concat();
        let shown = String::from_utf8_lossy(&cookie);
        assert_eq!(me(&server, &cookie), 401, "{shown}");
        tried += 1;
    }
    assert!(tried > 250, "{tried} flips");
    for changed in [
        format!("{live}A"),
        format!("{live}="),
        format!("{live} x"),
        format!("A{live}"),
        live[..live.len() - 1].to_owned(),
        format!("{live}{live}"),
        live.to_uppercase(),
        live.replace('-', "+").replace('_', "/") + "=",
        format!("{live}%00"),
    ] {
        assert_eq!(me(&server, format!("session_id={changed}").as_bytes()), 401, "{changed}");
    }
    assert_eq!(me(&server, format!("session_id={live}").as_bytes()), 200, "it is still alive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_another_key_is_refused_over_the_same_database() {
    let (ground, server) = stage().await;
    let foreign_key = SecretKey::random().expect("random bytes");
    let other = ground.builder(ground.stores.clone()).secret_key(foreign_key);
    let other = Server::start(other).await;
    let ada = server.signed_in("ada").await;
    let mut bob = other.client();
    assert_eq!(bob.login("ada", PASSWORD).await.status, 200);

    let own = format!("session_id={}", session(&ada));
    let foreign = format!("session_id={}", session(&bob));
    assert_eq!((me(&server, own.as_bytes()), me(&other, foreign.as_bytes())), (200, 200));
    assert_eq!((me(&server, foreign.as_bytes()), me(&other, own.as_bytes())), (401, 401));
}

/// The store has the handle of a session in the clear; it opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_holds_of_a_session_is_no_cookie() {
    let (ground, server) = stage().await;
    let ada = server.signed_in("ada").await;
    let listed = ground.stores.state().list("session:1").await.expect("the store");
    let [entry] = listed.as_slice() else { panic!("one session: {listed:?}") };
    let handle = entry.key.trim_start_matches("session:");
    assert_eq!(me(&server, format!("session_id={handle}").as_bytes()), 401);
    assert_eq!(me(&server, format!("session_id={}", entry.key).as_bytes()), 401);
    // In the form of a cookie: any part of it, the real seal included, which the key shows.
    assert_eq!((handle.len(), session(&ada).len()), (64, SESSION_COOKIE));
    let seal = &handle[64 - 16..];
    assert!(session(&ada).ends_with(seal), "the seal is the end of the key");
    let mut made = vec![format!("{}{seal}", "A".repeat(32))];
    made.extend((0..=64 - 48).map(|at| handle[at..at + 48].to_owned()));
    made.extend((0..=64 - 32).map(|at| format!("{}{seal}", &handle[at..at + 32])));
    for cookie in made {
        assert_eq!(me(&server, format!("session_id={cookie}").as_bytes()), 401, "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_session_cookies_that_are_alive_none_counts() {
    let (_ground, server) = stage().await;
    let ada = session(&server.signed_in("ada").await);
    let eve = session(&server.signed_in("eve").await);
    for cookie in [
        format!("session_id={ada}; session_id={eve}"),
        format!("session_id={eve}; session_id={ada}"),
        format!("session_id={ada}\r\nCookie: session_id={eve}"),
        format!("session_id={ada}; session_id = \"{eve}\""),
        format!("session_id={ada}; session_id=planted; session_id={eve}; session_id={ada}"),
    ] {
        assert_eq!(me(&server, cookie.as_bytes()), 401, "{cookie}");
    }
    let forged = format!("{}{}", &eve[..47], if eve.ends_with('0') { '1' } else { '0' });
    for cookie in [
        format!("session_id={ada}; session_id={ada}"),
        format!("session_id={ada}\r\nCookie: theme=dark"),
        format!("Session_id={eve}; session_id={ada}"),
        format!("session_id={ada}; xsession_id={eve}"),
        format!("session_id={ada}; session_id="),
        format!("session_id=\u{fffd}; session_id={ada}"),
        format!("session_id={forged}; session_id={ada}"),
    ] {
        assert_eq!(me(&server, cookie.as_bytes()), 200, "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csrf_token_of_another_session_is_refused_bit_by_bit() {
    let (_ground, server) = stage().await;
    let mut ada = server.signed_in("ada").await;
    let eve = server.signed_in("eve").await;
    let own = ada.csrf_token().expect("a token").to_owned();
    let foreign = eve.csrf_token().expect("a token").as_bytes().to_vec();
    for token in flips(&own).chain([foreign, session(&ada).into_bytes(), own[..63].into()]) {
        let request = ada.request(Method::POST, "/notes").header("x-csrf-token", token.clone());
        let answer = ada.send(request).await;
        let shown = String::from_utf8_lossy(&token);
        assert_eq!(answer.status, 403, "{shown}");
        assert_eq!(answer.detail(), "Invalid CSRF token", "{shown}");
    }
    assert_eq!(ada.post("/notes").await.status, 200);
}

/// A device token lets its owner past a locked account. A forged one does not.
#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_device_token_can_be_changed() {
    let ground = Ground::new().await;
    let builder = ground.builder(ground.stores.clone()).lockout(LockoutConfig::default());
    let server = Server::start(builder).await;
    let ada = server.signed_in("ada").await;
    let eve = server.signed_in("eve").await;
    let token = ada.cookies["device_id"].clone();

    let login = async |device: &[u8]| {
        let mut client = server.client();
        let cookie = [b"device_id=", device].concat();
        let request = client.request(Method::POST, "/login").header(PEER, "203.0.113.9:1");
        let request = request.header("cookie", cookie);
        let form = [("username", "ada"), ("password", PASSWORD)];
        client.send(request.form(&form)).await.status.as_u16()
    };
    for guess in 0..6 {
        let mut client = server.client();
        let request = client.request(Method::POST, "/login").header(PEER, "203.0.113.9:1");
        let form = [("username", "ada"), ("password", "a guess")];
        let status = client.send(request.form(&form)).await.status;
        assert_eq!(status, if guess < 5 { 401 } else { 429 });
    }
    for flipped in flips(&token) {
        let shown = String::from_utf8_lossy(&flipped).into_owned();
        assert_eq!(login(&flipped).await, 429, "{shown}");
    }
    assert_eq!(login(eve.cookies["device_id"].as_bytes()).await, 429, "that of another account");
    assert_eq!(login(session(&ada).as_bytes()).await, 429, "no token at all");
    assert_eq!(login(token.as_bytes()).await, 200, "the owner gets in");
}
