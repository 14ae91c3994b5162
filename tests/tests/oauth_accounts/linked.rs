//! The identities of an account, as its user links and unlinks them.

use std::time::{Duration, UNIX_EPOCH};

use crudauth::store::records::{Identity, Insertion, new_id};
use crudauth_tests::support::{Client, PASSWORD};

use crate::app::*;

/// Signed in by a password, with elevated rights.
async fn owner(app: &App) -> Client {
    let mut ada = app.proved(ADA, "ada").await;
    app.elevate(&mut ada).await;
    ada
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_links_an_identity_whatever_its_address() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = owner(&app).await;
        assert_eq!(app.link(&mut ada, provider, &format!("octo,{EVE}")).await, "/");
        assert_eq!(links(&mut ada).await, [(provider.to_owned(), "octo".to_owned())]);
        assert_eq!(app.select("SELECT email FROM members").await, [ADA]);
        let last = "SELECT oauth_provider FROM members";
        assert_eq!(app.select(last).await, [provider]);
        assert_eq!(email_of(&mut app.by(provider, "octo").await).await, ADA);
        assert_eq!(app.mails().await, [(ADA.to_owned(), "provider_linked".to_owned())]);

        // One identity of each provider; again is no mistake.
        assert_eq!(app.link(&mut ada, provider, "octo").await, "/");
        let second = app.link(&mut ada, provider, "second").await;
        assert_eq!(second, "/?error=provider_already_linked");
        assert_eq!(app.events().await, ["oauth_linked", "oauth_signed_in", "oauth_refused"]);

        // And one account of each identity: it is never moved.
        let mut eve = app.proved(EVE, "eve").await;
        app.elevate(&mut eve).await;
        assert_eq!(app.link(&mut eve, provider, "octo").await, "/?error=identity_taken");
        assert!(links(&mut eve).await.is_empty());
        assert_eq!(email_of(&mut app.by(provider, "octo").await).await, ADA);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_in_its_session_with_its_credentials() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = owner(&app).await;
        let path = app.linking(&mut ada, provider, "octo").await;
        // The browser has signed out, and somebody else is in.
        let mut other = app.proved(EVE, "eve").await;
        let browser = ada.cookies.iter().find(|(name, _)| name.contains("oauth")).expect("one");
        other.cookies.insert(browser.0.clone(), browser.1.clone());
        assert_eq!(came_to(&other.get(&path).await), "/?error=invalid_state");

        let path = app.linking(&mut ada, provider, "octo").await;
        assert_eq!(changes_password(&mut ada).await.status, 200);
        assert_eq!(came_to(&ada.get(&path).await), "/?error=invalid_state");
        assert!(links(&mut ada).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_has_unlinked_is_linked_by_hand_alone() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = owner(&app).await;
        assert_eq!(app.link(&mut ada, provider, &format!("octo,{ADA}")).await, "/");
        let mut by_it = app.by(provider, "octo").await;
        app.mails().await;
        let answer = unlink(&mut ada, provider).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.detail(), "Account unlinked.");
        assert!(links(&mut ada).await.is_empty());
        assert!(!is_in(&mut by_it).await && is_in(&mut ada).await, "the sign-ins by it have ended");
        assert_eq!(app.mails().await, [(ADA.to_owned(), "provider_unlinked".to_owned())]);
        assert_eq!(app.select("SELECT oauth_provider FROM members").await, ["-"]);

        let code = format!("octo,{ADA}");
        assert_eq!(app.refusal(provider, &code).await, "link_required");
        assert_eq!(app.link(&mut ada, provider, &code).await, "/");
        assert_eq!(email_of(&mut app.by(provider, &code).await).await, ADA);
        assert_eq!(app.count().await, 1);

        // Somebody else may link it then: whoever has it in hand says whose it is.
        assert_eq!(unlink(&mut ada, provider).await.status, 200);
        let mut eve = app.proved(EVE, "eve").await;
        app.elevate(&mut eve).await;
        assert_eq!(app.link(&mut eve, provider, &code).await, "/");
        assert_eq!(email_of(&mut app.by(provider, &code).await).await, EVE);
        assert!(links(&mut ada).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_user_has_unlinked_is_remembered_whoever_links_it_since() {
    for provider in BOTH {
        for forgets in [true, false] {
            let app = App::start().await;
            let mut ada = owner(&app).await;
            let code = format!("octo,{ADA}");
            for _ in 0..2 {
                assert_eq!(app.link(&mut ada, provider, &code).await, "/");
                assert_eq!(unlink(&mut ada, provider).await.status, 200);
                let mut eve = app.proved(EVE, "eve").await;
                app.elevate(&mut eve).await;
                assert_eq!(app.link(&mut eve, provider, &code).await, "/");
                let id = format!("SELECT id FROM members WHERE email = '{EVE}'");
                let id = app.select(&id).await.concat().parse().expect("an id");
                app.execute(&format!("DELETE FROM members WHERE id = {id}")).await;
                if forgets {
                    app.auth.forget(&id).await.expect("the store works");
                }
                assert_eq!(app.refusal(provider, &code).await, "link_required", "{provider}");
            }
            // Nor does an account of its own, for another address, make it forgotten.
            app.by(provider, &format!("octo,{EVE}")).await;
            app.execute(&format!("DELETE FROM members WHERE email = '{EVE}'")).await;
            assert_eq!(app.refusal(provider, &code).await, "link_required", "{provider}");
            assert!(links(&mut ada).await.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_an_issuer_before_is_no_way_in() {
    let app = App::start().await;
    let mut ada = app.by("sso", &format!("ada,{ADA}")).await;
    app.elevate_by(&mut ada, "sso", "ada").await;
    assert_eq!(app.link(&mut ada, "forge", "more").await, "/");
    let moved = "UPDATE crudauth_identities SET issuer = 'https://old.example' \
                 WHERE provider = 'forge'";
    app.execute(moved).await;
    let answer = unlink(&mut ada, "sso").await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    // Another account there, though its id is the same.
    let code = format!("more,{ADA}");
    assert_eq!(app.refusal("forge", &code).await, "provider_already_linked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_mounted_any_more_is_unlinked_like_another() {
    let app = App::start().await;
    let mut ada = owner(&app).await;
    let code = format!("octo,{ADA}");
    assert_eq!(app.link(&mut ada, "google", &code).await, "/");
    let mut by_it = app.by("google", &code).await;
    let later = app.process(&["sso"]).await;
    let mut ada = later.client();
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    later.elevate(&mut ada).await;
    assert_eq!(unlink(&mut ada, "google").await.status, 200);
    assert!(!is_in(&mut by_it).await, "the sign-ins by it have ended");
    let issuers = app.select("SELECT issuer FROM crudauth_identities").await;
    assert_eq!(issuers, ["https://accounts.google.com"]);
    assert_eq!(app.refusal("google", &code).await, "link_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_way_in_is_not_unlinked() {
    for (provider, other) in
        [("google", "github"), ("sso", "forge"), ("google", "sso"), ("sso", "google")]
    {
        let app = App::start().await;
        let mut ada = app.by(provider, &format!("ada,{ADA}")).await;
        app.elevate_by(&mut ada, provider, "ada").await;
        let answer = unlink(&mut ada, provider).await;
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert_eq!(answer.detail(), "This is the only way to sign in to the account.");
        assert_eq!(links(&mut ada).await.len(), 1);

        assert_eq!(app.link(&mut ada, other, "more").await, "/");
        let answer = unlink(&mut ada, provider).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(links(&mut ada).await, [(other.to_owned(), "more".to_owned())]);
        assert_eq!(app.select("SELECT oauth_provider FROM members").await, [other]);
        assert_eq!(unlink(&mut ada, other).await.status, 409);
        assert_eq!(email_of(&mut app.by(other, "more").await).await, ADA);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_somebody_else_is_not_found() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = owner(&app).await;
        assert_eq!(app.link(&mut ada, provider, "octo").await, "/");
        let id = link_id(&mut ada, provider).await;
        let mut eve = app.proved(EVE, "eve").await;
        app.elevate(&mut eve).await;
        for id in [&*id, "1", "%00", "..%2F.."] {
            let path = format!("/oauth/accounts/{id}");
            let request = eve.with_csrf(eve.request(reqwest::Method::DELETE, &path));
            let answer = eve.send(request).await;
            assert_eq!(answer.status, 404, "{id}: {}", answer.text());
        }
        assert_eq!(links(&mut ada).await.len(), 1);
    }
}

/// What was removed is remembered, and hides nothing that is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_found_behind_any_number_of_removed_ones() {
    let app = App::start().await;
    let mut ada = owner(&app).await;
    let records = app.auth.stores().records().expect("they are with the users");
    let me = app.select("SELECT id FROM members").await.concat();
    let then = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for number in 0..201 {
        let removed = Identity {
            id: new_id(),
            owner: me.clone(),
            issuer: "https://gone.example".to_owned(),
            subject: number.to_string(),
            provider: "gone".to_owned(),
            linked_provider: None,
            email: None,
            linked_at: then,
            last_used_at: None,
            removed_at: Some(then),
            epoch: None,
            tokens: None,
        };
        assert_eq!(records.insert(removed).await.expect("it works"), Insertion::Inserted);
    }
    assert_eq!(app.link(&mut ada, "sso", "octo").await, "/");
    assert_eq!(links(&mut ada).await, [("sso".to_owned(), "octo".to_owned())]);
    app.elevate_by(&mut ada, "sso", "octo").await;
    let mut by_it = app.by("sso", "octo").await;
    assert_eq!(unlink(&mut ada, "sso").await.status, 200);
    assert!(!is_in(&mut by_it).await, "the sign-ins by it have ended");

    // Nor is the one removed last hidden by those before: what it has signed in ends when it is asked for again.
    assert_eq!(app.link(&mut ada, "sso", "octo").await, "/");
    let mut by_it = app.by("sso", "octo").await;
    let id = link_id(&mut ada, "sso").await;
    let removed = "UPDATE crudauth_identities SET removed_at = linked_at, linked_provider = NULL \
                   WHERE subject = 'octo'";
    app.execute(removed).await;
    let path = format!("/oauth/accounts/{id}");
    let request = ada.with_csrf(ada.request(reqwest::Method::DELETE, &path));
    let answer = ada.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!is_in(&mut by_it).await, "the sign-ins by it have ended");
}
