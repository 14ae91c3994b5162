//! Every row of the table of wrong combinations, at the type `StartupError`: each is refused when
//! the application is built, and the error says the way out.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use crudauth::http::{CookieConfig, Route, Routes, SameSite};
use crudauth::message::{ConsoleSender, WebhookSender};
use crudauth::oauth::{ClientSecret, GitHub, OAuthConfig, Oidc};
use crudauth::outbox::OutboxConfig;
use crudauth::password::breach::{BreachCheck, RangeApi};
use crudauth::store::UserStore;
use crudauth::token::SigningKey;
use crudauth::transport::{Authentication, Transport};
use crudauth::{
    AuthUser, BearerConfig, CrudAuth, EmailConfig, LockoutConfig, PasswordPolicy, RateLimit,
    RateLimits, ScopeName as _, SecretKey, SessionConfig, Sqlite, StartupError, SudoConfig,
    TrustedProxies,
};
use crudauth_tests::support::{
    Account, AccountProvisioned, MIGRATIONS, NotesRead, TestBuilder, TestDatabase,
};
use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const ZERO: Duration = Duration::ZERO;

/// The rows of the table that were tried.
#[derive(Default)]
struct Cases(BTreeSet<&'static str>);

impl Cases {
    fn constructor<T, E: Error>(&mut self, row: &'static str, made: Result<T, E>, says: &[&str]) {
        let error = made.err().unwrap_or_else(|| panic!("{row}: {says:?} was accepted"));
        let error = error.to_string();
        for part in says {
            assert!(error.contains(part), "{row}: `{part}` is not in: {error}");
        }
        self.0.insert(row);
    }

    async fn built(
        &mut self,
        row: &'static str,
        says: &[&str],
        configure: impl FnOnce(TestBuilder) -> TestBuilder,
    ) {
        let built = configure(builder().await).build().await.map(drop);
        self.constructor(row, built, says);
    }

    async fn bearer(&mut self, row: &'static str, says: &[&str], config: BearerConfig) {
        let built = builder().await.bearer(config).build().await.map(drop);
        self.constructor(row, built, says);
    }

    async fn session(&mut self, row: &'static str, says: &[&str], config: SessionConfig) {
        self.built(row, says, |builder| builder.session(config)).await;
    }
}

async fn builder() -> TestBuilder {
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(MIGRATIONS).await.expect("valid SQL");
    CrudAuth::<Account>::builder(
        TestDatabase::from(sqlite),
        SecretKey::random().expect("random bytes"),
    )
    .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) })
}

mod schema {
    diesel::table! {
        tenanted (id) {
            id -> Integer,
            tenant_id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
        }
    }
}

/// A user of a tenant.
#[derive(AuthUser)]
#[diesel(table_name = schema::tenanted)]
struct Tenanted {
    id: i32,
    #[auth(tenant)]
    tenant_id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

/// A transport that takes the name of sessions.
#[derive(Debug)]
struct Pretender;

impl Transport<Account> for Pretender {
    fn name(&self) -> &'static str {
        "session"
    }

    fn authenticate<'a>(
        &'a self,
        _: &'a Parts,
        _: &'a dyn UserStore<Account>,
    ) -> Authentication<'a, Account> {
        Box::pin(async { Ok(None) })
    }
}

#[tokio::test]
async fn every_wrong_combination_is_refused_with_the_way_out() {
    let mut cases = Cases::default();
    keys(&mut cases);
    sessions(&mut cases).await;
    bearer(&mut cases).await;
    claims(&mut cases).await;
    guards(&mut cases).await;
    network(&mut cases).await;
    mail(&mut cases).await;
    providers(&mut cases).await;

    assert_eq!(cases.0, documented(), "the table and the cases have the same rows");
}

fn documented() -> BTreeSet<&'static str> {
    let source = include_str!("../../crudauth/src/error/startup.rs");
    let rows = source.lines().filter_map(|line| line.strip_prefix("/// | `"));
    rows.filter_map(|row| row.split_once('`')).map(|(setting, _)| setting).collect()
}

fn keys(cases: &mut Cases) {
    let make = &["openssl rand"];
    cases.constructor("SecretKey::new", SecretKey::new("short"), make);
    cases.constructor("SecretKey::new", SecretKey::new("change-me".repeat(8)), make);
    cases.constructor("SigningKey::hs256", SigningKey::hs256("short"), &["32"]);
    let small = include_str!("../../crudauth/src/token/fixtures/rsa_too_small.pem");
    cases.constructor("SigningKey::rs256", SigningKey::rs256(small), &["2,048"]);
}

