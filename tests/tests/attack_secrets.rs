//! Nothing that a client presents rests or is told anywhere: every flow is run, and then the
//! database, the logs, the answers, the panics and what `Debug` prints are searched.
//!
//! One test in a process of its own, since the logger and the panic hook are of the process.

use std::sync::Arc;
use std::time::SystemTime;

use crudauth::error::Inputs;
use crudauth::login::{DeviceToken, LoginAttempt};
use crudauth::password::{HashingPool, Password, PasswordHash, PasswordHasher};
use crudauth::user::{AuthUser, Change, LoginName, NewUser, NoTenant};
use crudauth::{
    CookieConfig, Credentials, CrudAuth, LockoutConfig, Principal, SecretKey, Session,
    SessionOptions, Sqlite,
};
use crudauth_tests::attack::secrets::{
    Needle, Place, SESSION_COOKIE, Tape, database_files, record_everything, search, shown,
};
use crudauth_tests::attack::{Dice, GroundInFile, PEER, Server};
use crudauth_tests::support::{
    Account, AccountProvisioned, Answer, Client, CountingHasher, FREE_TIER, PASSWORD,
};
use reqwest::Method;

/// Answers, and the cookies and tokens that they may hand out.
#[derive(Default)]
struct Traffic {
    bodies: Vec<Place>,
    needles: Vec<Needle>,
}

impl Traffic {
    /// Notes what a login handed out, so that it is looked for, and an answer that hands out
    /// nothing, so that it is looked into.
    fn note(&mut self, flow: &str, answer: &Answer) {
        for (name, value) in answer.cookies() {
            let is_set = value.len() > 2;
            assert!(name != "session_id" || !is_set || value.len() == SESSION_COOKIE, "{name}");
            let what = match name.as_str() {
                "session_id" => "a session cookie",
                "device_id" => "a device token",
                _ => continue,
            };
            if is_set {
                self.needles.push(Needle::new(what, value.as_bytes()));
            }
        }
        let mut body = answer.body.clone();
        if let Some(token) = answer.json()["csrf_token"].as_str().filter(|it| !it.is_empty()) {
            self.needles.push(Needle::new("a CSRF token", token.as_bytes()));
            body = answer.text().replacen(token, "", 1).into_bytes();
        }
        let mut headers = Vec::new();
        for (name, value) in &answer.headers {
            if name != "set-cookie" {
                headers.extend_from_slice(value.as_bytes());
                headers.push(b'\n');
            }
        }
        body.extend_from_slice(&headers);
        self.bodies.push(Place { name: format!("the answer to {flow}"), bytes: body });
    }
}

