//! The account of an identity: the one that it is linked to, that has its address, or a new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crudauth::hooks::{HookContext, Hooks, OAuthLogin};
use crudauth::oauth::EmailClaim;
use crudauth::register::{NewUserContext, NewUserSource};
use crudauth_tests::support::PASSWORD;
use crudauth_tests::support::engines::{Sql, Tables, UsersEngine};
use serde_json::json;

use crate::app::*;

/// The rows that link an identity, as `owner subject`, those of columns included.
async fn linked_rows(app: &App) -> usize {
    let rows = "SELECT owner FROM crudauth_identities WHERE removed_at IS NULL";
    let columns = "SELECT id FROM members WHERE google_id IS NOT NULL OR github_id IS NOT NULL";
    app.select(rows).await.len() + app.select(columns).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_found_by_its_link_then_by_its_address_and_else_made() {
    for provider in BOTH {
        let app = App::start().await;
        let mut made = app.by(provider, &format!("ada,{ADA}")).await;
        let me = made.get("/me").await.json();
        assert_eq!((&me["email"], &me["username"]), (&ADA.into(), &"ada_lovelace".into()));
        let proved = "SELECT email FROM members WHERE email_verified";
        assert_eq!(app.select(proved).await, [ADA]);
        assert_eq!(links(&mut made).await, [(provider.to_owned(), "ada".to_owned())]);

        // By the link, whatever the provider says of addresses now; of the user nothing changes.
        for code in ["ada".to_owned(), format!("ada,{EVE}"), format!("ada,{EVE},unverified")] {
            assert_eq!(email_of(&mut app.by(provider, &code).await).await, ADA, "{code}");
        }
        // By the address, which is compared without case.
        let mut other = app.by("forge", "ada-at-forge,Ada@EXAMPLE.com").await;
        assert_eq!(email_of(&mut other).await, ADA);
        assert_eq!(app.mails().await, [(ADA.to_owned(), "provider_linked".to_owned())]);
        assert_eq!((app.count().await, linked_rows(&app).await), (1, 2));

        // The subject is a text whose case counts, and belongs to its provider.
        assert_eq!(app.refusal(provider, &format!("ADA,{ADA}")).await, "provider_already_linked");
        let mut eve = app.by("github", &format!("ada,{EVE}")).await;
        assert_eq!(email_of(&mut eve).await, EVE);
        assert_eq!(app.count().await, 2);
        let raised = app.events().await;
        let of = |name| raised.iter().filter(|raised| **raised == name).count();
        assert_eq!((of("oauth_account_created"), of("oauth_linked")), (2, 1), "{raised:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_links_by_the_address_where_its_word_counts() {
    let apart = |config: crudauth::oauth::OAuthConfig| {
        config.link_by_email_of("sso", false).link_by_email_of("google", false)
    };
    let app = App::with(apart, |builder| builder).await;
    app.proved(ADA, "ada").await;
    for provider in BOTH {
        assert_eq!(app.refusal(provider, &format!("ada,{ADA}")).await, "link_required");
    }
    assert_eq!(linked_rows(&app).await, 0);
    for provider in ["forge", "github"] {
        app.by(provider, &format!("ada,{ADA}")).await;
    }
    // An account that nobody has proved is not taken by it either.
    app.signed_up(EVE, "eve").await;
    assert_eq!(app.refusal("sso", &format!("eve,{EVE}")).await, "link_required");
    assert_eq!(app.client().login("eve", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_admitted_leaves_nothing() {
    let employees = |config: crudauth::oauth::OAuthConfig| {
        config.admit(|provider, profile| async move {
            let is_ours = |address: &str| address.ends_with("@example.com");
            provider == "forge" || matches!(&profile.email, EmailClaim::Verified(it) if is_ours(it))
        })
    };
    let app = App::with(employees, |builder| builder).await;
    for provider in BOTH {
        assert_eq!(app.refusal(provider, "eve,eve@evil.example").await, "not_allowed");
        assert_eq!(app.count().await, 0);
    }
    // It is asked with the address in the form that counts.
    app.by("sso", "joe,Joe@EXAMPLE.com").await;
    app.by("forge", "eve,eve@evil.example").await;
    app.by("sso", &format!("ada,{ADA}")).await;
    // It is asked at each sign-in.
    assert_eq!(app.refusal("sso", "ada").await, "not_allowed");
}

/// The rule decides about identities, whatever they come for.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_admitted_is_neither_linked_by_hand_nor_a_proof() {
    for provider in BOTH {
        let open = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&open);
        let while_open = move |config: crudauth::oauth::OAuthConfig| {
            config.admit(move |_, _| {
                let is_open = asked.load(Ordering::SeqCst);
                async move { is_open }
            })
        };
        let app = App::with(while_open, |builder| builder).await;
        let mut ada = app.proved(ADA, "ada").await;
        app.elevate(&mut ada).await;
        let code = format!("octo,{ADA}");
        assert_eq!(app.link(&mut ada, provider, &code).await, "/?error=not_allowed");
        assert!(links(&mut ada).await.is_empty());
        assert_eq!(linked_rows(&app).await, 0);
        assert!(app.mails().await.is_empty(), "there is nothing to tell");

        open.store(true, Ordering::SeqCst);
        assert_eq!(app.link(&mut ada, provider, &code).await, "/");
        assert_eq!(app.prove(&mut ada, provider, &code).await, "/");
        open.store(false, Ordering::SeqCst);
        assert_eq!(app.prove(&mut ada, provider, &code).await, "/?error=not_allowed");
        assert_eq!(app.refusal(provider, &code).await, "not_allowed");
        assert_eq!(links(&mut ada).await.len(), 1, "the link stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_a_provider_of_less_weight_has_made_is_taken_by_who_has_the_address() {
    let less = |config: crudauth::oauth::OAuthConfig| config.link_by_email_of("forge", false);
    for by_mail in [false, true] {
        let app = App::with(less, |builder| builder).await;
        let mut eve = app.by("forge", &format!("eve,{ADA}")).await;
        if by_mail {
            app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
            let body = json!({ "token": app.mailed().await, "new_password": NEW_PASSWORD });
            let answer = app.client().post_json("/password/reset-confirm", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        } else {
            let mut ada = app.by("google", &format!("ada,{ADA}")).await;
            assert_eq!(links(&mut ada).await, [("google".to_owned(), "ada".to_owned())]);
        }
        assert!(!is_in(&mut eve).await, "{by_mail}");
        assert_eq!(app.refusal("forge", &format!("eve,{ADA}")).await, "link_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_a_name_around_it_is_none() {
    let app = App::start().await;
    app.proved(ADA, "ada").await;
    for said in [format!("eve%20%3C{ADA}%3E"), format!("%22{EVE}%22%20%3C{ADA}%3E")] {
        assert_eq!(app.refusal("forge", &format!("eve,{said}")).await, "email_missing", "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inactive_account_is_left_as_it_is() {
    for provider in BOTH {
        for is_proved in ["TRUE", "FALSE"] {
            let app = App::start().await;
            app.signed_up(ADA, "ada").await;
            let flags =
                format!("UPDATE members SET is_active = FALSE, email_verified = {is_proved}");
            app.execute(&flags).await;
            let before = app.select("SELECT hashed_password FROM members").await;
            assert_eq!(app.refusal(provider, &format!("ada,{ADA}")).await, "account_inactive");
            assert_eq!(app.select("SELECT hashed_password FROM members").await, before);
            assert_eq!(linked_rows(&app).await, 0);
        }
    }
}

/// The identity comes back to an account of its own, and eve has hers.
async fn is_somebody_else(app: &App, provider: &str) {
    let mut ada = app.by(provider, &format!("ada,{ADA}")).await;
    assert_eq!(email_of(&mut ada).await, ADA);
    let mut eve = app.client();
    assert_eq!(eve.login("eve", PASSWORD).await.status, 200);
    assert!(links(&mut eve).await.is_empty());
    assert_eq!((app.count().await, linked_rows(app).await), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_serves_no_other_user_who_gets_the_id() {
    for provider in BOTH {
        // Another sign-up gets the id.
        let app = App::start().await;
        app.by(provider, &format!("ada,{ADA}")).await;
        app.execute("DELETE FROM members").await;
        let next = match &app.database.users {
            Sql::Sqlite(..) => 1,
            // These give it to nobody else by themselves.
            _ => 2,
        };
        app.execute(&format!("UPDATE crudauth_identities SET owner = '{next}'")).await;
        app.signed_up(EVE, "eve").await;
        assert_eq!(app.select("SELECT id FROM members").await, [next.to_string()]);
        let kept = app.select("SELECT owner FROM crudauth_identities").await;
        assert!(kept.is_empty(), "{provider}: {kept:?}");
        is_somebody_else(&app, provider).await;

        // The application gives it to a row of its own, whose epoch is from before the link, or so far from
        // it that it is not that of the same row after changes.
        for epoch in [2, 3 + 65_537, -1] {
            let app = App::start().await;
            app.by(provider, &format!("ada,{ADA}")).await;
            app.execute("UPDATE members SET token_version = 3").await;
            app.by("forge", &format!("ada,{ADA}")).await;
            app.execute("DELETE FROM members").await;
            app.execute("UPDATE crudauth_identities SET owner = '9'").await;
            app.signed_up(EVE, "eve").await;
            app.execute(&format!("UPDATE members SET id = 9, token_version = {epoch}")).await;
            let mut ada = app.by("forge", &format!("ada,{ADA}")).await;
            assert_eq!(email_of(&mut ada).await, ADA, "{epoch}");
            assert_eq!(app.count().await, 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_lasts_for_many_changes_of_credentials() {
    for (then, now) in [(3, 3 + 65_536), (i32::MAX, i32::MIN), (i32::MAX - 1, i32::MIN + 65_534)] {
        let app = App::start().await;
        app.proved(ADA, "ada").await;
        app.execute(&format!("UPDATE members SET token_version = {}", i64::from(then))).await;
        app.by("sso", &format!("ada,{ADA}")).await;
        let linked = app.select("SELECT id FROM crudauth_identities").await;
        app.execute(&format!("UPDATE members SET token_version = {}", i64::from(now))).await;
        app.by("sso", "ada").await;
        assert_eq!(app.select("SELECT id FROM crudauth_identities").await, linked, "{then}, {now}");
    }
}

/// A row that the application inserts by itself begins at epoch zero, and crudauth's own do not.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_at_epoch_zero_has_no_link_of_a_user_whom_crudauth_has_made() {
    let app = App::start().await;
    app.by("sso", &format!("ada,{ADA}")).await;
    app.execute("DELETE FROM members").await;
    app.execute("UPDATE crudauth_identities SET owner = '9'").await;
    app.signed_up(EVE, "eve").await;
    app.execute("UPDATE members SET id = 9, token_version = 0, created_at = NULL").await;
    let mut ada = app.by("sso", &format!("ada,{ADA}")).await;
    assert_eq!(email_of(&mut ada).await, ADA);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_where_no_provider_is_mounted_gets_no_link_of_an_earlier_user() {
    let app = App::start().await;
    app.by("sso", &format!("ada,{ADA}")).await;
    app.by("forge", &format!("ada,{ADA}")).await;
    app.execute("DELETE FROM members").await;
    // The one or the other has the id that comes next, whether the database gives one again or not.
    app.execute("UPDATE crudauth_identities SET owner = '2' WHERE provider = 'forge'").await;
    app.process(&[]).await.signed_up(EVE, "eve").await;
    let id = app.select("SELECT id FROM members").await.concat();
    let owners = app.select("SELECT owner FROM crudauth_identities").await;
    assert_eq!(owners.len(), 1, "{owners:?}");
    assert_ne!(owners, [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_without_room_is_told() {
    for provider in BOTH {
        let app = App::start().await;
        let host = format!("{}.example", vec!["a".repeat(60); 4].join("."));
        assert_eq!(app.refusal(provider, &format!("ada,a@{host}.com")).await, "email_missing");
        // One that is an address, and has no room in the column.
        let host = format!("{}.example", vec!["a".repeat(60); 3].join("."));
        assert_eq!(app.refusal(provider, &format!("ada,ada@{host}")).await, "email_too_long");
        assert_eq!((app.count().await, linked_rows(&app).await), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_cut_to_its_column_and_numbered_where_it_is_taken() {
    let short = Tables {
        sqlite: "SELECT 1",
        postgres: "ALTER TABLE members ALTER COLUMN username TYPE VARCHAR(10)",
        mysql: "ALTER TABLE members MODIFY username VARCHAR(10) NOT NULL",
    };
    // In SQLite a column has no length.
    let best = match UsersEngine::of_environment() {
        UsersEngine::Sqlite => "ada_lovelace",
        UsersEngine::Postgres | UsersEngine::Mariadb => "ada_love",
    };
    let app = App::start().await;
    app.database.users.create(&short).await;
    for number in 0..3 {
        app.by("sso", &format!("{number},ada{number}@example.com")).await;
    }
    let names = app.select("SELECT username FROM members").await;
    assert_eq!(names, [best.to_owned(), format!("{best}_1"), format!("{best}_2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_the_address_meanwhile_is_linked() {
    for provider in BOTH {
        let app = Arc::new(Mutex::new(None::<Arc<App>>));
        let racing = Arc::clone(&app);
        let hooks = Hooks::new().before_register(move |new: NewUserContext, _: HookContext| {
            let app = racing.lock().expect("no panic").take();
            async move {
                if let (Some(app), true) = (app, new.source == NewUserSource::OAuth) {
                    app.proved(ADA, "ada").await;
                }
                Ok(())
            }
        });
        let started = Arc::new(App::with(|config| config, |builder| builder.hooks(hooks)).await);
        *app.lock().expect("no panic") = Some(Arc::clone(&started));
        let mut ada = started.by(provider, &format!("ada,{ADA}")).await;
        assert_eq!(ada.get("/me").await.json()["username"], "ada");
        assert_eq!((started.count().await, linked_rows(&started).await), (1, 1));
    }
}

type Said = Arc<Mutex<Vec<String>>>;

fn note(said: &Said, what: String) {
    said.lock().expect("no panic").push(what);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hooks_hear_who_comes_by_a_provider() {
    for provider in BOTH {
        let said = Said::default();
        let (before, login) = (Arc::clone(&said), Arc::clone(&said));
        let hooks = Hooks::new()
            .before_register(move |new: NewUserContext, _: HookContext| {
                let said = Arc::clone(&before);
                async move {
                    let by_provider = new.source == NewUserSource::OAuth;
                    let subject = new.oauth.as_ref().map(|profile| profile.subject().to_owned());
                    let name = new.suggested_name();
                    note(&said, format!("new {by_provider} {subject:?} {name:?}"));
                    Ok(())
                }
            })
            .on_oauth_login(move |login_: OAuthLogin<Member>, _: HookContext| {
                let said = Arc::clone(&login);
                async move {
                    let OAuthLogin { provider, is_new, claimed, .. } = &login_;
                    note(&said, format!("login {provider} new {is_new} claimed {claimed}"));
                    Ok(())
                }
            });
        let app = App::with(|config| config, |builder| builder.hooks(hooks)).await;
        app.by(provider, &format!("ada,{ADA}")).await;
        app.by(provider, "ada").await;
        app.signed_up(EVE, "eve").await;
        app.by(provider, &format!("eve,{EVE}")).await;
        app.auth.shutdown(Duration::from_secs(10)).await.expect("it ends");
        let mut said = said.lock().expect("no panic").clone();
        said.sort();
        assert_eq!(
            said,
            [
                format!("login {provider} new false claimed false"),
                format!("login {provider} new false claimed true"),
                format!("login {provider} new true claimed false"),
                "new false None Some(\"eve\")".to_owned(),
                "new true Some(\"ada\") Some(\"Ada Lovelace\")".to_owned(),
            ]
        );
    }
}
