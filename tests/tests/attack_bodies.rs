//! Bytes that no honest client sends: every answer is below 500, and the server serves on.

use std::fmt::Write as _;

use crudauth::identity::{canonical_email, canonical_username};
use crudauth::user::StoredUser;
use crudauth_tests::attack::{Dice, Ground, Reply, Server, exchange, hang_up, post};
use crudauth_tests::support::{Account, Client, PASSWORD};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::json;
use tokio::runtime::Runtime;

const MIB: usize = 1024 * 1024;

/// A server, and a client who is signed in to it from the start to the end.
struct Arena {
    runtime: Runtime,
    ground: Ground,
    server: Server,
    witness: Client,
}

impl Arena {
    fn new() -> Self {
        Self::with_body_limit(64 * 1024)
    }

    fn with_body_limit(bytes: usize) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let (ground, server, witness) = runtime.block_on(async {
            let ground = Ground::new().await;
            let builder = ground.builder(ground.stores.clone()).body_limit(bytes);
            let server = Server::start(builder).await;
            let witness = server.signed_in("witness").await;
            (ground, server, witness)
        });
        Self { runtime, ground, server, witness }
    }

    /// Sends a request that is framed as HTTP wants it: an answer comes, and it is below 500.
    fn provoke(&self, request: &[u8]) -> Reply {
        let reply = exchange(self.server.address, request);
        let shown = String::from_utf8_lossy(&request[..request.len().min(2000)]);
        let reply = reply.unwrap_or_else(|| panic!("no answer to {shown}"));
        assert!(reply.status < 500, "{} to {shown}", reply.head);
        reply
    }

    /// Sends bytes of which the server may make nothing: if an answer comes, it is below 500.
    fn assault(&self, bytes: &[u8]) -> Option<Reply> {
        let reply = hang_up(self.server.address, bytes);
        if let Some(reply) = &reply {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]);
            assert!(reply.status < 500, "{} to {shown}", reply.head);
        }
        reply
    }

    fn still_serves(&self) {
        let me = self.runtime.block_on(self.witness.clone().get("/me"));
        assert_eq!((me.status.as_u16(), &me.json()["username"]), (200, &json!("witness")));
    }

    fn accounts(&self) -> i64 {
        self.runtime.block_on(self.ground.accounts())
    }

    /// The `Cookie` and `X-CSRF-Token` lines of the witness.
    fn credentials(&self) -> String {
        let cookies: Vec<_> =
            self.witness.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let token = self.witness.csrf_token().expect("a token");
        format!("Cookie: {}\r\nX-CSRF-Token: {token}\r\n", cookies.join("; "))
    }
}