/// The passwords of the flows. None of them is a word that turns up by itself.
const TYPED_AT_SIGN_UP: &str = "Xylo-phone 7 % quagmire \u{e4}\u{f6}";
const GUESSED: &str = "Guess-work/zeppelin+44";
const REFUSED: &str = "Zq7~x";
const PLANTED: &str = "planted-Needle_0451 %";

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_rests_or_is_told_anywhere() {
    let (logs, panics) = record_everything();
    let mut dice = Dice::rolled_for("secrets");
    let key_text = dice.bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = || SecretKey::new(key_text.clone()).expect("a good key");

    let ground = GroundInFile::new().await;
    let builder = ground.builder(ground.stores.clone()).secret_key(key());
    let builder = builder.lockout(LockoutConfig::default()).new_user_fields(|new| async move {
        assert_ne!(new.username.as_deref(), Some("panics"), "as planned");
        match new.username.as_deref() {
            Some("fails") => Err("the hook fails as planned".into()),
            _ => Ok(AccountProvisioned { tier_id: FREE_TIER }),
        }
    });
    let mut places = vec![shown("Builder", &builder)];
    let server = Server::start(builder).await;
    let mut traffic = Traffic::default();
    run_every_flow(&server, &mut traffic).await;
    start_in_vain(&key_text).await;

    let mut needles = vec![
        Needle::new("the password of a sign-up", TYPED_AT_SIGN_UP.as_bytes()),
        Needle::new("the usual password", PASSWORD.as_bytes()),
        Needle::new("a wrong password", GUESSED.as_bytes()),
        Needle::new("a password that the policy refused", REFUSED.as_bytes()),
        Needle::new("the secret key", key_text.as_bytes()),
    ];
    let count = |what| traffic.needles.iter().filter(|needle| needle.what == what).count();
    assert!(count("a session cookie") >= 3 && count("a device token") >= 1);
    assert!(count("a CSRF token") >= 3, "the flows handed out what is searched for");
    needles.append(&mut traffic.needles);

    places.extend(debug_of_everything(&server, &ground, &key()).await);
    places.extend(database_files(&ground.file));
    places.push(Place { name: "the logs".to_owned(), bytes: logs.bytes() });
    places.push(Place { name: "the panics".to_owned(), bytes: panics.bytes() });
    places.append(&mut traffic.bodies);
    assert_that_the_search_finds(&ground, &logs, &panics).await;

    let log = String::from_utf8_lossy(&logs.bytes()).into_owned();
    assert!(log.contains("crudauth::security"), "our own log is on the tape");
    let dependencies = ["hyper", "reqwest"].into_iter().filter(|name| log.contains(*name)).count();
    assert!(dependencies > 0, "the logs of the dependencies are on the tape");
    assert!(panics.bytes().len() > 20, "the panics are on the tape");

    let found = search(&needles, &places);
    assert!(found.is_empty(), "{found:#?}");
}

