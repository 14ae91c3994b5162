//! Configuration by environment. Variables are given as pairs: the environment of the process is
//! touched by nobody.

use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use crudauth::{Builder, CrudAuth, EnvError, Sqlite, StartupError};
use crudauth_tests::support::{Account, AccountProvisioned, Client, MIGRATIONS, PASSWORD, Server};

const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

type Vars = Vec<(String, String)>;

/// What is required, over a new database in `folder`.
fn required(folder: &Path) -> Vars {
    let url = format!("sqlite:///{}", folder.join("app.db").display());
    with(&[("JWT_SECRET_KEY", KEY), ("DATABASE_URL", &url)], Vec::new())
}

fn with(more: &[(&str, &str)], mut vars: Vars) -> Vars {
    vars.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    vars
}

fn read(vars: Vars) -> Result<Builder<Account, Sqlite>, EnvError> {
    CrudAuth::<Account>::from_vars(vars)
}

/// The error of what is required and `more`, which is one mistake about `variable`.
#[track_caller]
fn refused(more: &[(&str, &str)], variable: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let error = read(with(more, required(folder.path()))).map(drop).expect_err(variable);
    assert_eq!(error.mistakes().len(), 1, "{error}");
    assert_eq!(error.mistakes()[0].variable(), variable, "{error}");
    assert!(!folder.path().join("app.db").exists(), "a database was made in spite of the mistake");
    error.to_string()
}

/// A server of what is required and `more`. The folder has its database.
async fn serve(more: &[(&str, &str)]) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Sqlite::open(folder.path().join("app.db")).expect("a database");
    sqlite.execute_batch(MIGRATIONS).await.expect("the users table");
    let builder = read(with(more, required(folder.path()))).expect("an environment that works");
    let auth = builder
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) })
        .map_bearer(|bearer| bearer.refresh_delivery(crudauth::RefreshDelivery::Body))
        .build()
        .await
        .expect("a configuration that works");
    (Server::serve(auth.router()).await, folder)
}

