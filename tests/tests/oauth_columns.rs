//! The columns of providers as the link, and fields that no provider says, over HTTP on each database.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chrono::NaiveDateTime;
use crudauth::oauth::{ClientSecret, Google, OAuthConfig};
use crudauth::password::Password;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{AuthUser, CrudAuth, Principal, RateLimits, Rejection, SecretKey, StartupError};
use crudauth_tests::provider::{Asked, CODE, Site};
use crudauth_tests::support::engines::{Tables, TestDatabase, UsersEngine};
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD, Server};
use reqwest::Url;
use serde_json::{Value, json};

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];
const ADA: &str = "ada@example.com";
/// What the provider names the account of Ada.
const SUBJECT: &str = "248289761001";
const LINKED: &str = "/welcome";

mod schema {
    diesel::table! {
        people (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            country -> Text,
            nick -> Nullable<Text>,
            google_id -> Nullable<Text>,
            oauth_provider -> Nullable<Text>,
            oauth_created_at -> Nullable<Timestamp>,
            oauth_updated_at -> Nullable<Timestamp>,
        }
    }
}

macro_rules! people {
    ($id:literal, $text:literal, $moment:literal, $google:literal) => {
        concat!(
            "CREATE TABLE people (id ",
            $id,
            ", email ",
            $text,
            " NOT NULL UNIQUE, hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
             email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, country ",
            $text,
            " NOT NULL, nick ",
            $text,
            ", google_id ",
            $text,
            $google,
            ", oauth_provider ",
            $text,
            ", oauth_created_at ",
            $moment,
            " NULL, oauth_updated_at ",
            $moment,
            " NULL)"
        )
    };
}

macro_rules! tables {
    ($google:literal) => {
        Tables {
            sqlite: people!("INTEGER PRIMARY KEY", "TEXT", "TIMESTAMP", $google),
            postgres: people!("SERIAL PRIMARY KEY", "TEXT", "TIMESTAMP", $google),
            mysql: people!(
                "INTEGER AUTO_INCREMENT PRIMARY KEY",
                "VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "DATETIME(6)",
                $google
            ),
        }
    };
}

const PEOPLE: Tables = tables!(" UNIQUE");
const NOT_UNIQUE: Tables = tables!("");

#[derive(AuthUser)]
#[diesel(table_name = schema::people)]
#[expect(dead_code, reason = "an application reads them")]
struct Person {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    #[auth(register)]
    country: String,
    #[auth(register)]
    nick: Option<String>,
    google_id: Option<String>,
    oauth_provider: Option<String>,
    oauth_created_at: Option<NaiveDateTime>,
    oauth_updated_at: Option<NaiveDateTime>,
}

struct App {
    database: TestDatabase,
    provider: Site,
    server: Server,
}

/// The provider that runs here, under this name: the struct has a column for `google`, and none for `sso`.
fn config(provider: &Site, name: &str) -> OAuthConfig {
    OAuthConfig::new("https://shop.example.com")
        .add_provider(provider.named(name))
        .default_redirect(LINKED)
}

/// An application with that provider, whose ids are those in the column.
async fn build(
    database: TestDatabase,
    provider: &Site,
    name: &str,
) -> Result<CrudAuth<Person>, StartupError> {
    let config = config(provider, name).column_issuer("google", provider.origin());
    build_with(database, provider, config).await
}

async fn build_with(
    database: TestDatabase,
    provider: &Site,
    config: OAuthConfig,
) -> Result<CrudAuth<Person>, StartupError> {
    CrudAuth::<Person>::builder(database, SecretKey::random().expect("bytes"))
        .oauth_with(config, |profile| async move {
            let country = profile.name.as_deref().and_then(|name| name.strip_prefix("Ada of "));
            Ok(country.map(|country| PersonOAuthFields { country: country.to_owned() }))
        })
        .clock(provider.clock.clone())
        .password_hasher(CountingHasher::default())
        .rate_limits(RateLimits::off())
        .build()
        .await
}

async fn sudo(
    State(auth): State<CrudAuth<Person>>,
    me: Principal<Person>,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, Proof::Password(Password::new(PASSWORD))).await?)
}

