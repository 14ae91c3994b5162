//! The printed requests, sent as they were printed.

use crudauth_tests::support::example::{Example, Reply, assert_replies};

const WALK: [(u16, &str); 13] = [
    (202, r#"{"detail":"If the email is available, check your inbox to finish signing up."}"#),
    (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
    (200, r#"{"user_id":1,"via":"session"}"#),
    (200, r#"{"user_id":1,"via":"session"}"#),
    (403, r#"{"detail":"Recovery factor not verified","code":"not_verified"}"#),
    (403, r#"{"detail":"Re-authentication required.","code":"sudo_required"}"#),
    (200, r#"{"elevated_until":"<time>"}"#),
    (200, r#"{"user_id":1,"via":"session"}"#),
    (200, r#"{"access_token":"<jwt>","token_type":"bearer","refresh_token":"<jwt>"}"#),
    (401, r#"{"detail":"Not authenticated","code":"not_authenticated"}"#),
    (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
    (200, r#"{"user_id":1,"via":"session"}"#),
    (
        422,
        r#"{"detail":[{"type":"password_policy","loc":["body","password"],"msg":"Password must not contain the username"}],"code":"invalid_fields"}"#,
    ),
];

/// What differs from run to run, replaced by what it is.
fn masked(mut replies: Vec<Reply>) -> Vec<Reply> {
    for reply in &mut replies {
        let words = reply.body.split('"').map(|word| match word {
            jwt if jwt.starts_with("eyJ") => "<jwt>",
            time if time.ends_with('Z') && time.contains('T') => "<time>",
            word => word,
        });
        reply.body = words.collect::<Vec<_>>().join("\"");
    }
    replies
}

#[test]
fn the_printed_requests_can_be_pasted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = Example::start(env!("CARGO_BIN_EXE_full"), folder.path());
    let Some(replies) = example.paste() else { return };
    assert_replies(&masked(replies), &WALK);
}

#[tokio::test]
async fn the_printed_requests_work_without_curl() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = Example::start(env!("CARGO_BIN_EXE_full"), folder.path());
    assert_replies(&masked(example.send().await), &WALK);
}