async fn run_every_flow(server: &Server, traffic: &mut Traffic) {
    let mut ada = server.client();
    for (flow, email, name, password) in [
        ("a sign-up", "ada@example.com", "ada", TYPED_AT_SIGN_UP),
        ("a second sign-up", "eve@example.com", "eve", PASSWORD),
        ("a sign-up with a taken address", "ada@example.com", "ada2", TYPED_AT_SIGN_UP),
        ("a sign-up with a refused password", "bob@example.com", "bob", REFUSED),
        ("a sign-up with a bad address", "not an address", "bob", PASSWORD),
        ("a sign-up whose hook fails", "bob@example.com", "fails", PASSWORD),
        ("a sign-up whose hook panics", "bob@example.com", "panics", PASSWORD),
    ] {
        let answer = ada.register(email, name, password).await;
        traffic.note(flow, &answer);
    }
    for body in [
        serde_json::json!({ "password": PASSWORD, "email": 7 }),
        serde_json::json!({ "password": [PASSWORD], "email": PASSWORD, "username": [PASSWORD] }),
        serde_json::json!({ PASSWORD: PASSWORD, "username": { PASSWORD: 1 } }),
        serde_json::json!([PASSWORD]),
        serde_json::json!(PASSWORD),
    ] {
        let answer = ada.post_json("/register", &body).await;
        assert_eq!(answer.status, 422);
        traffic.note("a sign-up of the wrong form", &answer);
    }
    for (content_type, body) in [
        ("application/json", format!("{{\"password\": \"{PASSWORD}\", {PASSWORD}")),
        ("text/plain", PASSWORD.to_owned()),
        ("application/x-www-form-urlencoded", format!("password={PASSWORD}")),
        ("multipart/form-data; boundary=x", format!("--y\r\n{PASSWORD}")),
    ] {
        for path in ["/register", "/login"] {
            let request = ada.request(Method::POST, path).header("content-type", content_type);
            let answer = ada.send(request.body(body.clone())).await;
            traffic.note("a broken body", &answer);
        }
    }

    let wrong = login(server.client(), 1, "ada", GUESSED).await.0;
    traffic.note("a wrong password", &wrong);
    let unknown = login(server.client(), 2, "nobody", GUESSED).await.0;
    traffic.note("an unknown user", &unknown);
    for _ in 0..7 {
        let locked = login(server.client(), 3, "nobody at all", GUESSED).await.0;
        traffic.note("a lockout", &locked);
    }

    let (answer, mut ada) = login(ada, 4, "ada", TYPED_AT_SIGN_UP).await;
    assert_eq!(answer.status, 200);
    traffic.note("a login", &answer);
    for path in ["/me", "/dashboard", "/optional", "/admin", "/verified", "/closed/me", "/nowhere"]
    {
        let answer = ada.get(path).await;
        traffic.note(path, &answer);
    }
    let unmarked = ada.request(Method::POST, "/notes");
    let answer = ada.clone().send(unmarked).await;
    assert_eq!(answer.status, 403);
    traffic.note("a change without a token", &answer);
    let token = ada.csrf_token().expect("a token").to_owned();
    for (header, value) in [
        ("x-csrf-token", token.replace(&token[..4], "ffff")),
        ("x-csrf-token", ada.cookies["session_id"].clone()),
        ("origin", "https://evil.example".to_owned()),
        ("sec-fetch-site", "cross-site".to_owned()),
    ] {
        for path in ["/notes", "/logout"] {
            let request = ada.request(Method::POST, path);
            let request = match header {
                "x-csrf-token" => request,
                _ => request.header("x-csrf-token", &token),
            };
            let answer = ada.clone().send(request.header(header, &value)).await;
            assert_eq!(answer.status, 403, "{header}");
            traffic.note("a forged change", &answer);
        }
    }
    // Forgeries of what is live: of a bit, of a length, twice.
    let live = ada.cookies["session_id"].clone();
    for forged in [format!("{live}x"), live.replace(&live[..1], "~"), live[1..].to_owned() + "A"] {
        let request = server.client().request(Method::GET, "/me");
        let request = request.header("cookie", format!("session_id={forged}"));
        let answer = server.client().send(request).await;
        assert_eq!(answer.status, 401);
        traffic.note("a forged cookie", &answer);
    }
    let query = format!("/me?session_id={live}&password=none");
    let answer = server.client().get(&query).await;
    traffic.note("a cookie in the query", &answer);

    // Again, over the live session; with remember-me; out.
    let (answer, ada) = login(ada, 4, "ada", TYPED_AT_SIGN_UP).await;
    traffic.note("a second login", &answer);
    let request = ada.request(Method::POST, "/login").header(PEER, "203.0.113.5:1");
    let form = [("username", "eve"), ("password", PASSWORD), ("remember_me", "yes")];
    let mut eve = server.client();
    let answer = eve.send(request.form(&form)).await;
    assert_eq!(answer.status, 200);
    traffic.note("a login with remember-me", &answer);
    let answer = eve.post("/logout").await;
    assert_eq!(answer.status, 200);
    traffic.note("a logout", &answer);
    let answer = eve.post("/logout").await;
    traffic.note("a second logout", &answer);
}

async fn login(mut client: Client, peer: u8, name: &str, password: &str) -> (Answer, Client) {
    let request = client.request(Method::POST, "/login");
    let request = request.header(PEER, format!("203.0.113.{peer}:1"));
    let answer = client.send(request.form(&[("username", name), ("password", password)])).await;
    (answer, client)
}

/// Configurations that cannot work, and what they say.
async fn start_in_vain(key: &str) {
    for weak in [&key[..31], "short", &"ab".repeat(32), &format!("{key}-change-me")] {
        let error = SecretKey::new(weak).expect_err("a weak key");
        tracing::error!(%error, ?error, "no start");
    }
    let empty = Sqlite::in_memory().expect("memory");
    let builder = CrudAuth::<Account>::builder(empty, SecretKey::new(key).expect("a good key"))
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) });
    let error = builder.build().await.expect_err("there is no table");
    tracing::error!(%error, ?error, "no start");
}

