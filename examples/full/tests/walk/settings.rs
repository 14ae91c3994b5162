//! What the environment can say.

use std::process::{Command, Output, Stdio};

use crudauth_tests::support::example::Example;
use serde_json::Value;

use crate::Full;
use crate::visitor::{PASSWORD, Visitor, seen, told};

#[tokio::test]
async fn what_was_issued_is_good_after_a_restart() {
    let full = Full::start();
    let mut session = full.visitor().signed_in("ada").await;
    let tokens = session.token("ada", "").await;
    let cookies = session.client.cookies.clone();

    let full = full.restarted();
    let mut session = full.visitor();
    session.client.cookies = cookies;
    assert_eq!(told(&session.get("/dashboard").await), seen(200, 1, "session"));
    assert_eq!(session.post("/notes", Value::Null).await.status, 201);
    let token = tokens["access_token"].as_str().expect("a token");
    let mut program = full.visitor().with_token(token);
    assert_eq!(told(&program.get("/dashboard").await), seen(200, 1, "bearer"));
    assert_eq!(full.tuned().login("ada", PASSWORD).await.status, 200);
}

/// Two starts without keys do not share one.
#[tokio::test]
async fn a_default_key_is_random() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let start = || Example::start(env!("CARGO_BIN_EXE_full"), folder.path());
    let example = start();
    let ada = Visitor::new(example.client(), "").signed_in("ada").await;
    example.kill();
    let example = start();
    let mut again = Visitor::new(example.client(), "");
    again.client.cookies = ada.client.cookies;
    assert_eq!(again.get("/dashboard").await.status, 401);
    assert_eq!(again.login("ada", PASSWORD).await.status, 200);
}

/// Who can reach the program directly would otherwise have a new budget with each address that it
/// makes up.
#[tokio::test]
async fn nobodys_word_is_taken_for_an_address_unless_the_environment_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = Example::start(env!("CARGO_BIN_EXE_full"), folder.path());
    let mut statuses = Vec::new();
    for number in 0..6 {
        let mut visitor = Visitor::new(example.client(), "/tuned");
        let answer = visitor.register(&format!("ada{number}"), Value::Null).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
}

#[tokio::test]
async fn files_are_where_the_environment_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (database, mail) = (folder.path().join("a.db"), folder.path().join("b.jsonl"));
    let url = format!("sqlite://{}", database.display());
    let mail_file = mail.display().to_string();
    let variables = [("DATABASE_URL", url.as_str()), ("MAIL_FILE", mail_file.as_str())];
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let _example = Example::start_with(env!("CARGO_BIN_EXE_full"), elsewhere.path(), &variables);
    assert!(database.exists() && mail.exists());
    let left = std::fs::read_dir(elsewhere.path()).expect("a folder").count();
    assert_eq!(left, 0, "nothing else was written");
}

fn refused(variable: (&str, &str)) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_full"))
        .current_dir(folder.path())
        .env("LISTEN", "127.0.0.1:0")
        .env(variable.0, variable.1)
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert!(!status.success(), "{variable:?}");
    String::from_utf8(stderr).expect("text")
}

#[test]
fn what_cannot_work_is_refused_by_name_and_quotes_no_secret() {
    for (variable, value, hint) in [
        ("SECRET_KEY", "hunter2", "at least 32"),
        ("TUNED_SECRET_KEY", "hunter2", "at least 32"),
        ("DATABASE_URL", "oracle://ada:hunter2@db/full", "sqlite:full.db"),
        ("DATABASE_URL", "hunter2", "sqlite:full.db"),
        ("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/full", "postgres://127.0.0.1:1/full"),
        ("DATABASE_URL", "postgresql://ada:hunter2@db.example/full", "sslmode=verify-full"),
        ("DATABASE_URL", "mysql://ada:hunter2@127.0.0.1:1/full", "mysql://127.0.0.1:1/full"),
        ("STATE_URL", "memcached://ada:hunter2@cache", "`memcached:` is not supported here"),
        ("STATE_URL", "memcached://ada:hunter2@cache", "redis://:password@host/0"),
        ("STATE_URL", "hunter2", "there is no scheme; give `database:`"),
        ("STATE_URL", "redis://:hunter2@127.0.0.1:1/0", "redis://127.0.0.1:1/0"),
        ("STATE_URL", "rediss://:hunter2@127.0.0.1:1/0", "rediss://127.0.0.1:1/0"),
        ("STATE_URL", "database:hunter2", "`database:`"),
        ("LISTEN", "nowhere", "nowhere"),
        ("TRUST_PROXY", "yes", "`1` behind one reverse proxy"),
        ("MAIL_FILE", "no/such/folder/mail", "no/such/folder/mail"),
    ] {
        let complaint = refused((variable, value));
        let complaint = complaint.lines().find(|line| line.starts_with("Error")).expect("an error");
        assert!(complaint.contains(hint), "{variable}: {complaint}");
        assert!(variable == "MAIL_FILE" || complaint.contains(variable), "{complaint}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}
