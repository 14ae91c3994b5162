//! The printed requests, sent as they were printed.

use crudauth_tests::support::example::{Example, assert_replies};

const WALK: [(u16, &str); 7] = [
    (200, r#"{"id":1,"email":"ada@example.com","username":"ada"}"#),
    (422, r#"{"detail":"Username already taken","code":"username_taken"}"#),
    (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
    (200, "hello ada"),
    (200, r#"{"detail":"Password changed."}"#),
    (200, r#"{"detail":"Logged out"}"#),
    (401, r#"{"detail":"Not authenticated","code":"not_authenticated"}"#),
];

#[tokio::test]
async fn the_printed_requests_work_over_a_store_of_the_applications_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = Example::start(env!("CARGO_BIN_EXE_own-users"), folder.path());
    assert_replies(&example.send().await, &WALK);
    example.stop();
}
