//! Providers that the environment names.

use crudauth::oauth::OAuthConfig;
use crudauth::{CrudAuth, EnvError, SecretKey, Sqlite};
use crudauth_tests::provider::{CLIENT, Desk, SECRET, Site};
use crudauth_tests::support::Server;

use crate::app::{MEMBERS, Member, parameters, target_of};

const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

fn mistakes(vars: &[(&str, &str)]) -> Vec<String> {
    let error: EnvError = OAuthConfig::from_vars(vars.iter().copied()).expect_err("mistakes");
    error.mistakes().iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_of_the_environment_are_mounted() {
    let (site, folder) = (Site::start().await, tempfile::tempdir().expect("a folder"));
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{SECRET}\n")).expect("written");
    let database = folder.path().join("app.db");
    Sqlite::open(&database).expect("opened").execute_batch(MEMBERS.sqlite).await.expect("a table");
    let (url, issuer) = (format!("sqlite:///{}", database.display()), site.origin());
    let vars = [
        ("JWT_SECRET_KEY", KEY),
        ("DATABASE_URL", &url),
        ("OAUTH_BASE_URL", "https://shop.example.com"),
        ("OAUTH_REDIRECT_URL", "https://app.example.com/signed-in?from=oauth"),
        ("GOOGLE_CLIENT_ID", "1234.apps.googleusercontent.com"),
        ("OAUTH_GOOGLE_CLIENT_SECRET", "GOCSPX-1"),
        ("GOOGLE_HOSTED_DOMAIN", "example.com"),
        ("GITHUB_CLIENT_ID", "Iv1.1"),
        ("GITHUB_CLIENT_SECRET", "a secret"),
        ("GITHUB_BASE_URL", "https://github.example.com"),
        ("OIDC_ISSUER", &issuer),
        ("OIDC_CLIENT_ID", CLIENT),
        ("OIDC_CLIENT_SECRET_FILE", file.to_str().expect("a path")),
    ];
    let builder = CrudAuth::<Member>::from_vars::<Sqlite, _, _>(vars).expect("no mistake");
    let auth = builder
        .oauth_from_env(OAuthConfig::json)
        .clock(site.clock.clone())
        .build()
        .await
        .expect("a configuration that works");
    let oauth = auth.oauth().expect("mounted");
    assert_eq!(oauth.providers().collect::<Vec<_>>(), ["github", "google", "oidc"]);
    let server = Server::serve(auth.router()).await;
    let mut client = server.client();
    let url = target_of(&client.get("/oauth/github/authorize").await);
    assert!(url.starts_with("https://github.example.com/login/oauth/authorize?"), "{url}");
    let url =
        target_of(&client.get("/oauth/oidc/authorize?redirect_to=https://app.example.com/x").await);
    let asked = parameters(&url);
    assert_eq!(asked["redirect_uri"], "https://shop.example.com/oauth/oidc/callback");
    site.said().flows.push(crudauth_tests::provider::Asked {
        challenge: asked["code_challenge"].clone(),
        nonce: asked["nonce"].clone(),
        redirect_uri: asked["redirect_uri"].clone(),
    });
    let path = format!("/oauth/oidc/callback?code=the+code&state={}", asked["state"]);
    let answer = client.get(&path).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["redirect_to"], "https://app.example.com/x");
    let sent =
        site.said().calls.iter().any(|(path, _, secret)| path == "/token" && secret.is_some());
    assert!(sent, "the secret of the file");
}