async fn sessions(cases: &mut Cases) {
    let config = SessionConfig::default;
    let second = Duration::from_secs(1);
    let row = "SessionConfig::idle_timeout";
    cases.session(row, &["one second", row], config().idle_timeout(ZERO)).await;
    let row = "SessionConfig::remember_for";
    cases.session(row, &["one second", row], config().remember_for(ZERO)).await;
    let row = "SessionConfig::absolute_timeout";
    cases.session(row, &["raise", row], config().absolute_timeout(second)).await;
    let row = "SessionConfig::sessions_per_user";
    cases.session(row, &["raise", row], config().sessions_per_user(0)).await;
    let row = "SessionConfig::touch_interval";
    cases.session(row, &["lower", row], config().touch_interval(1000 * second)).await;
    let row = "SessionConfig::prefix";
    for prefix in ["", "a:b"] {
        cases.session(row, &["without a colon", row], config().prefix(prefix)).await;
    }
    for taken in ["refresh", "outbox", "lockout", "sudo", "throttle", "limit", "claimed"] {
        cases.session(row, &["give another word", row], config().prefix(taken)).await;
    }

    let row = "SessionConfig::cookie_name";
    cases.session(row, &["`a b`"], config().cookie_name("a b")).await;
    cases.session(row, &["two are named", row], config().cookie_name("__Host-csrf_token")).await;
    let below = |builder: TestBuilder| builder.cookies(CookieConfig::default().path("/auth"));
    let plain =
        |builder: TestBuilder| builder.cookies(CookieConfig::insecure_for_plain_http_development());
    let host = || SessionConfig::default().cookie_name("__Host-sid");
    cases.built(row, &["`__Host-`", "`/auth`"], |it| below(it).session(host())).await;
    cases.built(row, &["`Secure`", "prefix"], |it| plain(it).session(host())).await;
    let secure = SessionConfig::default().cookie_name("__secure-sid");
    cases.built(row, &["`Secure`", "prefix"], |it| plain(it).session(secure)).await;
    let row = "CookieConfig::path";
    for path in ["auth", "/a; Domain=example.com", "/a b"] {
        let cookies = CookieConfig::default().path(path);
        cases.built(row, &["starts with `/`", row], |it| it.cookies(cookies)).await;
    }
    let row = "CookieConfig::domain";
    let cookies = CookieConfig::default().domain("com");
    cases.built(row, &["with a dot", row], |it| it.cookies(cookies)).await;
    let row = "CookieConfig::same_site";
    let cookies = CookieConfig::default().same_site(SameSite::None);
    let trusted = ["`Builder::add_trusted_origin`", row];
    cases.built(row, &trusted, |it| it.cookies(cookies)).await;
    let row = "SessionConfig::device_cookie_name";
    cases.session(row, &["`a b`"], config().device_cookie_name("a b")).await;
    let taken = config().device_cookie_name("__Host-csrf_token");
    cases.session(row, &["two are named", row], taken).await;
    let row = "SessionConfig::csrf_cookie_name";
    let csrf = || SessionConfig::default().csrf_cookie_name("__Host-csrf");
    cases.session(row, &["`a;b`"], config().csrf_cookie_name("a;b")).await;
    cases.built(row, &["`__Host-`", "`/auth`"], |it| below(it).session(csrf())).await;
    cases.built(row, &["`Secure`", "prefix"], |it| plain(it).session(csrf())).await;
}

