//! `POST /register`: who comes into being, and who does not.

use crudauth::HookError;
use crudauth::user::{AuthUser, Fill, Logical};
use crudauth_tests::support::{Account, AccountProvisioned};
use serde_json::json;

use super::{PASSWORD, TestApp, detail, whole};

#[tokio::test]
async fn the_answer_is_id_email_and_username_in_this_order() {
    let app = TestApp::start().await;
    let answer = app.client().register("ada@example.com", "ada", PASSWORD).await;
    let body = r#"{"id":1,"email":"ada@example.com","username":"ada"}"#;
    assert_eq!(whole(&answer), (200, body.to_owned()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    assert!(!answer.headers.contains_key("x-ratelimit-limit"), "there is no limit to tell");
}

#[tokio::test]
async fn a_new_user_is_ordinary_whatever_the_body_claims() {
    let app = TestApp::start().await;
    let body = json!({
        "email": "eve@example.com", "username": "eve", "password": PASSWORD,
        "full_name": "Eve Online", "nonsense": {"a": [1]},
        "is_superuser": true, "is_admin": true, "is_active": false,
        "email_verified": true, "token_version": 7, "tier_id": 99, "credits": 1_000_000,
        "id": 77, "account_id": 77, "hashed_password": "x", "pw_hash": "x", "note": "x",
    });
    let answer = app.client().post_json("/register", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["id"], 1);
    let row = "SELECT concat(account_id, ' ', tier_id, ' ', credits, ' ', \
               full_name, ' ', coalesce(note, '-')) FROM accounts \
               WHERE is_active AND NOT is_admin AND NOT email_verified AND token_version <> 7";
    assert_eq!(app.select(row).await, ["1 3 10 Eve Online -"]);
    let hash = app.select("SELECT pw_hash FROM accounts").await;
    assert!(hash[0].starts_with("$argon2id$"), "{hash:?}");
}

/// The columns that no client fills, each by the name of its field, of its column and of what it
/// means, with values of each type: the row is that of somebody who sent none of it.
#[tokio::test]
async fn no_column_is_filled_under_any_of_its_names() {
    let app = TestApp::start().await;
    let columns = Account::SCHEMA.columns.iter().filter(|it| !matches!(it.fill, Fill::Client(_)));
    let mut names: Vec<_> = columns
        .flat_map(|column| {
            [Some(column.field), Some(column.column), column.logical.map(Logical::name)]
        })
        .flatten()
        .chain(Logical::ALL.iter().map(|logical| logical.name()))
        .filter(|name| !["email", "username"].contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() >= 20, "{names:?}");
    let row = "SELECT concat(token_version IN (0, 1, 4099), ' ', tier_id, ' ', credits, ' ', is_admin, ' ', \
               is_active, ' ', email_verified, ' ', coalesce(full_name, '-'), ' ', \
               coalesce(note, '-')) FROM accounts WHERE pw_hash LIKE '$argon2id$%'";
    assert_eq!(app.client().register("a@example.com", "a", PASSWORD).await.status, 200);
    let ordinary = app.select(row).await;
    for (number, name) in names.iter().enumerate() {
        for (kind, value) in [json!(true), json!(false), json!(4099), json!("4099"), json!(null)]
            .into_iter()
            .enumerate()
        {
            app.execute("DELETE FROM accounts").await;
            let mut body = json!({
                "email": format!("u{number}.{kind}@example.com"),
                "username": format!("u{number}.{kind}"), "password": PASSWORD,
            });
            body[name] = value;
            assert_eq!(app.client().post_json("/register", &body).await.status, 200, "{body}");
            assert_eq!(app.select(row).await, ordinary, "{body}");
            assert_ne!(app.select("SELECT account_id FROM accounts").await, ["4099"], "{body}");
        }
    }
}

#[tokio::test]
async fn wrong_types_of_fields_that_are_not_allowed_are_as_inert() {
    let app = TestApp::start().await;
    let body = json!({
        "email": "eve@example.com", "username": "eve", "password": PASSWORD,
        "is_superuser": "yes please", "tier_id": {}, "token_version": null,
    });
    assert_eq!(app.client().post_json("/register", &body).await.status, 200);
    assert_eq!(app.select("SELECT count(*) FROM accounts WHERE NOT is_admin").await, ["1"]);
}

#[tokio::test]
async fn an_address_is_stored_in_its_canonical_form() {
    let app = TestApp::start().await;
    let answer = app.client().register(" Ada <ADA@Example.COM> ", "Ada", PASSWORD).await;
    let body = r#"{"id":1,"email":"ada@example.com","username":"Ada"}"#;
    assert_eq!(whole(&answer), (200, body.to_owned()));
    let stored = app.select("SELECT concat(email_address, ' ', username) FROM accounts").await;
    assert_eq!(stored, ["ada@example.com Ada"]);
}

#[tokio::test]
async fn duplicates_are_told_apart_and_leave_nothing() {
    let app = TestApp::start().await;
    let mut client = app.client();
    assert_eq!(client.register("ada@example.com", "ada", PASSWORD).await.status, 200);

    let email = detail(422, "Email already registered");
    for spelling in
        ["ada@example.com", "ADA@example.com", " Ada@EXAMPLE.com", "A <ada@example.com>"]
    {
        let answer = client.register(spelling, "other", PASSWORD).await;
        assert_eq!(whole(&answer), email, "{spelling}");
    }
    let answer = client.register("other@example.com", "ada", PASSWORD).await;
    assert_eq!(whole(&answer), detail(422, "Username already taken"));
    assert_eq!(app.select("SELECT username FROM accounts").await, ["ada"]);
}

#[tokio::test]
async fn another_unique_column_is_an_account_that_exists() {
    let app = TestApp::start().await;
    app.execute("CREATE UNIQUE INDEX one_name ON accounts (full_name)").await;
    let sign_up = |name: &str| {
        json!({
            "email": format!("{name}@example.com"), "username": name, "password": PASSWORD,
            "full_name": "Ada Lovelace",
        })
    };
    assert_eq!(app.client().post_json("/register", &sign_up("ada")).await.status, 200);
    let answer = app.client().post_json("/register", &sign_up("eve")).await;
    assert_eq!(whole(&answer), detail(422, "Account already exists"));
}

#[tokio::test]
async fn the_hook_is_told_who_comes_and_fills_its_field() {
    let app = TestApp::with(|builder| {
        builder.new_user_fields(|new| async move {
            let name = new.suggested_name().unwrap_or_default().len();
            let email = new.email.unwrap_or_default().len();
            Ok(AccountProvisioned { tier_id: i32::try_from(name * 100 + email)? })
        })
    })
    .await;
    assert_eq!(app.client().register("ADA@example.com", "x", PASSWORD).await.status, 200);
    assert_eq!(app.select("SELECT tier_id FROM accounts").await, ["315"]);
}

#[tokio::test]
async fn a_hook_that_fails_is_a_500_and_no_row() {
    let app = TestApp::with(|builder| {
        builder.new_user_fields(|_| async { Err(HookError::from("the tier service is away")) })
    })
    .await;
    let answer = app.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(whole(&answer), detail(500, "Internal Server Error"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["0"]);
}

#[tokio::test]
async fn a_sign_up_is_no_sign_in() {
    let app = TestApp::start().await;
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(whole(&client.get("/me").await), detail(401, "Not authenticated"));
    assert_eq!(client.login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_taken_name_costs_the_work_of_a_free_one() {
    let app = TestApp::start().await;
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    for (email, name, status) in [
        ("eve@example.com", "eve", 200),
        ("ada@example.com", "bob", 422),
        ("bob@example.com", "ada", 422),
    ] {
        let before = app.hasher.computed();
        assert_eq!(client.register(email, name, PASSWORD).await.status, status);
        assert_eq!(app.hasher.computed() - before, 1, "{email} {name}");
    }
}
