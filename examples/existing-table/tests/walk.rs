//! The printed requests, sent as they were printed.

use crudauth::Sqlite;
use crudauth::password::{PasswordHash, Scheme};
use crudauth_tests::support::example::{Example, assert_replies};
use diesel::prelude::*;
use diesel::sql_types::Text;
use tempfile::TempDir;

const WALK: [(u16, &str); 12] = [
    (200, WELCOME),
    (200, ME),
    (200, "grace@example.com: Argon2\nlinus@example.com: Bcrypt\nmallory@example.com: Bcrypt"),
    (401, r#"{"detail":"Incorrect username or password","code":"bad_credentials"}"#),
    (200, r#"{"id":104,"email":"ada@example.com","username":null}"#),
    (200, r#"{"id":104,"username":null,"csrf_token":"<token>"}"#),
    (200, "Ada Lovelace has tier 1"),
    (403, r#"{"detail":"Recovery factor not verified","code":"not_verified"}"#),
    (200, "reports for grace@example.com"),
    (403, r#"{"detail":"Insufficient privileges","code":"insufficient_privileges"}"#),
    (200, r#"{"detail":"Logged out"}"#),
    (200, WELCOME),
];

const WELCOME: &str = r#"{"id":101,"username":null,"csrf_token":"<token>"}"#;

const ME: &str = r#"{"user_id":101,"username":null,"email":"grace@example.com","is_superuser":true,"scopes":[],"via":"session"}"#;

fn start(folder: &TempDir) -> Example {
    Example::start(env!("CARGO_BIN_EXE_existing-table"), folder.path())
}

#[derive(QueryableByName)]
struct StoredHash {
    #[diesel(sql_type = Text)]
    pw_hash: String,
}

/// The hash of a user, as it rests in the file.
async fn stored_hash(folder: &TempDir, email: &'static str) -> PasswordHash {
    let database = Sqlite::open(folder.path().join("existing-table.db")).expect("the database");
    let query = "SELECT pw_hash FROM accounts WHERE email_address = ?";
    let row = database.read(move |connection| {
        diesel::sql_query(query).bind::<Text, _>(email).get_result::<StoredHash>(connection)
    });
    PasswordHash::from_stored(row.await.expect("a row").pw_hash)
}

#[test]
fn the_printed_requests_can_be_pasted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(replies) = start(&folder).paste() else { return };
    assert_replies(&replies, &WALK);
}

#[tokio::test]
async fn the_printed_requests_work_without_curl() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    assert_replies(&example.send().await, &WALK);
    example.stop();
}

#[tokio::test]
async fn the_first_login_renews_the_hash_and_the_next_ones_leave_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let linus = "linus@example.com";
    let (right, wrong) = ("penguins swim well", "penguins swim");
    assert_eq!(stored_hash(&folder, linus).await.scheme(), Scheme::Bcrypt);

    assert_eq!(example.client().login(linus, wrong).await.status, 401);
    assert_eq!(stored_hash(&folder, linus).await.scheme(), Scheme::Bcrypt);

    assert_eq!(example.client().login(linus, right).await.status, 200);
    let renewed = stored_hash(&folder, linus).await;
    assert!(renewed.as_stored().starts_with("$argon2id$"));

    // The second start finds the table as the first one left it.
    example.kill();
    let example = start(&folder);
    assert_eq!(example.client().login(linus, right).await.status, 200);
    assert_eq!(example.client().login(linus, wrong).await.status, 401);
    let kept = stored_hash(&folder, linus).await;
    assert_eq!(kept.as_stored(), renewed.as_stored());
    assert_eq!(stored_hash(&folder, "mallory@example.com").await.scheme(), Scheme::Bcrypt);
}