impl App {
    async fn start(engine: UsersEngine, name: &str) -> Option<Self> {
        let users = engine.open().await?;
        users.create(&PEOPLE).await;
        let database = TestDatabase { users, apart: None };
        let provider = Site::start().await;
        let auth = build(database.clone(), &provider, name).await.expect("it works");
        let routes = Router::new().route("/sudo", post(sudo)).with_state(auth.clone());
        let server = Server::serve(routes.merge(auth.router())).await;
        let app = Self { database, provider, server };
        app.claims(json!({ "name": "Ada of CH" }));
        Some(app)
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    fn claims(&self, claims: Value) {
        self.provider.said().claims = Box::new(move |all| {
            for (name, value) in claims.as_object().expect("an object") {
                all[name] = value.clone();
            }
        });
    }

    /// The provider is where the browser is sent to, and sends it back.
    async fn come_back(&self, client: &mut Client, name: &str, url: &str) -> Answer {
        let url = Url::parse(url).expect("an address");
        let asked = |name: &str| {
            let found = url.query_pairs().find(|(key, _)| key == name);
            found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
        };
        self.provider.said().flows.push(Asked {
            challenge: asked("code_challenge"),
            nonce: asked("nonce"),
            redirect_uri: asked("redirect_uri"),
        });
        let (code, state) = (CODE.replace(' ', "+"), asked("state"));
        client.get(&format!("/oauth/{name}/callback?code={code}&state={state}")).await
    }

    /// Where a sign-in ends.
    async fn sign_in(&self, client: &mut Client, name: &str) -> String {
        let away = client.get(&format!("/oauth/{name}/authorize")).await;
        let url = away.header("location").expect("a target").to_owned();
        let back = self.come_back(client, name, &url).await;
        back.header("location").unwrap_or_else(|| panic!("{}", back.text())).to_owned()
    }

    /// A user with a password and a proved address, who has elevated rights.
    async fn member(&self) -> Client {
        let mut client = self.client();
        let body = json!({ "email": ADA, "password": PASSWORD, "country": "DE" });
        let answer = client.post_json("/register", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.database.execute("UPDATE people SET email_verified = TRUE").await;
        assert_eq!(client.login(ADA, PASSWORD).await.status, 200);
        assert_eq!(client.post("/sudo").await.status, 200);
        client
    }

    async fn column(&self, column: &str) -> Vec<String> {
        self.database.select(&format!("SELECT {column} FROM people")).await
    }

    /// The columns of providers of the only user.
    async fn link(&self) -> [String; 2] {
        let [google, provider] =
            [self.column("google_id").await, self.column("oauth_provider").await];
        assert_eq!((google.len(), provider.len()), (1, 1));
        [google.concat(), provider.concat()]
    }

    /// Whether the identities of crudauth's own table are linked.
    async fn rows(&self) -> Vec<String> {
        let linked = "CASE WHEN removed_at IS NULL THEN 'linked' ELSE 'removed' END";
        self.database.select(&format!("SELECT {linked} FROM crudauth_identities")).await
    }
}

async fn everywhere<F: Future<Output = ()>>(name: &str, walk: impl Fn(App) -> F) {
    for engine in ENGINES {
        if let Some(app) = App::start(engine, name).await {
            walk(app).await;
        }
    }
}

/// Two servers give one id to two people: whoever has the id of a user of Google at another server would be
/// taken for that user.
#[tokio::test]
async fn the_start_refuses_a_provider_whose_ids_are_not_those_in_the_column() {
    let (provider, database) = (Site::start().await, TestDatabase::new(&PEOPLE).await);
    let build = |config| build_with(database.clone(), &provider, config);
    let (here, google) = (provider.origin(), "https://accounts.google.com");
    let (elsewhere, sso) = ("https://elsewhere.example", || config(&provider, "sso"));
    let named_google = || config(&provider, "google");
    let fix = format!("`OAuthConfig::column_issuer(\"google\", \"{here}\")`");
    for (config, says) in [
        (named_google(), [format!("`google_id` of `Person` has ids of \"{google}\""), fix]),
        (
            named_google().column_issuer("google", google),
            [format!("column_issuer(\"google\", \"{google}\")` is not"), here.clone()],
        ),
        (
            named_google().column_issuer("google", elsewhere),
            [format!("column_issuer(\"google\", \"{elsewhere}\")` is not"), here.clone()],
        ),
        (
            sso().column_issuer("github", "https://github.com"),
            ["column_issuer(\"github\", ..)` is of no column".to_owned(), "`Person`".to_owned()],
        ),
        (
            sso().column_issuer("sso", &here),
            ["column_issuer(\"sso\", ..)` is of no column".to_owned(), "`Person`".to_owned()],
        ),
    ] {
        let refused = build(config).await.expect_err("whose ids?");
        assert_eq!(refused.mistakes().count(), 1, "{refused}");
        for part in says {
            assert!(refused.to_string().contains(&part), "`{part}` is not in: {refused}");
        }
    }
    let secret = ClientSecret::new("a secret");
    let public = Google::new("1234.apps.googleusercontent.com", secret).expect("a provider");
    for config in [
        named_google().column_issuer("google", &here),
        named_google().column_issuer("google", format!("{here}/")),
        OAuthConfig::new("https://shop.example.com").add_provider(public),
        // Nobody signs in by the column.
        sso(),
        sso().column_issuer("google", elsewhere),
    ] {
        build(config).await.expect("nobody is taken for somebody else");
    }
}

/// The column has room for the link, and for nothing beside it.
#[tokio::test]
async fn tokens_of_a_provider_with_a_column_have_nowhere_to_rest() {
    let provider = Site::start().await;
    let database = TestDatabase::new(&PEOPLE).await;
    let config = config(&provider, "google").keep_tokens_of("google");
    let error = build_with(database, &provider, config).await.expect_err("a mistake");
    let told = "the column `google_id` of `Person` is the link";
    assert!(error.to_string().contains(told), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_another_application_has_linked_signs_in_as_it_is() {
    everywhere("google", |app| async move {
        let row = "INSERT INTO people (email, hashed_password, is_active, email_verified, \
                   token_version, country, google_id, oauth_provider) VALUES \
                   ('old@example.com', '!', TRUE, FALSE, 3, 'FR', '248289761001', 'google')";
        app.database.execute(row).await;
        let mut client = app.client();
        assert_eq!(app.sign_in(&mut client, "google").await, LINKED);
        // The identity decides, though the provider says another address.
        assert_eq!(client.get("/me").await.json()["email"], "old@example.com");
        assert_eq!(app.column("token_version").await, ["3"], "nothing was claimed");
        assert_eq!(app.link().await, [SUBJECT, "google"]);
        assert!(app.rows().await.is_empty(), "the column is the link");
        app.claims(json!({ "name": "Ada of CH", "sub": "248289761002" }));
        assert_eq!(app.sign_in(&mut app.client(), "google").await, LINKED);
        assert_eq!(app.column("google_id").await, [SUBJECT, "248289761002"], "another account");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_by_a_provider_writes_the_columns_and_what_the_hook_says() {
    everywhere("google", |app| async move {
        app.claims(json!({ "name": "Somebody else" }));
        let refused = app.sign_in(&mut app.client(), "google").await;
        assert_eq!(refused, "/welcome?error=not_allowed", "the hook has no country");
        assert!(app.column("id").await.is_empty());

        app.claims(json!({ "name": "Ada of CH" }));
        let mut client = app.client();
        assert_eq!(app.sign_in(&mut client, "google").await, LINKED);
        assert_eq!(app.link().await, [SUBJECT, "google"]);
        assert_eq!(
            (app.column("country").await.concat(), app.column("nick").await.concat()),
            ("CH".to_owned(), "-".to_owned())
        );
        let times = app.column("oauth_created_at").await;
        assert!(times[0].starts_with("2027-01-15"), "{times:?}");
        assert_eq!(times, app.column("oauth_updated_at").await);
        assert!(app.rows().await.is_empty(), "the column is the link");
        let linked = client.get("/oauth/accounts").await.json();
        assert_eq!(linked.as_array().map(Vec::len), Some(1), "{linked}");
        assert_eq!(linked[0]["provider_account_id"], SUBJECT);

        // It is the only way in, as nobody knows a password.
        let id = linked[0]["id"].as_str().expect("an id").to_owned();
        let away = client.post("/oauth/google/reauthenticate").await;
        assert_eq!(away.status, 200, "{}", away.text());
        let url = away.json()["url"].as_str().expect("a target").to_owned();
        let now = app.provider.said().now;
        app.claims(json!({ "auth_time": now }));
        let back = app.come_back(&mut client, "google", &url).await;
        assert_eq!(back.header("location"), Some(LINKED), "{}", back.text());
        let kept = unlink(&mut client, &id).await;
        assert_eq!(kept.status, 409, "{}", kept.text());
        assert_eq!(app.link().await, [SUBJECT, "google"]);
    })
    .await;
}

async fn unlink(client: &mut Client, id: &str) -> Answer {
    let request = client.request(http::Method::DELETE, &format!("/oauth/accounts/{id}"));
    let request = client.with_csrf(request);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_a_column_is_taken_off_and_comes_back_by_hand_alone() {
    everywhere("google", |app| async move {
        let mut owner = app.member().await;
        assert_eq!(app.sign_in(&mut app.client(), "google").await, LINKED);
        assert_eq!(app.link().await, [SUBJECT, "google"]);
        assert_eq!(app.column("country").await, ["DE"], "the hook is asked of a new user alone");
        app.claims(json!({ "sub": "another" }));
        let other = app.sign_in(&mut app.client(), "google").await;
        assert_eq!(other, "/welcome?error=provider_already_linked");

        app.claims(json!({}));
        let linked = owner.get("/oauth/accounts").await.json();
        let id = linked[0]["id"].as_str().expect("an id").to_owned();
        let removed = unlink(&mut owner, &id).await;
        assert_eq!(removed.status, 200, "{}", removed.text());
        assert_eq!(
            (app.link().await, app.rows().await),
            (["-", "-"].map(str::to_owned), vec!["removed".to_owned()])
        );
        let remembered = app.database.select("SELECT issuer FROM crudauth_identities").await;
        assert_eq!(remembered, [app.provider.origin()], "the ids in the column are its");
        assert_eq!(owner.get("/oauth/accounts").await.json(), json!([]));
        let by_address = app.sign_in(&mut app.client(), "google").await;
        assert_eq!(by_address, "/welcome?error=link_required");

        let away = owner.post("/oauth/google/link").await;
        assert_eq!(away.status, 200, "{}", away.text());
        let url = away.json()["url"].as_str().expect("a target").to_owned();
        let back = app.come_back(&mut owner, "google", &url).await;
        assert_eq!(back.header("location"), Some(LINKED), "{}", back.text());
        assert_eq!(app.link().await, [SUBJECT, "google"]);
        assert!(app.rows().await.is_empty(), "the column is the link again");
        assert_eq!(app.sign_in(&mut app.client(), "google").await, LINKED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_a_column_is_named_and_its_link_is_a_row() {
    everywhere("sso", |app| async move {
        let mut client = app.client();
        assert_eq!(app.sign_in(&mut client, "sso").await, LINKED);
        assert_eq!(app.link().await, ["-", "sso"]);
        assert_eq!(app.rows().await, ["linked"]);
        assert_eq!(app.sign_in(&mut app.client(), "sso").await, LINKED);
        assert_eq!(app.column("id").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_writes_the_column() {
    everywhere("google", |app| async move {
        let mut squatter = app.member().await;
        app.database.execute("UPDATE people SET email_verified = FALSE").await;
        assert_eq!(app.sign_in(&mut app.client(), "google").await, LINKED);
        assert_eq!(app.link().await, [SUBJECT, "google"]);
        assert_eq!(squatter.get("/me").await.status, 401);
        assert_eq!(app.client().login(ADA, PASSWORD).await.status, 401);
    })
    .await;
}

/// Two rows with one account would be two users of one person.
#[tokio::test(flavor = "multi_thread")]
async fn the_start_refuses_a_column_that_two_rows_may_share_where_its_provider_is_mounted() {
    for engine in ENGINES {
        let Some(users) = engine.open().await else { continue };
        users.create(&NOT_UNIQUE).await;
        let database = TestDatabase { users, apart: None };
        let provider = Site::start().await;
        build(database.clone(), &provider, "sso").await.expect("nobody asks for the column");
        let refused = build(database.clone(), &provider, "google").await.expect_err("no index");
        let said = refused.to_string();
        assert!(said.contains("links users to the provider `google`"), "{said}");
    }
}