/// Runs `property` for `cases` values, from a seed that is printed.
fn for_all<S: Strategy>(
    what: &str,
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig {
        cases,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &Dice::rolled_for(what).bytes());
    let outcome = TestRunner::new_with_rng(config, rng).run(strategy, property);
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

const POSTS: [&str; 6] = ["/register", "/login", "/logout", "/optional", "/notes", "/me"];

/// The text of a JSON string, between its quotes.
fn json_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-z@.]{0,8}",
        2 => "\\PC{0,6}",
        1 => Just("\\u0000".to_owned()),
        1 => Just("\\ud800".to_owned()),
        1 => Just("\\udc00\\ud800".to_owned()),
        1 => Just("\\ud83e\\udd80".to_owned()),
        1 => Just("\\n\\\"\\\\".to_owned()),
        1 => Just("e\\u0301".to_owned()),
        1 => Just("\\x".to_owned()),
        1 => Just("\"".to_owned()),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// Text that is nearly always JSON, with the keys that the routes know, also twice.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        6 => json_text().prop_map(|text| format!("\"{text}\"")),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => Just("1e999".to_owned()),
        1 => Just("-0.0E-400".to_owned()),
        1 => "[0-9]{1,400}",
        1 => Just("null".to_owned()),
        1 => Just("true".to_owned()),
        1 => Just("NaN".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            Just("email".to_owned()),
            Just("username".to_owned()),
            Just("password".to_owned()),
            Just("full_name".to_owned()),
            Just("is_superuser".to_owned()),
            Just("is_admin".to_owned()),
            Just("account_id".to_owned()),
            json_text(),
        ];
        let entry = (key, inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            3 => vec(entry, 0..8).prop_map(|entries| format!("{{{}}}", entries.join(","))),
            1 => vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

fn form() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("username=".to_owned()),
        4 => Just("password=".to_owned()),
        2 => Just("remember_me=".to_owned()),
        1 => Just("grant_type=".to_owned()),
        6 => Just("&".to_owned()),
        4 => "[a-z+@.]{0,12}",
        2 => "%[0-9a-fA-F]{2}",
        1 => "%[0-9a-z%&=]{0,2}",
        1 => "\\PC{0,10}",
    ];
    vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn multipart() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("--X\r\n".to_owned()),
        2 => Just("--X--\r\n".to_owned()),
        1 => Just("--Y\r\n".to_owned()),
        4 => Just("Content-Disposition: form-data; name=\"username\"\r\n\r\n".to_owned()),
        4 => Just("Content-Disposition: form-data; name=\"password\"\r\n\r\n".to_owned()),
        1 => Just("Content-Disposition: form-data; name=\"a\"; filename=\"\u{0}\"\r\n\r\n".to_owned()),
        1 => Just("Content-Disposition: attachment; name*=utf-8''%ff\r\n".to_owned()),
        1 => Just("Content-Type: text/plain; charset=klingon\r\n".to_owned()),
        1 => Just("Content-Transfer-Encoding: base64\r\n".to_owned()),
        3 => Just("\r\n".to_owned()),
        4 => "\\PC{0,20}",
    ];
    vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        5 => json().prop_map(String::into_bytes),
        3 => form().prop_map(String::into_bytes),
        3 => multipart().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..3000),
        // Whole but for one byte.
        2 => (json(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        }),
    ]
}

fn content_type() -> impl Strategy<Value = &'static [u8]> {
    prop::sample::select(vec![
        b"Content-Type: application/json\r\n".as_slice(),
        b"Content-Type: application/json; charset=utf-16\r\n",
        b"Content-Type: application/problem+json\r\n",
        b"Content-Type: APPLICATION/JSON\r\n",
        b"Content-Type: application/x-www-form-urlencoded\r\n",
        b"Content-Type: application/x-www-form-urlencoded; charset=latin-1\r\n",
        b"Content-Type: multipart/form-data; boundary=X\r\n",
        b"Content-Type: multipart/form-data; boundary=\"X\"; boundary=Y\r\n",
        b"Content-Type: multipart/form-data; boundary=\r\n",
        b"Content-Type: multipart/form-data\r\n",
        b"Content-Type: text/plain\r\n",
        b"Content-Type: \xff\xfe\r\n",
        b"Content-Type:\r\n",
        b"Content-Type: application/json\r\nContent-Type: text/plain\r\n",
        b"",
    ])
}

/// `body` in chunks of at most `size`.
fn chunked(path: &str, headers: &[u8], body: &[u8], size: usize) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n"
    );
    let mut request = [head.as_bytes(), headers, b"\r\n"].concat();
    for chunk in body.chunks(size.max(1)) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

#[test]
fn no_body_is_the_fault_of_the_server() {
    let arena = Arena::new();
    let credentials = arena.credentials();
    let strategy = (
        prop::sample::select(POSTS.to_vec()),
        content_type(),
        body(),
        prop::option::of(1_usize..5000),
        any::<bool>(),
    );
    for_all("bodies", 700, &strategy, |(path, content_type, body, chunk, signed_in)| {
        let own = if signed_in && path != "/logout" { credentials.as_bytes() } else { b"" };
        let headers = [content_type, own].concat();
        let before = arena.accounts();
        let reply = arena.provoke(&match chunk {
            Some(size) => chunked(path, &headers, &body, size),
            None => post(path, &headers, &body),
        });
        let created = arena.accounts() - before;
        let welcome = path == "/register" && reply.status == 200;
        prop_assert_eq!(created, i64::from(welcome), "{}", reply.head);
        Ok(())
    });
    arena.still_serves();
}