async fn bearer(cases: &mut Cases) {
    let config = BearerConfig::default;
    let row = "BearerConfig::access_ttl";
    cases.bearer(row, &["one second", row], config().access_ttl(ZERO)).await;
    let row = "BearerConfig::refresh_ttl";
    cases.bearer(row, &["raise", row], config().refresh_ttl(Duration::from_secs(60))).await;
    let row = "BearerConfig::refresh_grace";
    cases
        .bearer(row, &["five minutes", row], config().refresh_grace(Duration::from_secs(301)))
        .await;
    let row = "BearerConfig::sign_ins_per_user";
    cases.bearer(row, &["raise", row], config().sign_ins_per_user(0)).await;
    let row = "BearerConfig::default_scopes";
    cases.bearer(row, &["`notes:read`", row], config().default_scopes([NotesRead::NAME])).await;
    let row = "BearerConfig::issuer";
    cases.bearer(row, &["leave it out", row], config().issuer("")).await;
    let row = "BearerConfig::audience";
    cases.bearer(row, &["leave it out", row], config().audience("")).await;
    let row = "BearerConfig::refresh_cookie_name";
    cases.bearer(row, &[row], config().refresh_cookie_name("a b")).await;
    for taken in ["__Host-csrf_token", "__Host-session_id", "__Host-device_id"] {
        cases.bearer(row, &["both named", row], config().refresh_cookie_name(taken)).await;
    }
    let host = config().refresh_cookie_name("__Host-refresh").refresh_cookie_path("/auth");
    cases.bearer(row, &["`__Host-`", "`/auth`", row], host).await;
    let row = "BearerConfig::refresh_cookie_path";
    for path in ["auth", "/a;b"] {
        cases.bearer(row, &["starts with `/`", row], config().refresh_cookie_path(path)).await;
    }
    for path in ["/refresh", "/auth/refresh/", "/logout", "/auth/token"] {
        cases.bearer(row, &["`/logout`", row], config().refresh_cookie_path(path)).await;
    }
}

async fn providers(cases: &mut Cases) {
    let github = |secret: &str| {
        GitHub::new("id", ClientSecret::new(secret)).expect("checked when it is mounted")
    };
    let at = |base: &str| OAuthConfig::new(base).add_provider(github("a secret"));
    let config = || at("https://shop.example.com");
    let oidc = |name: &str| Oidc::new(name, "https://sso.example.com", "id").expect("a provider");
    let with = |config: OAuthConfig| move |builder: TestBuilder| builder.oauth(config);
    let row = "OAuthConfig::new";
    for base in ["shop", "http://shop.example.com", "https://shop.example.com?a=b"] {
        cases.built(row, &["browsers know", row], with(at(base))).await;
    }
    let row = "OAuthConfig::add_provider";
    let none = OAuthConfig::new("https://shop.example.com");
    cases.built(row, &["has no provider", row], with(none)).await;
    let twice = config().add_provider(github("another"));
    cases.built(row, &["two providers are named `github`"], with(twice)).await;
    let one_issuer = config().add_provider(oidc("one")).add_provider(oidc("two"));
    cases.built(row, &["`one` and `two` have one issuer"], with(one_issuer)).await;
    let empty = OAuthConfig::new("https://shop.example.com").add_provider(github(" "));
    cases.built(row, &["client secret of the provider `github` is empty"], with(empty)).await;
    let row = "OAuthConfig::default_redirect";
    let target = config().default_redirect("https://evil.example/");
    cases.built(row, &["`OAuthConfig::add_redirect_origin`", row], with(target)).await;
    for target in ["/oauth/github/callback?a=b", "https://shop.example.com/oauth/github/callback"] {
        let config = config().add_redirect_origin("https://shop.example.com");
        let target = config.default_redirect(target);
        cases.built(row, &["would go round", row], with(target)).await;
    }
    let row = "OAuthConfig::add_redirect_origin";
    cases.built(row, &[row], with(config().add_redirect_origin("shop"))).await;
    let row = "OAuthConfig::add_app_link";
    for link in ["javascript:alert(1)", "http://shop.example.com/", "shop"] {
        cases.built(row, &["a scheme of its own", row], with(config().add_app_link(link))).await;
    }
    let link = config().add_app_link("com.example.shop:/signed-in");
    cases.built(row, &["`Builder::bearer`", row], with(link)).await;
    let row = "OAuthConfig::flow_life";
    for life in [ZERO, Duration::from_secs(31 * 60)] {
        cases.built(row, &["1 to 30 minutes", row], with(config().flow_life(life))).await;
    }
    let row = "OAuthConfig::link_by_email_of";
    let rule = config().link_by_email_of("gitlab", false);
    cases.built(row, &["name one that is added", row], with(rule)).await;
    let row = "OAuthConfig::column_issuer";
    let of_no_column = config().column_issuer("github", "https://github.example.com");
    cases.built(row, &["is of no column", row], with(of_no_column)).await;
    let row = "OAuthConfig::keep_tokens_of";
    cases
        .built(row, &["name one that is added", row], with(config().keep_tokens_of("gitlab")))
        .await;
}

fn named<T: Serialize + DeserializeOwned + 'static>(
    make: fn() -> T,
) -> impl FnOnce(TestBuilder) -> TestBuilder {
    move |builder| builder.bearer(BearerConfig::default()).claims(move |_| make())
}