#[test]
fn every_mistake_about_providers_is_told_at_once() {
    assert!(OAuthConfig::from_vars([("PATH", "/bin")]).expect("no mistake").is_none());
    let all = mistakes(&[
        ("GOOGLE_CLIENT_ID", "1234"),
        ("GITHUB_CLIENT_SECRET", "s3cret-of-github"),
        ("GITHUB_BASE_URL", "http://github.example.com"),
        ("OIDC_ISSUER", "http://sso.example.com"),
        ("OIDC_CLIENT_ID", "shop"),
        ("OIDC_CLIENT_SECRET", " "),
    ]);
    let text = all.join("\n");
    for part in [
        "`GOOGLE_CLIENT_SECRET` is missing",
        "`GITHUB_CLIENT_ID` is missing",
        "`OIDC_CLIENT_SECRET` is empty",
        "`OAUTH_BASE_URL` is missing: set it, as in `https://shop.example.com`",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
    let organisation = mistakes(&[("GOOGLE_HOSTED_DOMAIN", "example.com")]).join("\n");
    assert!(organisation.contains("`GOOGLE_CLIENT_ID` is missing"), "{organisation}");
    let google = ("GOOGLE_CLIENT_ID", "1234");
    let whole = [google, ("GOOGLE_CLIENT_SECRET", "s"), ("OAUTH_BASE_URL", "https://a.example")];
    let with = |more: &[(&'static str, &'static str)]| mistakes(&[&whole[..], more].concat());
    let issuer = [("OIDC_ISSUER", "http://sso.example.com"), ("OIDC_CLIENT_ID", "shop")];
    assert!(with(&issuer)[0].starts_with("`OIDC_ISSUER`: the issuer of the provider `oidc`"));
    let other = [("BASE_URL", "https://b.example")];
    assert!(with(&other)[0].contains("different values"), "{:?}", with(&other));
    let base = [("GITHUB_CLIENT_ID", "i"), ("GITHUB_CLIENT_SECRET", "s"), ("GITHUB_BASE_URL", "x")];
    assert!(with(&base)[0].starts_with("`GITHUB_BASE_URL`: "), "{:?}", with(&base));
}

#[tokio::test]
async fn mistakes_of_providers_stop_who_mounts_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("app.db");
    Sqlite::open(&database).expect("opened").execute_batch(MEMBERS.sqlite).await.expect("a table");
    let url = format!("sqlite:///{}", database.display());
    let read = |url| {
        let vars = [("JWT_SECRET_KEY", KEY), ("DATABASE_URL", url), ("GOOGLE_CLIENT_ID", "1234")];
        CrudAuth::<Member>::from_vars::<Sqlite, _, _>(vars)
    };
    // A page of the application may use the name for something else.
    read(&url).expect("no mistake").build().await.expect("nobody mounts providers");
    let built = read(&url).expect("no mistake").oauth_from_env(|config| config);
    let said = built.body_limit(1).build().await.expect_err("refused").to_string();
    for part in ["`GOOGLE_CLIENT_SECRET` is missing", "`OAUTH_BASE_URL`", "Builder::body_limit"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    // With another mistake, all are told.
    let vars = [("JWT_SECRET_KEY", "short"), ("DATABASE_URL", &*url), ("GOOGLE_CLIENT_ID", "1234")];
    let error = CrudAuth::<Member>::from_vars::<Sqlite, _, _>(vars).map(drop).expect_err("refused");
    assert_eq!(error.mistakes().len(), 3, "{error}");
}

#[tokio::test]
async fn a_provider_of_the_code_is_there_without_those_of_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("app.db");
    Sqlite::open(&database).expect("opened").execute_batch(MEMBERS.sqlite).await.expect("a table");
    let url = format!("sqlite:///{}", database.display());
    let read = |base: Option<&'static str>| {
        let vars = [("JWT_SECRET_KEY", KEY), ("DATABASE_URL", &*url)];
        let vars = vars.into_iter().chain(base.map(|base| ("OAUTH_BASE_URL", base)));
        CrudAuth::<Member>::from_vars::<Sqlite, _, _>(vars).expect("no mistake")
    };
    let desk = |config: OAuthConfig| config.add_provider(Desk::new("desk"));
    let base = Some("https://shop.example.com");
    let auth = read(base).oauth_from_env(desk).build().await.expect("a provider and a base");
    let oauth = auth.oauth().expect("mounted");
    assert_eq!(oauth.providers().collect::<Vec<_>>(), ["desk"]);
    // It needs to know where browsers come back to.
    for (base, mistake) in [
        (None, "`OAUTH_BASE_URL` is missing: set it, as in `https://shop.example.com`"),
        (Some(" "), "`OAUTH_BASE_URL` is set to nothing"),
        (Some("shop"), "`OAuthConfig::new(\"shop\")` is no address of the application"),
    ] {
        let refused = read(base).oauth_from_env(desk).build().await.expect_err("no base");
        assert!(refused.to_string().contains(mistake), "{mistake} in {refused}");
    }
    // Nobody names a provider.
    for base in [None, base, Some(" ")] {
        let auth = read(base).oauth_from_env(OAuthConfig::json).build().await.expect("no provider");
        assert!(auth.oauth().is_none());
    }
}

#[tokio::test]
async fn providers_of_no_environment_are_a_mistake() {
    let database = Sqlite::in_memory().expect("a database");
    database.execute_batch(MEMBERS.sqlite).await.expect("a table");
    let key = SecretKey::new(KEY.as_bytes()).expect("a key");
    let builder = CrudAuth::<Member>::builder(database, key);
    let refused = builder.oauth_from_env(|config| config).build().await.expect_err("no variables");
    let said = refused.to_string();
    assert!(said.contains("`Builder::oauth_from_env` has no environment"), "{said}");
}
