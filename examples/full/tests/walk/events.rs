//! What happened is in the log and in the table.

use crudauth::event::EventLog;
use crudauth::store::sqlite::SqliteEvents;
use crudauth::{EventSink as _, Sqlite};

use super::Full;

#[tokio::test]
async fn a_failed_login_is_in_the_log_and_in_the_table() {
    let mut full = Full::start();
    assert_eq!(full.visitor().login("nobody", "a wrong engine").await.status, 401);
    assert_eq!(full.tuned().login("nobody", "a wrong engine").await.status, 401);
    let log = full.example.log();
    assert_eq!(log.matches("login_failed").count(), 2, "{log}");
    assert_eq!(log.matches("crudauth is ready").count(), 2, "{log}");

    // The events wait in a queue: the end of the process writes them.
    let status = full.example.terminate();
    assert!(status.success(), "{status}");
    let database = Sqlite::open(full.folder.path().join("full.db")).expect("the database");
    let log = EventLog::new(SqliteEvents::new(database));
    log.open().await.expect("the table");
    let logged = log.latest(None, 10).await.expect("the events");
    let names: Vec<_> = logged.iter().map(|logged| logged.event.event.as_str()).collect();
    assert_eq!(names, ["login_failed", "login_failed"]);
}