async fn claims(cases: &mut Cases) {
    #[derive(Serialize, Deserialize)]
    struct Expiry {
        exp: u64,
    }
    let row = "Builder::claims";
    cases.built(row, &["`exp`", "another name", row], named(|| Expiry { exp: 0 })).await;
    cases.built(row, &["named fields", row], named(|| 7_u32)).await;
}

async fn guards(cases: &mut Cases) {
    let row = "LockoutConfig";
    let config = LockoutConfig::default;
    let lockout = |config| move |builder: TestBuilder| builder.lockout(config);
    cases.built(row, &["`max_attempts`", "positive"], lockout(config().max_attempts(0))).await;
    cases.built(row, &["`window`", "positive"], lockout(config().window(ZERO))).await;
    cases.built(row, &["`base`", "`cap`"], lockout(config().cap(Duration::from_secs(1)))).await;
    let row = "SudoConfig";
    let config = SudoConfig::default;
    let sudo = |config| move |builder: TestBuilder| builder.sudo(config);
    cases.built(row, &["SudoConfig::window", "raise"], sudo(config().window(ZERO))).await;
    cases.built(row, &["SudoConfig::max_attempts", "raise"], sudo(config().max_attempts(0))).await;
    cases.built(row, &["SudoConfig::lockout", "raise"], sudo(config().lockout(ZERO))).await;

    let config = PasswordPolicy::default;
    let policy = |config| move |builder: TestBuilder| builder.password_policy(config);
    let row = "PasswordPolicy::min_length";
    cases.built(row, &["min_length(0)", "at least 1"], policy(config().min_length(0))).await;
    let row = "PasswordPolicy::max_length";
    cases.built(row, &["max_length(7)", "at least 8"], policy(config().max_length(7))).await;
    let row = "BreachCheck::timeout";
    let api = RangeApi::new("http://127.0.0.1:1/").expect("an address");
    let check = BreachCheck::new(api).timeout(ZERO);
    cases.built(row, &["raise", row], policy(config().breach_check(check))).await;
    let row = "RangeApi::new";
    for address in ["http://ranges.example.com/", "https://ranges.example.com/range", "ranges"] {
        cases.constructor(row, RangeApi::new(address), &["RangeApi::new"]);
    }

    let row = "RateLimits";
    let refresh = RateLimit::new(5, Duration::from_micros(999));
    let limits = RateLimits { refresh, ..RateLimits::default() };
    let says = &["`RateLimits::refresh`", "`RateLimit::off()`"];
    cases.built(row, says, |builder| builder.rate_limits(limits)).await;
}

async fn network(cases: &mut Cases) {
    let row = "Builder::body_limit";
    cases.built(row, &["1,024", row], |builder| builder.body_limit(1023)).await;
    let sqlite = Sqlite::in_memory().expect("a database");
    let key = SecretKey::random().expect("random bytes");
    let built = CrudAuth::<Tenanted>::builder(sqlite, key).build().await.map(drop);
    cases.constructor("Builder::tenant", built, &["`tenant_id`", ".tenant(|request| ..)"]);
    let row = "Builder::add_trusted_origin";
    for origin in ["app.example.com", "https://app.example.com/", "https://*.example.com"] {
        let says = &["scheme://host[:port]", row];
        cases.built(row, says, |builder| builder.add_trusted_origin(origin)).await;
    }
    for origin in ["http://app.example.com", "http://localhost.example.com", "http://192.0.2.1"] {
        cases.built(row, &["`https://`", row], |builder| builder.add_trusted_origin(origin)).await;
    }
    let row = "Routes::at";
    let routes = Routes::default().at(Route::Login, "login");
    cases.built(row, &["begins with a slash"], |it| it.routes(routes)).await;
    let row = "Builder::add_transport";
    cases.built(row, &["`session`", row], |builder| builder.add_transport(Pretender)).await;
    let row = "TrustedProxies::networks";
    cases.constructor(row, TrustedProxies::networks(["10.0.0.0/33"]), &["`10.0.0.0/33`"]);
    for everybody in ["0.0.0.0/0", "::/0"] {
        cases.constructor(row, TrustedProxies::networks([everybody]), &["TrustedProxies::hops"]);
    }
}

