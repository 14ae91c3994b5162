//! Until it is known who asks, a refusal makes the calls that it makes for a name that nobody has:
//! the same, in the same order, with as many hashes.

use crudauth_tests::support::PASSWORD;
use serde_json::json;

use super::Site;

/// Accounts of every kind that is refused, by their names.
const REFUSED: [(&str, &str); 7] = [
    ("wrong", "not the password"),
    ("off", PASSWORD),
    ("off", "not the password"),
    ("nohash", PASSWORD),
    ("unusable", PASSWORD),
    ("unknown-scheme", PASSWORD),
    ("legacy", "not the password"),
];

async fn site_with_accounts() -> Site {
    let site = Site::new().await;
    let mut names: Vec<_> = REFUSED.iter().map(|(name, _)| *name).collect();
    names.dedup();
    for name in names {
        site.sign_up(name).await;
    }
    // As an application may have stored it before: the least cost that the scheme knows.
    let legacy = "$2b$04$abcdefghijklmnopqrstuuXQ9mXl4eGzWQJ9n6Wv2u1yJYb0bq8aG";
    for statement in [
        "UPDATE accounts SET is_active = FALSE WHERE username = 'off'",
        "UPDATE accounts SET pw_hash = NULL WHERE username = 'nohash'",
        "UPDATE accounts SET pw_hash = '!' WHERE username = 'unusable'",
        "UPDATE accounts SET pw_hash = 'plain text' WHERE username = 'unknown-scheme'",
        &format!("UPDATE accounts SET pw_hash = '{legacy}' WHERE username = 'legacy'"),
    ] {
        site.execute(statement).await;
    }
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_asks_what_one_of_nobody_asks() {
    let site = site_with_accounts().await;
    for path in ["/login", "/token"] {
        let by_name = site.signed_in_by(path, "nobody", "not the password").await;
        let by_address = site.signed_in_by(path, "nobody@example.com", "not the password").await;
        assert_eq!((by_name.status, &by_name), (401, &by_address), "{path}");
        let verified = by_name.calls.iter().filter(|call| call.operation == "verify").count();
        assert_eq!(verified, 1, "{path}: {:?}", by_name.calls);
        for (name, password) in REFUSED {
            let seen = site.signed_in_by(path, name, password).await;
            assert_eq!(seen, by_name, "{path} {name} {password}");
            let address = format!("{name}@example.com");
            let seen = site.signed_in_by(path, &address, password).await;
            assert_eq!(seen, by_address, "{path} {address} {password}");
        }
        for (name, of) in [("nobody ", "a blank"), ("No Body", "a blank inside"), ("x@y", "an @")] {
            let seen = site.signed_in_by(path, name, "not the password").await;
            assert_eq!(seen, by_name, "{path}: a name with {of}");
        }
    }
}

/// The control: a sign-in that succeeds is told from a refusal, so the log sees differences.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_succeeds_asks_more() {
    let site = site_with_accounts().await;
    for path in ["/login", "/token"] {
        let refused = site.signed_in_by(path, "nobody", PASSWORD).await;
        let seen = site.signed_in_by(path, "wrong", PASSWORD).await;
        assert_eq!(seen.status, 200);
        assert_ne!(seen.calls, refused.calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_link_asks_what_one_for_nobody_asks() {
    let site = site_with_accounts().await;
    site.sign_up("proved").await;
    site.execute("UPDATE accounts SET email_verified = TRUE WHERE username = 'proved'").await;
    for path in ["/email/verify-request", "/password/reset-request"] {
        let nobody = site.posted(path, &json!({ "email": "nobody@example.com" })).await;
        assert_eq!(nobody.status, 200, "{path}");
        for name in ["wrong", "off", "nohash", "proved"] {
            let body = json!({ "email": format!("{name}@example.com") });
            assert_eq!(site.posted(path, &body).await, nobody, "{path} {name}");
        }
    }
    let mails = site.mails().await;
    assert!(mails.len() >= 4, "the owners were written to: {mails:?}");
}

/// A row is written in another place of the order than what stands in for it, and so is what is
/// asked in vain beside it; what is asked besides is the same and in the same order.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_with_a_taken_address_asks_what_one_with_a_free_address_asks() {
    let site = site_with_accounts().await;
    let sign_up = |email: &str, name: &str| json!({ "email": format!("{email}@example.com"), "username": name, "password": PASSWORD });
    let mut free = site.posted("/register", &sign_up("free", "free")).await;
    assert_eq!(free.status, 202, "{free:?}");
    let mut writes: Vec<_> = [&free].iter().map(|seen| settled(&seen.calls)).collect();
    free.calls.clear();
    for (number, name) in ["wrong", "off", "nohash"].iter().enumerate() {
        let mut taken = site.posted("/register", &sign_up(name, &format!("other{number}"))).await;
        writes.push(settled(&taken.calls));
        taken.calls.clear();
        assert_eq!(taken, free, "{name}");
    }
    writes.dedup();
    assert_eq!(writes.len(), 1, "{writes:#?}");

    // A taken name is refused in the open, and whatever the address is.
    let open = site.posted("/register", &sign_up("new", "wrong")).await;
    assert_eq!(open.status, 422);
    for email in ["wrong", "off", "free"] {
        assert_eq!(site.posted("/register", &sign_up(email, "wrong")).await, open, "{email}");
    }
}

/// The calls of a sign-up, where those that write the row, or what stands in for it, count as one.
fn settled(calls: &[super::Call]) -> Vec<String> {
    let begin = calls.iter().position(|call| call.operation == "insert").expect("an insert");
    let mut settled: Vec<_> = calls[..=begin].iter().map(ToString::to_string).collect();
    // A claim is settled by one write, whether it is kept or given back; and beside a row one
    // attempt in vain is made.
    let (writes, rest): (Vec<_>, Vec<_>) = calls[begin + 1..].iter().partition(|call| {
        ["norow", "claimed"].contains(&call.of.as_str())
            && ["put", "take", "remove", "batch"].contains(&call.operation)
    });
    settled.push(format!("{} writes", writes.len()));
    settled.extend(rest.iter().map(ToString::to_string));
    settled
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_name_is_written_changes_no_call() {
    let site = site_with_accounts().await;
    let nobody = site.signed_in_by("/login", "nobody", "not the password").await;
    for name in ["wrong", "WRONG", "wrong@example.com", "Wrong@Example.com", "wr%ng", "wr_ng", "'"]
    {
        let seen = site.signed_in_by("/login", name, "not the password").await;
        assert_eq!(seen, nobody, "{name}");
    }
}