/// `Debug` of every public value that holds a secret, or could.
async fn debug_of_everything(
    server: &Server,
    ground: &GroundInFile,
    key: &SecretKey,
) -> Vec<Place> {
    let auth = &server.auth;
    let hasher = CountingHasher::default();
    let password = Password::new(PASSWORD);
    let hash = hasher.hash(&password).expect("a hash");
    let stored = hash.as_stored().to_owned();
    let user = ground.stores.users().find_by_id(&1).await.expect("the store").expect("ada");
    // A text that also is a whole device token: what does not parse would show nothing.
    let session = "A-session-cookie-that-is-secret-0123456789-and-is-a-device-token".to_owned();
    let cookies = CookieConfig::default();
    let device = |text: &str| Some(DeviceToken::read(text).expect("a token that can be read"));
    let digester = key.digester("debug");
    let object = serde_json::json!({ "password": PASSWORD, "username": [PASSWORD] });
    let mut inputs: Inputs = serde_json::from_value(object).expect("an object");
    inputs.take::<String>("username");

    let signed_in = auth.login().sign_in(LoginAttempt {
        name: LoginName::new("eve"),
        password: password.clone(),
        address: Some("debug".to_owned()),
        devices: Vec::new(),
    });
    let signed_in = signed_in.await.expect("eve signs in");
    let (request, ()) = axum::http::Request::new(()).into_parts();
    let issued = auth.sign_in(
        Credentials::new("eve", password.clone()),
        &request,
        SessionOptions::default(),
    );
    let issued = issued.await.expect("begun");
    let [cookie_of_eve, ..] = issued.set_cookies() else { unreachable!("there is a cookie") };
    let cookie_of_eve = cookie_of_eve.to_str().expect("a text").split(['=', ';']).nth(1);

    let places = vec![
        shown("CrudAuth", auth),
        shown("Sessions", auth.sessions()),
        shown("LoginService", auth.login()),
        shown("RegisterService", auth.registration()),
        shown("Authenticator", auth.authenticator()),
        shown("Stores", auth.stores()),
        shown("Sqlite", &ground.sqlite),
        shown("SecretKey", key),
        shown("Digester", &digester),
        shown("Digest", &digester.digest(PASSWORD.as_bytes())),
        shown("Password", &password),
        shown("PasswordHash", &hash),
        shown("HashingPool", &HashingPool::new(Arc::new(hasher), Default::default())),
        shown("Inputs", &inputs),
        shown("NewSession", &issued),
        shown("DeviceToken", &device(&session)),
        shown(
            "LoginAttempt",
            &LoginAttempt {
                name: LoginName::new("ada"),
                password: password.clone(),
                address: Some("address".to_owned()),
                devices: device(&session).into_iter().collect(),
            },
        ),
        shown("LoggedIn", &signed_in),
        shown("Principal", &Principal::authenticated::<Session>(user.clone()).in_session("handle")),
        shown("LogicalFields", &user.logical()),
        shown("Change", &Change::rehash(hash.clone(), hash.clone(), SystemTime::now())),
        shown("NewUser", &new_user(hash.clone())),
        shown("SetCookie", &cookies.set("session_id", &session)),
        shown("the header of a cookie", &cookies.set("session_id", &session).header()),
        shown("a hash that is no hash", &PasswordHash::from_stored(PASSWORD.to_owned())),
    ];
    // The hash is no secret of a client; it is nobody's business either.
    let needles = [
        Needle::new("a stored hash", stored.as_bytes()),
        Needle::new("the hash of ada", user.hashed_password.as_deref().unwrap_or("?").as_bytes()),
        Needle::new("a cookie", session.as_bytes()),
        Needle::new("a cookie of eve's", cookie_of_eve.expect("a value").as_bytes()),
        Needle::new("a CSRF token", issued.csrf_token().expect("a token").as_bytes()),
        Needle::new("the usual password", PASSWORD.as_bytes()),
    ];
    let found = search(&needles, &places);
    assert!(found.is_empty(), "{found:#?}");
    places
}

