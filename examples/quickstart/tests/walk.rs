//! The printed requests, sent as they were printed.

use crudauth_tests::support::example::{Example, Reply, assert_replies};

const WALK: [(u16, &str); 9] = [
    (200, r#"{"id":1,"email":"ada@example.com","username":"ada"}"#),
    (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
    (200, ME),
    (200, "hello Ada Lovelace"),
    (403, r#"{"detail":"Insufficient privileges","code":"insufficient_privileges"}"#),
    (403, r#"{"detail":"Missing CSRF token","code":"missing_csrf_token"}"#),
    (200, "ada noted: buy milk"),
    (200, r#"{"detail":"Logged out"}"#),
    (401, r#"{"detail":"Not authenticated","code":"not_authenticated"}"#),
];

const ME: &str = r#"{"user_id":1,"username":"ada","email":"ada@example.com","is_superuser":false,"scopes":[],"via":"session"}"#;

fn start(folder: &tempfile::TempDir) -> Example {
    Example::start(env!("CARGO_BIN_EXE_quickstart"), folder.path())
}

/// On a file that an earlier run has left, the sign-up is all that differs.
fn assert_second_walk(replies: &[Reply]) {
    let mut walk = WALK;
    walk[0] = (422, r#"{"detail":"Username already taken","code":"username_taken"}"#);
    assert_replies(replies, &walk);
}

#[test]
fn the_printed_requests_can_be_pasted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let Some(replies) = example.paste() else { return };
    assert_replies(&replies, &WALK);
    example.kill();

    let again = start(&folder).paste().expect("curl is still here");
    assert_second_walk(&again);
}

#[tokio::test]
async fn the_printed_requests_work_without_curl() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    assert_replies(&example.send().await, &WALK);
    example.stop();

    assert_second_walk(&start(&folder).send().await);
}
