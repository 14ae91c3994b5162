//! Flags that are no plain `bool`, over HTTP, on each database: an inverted `bool`, moments, a status
//! of the application's own, and several columns that make one flag.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use chrono::NaiveDateTime;
use crudauth::clock::{Clock, ManualClock};
use crudauth::user::{NothingProvisioned, UserFlag};
use crudauth::{AuthUser, CrudAuth, RateLimit, SecretKey};
use crudauth_tests::support::engines::{Sql, Tables, UsersEngine};
use crudauth_tests::support::{Client, CountingHasher, Mailbox, PASSWORD, Server, TestDatabase};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde_json::json;
use time::PrimitiveDateTime;

const ADA: &str = "ada@example.com";

/// The clock at the start: `2027-01-15 08:00:00`.
const START: u64 = 1_800_000_000;

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            email_verified_at -> Nullable<Timestamp>,
            blocked -> Bool,
            deleted_at -> Nullable<Timestamp>,
            banned_until -> Nullable<Timestamp>,
            token_version -> Integer,
        }
    }

    diesel::table! {
        guests (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            status -> Text,
            proof -> Text,
            staff -> SmallInt,
            token_version -> Integer,
        }
    }

    diesel::table! {
        tenants (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            disabled_at -> Nullable<Timestamp>,
            token_version -> Integer,
        }
    }

    diesel::table! {
        players (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            banned_until -> Nullable<BigInt>,
            token_version -> Integer,
        }
    }

    diesel::table! {
        visitors (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            banned_until -> Nullable<Timestamp>,
            token_version -> Integer,
        }
    }
}

/// A table with these moments and these other columns, beside those that every table has here. The
/// type of a moment has another name in each database.
macro_rules! tables {
    ($name:literal, [$($moment:literal)*], $others:literal) => {
        Tables {
            sqlite: tables!($name "INTEGER" "TEXT" "TIMESTAMP" [$($moment)*] $others),
            postgres: tables!($name "SERIAL" "TEXT" "TIMESTAMP" [$($moment)*] $others),
            mysql: tables!($name "INTEGER AUTO_INCREMENT" "VARCHAR(190)" "DATETIME" [$($moment)*] $others),
        }
    };
    ($name:literal $id:literal $text:literal $type:literal [$($moment:literal)*] $others:literal) => {
        concat!(
            "CREATE TABLE ", $name, " (id ", $id, " PRIMARY KEY, email ", $text,
            " NOT NULL UNIQUE, hashed_password TEXT NOT NULL, ",
            $($moment, " ", $type, " NULL, ",)* $others, "token_version INTEGER NOT NULL)",
        )
    };
}

const MEMBERS: Tables = tables!(
    "members",
    ["email_verified_at" "deleted_at" "banned_until"],
    "blocked BOOLEAN NOT NULL, "
);
const GUESTS: Tables =
    tables!("guests", [], "status TEXT NOT NULL, proof TEXT NOT NULL, staff SMALLINT NOT NULL, ");
const TENANTS: Tables = tables!("tenants", ["disabled_at"], "");
const PLAYERS: Tables = tables!("players", [], "banned_until BIGINT, ");

/// Three columns say whether a member may sign in.
#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
struct Member {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "email_verified")]
    email_verified_at: Option<NaiveDateTime>,
    #[auth(logical = "is_active", when(false))]
    blocked: bool,
    #[auth(logical = "is_active", when(null))]
    deleted_at: Option<NaiveDateTime>,
    #[auth(logical = "is_active", when(past))]
    banned_until: Option<NaiveDateTime>,
    token_version: i32,
}

/// Two statuses, which have two values for yes, and a small number.
#[derive(AuthUser)]
#[diesel(table_name = schema::guests)]
struct Guest {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active")]
    status: Status,
    #[auth(logical = "email_verified")]
    proof: Status,
    #[auth(logical = "is_superuser")]
    staff: i16,
    token_version: i32,
}

#[derive(AuthUser)]
#[diesel(table_name = schema::tenants)]
struct Tenant {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(null))]
    disabled_at: Option<PrimitiveDateTime>,
    token_version: i32,
}

/// A ban is all that there is.
#[derive(AuthUser)]
#[diesel(table_name = schema::players)]
struct Player {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(past))]
    banned_until: Option<i64>,
    token_version: i32,
}