/// What the access token and the refresh token of a new sign-in live, in seconds.
async fn lifetimes(server: &Server) -> (u64, u64) {
    let mut client = Client::new(server.address);
    let answer = client.register("ada@example.com", "ada", PASSWORD).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let answer = client.token("ada", PASSWORD, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let life = |token: &str| {
        let payload = token.split('.').nth(1).expect("three parts");
        let payload = Base64UrlUnpadded::decode_vec(payload).expect("base64url");
        let claims: serde_json::Value = serde_json::from_slice(&payload).expect("JSON");
        claims["exp"].as_u64().expect("exp") - claims["iat"].as_u64().expect("iat")
    };
    (life(&answer.field("access_token")), life(&answer.field("refresh_token")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_and_the_routes_of_a_site_are_honoured() {
    let (server, _folder) = serve(&[
        ("TRUSTED_ORIGINS", "https://app.example.com, https://admin.example.com"),
        ("COOKIE_DOMAIN", "example.com"),
        ("COOKIE_SAMESITE", "Strict"),
        ("DISABLED_ROUTES", "/set-password, /me"),
    ])
    .await;
    let mut ada = Client::new(server.address);
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 200);
    let login = |origin: &str| {
        let form = [("username", "ada"), ("password", PASSWORD)];
        ada.request(reqwest::Method::POST, "/login").header("origin", origin).form(&form)
    };
    let (app, evil) = (login("https://admin.example.com"), login("https://evil.example.com"));
    assert_eq!(ada.clone().send(evil).await.status, 403);
    let answer = ada.clone().send(app).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for cookie in answer.set_cookies() {
        let lowered = cookie.to_lowercase();
        assert!(lowered.contains("domain=example.com"), "{cookie}");
        assert!(lowered.contains("samesite=strict"), "{cookie}");
    }
    assert_eq!(ada.get("/me").await.status, 404);

    assert!(refused(&[("COOKIE_SAMESITE", "off")], "COOKIE_SAMESITE").contains("`lax`, `strict`"));
    assert!(refused(&[("COOKIE_DOMAIN", "*.example.com")], "COOKIE_DOMAIN").contains("domain"));
    assert!(
        refused(&[("TRUSTED_ORIGINS", "app.example.com")], "TRUSTED_ORIGINS").contains("app.e")
    );
    assert!(
        refused(&[("TRUSTED_ORIGINS", "https://a.example,")], "TRUSTED_ORIGINS").contains("comma")
    );
    assert!(
        refused(&[("DISABLED_ROUTES", "register")], "DISABLED_ROUTES")
            .contains("/register, /login")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_the_page_are_honoured() {
    let (server, folder) = serve(&[
        ("JWT_ALGORITHM", "HS256"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "30"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", "7"),
        ("EMAIL_PROVIDER", "console  # or smtp"),
        ("FRONTEND_URL", "https://app.example.com"),
        ("REQUIRE_EMAIL_VERIFICATION", "false"),
    ])
    .await;
    assert_eq!(lifetimes(&server).await, (30 * 60, 7 * 24 * 60 * 60));
    assert!(folder.path().join("app.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_required_is_enough_and_the_rest_has_its_defaults() {
    let (server, _folder) = serve(&[]).await;
    assert_eq!(lifetimes(&server).await, (15 * 60, 30 * 24 * 60 * 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_names_are_taken_too() {
    let (server, _folder) = serve(&[("REFRESH_TOKEN_EXPIRY_DAYS", "9"), ("SECRET_KEY", KEY)]).await;
    assert_eq!(lifetimes(&server).await.1, 9 * 24 * 60 * 60);
    let text = refused(
        &[("REFRESH_TOKEN_EXPIRY_DAYS", "9"), ("REFRESH_TOKEN_EXPIRE_DAYS", "7")],
        "REFRESH_TOKEN_EXPIRE_DAYS",
    );
    assert!(text.contains("`REFRESH_TOKEN_EXPIRY_DAYS`"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_verified_the_address_stays_out_where_that_is_required() {
    let mail = [("EMAIL_PROVIDER", "console"), ("FRONTEND_URL", "https://app.example.com")];
    for (required, status) in [("true", 401), ("false", 200)] {
        let more = [mail[0], mail[1], ("REQUIRE_EMAIL_VERIFICATION", required)];
        let (server, _folder) = serve(&more).await;
        let mut client = Client::new(server.address);
        client.register("ada@example.com", "ada", PASSWORD).await;
        assert_eq!(client.token("ada", PASSWORD, None).await.status, status, "{required}");
    }
}

/// What Kubernetes sets for the services `crudauth`, `jwt`, `refresh-token` and `smtp`.
#[tokio::test(flavor = "multi_thread")]
async fn services_of_the_namespace_may_have_names_like_ours() {
    let links: Vec<(String, String)> = ["CRUDAUTH", "JWT", "REFRESH_TOKEN", "SMTP"]
        .into_iter()
        .flat_map(|service| {
            [
                ("_SERVICE_HOST", "10.43.0.7"),
                ("_SERVICE_PORT", "80"),
                ("_SERVICE_PORT_HTTP", "80"),
                ("_PORT", "tcp://10.43.0.7:80"),
                ("_PORT_80_TCP", "tcp://10.43.0.7:80"),
                ("_PORT_80_TCP_PROTO", "tcp"),
                ("_PORT_80_TCP_PORT", "80"),
                ("_PORT_80_TCP_ADDR", "10.43.0.7"),
            ]
            .map(|(name, value)| (format!("{service}{name}"), value.to_owned()))
        })
        .collect();
    let links: Vec<_> = links.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (server, _folder) = serve(&links).await;
    assert_eq!(lifetimes(&server).await, (15 * 60, 30 * 24 * 60 * 60));
    // Of a name alone nobody can tell who has set it.
    for (name, value) in [("CRUDAUTH_PORT", "8080"), ("JWT_SERVICE_HOST", "auth.example")] {
        let text = refused(&[(name, value)], name);
        assert!(text.contains("is unknown"), "{text}");
    }
}

#[tokio::test]
async fn a_secret_may_come_from_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{KEY}\n")).expect("a file");
    let file = file.to_str().expect("UTF-8");
    let url = format!("sqlite:///{}", folder.path().join("app.db").display());
    let vars = [("JWT_SECRET_KEY_FILE", file), ("DATABASE_URL", &url)];
    assert!(read(with(&vars, Vec::new())).is_ok());
    refused(&[("JWT_SECRET_KEY_FILE", file)], "JWT_SECRET_KEY_FILE");

    let missing = folder.path().join("none");
    let vars = [("JWT_SECRET_KEY_FILE", missing.to_str().expect("UTF-8")), ("DATABASE_URL", &url)];
    let error = read(with(&vars, Vec::new())).map(drop).expect_err("no file").to_string();
    assert!(error.contains("`JWT_SECRET_KEY_FILE` names a file that cannot be read"), "{error}");
}

#[test]
fn every_mistake_is_told_at_once_and_none_quotes_a_secret() {
    let vars = [
        ("JWT_SECRET_KEY", "hunter2-hunter2"),
        ("JWT_ALGORITHM", "RS256"),
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "30m"),
        ("REFRESH_TOKEN_EXPIRES_DAYS", "7"),
        ("REFRESH_TOKEN_EXPIRE_DAYS", ""),
        ("DATABASE_URL", " "),
        ("EMAIL_PROVIDER", "smtp"),
        ("SMTP_PORT", "70000"),
        ("SMTP_PASS", "hunter3"),
        ("REQUIRE_EMAIL_VERIFICATION", "yes"),
        ("CRUDAUTH_DATABASE_URL", "sqlite:///x"),
        ("JWT_PRIVATE_KEY", "hunter4"),
        ("PATH", "/bin"),
    ];
    let error = read(with(&vars, Vec::new())).map(drop).expect_err("mistakes");
    let text = error.to_string();
    for expected in [
        "- `JWT_SECRET_KEY`: the secret key has 15 bytes, and needs at least 32",
        "- `JWT_ALGORITHM` takes `HS256` alone",
        "- `ACCESS_TOKEN_EXPIRE_MINUTES` is `30m`, and must be a whole number from 1 to 1440",
        "- `REFRESH_TOKEN_EXPIRES_DAYS` is unknown: did you mean `REFRESH_TOKEN_EXPIRE_DAYS`?",
        "- `REFRESH_TOKEN_EXPIRE_DAYS` is set to nothing",
        "- `DATABASE_URL` is empty",
        "- `SMTP_HOST` is missing: set it, as in `smtp.example.com`",
        "- `SMTP_FROM` is missing",
        "- `SMTP_PORT` is `70000`, and must be a whole number from 1 to 65535",
        "- `FRONTEND_URL` is missing: set it, as in `https://app.example.com`",
        "- `REQUIRE_EMAIL_VERIFICATION` is `yes`, and must be `true` or `false`",
        "- `CRUDAUTH_DATABASE_URL` is unknown: did you mean `DATABASE_URL`?",
        "- `JWT_PRIVATE_KEY` is not read: give key pairs in code",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in:\n{text}");
    }
    assert_eq!(error.mistakes().len(), 13, "{text}");
    let debug = format!("{error:?}");
    let startup = StartupError::from(error).to_string();
    for text in [text, debug, startup] {
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("`JWT_SECRET_KEY`"), "{text}");
    }
}

#[test]
fn numbers_have_digits_alone_and_a_range() {
    for value in ["0", "-5", "+5", "1_000", "5.0", "0x5", "1441", "99999999999999999999", "five"] {
        let text =
            refused(&[("ACCESS_TOKEN_EXPIRE_MINUTES", value)], "ACCESS_TOKEN_EXPIRE_MINUTES");
        assert!(text.contains("from 1 to 1440"), "{text}");
    }
    for value in ["0", "366"] {
        refused(&[("REFRESH_TOKEN_EXPIRE_DAYS", value)], "REFRESH_TOKEN_EXPIRE_DAYS");
    }
}

#[test]
fn secrets_that_everybody_knows_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["CHANGE_ME_SUPER_SECRET", "your-super-secret-key-of-32-bytes!", &"a".repeat(64)] {
        let vars: Vars = required(folder.path())
            .into_iter()
            .map(
                |(name, value)| {
                    if name == "JWT_SECRET_KEY" { (name, key.to_owned()) } else { (name, value) }
                },
            )
            .collect();
        let error = read(vars).map(drop).expect_err(key).to_string();
        assert!(error.contains("`JWT_SECRET_KEY`") && !error.contains(key), "{error}");
        assert!(error.contains("openssl rand"), "{error}");
    }
}

#[test]
fn mail_needs_all_of_its_parts() {
    let provider = |name| ("EMAIL_PROVIDER", name);
    let front = ("FRONTEND_URL", "https://app.example.com");
    let smtp = [provider("smtp"), front, ("SMTP_HOST", "smtp.example.com")];
    let from = ("SMTP_FROM", "no-reply@example.com");
    refused(&smtp, "SMTP_FROM");
    refused(&[smtp[0], smtp[1], smtp[2], from, ("SMTP_USER", "acme")], "SMTP_PASS");
    refused(&[smtp[0], smtp[1], smtp[2], from, ("SMTP_PASS", "s3same")], "SMTP_USER");
    refused(&[provider("console")], "FRONTEND_URL");
    refused(&[provider("console"), ("FRONTEND_URL", "http://app.example.com")], "FRONTEND_URL");
    refused(&[provider("sendmail"), front], "EMAIL_PROVIDER");
    refused(&[provider("webhook"), front], "EMAIL_WEBHOOK_URL");
    let hook = ("EMAIL_WEBHOOK_URL", "http://hooks.example.com/?key=s3same");
    let text = refused(&[provider("webhook"), front, hook], "EMAIL_WEBHOOK_URL");
    assert!(!text.contains("s3same"), "{text}");
    refused(&[("REQUIRE_EMAIL_VERIFICATION", "true")], "REQUIRE_EMAIL_VERIFICATION");
}

#[tokio::test]
async fn complete_mail_is_taken_from_each_provider() {
    let front = ("FRONTEND_URL", "https://app.example.com");
    for more in [
        vec![("EMAIL_BACKEND", "console")],
        vec![
            ("EMAIL_PROVIDER", "smtp"),
            ("SMTP_HOST", "smtp.example.com"),
            ("SMTP_PORT", "465"),
            ("SMTP_USER", "acme"),
            ("SMTP_PASS", "s3same"),
            ("SMTP_FROM", "Acme <no-reply@example.com>"),
        ],
        vec![("EMAIL_PROVIDER", "webhook"), ("EMAIL_WEBHOOK_URL", "https://hooks.example.com/")],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let vars = with(&[front], with(&more, required(folder.path())));
        assert!(read(vars).is_ok(), "{more:?}");
    }
}

#[test]
fn no_switch_hangs_on_what_the_environment_is_called() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["DEBUG", "ENVIRONMENT", "ENV", "RUST_ENV", "PRODUCTION", "APP_ENV"] {
        for value in ["true", "production", "development", ""] {
            let vars = with(&[(name, value)], required(folder.path()));
            assert!(read(vars).is_ok(), "{name}={value}");
        }
    }
}

#[test]
fn a_database_of_another_kind_is_named_and_its_password_is_not() {
    let vars = [("JWT_SECRET_KEY", KEY), ("DATABASE_URL", "oracle://app:hunter2@db/app")];
    let error = read(with(&vars, Vec::new())).map(drop).expect_err("no such kind").to_string();
    assert!(error.contains("`DATABASE_URL`: `oracle` is another kind"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    let vars = [("JWT_SECRET_KEY", KEY), ("DATABASE_URI", "sqlite:///./app.db")];
    let error = read(with(&vars, Vec::new())).map(drop).expect_err("another name").to_string();
    assert!(error.contains("is `DATABASE_URI`, which is set, meant to be it?"), "{error}");
}
