//! An id that another row gets: what crudauth keeps of a link is not that row's.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crudauth::clock::{Clock, ManualClock};
use crudauth::{AuthUser, CrudAuth, RateLimits, SecretKey};
use crudauth_tests::support::engines::{Tables, TestDatabase};
use crudauth_tests::support::{Client, CountingHasher, Mailbox, PASSWORD, Server};

use crate::app::*;

/// An hour later, the id of the row that has the address `from` is that of `to`, whose owner has signed up by
/// the form and proved the address. Epochs are equal. Statements of the application do it, of which crudauth
/// hears nothing.
async fn replaced(app: &App, from: &str, to: &str) -> Client {
    let id = app.select(&format!("SELECT id FROM members WHERE email = '{from}'")).await.concat();
    app.clock.advance(Duration::from_secs(3600));
    let client = app.proved(to, "eve").await;
    app.execute(&format!("DELETE FROM members WHERE email = '{from}'")).await;
    app.execute(&format!("UPDATE members SET id = {id} WHERE email = '{to}'")).await;
    app.execute(&format!("UPDATE members SET token_version = 0 WHERE email = '{to}'")).await;
    client
}

async fn identities(database: &TestDatabase) -> Vec<String> {
    database.select("SELECT id FROM crudauth_identities ORDER BY id").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_older_than_its_user_is_that_of_somebody_else() {
    let app = App::start().await;
    app.by("sso", &format!("ada,{ADA}")).await;
    app.execute("UPDATE crudauth_identities SET epoch = 0").await;
    replaced(&app, ADA, EVE).await;
    let mut ada = app.by("sso", &format!("ada,{ADA}")).await;
    assert_eq!(email_of(&mut ada).await, ADA);
    assert_eq!(app.count().await, 2);
    let mut eve = app.client();
    assert_eq!(eve.login("eve", PASSWORD).await.status, 200);
    assert!(links(&mut eve).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_user_has_removed_refuses_nobody_who_gets_the_id() {
    for provider in BOTH {
        for is_handed_over in [false, true] {
            let app = App::start().await;
            let mut ada = app.proved(ADA, "ada").await;
            app.elevate(&mut ada).await;
            let code = format!("octo,{EVE}");
            assert_eq!(app.link(&mut ada, provider, &code).await, "/");
            assert_eq!(unlink(&mut ada, provider).await.status, 200);
            if is_handed_over {
                let mut bob = app.proved("bob@example.com", "bob").await;
                app.elevate(&mut bob).await;
                assert_eq!(app.link(&mut bob, provider, &code).await, "/");
                app.execute("DELETE FROM members WHERE username = 'bob'").await;
            }
            app.execute("UPDATE crudauth_identities SET epoch = 0").await;
            replaced(&app, ADA, EVE).await;
            let mut eve = app.by(provider, &code).await;
            assert_eq!(email_of(&mut eve).await, EVE, "{provider}, {is_handed_over}");
            assert_eq!(app.count().await, 1);

            // That the user of now has removed it is remembered all the same.
            app.elevate(&mut eve).await;
            for _ in 0..2 {
                assert_eq!(unlink(&mut eve, provider).await.status, 200);
                assert_eq!(app.refusal(provider, &code).await, "link_required", "{provider}");
                let mut bob = app.proved("bob@example.com", "bob").await;
                app.elevate(&mut bob).await;
                assert_eq!(app.link(&mut bob, provider, &code).await, "/");
                app.execute("DELETE FROM members WHERE username = 'bob'").await;
                assert_eq!(app.refusal(provider, &code).await, "link_required", "{provider}");
                assert_eq!(app.link(&mut eve, provider, &code).await, "/");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_an_earlier_user_is_no_way_in() {
    let app = App::start().await;
    app.by("sso", &format!("ada,{ADA}")).await;
    app.clock.advance(Duration::from_secs(3600));
    let mut eve = app.by("google", &format!("eve,{EVE}")).await;
    let id = app.select(&format!("SELECT id FROM members WHERE email = '{EVE}'")).await.concat();
    app.execute(&format!("DELETE FROM members WHERE email = '{ADA}'")).await;
    let epoch = "(SELECT token_version FROM members)";
    app.execute(&format!("UPDATE crudauth_identities SET owner = '{id}', epoch = {epoch}")).await;
    app.elevate_by(&mut eve, "google", "eve").await;
    assert_eq!(unlink(&mut eve, "google").await.status, 409);
    assert_eq!(links(&mut eve).await, [("google".to_owned(), "eve".to_owned())]);
}

mod schema {
    diesel::table! {
        guests (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            created_at -> BigInt,
        }
    }
}

/// The database says when a row was inserted, by a clock that is six hours ahead.
#[derive(AuthUser)]
#[diesel(table_name = schema::guests)]
struct Guest {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    #[auth(default)]
    created_at: i64,
}

const GUESTS: Tables = Tables {
    sqlite: "CREATE TABLE guests (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
             hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL, created_at BIGINT NOT NULL DEFAULT 1800021600)",
    postgres: "CREATE TABLE guests (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
               hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
               token_version INTEGER NOT NULL, created_at BIGINT NOT NULL DEFAULT 1800021600)",
    mysql: "CREATE TABLE guests (id INTEGER AUTO_INCREMENT PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, \
            hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
            token_version INTEGER NOT NULL, created_at BIGINT NOT NULL DEFAULT 1800021600)",
};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_clock_is_ahead_loses_no_link() {
    let database = TestDatabase::new(&GUESTS).await;
    let key = SecretKey::random().expect("random bytes");
    let mailbox = Mailbox::default();
    let auth = CrudAuth::<Guest>::builder(database.clone(), key)
        .clock(Arc::new(ManualClock::at_unix(NOW)))
        .password_hasher(CountingHasher::default())
        .rate_limits(RateLimits::off())
        .email(mailbox.config())
        .oauth(providers(&["sso", "forge"]))
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(auth.router()).await;
    let sign_in = async |provider: &str, code: &str| {
        let mut client = server.client();
        let answer = client.get(&format!("/oauth/{provider}/authorize")).await;
        let url = answer.header("location").expect("a way to the provider");
        let state = url.split_once("state=").expect("a state").1.to_owned();
        let path = format!("/oauth/{provider}/callback?code={code}&state={state}");
        assert_eq!(came_to(&client.get(&path).await), "/", "{provider}");
    };
    // The one is made with the user, the other by the address.
    sign_in("sso", &format!("ada,{ADA}")).await;
    sign_in("forge", &format!("ada,{ADA}")).await;
    let linked = identities(&database).await;
    assert_eq!(linked.len(), 2);
    sign_in("sso", "ada").await;
    sign_in("forge", "ada").await;
    assert_eq!(identities(&database).await, linked);
}

/// A clock that says microseconds, as that of the system does.
#[derive(Debug)]
struct Fine;

impl Clock for Fine {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(NOW) + Duration::from_micros(999)
    }
}

/// A link is dated to the millisecond, and a row to the microsecond.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_the_same_millisecond_lasts() {
    let app = App::with(|config| config, |builder| builder.clock(Arc::new(Fine))).await;
    app.by("sso", &format!("ada,{ADA}")).await;
    let linked = identities(&app.database).await;
    app.by("sso", "ada").await;
    assert_eq!(identities(&app.database).await, linked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_says_a_later_time_forgets_nothing_that_was_removed() {
    let app = App::start().await;
    let mut ada = app.proved(ADA, "ada").await;
    app.execute("UPDATE members SET created_at = '2027-01-15 14:00:00'").await;
    app.elevate(&mut ada).await;
    let code = format!("octo,{ADA}");
    for provider in ALL {
        assert_eq!(app.link(&mut ada, provider, &code).await, "/", "{provider}");
        assert_eq!(unlink(&mut ada, provider).await.status, 200, "{provider}");
        assert_eq!(app.refusal(provider, &code).await, "link_required", "{provider}");
    }
}