/// The same, as a moment.
#[derive(AuthUser)]
#[diesel(table_name = schema::visitors)]
struct Visitor {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(past))]
    banned_until: Option<NaiveDateTime>,
    token_version: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Active,
    Premium,
    Closed,
    Other,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Premium => "premium",
            Self::Closed => "closed",
            Self::Other => "other",
        }
    }
}

impl UserFlag for Status {
    fn is_true(&self) -> bool {
        matches!(self, Self::Active | Self::Premium)
    }

    fn from_bool(flag: bool) -> Self {
        if flag { Self::Active } else { Self::Closed }
    }
}

impl<DB: Backend> FromSql<Text, DB> for Status
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(match String::from_sql(bytes)?.as_str() {
            "active" => Self::Active,
            "premium" => Self::Premium,
            "closed" => Self::Closed,
            _ => Self::Other,
        })
    }
}

impl<DB: Backend> ToSql<Text, DB> for Status
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

/// An application over one of the tables.
struct App<U: AuthUser> {
    auth: CrudAuth<U>,
    clock: Arc<ManualClock>,
    database: Sql,
    mailbox: Mailbox,
    server: Server,
}

/// `App::<U>::start` for each struct: what the stores ask of a struct is different on each database.
macro_rules! starts {
    ($($User:ident over $tables:ident $(with $mail:ident)?;)*) => {$(
        impl App<$User> {
            async fn start(engine: UsersEngine) -> Option<Self> {
                let database = engine.open().await?;
                database.create(&$tables).await;
                let clock = Arc::new(ManualClock::at_unix(START));
                let mailbox = Mailbox::default();
                let places = TestDatabase { users: database.clone(), apart: None };
                let builder = CrudAuth::<$User>::builder(places, SecretKey::random().expect("bytes"));
                $(let builder = builder.$mail(mailbox.default_config());)?
                let auth = builder
                    .clock(clock.clone())
                    .password_hasher(CountingHasher::default())
                    .register_limit(RateLimit::off())
                    .build()
                    .await
                    .expect("a configuration that works");
                let server = Server::serve(Router::new().merge(auth.router())).await;
                Some(Self { auth, clock, database, mailbox, server })
            }
        }
    )*};
}

starts! {
    Member over MEMBERS with email;
    Guest over GUESTS with email;
    Tenant over TENANTS;
    Player over PLAYERS;
}

impl<U: AuthUser<Id = i32, Provisioned = NothingProvisioned>> App<U> {
    fn client(&self) -> Client {
        self.server.client()
    }

    async fn sign_up(&self) {
        let body = json!({ "email": ADA, "password": PASSWORD });
        let answer = self.client().post_json("/register", &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    async fn signs_in(&self) -> bool {
        let answer = self.client().login(ADA, PASSWORD).await;
        assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.text());
        answer.status == 200
    }

    async fn session(&self) -> Client {
        let mut client = self.client();
        assert_eq!(client.login(ADA, PASSWORD).await.status, 200);
        assert!(counts(&mut client).await);
        client
    }

    /// The token of the one mail that has arrived.
    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }

    /// What is in the column of the one row, as text; a moment without what is smaller than seconds.
    async fn column(&self, column: &str, table: &str) -> String {
        let values = self.database.select(&format!("SELECT {column} FROM {table}")).await;
        values[0].split('.').next().unwrap_or_default().to_owned()
    }

    async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }
}

async fn counts(session: &mut Client) -> bool {
    session.get("/me").await.status == 200
}

