//! How often a sign-in waits for the disk, where everything is in SQLite.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::{LockoutConfig, Sqlite};
use crudauth_tests::attack::{GroundInFile, Server};
use crudauth_tests::support::{Client, PASSWORD};
use diesel::Connection as _;
use diesel::connection::InstrumentationEvent;

/// Counts the commits of `sqlite`.
async fn commits_of(sqlite: &Sqlite) -> Arc<AtomicUsize> {
    let commits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&commits);
    let instrumented = sqlite.write(move |connection| {
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CommitTransaction { .. }) {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Ok(())
    });
    instrumented.await.expect("the database works");
    commits
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_makes_two_commits_and_a_refusal_by_the_lockout_none() {
    let ground = GroundInFile::new().await;
    let builder = ground.builder(ground.stores.clone()).lockout(LockoutConfig::default());
    let server = Server::start(builder).await;
    let mut ada = server.signed_in("ada").await;
    let commits = commits_of(&ground.sqlite).await;
    let login = async |client: &mut Client, password: &str| {
        let status = client.login("ada", password).await.status.as_u16();
        (status, commits.swap(0, Ordering::SeqCst))
    };

    // By a known device, which ends its session; by strangers; beyond the cap of sessions.
    for _ in 0..3 {
        assert_eq!(login(&mut ada, PASSWORD).await, (200, 2));
    }
    for number in 0..9 {
        assert_eq!(login(&mut server.client(), PASSWORD).await, (200, 2), "sign-in {number}");
    }
    // The failure that locks reads how long, and writes the lock.
    for (status, expected) in [(401, 2), (401, 2), (401, 2), (401, 2), (401, 3), (429, 0), (429, 0)]
    {
        assert_eq!(login(&mut server.client(), "a guess").await, (status, expected));
    }
    assert_eq!(ground.sessions().await, 5);
}