fn new_user(hash: PasswordHash) -> NewUser<Account> {
    let register = serde_json::json!({
        "email": "a@example.com", "username": PASSWORD, "full_name": PASSWORD,
    });
    let mut inputs: Inputs = serde_json::from_value(register).expect("an object");
    let register =
        <<Account as AuthUser>::Register as crudauth::user::RegisterFields>::read(&mut inputs)
            .expect("the fields are right");
    NewUser {
        register,
        provisioned: AccountProvisioned { tier_id: FREE_TIER },
        tenant: NoTenant,
        password: Some(hash),
        link: None,
        email_verified: false,
        token_version: 0,
        created_at: SystemTime::now(),
    }
}

/// The control: a secret that does lie in each of the places is found there, in each form.
async fn assert_that_the_search_finds(ground: &GroundInFile, logs: &Tape, panics: &Tape) {
    let planted = Needle::new("what was planted", PLANTED.as_bytes());
    let before: Vec<_> = database_files(&ground.file);
    assert!(search(std::slice::from_ref(&planted), &before).is_empty());

    let statement = format!("INSERT INTO crudauth_state VALUES ('control', '{PLANTED}', NULL, 1)");
    let statement =
        statement.replace(&format!("'{PLANTED}'"), &format!("CAST('{PLANTED}' AS BLOB)"));
    ground.sqlite.execute_batch(&statement).await.expect("a row");
    assert!(!search(std::slice::from_ref(&planted), &database_files(&ground.file)).is_empty());
    for place in ["tracing", "log"] {
        let length = logs.bytes().len();
        match place {
            "tracing" => tracing::trace!(password = PLANTED, "control"),
            _ => log::trace!("control {PLANTED}"),
        }
        assert!(planted.in_(&logs.bytes()[length..]).is_some(), "{place}");
    }
    let _ = tokio::spawn(async { panic!("as planned: {PLANTED}") }).await;
    assert!(planted.in_(&panics.bytes()).is_some());
    #[derive(Debug)]
    struct Leaky {
        _cookie: &'static str,
        _bytes: &'static [u8],
    }
    let leaky = Leaky { _cookie: "", _bytes: PLANTED.as_bytes() };
    assert!(planted.in_(&shown("Leaky", &leaky).bytes).is_some(), "a list of numbers");

    for form in [
        "706c616e7465642d4e6565646c655f3034353120 25".replace(' ', ""),
        "cGxhbnRlZC1OZWVkbGVfMDQ1MSAl".to_owned(),
        // After one and after two other bytes.
        "eHBsYW50ZWQtTmVlZGxlXzA0NTEgJQ==".to_owned(),
        "eHhwbGFudGVkLU5lZWRsZV8wNDUxICU=".to_owned(),
        "planted-Needle_0451+%25".to_owned(),
        "planted-Needle_0451%20%25".to_owned(),
    ] {
        assert!(planted.in_(form.as_bytes()).is_some(), "{form}");
    }
    let cookie = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let decoded: Vec<u8> = (0..32).collect();
    let cookie = Needle::new("a cookie", cookie.as_bytes());
    for part in [&decoded[..], &decoded[..24], &decoded[..16], &decoded[16..]] {
        assert!(cookie.in_(part).is_some(), "{part:?}");
    }
    assert!(cookie.in_(&decoded[..15]).is_none());
    let cookie = Needle::new("a cookie", b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX0123456789abcdef");
    for part in [&b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"[..], &decoded[..24]] {
        assert!(cookie.in_(part).is_some(), "{part:?}");
    }
    assert!(cookie.in_(b"0123456789abcdef").is_none(), "the key of a session has its seal");
    let hex: String = decoded.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(Needle::new("a token", hex.as_bytes()).in_(&decoded).is_some());
}
