//! The printed requests, sent as they were printed, and what they do not show.

use std::fs;
use std::path::Path;

use crudauth_tests::support::example::{Example, assert_replies};
use crudauth_tests::support::{Answer, Client};
use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

const OUT: &str = r#"{"detail":"Not authenticated","code":"not_authenticated"}"#;

const WALK: [(u16, &str); 9] = [
    (200, r#"{"id":1,"email":"ada@example.com","username":"ada"}"#),
    (200, r#"{"id":1,"username":"ada","csrf_token":"<token>"}"#),
    (200, ""),
    (200, "ada by api_key"),
    (200, "the export of ada"),
    (401, OUT),
    (401, OUT),
    (200, "1 revoked"),
    (401, OUT),
];

const PASSWORD: &str = "a very long engine";

fn start(folder: &TempDir) -> Example {
    Example::start(env!("CARGO_BIN_EXE_api-key"), folder.path())
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

/// Somebody with a session and a key.
async fn ada(example: &Example) -> (Client, String) {
    let mut ada = example.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 200);
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    let key = ada.post("/keys").await;
    assert_eq!(key.status, 200, "{}", key.text());
    (ada, key.text())
}

async fn get(client: &mut Client, key: &str, path: &str) -> Answer {
    let request = client.request(Method::GET, path).header("x-api-key", key);
    client.send(request).await
}

/// Whether a file in `folder` has `text` in it.
fn is_in_a_file_of(folder: &Path, text: &str) -> bool {
    let mut files =
        fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    files.any(|file| {
        let bytes = fs::read(file).expect("it can be read");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn only_a_digest_of_the_key_is_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (_, key) = ada(&example).await;
    assert!(key.starts_with("key_") && key.len() == "key_".len() + 43, "{key}");
    assert!(!is_in_a_file_of(folder.path(), &key));
    assert!(!is_in_a_file_of(folder.path(), key.trim_start_matches("key_")));
    assert!(is_in_a_file_of(folder.path(), "ada@example.com"), "the search finds what is there");
}

#[tokio::test]
async fn a_wrong_key_fails_hard_and_a_revoked_one_is_as_if_it_were_not_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (mut ada, key) = ada(&example).await;
    let mut program = example.client();
    assert_eq!(get(&mut program, &key, "/greeting").await.text(), "hello ada");
    let tampered = format!("{}x", &key[..key.len() - 1]);
    for wrong in [tampered.as_str(), "", "key_"] {
        for path in ["/greeting", "/dashboard", "/export"] {
            let answer = get(&mut program, wrong, path).await;
            assert_eq!((answer.status.as_u16(), answer.text().as_str()), (401, OUT), "{wrong:?}");
        }
    }
    assert_eq!(program.get("/greeting").await.text(), "hello stranger", "no key at all");

    let request = ada.with_csrf(ada.request(Method::DELETE, "/keys"));
    assert_eq!(ada.send(request).await.text(), "1 revoked");
    assert_eq!(get(&mut program, &key, "/greeting").await.text(), "hello stranger");
    assert_eq!(get(&mut program, &key, "/dashboard").await.status, 401);
    assert_eq!(get(&mut program, &key, "/export").await.status, 401);
}

#[tokio::test]
async fn a_session_comes_first_and_each_route_asks_its_own_transport() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (mut ada, key) = ada(&example).await;
    assert_eq!(get(&mut ada, &key, "/dashboard").await.text(), "ada by session");
    assert_eq!(get(&mut ada, &key, "/export").await.text(), "the export of ada");
    assert_eq!(ada.get("/export").await.status, 401);
    let program = example.client();
    let request = program.request(Method::POST, "/keys").header("x-api-key", &key);
    assert_eq!(program.clone().send(request).await.status, 401, "a key makes no keys");
}

#[tokio::test]
async fn a_key_has_256_bits_and_no_two_are_alike() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (mut ada, key) = ada(&example).await;
    let another = ada.post("/keys").await.text();
    assert_ne!(key, another);
    for key in [&key, &another] {
        let random = key.strip_prefix("key_").expect("the prefix");
        assert_eq!(random.len(), 43, "{key}");
        assert_eq!(get(&mut example.client(), key, "/export").await.status, 200);
    }
    for near in
        [&key[4..], &key[..46], &format!("{key}A"), "key_", "", &key.replace("key_", "KEY_")]
    {
        assert_eq!(get(&mut example.client(), near, "/export").await.status, 401, "{near}");
    }
}

#[tokio::test]
async fn a_key_does_not_change_the_account() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (_, key) = ada(&example).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "a much longer engine" });
    let mut program = example.client();
    let request = program.request(Method::POST, "/change-password").header("x-api-key", &key);
    let answer = program.send(request.json(&change)).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (403, json!("Insufficient scope")));
}

#[tokio::test]
async fn a_new_password_ends_the_keys_before_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let (mut ada, key) = ada(&example).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "a much longer engine" });
    assert_eq!(ada.post_json("/change-password", &change).await.status, 200);
    assert_eq!(get(&mut example.client(), &key, "/export").await.status, 401);
    let key = ada.post("/keys").await.text();
    assert_eq!(get(&mut example.client(), &key, "/export").await.status, 200);
}