/// Signs up and proves the address by the first of two links, an hour after the start. The second
/// works no more.
async fn verify<U: AuthUser<Id = i32, Provisioned = NothingProvisioned>>(app: &App<U>) {
    app.sign_up().await;
    assert!(!app.signs_in().await, "an unverified user may not sign in");
    let first = app.token().await;
    app.client().post_json("/email/verify-request", &json!({ "email": ADA })).await;
    let second = app.token().await;
    app.clock.advance(Duration::from_secs(3_600));
    for (token, status) in [(first, 200), (second, 400)] {
        let answer =
            app.client().post_json("/email/verify-confirm", &json!({ "token": token })).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    assert!(app.signs_in().await);
}

async fn reset<U: AuthUser<Id = i32, Provisioned = NothingProvisioned>>(app: &App<U>) {
    app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
    let body = json!({ "token": app.token().await, "new_password": PASSWORD });
    let answer = app.client().post_json("/password/reset-confirm", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.mailbox.mails(&app.auth).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_says_that_the_address_is_verified_and_stays_what_it_was() {
    for engine in ENGINES {
        let Some(app) = App::<Member>::start(engine).await else { continue };
        let moment = || app.column("email_verified_at", "members");
        app.sign_up().await;
        assert_eq!(moment().await, "-", "{engine:?}");
        app.execute("DELETE FROM members").await;
        app.mailbox.mails(&app.auth).await;

        verify(&app).await;
        assert_eq!(moment().await, "2027-01-15 09:00:00", "{engine:?}");
        app.clock.advance(Duration::from_secs(3_600));
        reset(&app).await;
        assert_eq!(moment().await, "2027-01-15 09:00:00", "{engine:?}: after a reset");

        let mut session = app.session().await;
        let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
        let answer = session.post_json("/email/change-request", &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        let body = json!({ "token": app.token().await });
        let answer = session.post_json("/email/change-confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(moment().await, "2027-01-15 10:00:00", "{engine:?}: of another address");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_active_where_no_column_speaks_against_it() {
    for engine in ENGINES {
        let Some(app) = App::<Member>::start(engine).await else { continue };
        verify(&app).await;
        for (closed, open) in [
            ("blocked = TRUE", "blocked = FALSE"),
            ("deleted_at = '2027-01-15 08:30:00'", "deleted_at = NULL"),
            ("banned_until = '2027-01-15 09:00:01'", "banned_until = NULL"),
        ] {
            let mut session = app.session().await;
            app.execute(&format!("UPDATE members SET {closed}")).await;
            assert!(!counts(&mut session).await, "{engine:?}: {closed}");
            assert!(!app.signs_in().await, "{engine:?}: {closed}");
            app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
            assert_eq!(app.mailbox.mails(&app.auth).await, [], "{engine:?}: {closed}");
            app.execute(&format!("UPDATE members SET {open}")).await;
            assert!(!counts(&mut session).await, "{engine:?}: what has ended came back by {open}");
            assert!(app.signs_in().await, "{engine:?}: {open}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_ends_when_its_moment_comes() {
    for engine in ENGINES {
        let Some(app) = App::<Member>::start(engine).await else { continue };
        verify(&app).await;
        let mut session = app.session().await;
        app.execute("UPDATE members SET banned_until = '2027-01-15 09:00:10'").await;
        app.clock.advance(Duration::from_secs(9));
        assert!(!counts(&mut session).await && !app.signs_in().await, "{engine:?}");
        app.clock.advance(Duration::from_secs(1));
        assert!(app.signs_in().await, "{engine:?}");
        assert!(counts(&mut app.session().await).await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deactivation_writes_one_column_and_reactivation_tells_what_another_says() {
    for engine in ENGINES {
        let Some(app) = App::<Member>::start(engine).await else { continue };
        verify(&app).await;
        let mut session = app.session().await;
        let blocked = || async {
            app.database.select("SELECT id FROM members WHERE blocked").await.len() == 1
        };
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        assert!(blocked().await && !counts(&mut session).await && !app.signs_in().await);
        assert_eq!(app.column("deleted_at", "members").await, "-", "{engine:?}");
        assert_eq!(app.column("banned_until", "members").await, "-", "{engine:?}");
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert!(!blocked().await && app.signs_in().await, "{engine:?}");

        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        app.execute("UPDATE members SET deleted_at = '2027-01-15 08:30:00'").await;
        assert!(!app.auth.reactivate(&1).await.expect("the store works"), "{engine:?}: deleted");
        assert!(!blocked().await && !app.signs_in().await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_written_only_where_it_says_the_opposite() {
    for engine in ENGINES {
        let Some(app) = App::<Guest>::start(engine).await else { continue };
        let row = || async {
            [app.column("status", "guests").await, app.column("proof", "guests").await]
        };
        verify(&app).await;
        assert_eq!(row().await, ["active", "active"], "{engine:?}");
        app.execute("UPDATE guests SET status = 'premium', proof = 'premium'").await;
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        reset(&app).await;
        assert_eq!(row().await, ["premium", "premium"], "{engine:?}");

        let mut session = app.session().await;
        app.execute("UPDATE guests SET status = 'what nobody knows'").await;
        assert!(!counts(&mut session).await && !app.signs_in().await, "{engine:?}");
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert_eq!(row().await, ["active", "premium"], "{engine:?}");
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        assert_eq!(row().await, ["closed", "premium"], "{engine:?}");
        assert!(!app.signs_in().await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_says_neither_yes_nor_no_is_no() {
    for engine in ENGINES {
        let Some(app) = App::<Guest>::start(engine).await else { continue };
        verify(&app).await;
        let mut session = app.session().await;
        for (staff, is_superuser) in [(0, false), (1, true), (2, false)] {
            app.execute(&format!("UPDATE guests SET staff = {staff}")).await;
            let me = session.get("/me").await.json();
            assert_eq!(me["is_superuser"], is_superuser, "{engine:?}: {staff}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_moment_of_a_deactivation_is_that_of_the_first() {
    for engine in ENGINES {
        let Some(app) = App::<Tenant>::start(engine).await else { continue };
        app.sign_up().await;
        let mut session = app.session().await;
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        app.clock.advance(Duration::from_secs(60));
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        let disabled_at = app.column("disabled_at", "tenants").await;
        assert!(disabled_at.starts_with("2027-01-15 08:00:00"), "{engine:?}: {disabled_at}");
        assert!(!counts(&mut session).await && !app.signs_in().await, "{engine:?}");
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert_eq!(app.column("disabled_at", "tenants").await, "-", "{engine:?}");
        assert!(app.signs_in().await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_nothing_but_a_ban_is_closed_by_one_without_an_end() {
    for engine in ENGINES {
        let Some(app) = App::<Player>::start(engine).await else { continue };
        app.sign_up().await;
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        app.clock.advance(Duration::from_secs(100 * 365 * 24 * 3_600));
        assert!(!app.signs_in().await, "{engine:?}");
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert!(app.signs_in().await, "{engine:?}");
    }
}

/// A clock as exact as that of the operating system.
#[derive(Debug)]
struct Nanoseconds;

impl Clock for Nanoseconds {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::new(START, 123_456_789)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_is_written_to_the_microsecond() {
    for engine in ENGINES {
        let Some(users) = engine.open().await else { continue };
        users.create(&TENANTS).await;
        let places = TestDatabase { users: users.clone(), apart: None };
        let auth = CrudAuth::<Tenant>::builder(places, SecretKey::random().expect("random bytes"))
            .clock(Arc::new(Nanoseconds))
            .password_hasher(CountingHasher::default())
            .build()
            .await
            .expect("a configuration that works");
        users.execute("INSERT INTO tenants VALUES (1, 'ada@example.com', '', NULL, 0)").await;
        assert!(auth.deactivate(&1).await.expect("the store works"));
        let moments = users.select("SELECT disabled_at FROM tenants").await;
        // The column of MariaDB has seconds.
        let fraction = if engine == UsersEngine::Mariadb { "" } else { ".123456" };
        assert_eq!(moments, [format!("2027-01-15 08:00:00{fraction}")], "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_cannot_hold_a_ban_without_an_end_stops_the_start() {
    let Some(users) = UsersEngine::Mariadb.open().await else { return };
    users
        .execute(
            "CREATE TABLE visitors (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
             email VARCHAR(190) NOT NULL UNIQUE, hashed_password VARCHAR(255) NOT NULL, \
             banned_until TIMESTAMP NULL, token_version INTEGER NOT NULL)",
        )
        .await;
    let start = async || {
        let places = TestDatabase { users: users.clone(), apart: None };
        let key = SecretKey::random().expect("random bytes");
        CrudAuth::<Visitor>::builder(places, key)
            .password_hasher(CountingHasher::default())
            .build()
            .await
    };
    let refusal = start().await.expect_err("2038 is no end").to_string();
    let statement = "ALTER TABLE visitors MODIFY banned_until DATETIME(6)";
    assert!(refusal.contains(statement), "{refusal}");
    users.execute(statement).await;
    start().await.expect("what the error says is the way out");
}