/// Any bytes that may stand in a header.
fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(b"abcz019=;,\"%/:.-_ \t".to_vec()),
        1 => 0x20_u8..0x7f,
        1 => 0x80_u8..=0xff,
    ];
    vec(byte, 0..300)
}

#[test]
fn no_header_is_the_fault_of_the_server() {
    let arena = Arena::new();
    let credentials = arena.credentials();
    let own_cookie = credentials.lines().next().expect("a line").trim_start_matches("Cookie: ");
    let session = &arena.witness.cookies["session_id"];
    let name = prop::sample::select(vec![
        "Cookie",
        "Cookie",
        "Cookie",
        "Origin",
        "Origin",
        "Sec-Fetch-Site",
        "X-CSRF-Token",
        "X-CSRF-Token",
        "User-Agent",
        "Content-Type",
        "Accept",
        "Referer",
        "X-Forwarded-For",
        "Forwarded",
        "X-Forwarded-Host",
        "Authorization",
        "Accept-Encoding",
        "Range",
        "If-None-Match",
        "X-HTTP-Method-Override",
    ]);
    let known = [
        own_cookie.to_owned(),
        format!("session_id={}", &session[..42]),
        format!("session_id={session}; session_id={session}x"),
        format!("session_id=\"{session}\""),
        format!("device_id={session}"),
        "session_id=; csrf_token=; device_id=".to_owned(),
        "null".to_owned(),
        "https://localhost".to_owned(),
        "https://[::1]:0".to_owned(),
        "https://localhost:99999".to_owned(),
        "cross-site".to_owned(),
        "Bearer ".to_owned(),
    ];
    let known: Vec<_> = known.into_iter().map(String::into_bytes).collect();
    let value = prop_oneof![3 => header_value(), 2 => prop::sample::select(known)];
    let request = (
        prop::sample::select(vec!["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"]),
        prop::sample::select(vec![
            "/me",
            "/me/",
            "/login",
            "/logout",
            "/register",
            "/dashboard",
            "/optional",
            "/notes",
            "/admin",
            "/closed/me",
            "//",
            "/%00",
            "/me?%ff",
            "*",
            "http://evil.example/me",
        ]),
        vec((name, value), 0..8),
    );
    for_all("headers", 600, &request, |(method, path, headers)| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let mut request = head.into_bytes();
        for (name, value) in headers {
            request.extend_from_slice(name.as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(&value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        arena.provoke(&request);
        Ok(())
    });
    // The witness may have been logged out by a header that was hers; another one was not.
    let other = arena.runtime.block_on(arena.server.signed_in("other"));
    assert_eq!(arena.runtime.block_on(other.clone().get("/me")).status, 200);
}

#[test]
fn no_bytes_on_the_socket_are_the_fault_of_the_server() {
    let arena = Arena::new();
    let credentials = arena.credentials();
    let whole = post(
        "/register",
        b"Content-Type: application/json\r\n",
        br#"{"email":"cut@example.com","username":"cut","password":"correct horse battery"}"#,
    );
    // Cut off anywhere: no account comes of a part.
    let before = arena.accounts();
    for end in (0..whole.len()).step_by(3) {
        arena.assault(&whole[..end]);
    }
    assert_eq!(arena.accounts(), before, "a part of a request made an account");

    let start = "POST /register HTTP/1.1\r\nHost: localhost\r\n";
    let json = "Content-Type: application/json\r\n";
    for bytes in [
        format!("{start}{json}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"a\":\r\nzz\r\n"),
        format!("{start}{json}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
        format!("{start}{json}Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
        format!("{start}{json}Transfer-Encoding: chunked\r\n\r\n5\r\n{{}}"),
        format!("{start}{json}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        format!("{start}{json}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
        format!("{start}{json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}"),
        format!("{start}{json}Content-Length: -1\r\n\r\n{{}}"),
        format!("{start}{json}Content-Length: 18446744073709551616\r\n\r\n{{}}"),
        format!("{start}{json}Content-Length: 18446744073709551615\r\n\r\n{{}}"),
        format!("{start}{json}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n"),
        format!("{start}{json}{credentials}Content-Length: 10\r\n\r\n{{}}"),
        format!("{start} folded: header\r\n\r\n"),
        format!("{start}Coo\0kie: a\r\n\r\n"),
        format!("{start}Cookie: a\0b\r\n\r\n"),
        "GET /me HTTP/1.1\r\n\r\n".to_owned(),
        "GET /me HTTP/1.0\r\n\r\n".to_owned(),
        "GET /me HTTP/2.0\r\n\r\n".to_owned(),
        "GET me HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /me\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}".to_owned(),
        "\r\n\r\n\r\n".to_owned(),
        String::new(),
    ] {
        arena.assault(bytes.as_bytes());
    }
    let strategy = vec(any::<u8>(), 0..2000);
    for_all("sockets", 150, &strategy, |bytes| {
        arena.assault(&bytes);
        Ok(())
    });
    assert_eq!(arena.accounts(), before);
    arena.still_serves();
}

#[test]
fn what_is_absurdly_long_is_answered() {
    let arena = Arena::new();
    let session = &arena.witness.cookies["session_id"];
    for header in [
        format!("Cookie: session_id={}\r\n", "A".repeat(MIB)),
        format!("Cookie: {}session_id={session}\r\n", "a=b; ".repeat(30_000)),
        format!("Cookie: session_id={session}\r\n").repeat(90),
        "Cookie: a=b\r\n".repeat(2000),
        format!("Origin: https://{}.example\r\n", "a.".repeat(50_000)),
        format!("Origin: {}\r\n", "https://".repeat(20_000)),
        format!("X-CSRF-Token: {}\r\nCookie: session_id={session}\r\n", "f".repeat(100_000)),
        format!("User-Agent: {}\r\n", "\u{1f980}".repeat(50_000)),
        format!("Content-Type: {}\r\n", "multipart/form-data; boundary=".repeat(5000)),
        format!("{}: b\r\n", "a".repeat(70_000)),
        format!("Authorization: Bearer {}\r\n", "x".repeat(MIB)),
    ] {
        for line in ["GET /me", "POST /notes", "POST /login", "POST /logout", "POST /register"] {
            if line == "POST /logout" && header.contains(session.as_str()) {
                continue;
            }
            let head = format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
            arena.provoke(format!("{head}{header}Content-Length: 0\r\n\r\n").as_bytes());
        }
    }
    let long = "a".repeat(60_000);
    for path in [format!("/{long}"), format!("/me?{long}"), "/".repeat(60_000)] {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        arena.provoke(head.as_bytes());
    }
    arena.still_serves();
}

#[test]
fn an_oversized_body_is_refused_declared_or_not() {
    let arena = Arena::new();
    let before = arena.accounts();
    let filler = "x".repeat(MIB);
    let fields = r#""email":"a@example.com","username":"ada","password":"correct horse battery""#;
    let json = format!("{{{fields},\"full_name\":\"{filler}\"}}");
    let form = format!("username=witness&password={PASSWORD}&more={filler}");
    let multipart =
        format!("--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{filler}\r\n--X--\r\n");
    for (path, content_type, body) in [
        ("/register", "application/json", &json),
        ("/register", "text/plain", &json),
        ("/login", "application/x-www-form-urlencoded", &form),
        ("/login", "multipart/form-data; boundary=X", &multipart),
        ("/login", "text/plain", &filler),
    ] {
        let header = format!("Content-Type: {content_type}\r\n");
        let declared = arena.provoke(&post(path, header.as_bytes(), body.as_bytes()));
        assert_eq!(declared.status, 413, "{path} {content_type}");
        assert_eq!(declared.json()["detail"], "The request body is too large.");
        let request = chunked(path, header.as_bytes(), body.as_bytes(), 8000);
        assert_eq!(arena.provoke(&request).status, 413, "{path} {content_type}, in chunks");
        // No byte of it need be there.
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\n{header}Content-Length: {}\r\n\
             Connection: close\r\n\r\n",
            u64::MAX / 2
        );
        assert_eq!(arena.provoke(head.as_bytes()).status, 413, "{path} {content_type}, declared");
    }
    // To the byte.
    let exact = |length: usize| {
        let rest = length - fields.len() - "{,\"x\":\"\"}".len();
        format!("{{{fields},\"x\":\"{}\"}}", "x".repeat(rest))
    };
    let header = b"Content-Type: application/json\r\n";
    let over = post("/register", header, exact(64 * 1024 + 1).as_bytes());
    assert_eq!(arena.provoke(&over).status, 413);
    let over = chunked("/register", header, exact(64 * 1024 + 1).as_bytes(), 1000);
    assert_eq!(arena.provoke(&over).status, 413);
    assert_eq!(arena.accounts(), before, "a refused sign-up left a row");
    let full = post("/register", header, exact(64 * 1024).as_bytes());
    assert_eq!(arena.provoke(&full).status, 200);
    arena.still_serves();
}

/// Where the application reads more, what is long is still refused by its kind, or kept whole.
#[test]
fn a_mebibyte_is_read_where_it_is_allowed() {
    let arena = Arena::with_body_limit(3 * MIB);
    let before = arena.accounts();
    let long = "x".repeat(MIB);
    let marks = format!("e{}", "\u{301}\u{323}".repeat(MIB / 4));
    let header = b"Content-Type: application/json\r\n";
    let sign_up = |email: &str, username: &str, password: &str, name: &str| {
        let body = json!({
            "email": email, "username": username, "password": password, "full_name": name,
        });
        arena.provoke(&post("/register", header, body.to_string().as_bytes())).status
    };
    for text in [&long, &marks] {
        assert_eq!(sign_up("a@example.com", text, PASSWORD, "a"), 422);
        assert_eq!(sign_up("a@example.com", "a", text, "a"), 422);
        assert_eq!(sign_up(&format!("{text}@example.com"), "a", PASSWORD, "a"), 422);
        assert_eq!(sign_up(&format!("a@{text}.com"), "a", PASSWORD, "a"), 422);
    }
    for body in [
        "[".repeat(MIB),
        "{\"a\":".repeat(MIB / 5),
        format!("{}{}", "[".repeat(1000), "]".repeat(1000)),
        format!("{{\"email\":{}1{}}}", "[".repeat(126), "]".repeat(126)),
        format!("{{\"email\":{}}}", "9".repeat(MIB)),
        format!("[{}0]", "0,".repeat(MIB / 2)),
        format!("{{{}\"b\":1}}", "\"a\":1,".repeat(MIB / 6)),
        format!("\"{}\"", "\\ud800".repeat(MIB / 6)),
        " ".repeat(MIB),
        "\0".repeat(MIB),
        "\u{feff}{}".to_owned(),
    ] {
        let reply = arena.provoke(&post("/register", header, body.as_bytes()));
        assert_eq!(reply.status, 422, "{}", &body[..body.len().min(40)]);
        assert!(reply.body.len() < 2000, "the answer does not grow with the request");
    }
    assert_eq!(arena.accounts(), before, "a refused sign-up left a row");

    let urlencoded = b"Content-Type: application/x-www-form-urlencoded\r\n";
    let encoded: String = marks.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02x}");
        text
    });
    // Whole characters: three letters for the `e`, six for each mark.
    let encoded_marks = &encoded[..3 + MIB / 6 * 6];
    for (body, status) in [
        (format!("username=witness&password={long}"), 401),
        (format!("username={long}&password={long}"), 401),
        (format!("username={encoded_marks}&password=a"), 401),
        (format!("username=a&password={encoded_marks}"), 401),
        (format!("username=a%40{encoded_marks}&password=a"), 401),
        (format!("username=a@{}&password=a", "a.".repeat(MIB / 2)), 401),
        ("&".repeat(MIB), 422),
        ("a=b&".repeat(MIB / 4), 422),
        ("username=a&".repeat(MIB / 11) + "password=b", 422),
        ("%".repeat(MIB), 422),
    ] {
        let reply = arena.provoke(&post("/login", urlencoded, body.as_bytes()));
        assert_eq!(reply.status, status, "{}", &body[..body.len().min(40)]);
    }
    let part = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n";
    for body in [
        part.repeat(MIB / part.len()) + "--X--\r\n",
        part.repeat(MIB / part.len()),
        "--X\r\n".repeat(MIB / 5),
        format!("--X\r\n{}", "a: b\r\n".repeat(MIB / 6)),
        format!("--X\r\nContent-Disposition: form-data; name=\"{long}\"\r\n\r\nb\r\n--X--\r\n"),
        long.clone(),
    ] {
        let multipart = b"Content-Type: multipart/form-data; boundary=X\r\n";
        let reply = arena.provoke(&post("/login", multipart, body.as_bytes()));
        assert_eq!(reply.status, 422, "{}", &body[..body.len().min(40)]);
    }
    arena.still_serves();

    assert_eq!(sign_up("long@example.com", "long", PASSWORD, &long), 200);
    let (row, _) = arena.newest();
    assert!(row.full_name.as_deref() == Some(long.as_str()), "kept whole");
}

impl Arena {
    /// The account that was created last, and whether nothing but the sign-up form shows in it.
    fn newest(&self) -> (StoredUser<Account>, bool) {
        self.runtime.block_on(async {
            let newest = self.ground.database.select("SELECT max(account_id) FROM accounts").await;
            let id = newest[0].parse().expect("a number");
            let account =
                self.ground.stores.users().find_by_id(&id).await.expect("the store works");
            let account = account.expect("a row");
            let noted = format!("SELECT note FROM accounts WHERE account_id = {id}");
            let plain = !account.is_superuser
                && account.is_active
                && !account.email_verified
                && account.token_version != 9
                && account.credits == 10
                && self.ground.database.select(&noted).await == ["-"];
            (account, plain)
        })
    }
}

/// Any text, and such as gets further.
fn text(longest: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9._-]{1,20}",
        2 => vec(any::<char>(), 0..longest).prop_map(String::from_iter),
        2 => "\\PC{0,30}",
        1 => "[a\u{301}\u{323}\u{e9}\u{1100}\u{1161}\u{11a8}\u{fb01}\u{200d}\u{feff} \t\u{0}]{0,12}",
    ]
}