async fn mail(cases: &mut Cases) {
    let config = || EmailConfig::new(ConsoleSender::for_development_only());
    let good = || config().frontend_url("https://app.example.com");
    let email = |config| move |builder: TestBuilder| builder.email(config);
    let row = "EmailConfig::frontend_url";
    cases.built(row, &["frontend_url"], email(config())).await;
    for url in ["http://app.example.com", "http://localhost.example.com"] {
        cases.built(row, &["`https://`", row], email(config().frontend_url(url))).await;
    }
    cases.built(row, &["frontend_url"], email(config().frontend_url("app.example.com"))).await;
    let row = "EmailConfig::verify_within";
    cases.built(row, &["verify_within", "raise"], email(good().verify_within(ZERO))).await;
    cases.built(row, &["reset_within", "raise"], email(good().reset_within(ZERO))).await;
    cases.built(row, &["change_email_within"], email(good().change_email_within(ZERO))).await;
    let row = "EmailConfig::redirect_origin";
    cases.built(row, &["`shop`", row], email(good().redirect_origin("shop"))).await;
    let row = "OutboxConfig";
    let outbox = OutboxConfig::default().max_attempts(0);
    let says = &["OutboxConfig::max_attempts", "raise"];
    cases.built(row, says, email(good().outbox(outbox))).await;
    let row = "WebhookSender::new";
    let sender = WebhookSender::new("http://hooks.example.com/");
    cases.constructor(row, sender, &["must be https"]);
}

#[tokio::test]
async fn one_error_has_every_mistake_and_nothing_is_opened() {
    let sqlite = Sqlite::in_memory().expect("a database");
    let database = TestDatabase::from(sqlite.clone());
    let key = SecretKey::random().expect("random bytes");
    let session = SessionConfig::default().idle_timeout(ZERO).sessions_per_user(0);
    let error = CrudAuth::<Account>::builder(database, key)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) })
        .session(session)
        .lockout(LockoutConfig::default().max_attempts(0))
        .bearer(BearerConfig::default().access_ttl(ZERO).refresh_cookie_path("auth"))
        .email(EmailConfig::new(ConsoleSender::for_development_only()))
        .add_trusted_origin("http://app.example.com")
        .add_transport(Pretender)
        .build()
        .await
        .expect_err("nothing of it works");
    let settings = [
        "Transport::name",
        "SessionConfig::idle_timeout",
        "SessionConfig::sessions_per_user",
        "`max_attempts`",
        "Builder::add_trusted_origin",
        "BearerConfig::access_ttl",
        "BearerConfig::refresh_cookie_path",
        "frontend_url",
    ];
    let mistakes: Vec<String> = error.mistakes().collect();
    assert_eq!(mistakes.len(), settings.len(), "{error}");
    for (mistake, setting) in mistakes.iter().zip(settings) {
        assert!(mistake.contains(setting), "{setting}: {mistake}");
        assert!(error.to_string().contains(&format!("\n- {mistake}")), "{error}");
    }
    assert!(error.to_string().starts_with("the configuration has 8 mistakes\n- "), "{error}");
    let tables = "SELECT COUNT(*) FROM sqlite_master";
    assert_eq!(TestDatabase::from(sqlite).select(tables).await, ["0"], "no table was made");
}

/// What is safe is not refused with what is unsafe.
#[tokio::test]
async fn what_only_looks_wrong_is_accepted() {
    let local = ["http://localhost:5173", "http://127.0.0.1:5173", "http://[::1]:5173"];
    for origin in local {
        let config = EmailConfig::new(ConsoleSender::for_development_only()).frontend_url(origin);
        let builder = builder().await.add_trusted_origin(origin).email(config);
        built(builder.build().await, origin);
    }
    let plain = CookieConfig::insecure_for_plain_http_development();
    let builder = builder().await.cookies(plain).add_trusted_origin("http://app.example.com");
    built(builder.build().await, "cookies that any page on the network can read anyway");
    for path in ["/", "/tuned", "/tuned/", "/refreshments"] {
        let config = BearerConfig::default().refresh_cookie_path(path);
        let builder = self::builder().await.bearer(config);
        built(builder.build().await, path);
    }
    let host = SessionConfig::default().cookie_name("__Host-sid");
    built(self::builder().await.session(host).build().await, "the attributes keep the promise");
    assert!(TrustedProxies::networks(["10.0.0.0/8", "::1"]).is_ok());
}

#[track_caller]
fn built(result: Result<CrudAuth<Account>, StartupError>, what: &str) {
    if let Err(error) = result {
        panic!("{what}: {error}");
    }
}
