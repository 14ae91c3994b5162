//! Rows of the application that are written in one transaction with each new user, on each engine
//! that is installed.

use crudauth::store::Database;
use crudauth::{CrudAuth, RateLimit, SecretKey};
use crudauth_tests::support::engines::{Sql, UsersEngine};
use crudauth_tests::support::{
    ACCOUNTS, Account, AccountProvisioned, Client, CountingHasher, FREE_TIER, Mailbox, PASSWORD,
    Server,
};
use diesel::ExpressionMethods as _;

use self::schema::profiles;

mod schema {
    diesel::table! {
        profiles (account) {
            account -> Integer,
        }
    }
}

/// What the hook does with these names, beside the profile of the new user.
const FAILS: &str = "fails";
const CLASHES: &str = "clashes";
const PASSES_OVER_A_CLASH: &str = "passes-over";

/// A server over `database`, and a client of it. With a mailbox, no answer tells whether an address
/// is registered.
async fn serve(
    database: impl Database<Account> + Clone + Send + Sync + 'static,
    mailbox: Option<&Mailbox>,
) -> (Server, Client) {
    let key = SecretKey::random().expect("random bytes");
    let builder = CrudAuth::<Account>::builder(database, key)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .password_hasher(CountingHasher::default())
        .register_limit(RateLimit::off());
    let builder = match mailbox {
        Some(mailbox) => builder.email(mailbox.default_config()),
        None => builder,
    };
    let auth = builder.build().await.expect("a configuration that works");
    let server = Server::serve(auth.router()).await;
    let client = Client::new(server.address);
    (server, client)
}

/// What the hook does on a connection of diesel-async.
macro_rules! asynchronous_hook {
    ($connection:ident, $user:ident) => {
        async move {
            use diesel_async::RunQueryDsl as _;

            let profile = profiles::account.eq($user.id);
            let insert = diesel::insert_into(profiles::table).values(profile);
            insert.execute($connection).await?;
            match $user.username.as_str() {
                FAILS => Err("the profile is not wanted".into()),
                CLASHES => Ok(insert.execute($connection).await.map(drop)?),
                PASSES_OVER_A_CLASH => {
                    let _ = insert.execute($connection).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        }
    };
}

async fn over(users: &Sql, mailbox: Option<&Mailbox>) -> (Server, Client) {
    match users.clone() {
        Sql::Sqlite(sqlite, _) => {
            let database = sqlite.with_insert_hook(|connection, user: &Account| {
                use diesel::RunQueryDsl as _;

                let profile = profiles::account.eq(user.id);
                let insert = diesel::insert_into(profiles::table).values(profile);
                insert.execute(connection)?;
                match user.username.as_str() {
                    FAILS => Err("the profile is not wanted".into()),
                    CLASHES => Ok(insert.execute(connection).map(drop)?),
                    PASSES_OVER_A_CLASH => {
                        let _ = insert.execute(connection);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            });
            serve(database, mailbox).await
        }
        Sql::Postgres(postgres) => {
            let database = postgres.with_insert_hook(|connection, user: &Account| {
                Box::pin(asynchronous_hook!(connection, user))
            });
            serve(database, mailbox).await
        }
        Sql::Mariadb(mysql) => {
            let database = mysql.with_insert_hook(|connection, user: &Account| {
                Box::pin(asynchronous_hook!(connection, user))
            });
            serve(database, mailbox).await
        }
    }
}

async fn both_or_neither(engine: UsersEngine) {
    let Some(users) = engine.open().await else { return };
    users.create(&ACCOUNTS).await;
    users.execute("CREATE TABLE profiles (account INTEGER NOT NULL PRIMARY KEY)").await;
    let (_server, mut client) = over(&users, None).await;
    let written = async || {
        let profiles = users.select("SELECT account FROM profiles").await;
        (users.select("SELECT username FROM accounts").await, profiles.len())
    };
    let mut register =
        async |name: &str| client.register(&format!("{name}@example.com"), name, PASSWORD).await;

    assert_eq!(register("ada").await.status, 200);
    let ada = (vec!["ada".to_owned()], 1);
    assert_eq!(written().await, ada);
    for name in [FAILS, CLASHES] {
        let refused = register(name).await;
        assert_eq!(refused.status, 500, "{engine:?} {name}: {}", refused.text());
        assert_eq!(written().await, ada, "{engine:?} {name}");
    }
    assert_eq!(register("ada").await.status, 422);
    assert_eq!(written().await, ada);
    assert_eq!(register("eve").await.status, 200);
    assert_eq!(written().await, (vec!["ada".to_owned(), "eve".to_owned()], 2));

    // PostgreSQL has given up the transaction by then, which its COMMIT does not tell.
    let (expected, rows) = if matches!(users, Sql::Postgres(_)) { (500, 2) } else { (200, 3) };
    assert_eq!(register(PASSES_OVER_A_CLASH).await.status, expected, "{engine:?}");
    let (accounts, profiles) = written().await;
    assert_eq!((accounts.len(), profiles), (rows, rows), "{engine:?}");
    assert_eq!(client.login("eve", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_does_not_tell_whether_an_address_is_registered() {
    let users = UsersEngine::Sqlite.open().await.expect("it is built in");
    users.create(&ACCOUNTS).await;
    users.execute("CREATE TABLE profiles (account INTEGER NOT NULL PRIMARY KEY)").await;
    let (_server, mut client) = over(&users, Some(&Mailbox::default())).await;
    assert_eq!(client.register("ada@example.com", "ada", PASSWORD).await.status, 202);
    let taken = client.register("ada@example.com", FAILS, PASSWORD).await;
    let free = client.register("eve@example.com", CLASHES, PASSWORD).await;
    assert_eq!((taken.status.as_u16(), taken.text()), (202, free.text()));
    assert_eq!(free.status, 202);
    // Each of the names stays claimed, as if there were an account.
    for (email, name) in [("new@example.com", FAILS), ("newer@example.com", CLASHES)] {
        assert_eq!(client.register(email, name, PASSWORD).await.status, 422, "{name}");
    }
    assert_eq!(users.select("SELECT username FROM accounts").await, ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_writes_a_user_and_what_belongs_to_it_or_neither() {
    both_or_neither(UsersEngine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_writes_a_user_and_what_belongs_to_it_or_neither() {
    both_or_neither(UsersEngine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_writes_a_user_and_what_belongs_to_it_or_neither() {
    both_or_neither(UsersEngine::Mariadb).await;
}