#[test]
fn what_is_stored_is_what_was_accepted() {
    let arena = Arena::new();
    let address = prop_oneof![
        3 => ("[a-zA-Z0-9.+_-]{1,12}", "[a-z0-9]{1,6}\\.(com|ORG|museum)")
            .prop_map(|(local, domain)| format!("{local}@{domain}")),
        1 => (text(12), text(8)).prop_map(|(local, domain)| format!("{local}@{domain}.com")),
        1 => text(40),
    ];
    let strategy = (address, text(70), prop::option::of(text(3000)), text(60));
    let accepted = std::cell::Cell::new(0);
    for_all("sign-ups", 500, &strategy, |(email, username, full_name, password)| {
        let before = arena.accounts();
        let body = json!({
            "email": email, "username": username, "password": password, "full_name": full_name,
            "is_superuser": true, "is_admin": true, "credits": 1_000_000, "note": "mine",
            "account_id": 1, "is_active": false, "token_version": 9, "email_verified": true,
        });
        let request =
            post("/register", b"Content-Type: application/json\r\n", body.to_string().as_bytes());
        let reply = arena.provoke(&request);
        let created = arena.accounts() - before;
        prop_assert_eq!(created, i64::from(reply.status == 200));
        if reply.status != 200 {
            prop_assert_eq!(reply.status, 422);
            return Ok(());
        }
        accepted.set(accepted.get() + 1);
        let told = reply.json();
        let (row, plain) = arena.newest();
        prop_assert_eq!(&told["username"], &json!(row.username));
        prop_assert_eq!(Ok(row.username.clone()), canonical_username(&username, true));
        prop_assert_eq!(Ok(row.email.clone()), canonical_email(&email));
        prop_assert_eq!(&told["email"], &json!(row.email));
        prop_assert_eq!(row.full_name.clone(), full_name);
        prop_assert!(plain, "a privileged or unknown column was written");
        // It is found by every spelling that was accepted, and by the one that is stored.
        for name in [&username, &row.username, &email, &row.email] {
            let mut client = arena.server.client();
            let answer = arena.runtime.block_on(client.login(name, &password));
            prop_assert_eq!(answer.status.as_u16(), 200, "{:?}", name);
        }
        Ok(())
    });
    assert!(accepted.get() > 30, "only {} sign-ups were accepted", accepted.get());
    arena.still_serves();
}
