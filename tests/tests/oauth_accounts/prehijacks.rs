//! The five pre-hijacks (Sudhodanan and Paverd, 2022): somebody prepares an account for an address of
//! somebody else. In the end that person is out, and who owns the address is in.

use crudauth_tests::support::{Client, PASSWORD};
use serde_json::json;

use crate::app::*;

/// Whether nothing of what `squatter` has leads into an account.
async fn is_out(app: &App, squatter: &mut Client) {
    assert!(!is_in(squatter).await, "the session has ended");
    for name in ["squatter", ADA] {
        let answer = app.client().login(name, PASSWORD).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.text());
    }
}

async fn resets(app: &App) {
    let asked = app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let body = json!({ "token": app.mailed().await, "new_password": NEW_PASSWORD });
    let answer = app.client().post_json("/password/reset-confirm", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn classic_federated_merge() {
    for provider in BOTH {
        let app = App::start().await;
        let mut squatter = app.signed_up(ADA, "squatter").await;
        let mut ada = app.by(provider, &format!("ada,{ADA}")).await;
        assert_eq!(email_of(&mut ada).await, ADA);
        is_out(&app, &mut squatter).await;
        assert_eq!(app.count().await, 1, "the account is that of the address");
        assert!(is_in(&mut app.by(provider, "ada").await).await, "by the identity from now on");
        let events = ["oauth_account_claimed", "oauth_signed_in", "oauth_signed_in"];
        assert_eq!(app.events().await, events);
        assert!(app.mails().await.is_empty(), "nobody is told who has the account no more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unexpired_session() {
    for by_provider in [true, false] {
        let app = App::start().await;
        let mut squatter = app.signed_up(ADA, "squatter").await;
        let form = [("username", "squatter"), ("password", PASSWORD)];
        let tokens = app.client().post_form("/token", &form).await.json();
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        match by_provider {
            true => drop(app.by("sso", &format!("ada,{ADA}")).await),
            false => {
                resets(&app).await;
                assert_eq!(app.client().login(ADA, NEW_PASSWORD).await.status, 200);
            }
        }
        is_out(&app, &mut squatter).await;
        let tokens = app.auth.tokens().expect("mounted");
        assert!(tokens.verify(&access).await.expect("the store works").is_none());
        let body = json!({ "refresh_token": refresh });
        let answer = app.client().post_json("/refresh", &body).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
}

/// An account with the address of somebody else that has an identity of the squatter: as one that was
/// imported, or whose address the application has changed by itself.
async fn planted(app: &App, provider: &str) -> Client {
    let squatter = app.by(provider, &format!("eve,{EVE}")).await;
    let planted = format!("UPDATE members SET email = '{ADA}', email_verified = FALSE");
    app.execute(&planted).await;
    squatter
}

/// The identity of the squatter leads into another account, if any.
async fn leads_elsewhere(app: &App, provider: &str) {
    let mut eve = app.by(provider, &format!("eve,{EVE}")).await;
    assert_eq!(email_of(&mut eve).await, EVE, "{provider}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trojan_identifier() {
    for provider in BOTH {
        // Nobody links one to an account whose address is not proved.
        let app = App::start().await;
        let mut squatter = app.signed_up(ADA, "squatter").await;
        app.elevate(&mut squatter).await;
        let refused = squatter.post(&format!("/oauth/{provider}/link")).await;
        assert_eq!(refused.status, 403, "{}", refused.text());
        assert_eq!(refused.detail(), "Recovery factor not verified");
        app.execute("UPDATE members SET email_verified = TRUE").await;
        let path = app.linking(&mut squatter, provider, "eve").await;
        app.execute("UPDATE members SET email_verified = FALSE").await;
        assert_eq!(came_to(&squatter.get(&path).await), "/?error=not_allowed");
        assert!(links(&mut squatter).await.is_empty());

        // The claim removes one, by whatever provider the owner comes.
        for by in ["forge", "github"] {
            let app = App::start().await;
            let mut squatter = planted(&app, provider).await;
            let mut ada = app.by(by, &format!("ada,{ADA}")).await;
            assert!(!is_in(&mut squatter).await);
            assert_eq!(links(&mut ada).await, [(by.to_owned(), "ada".to_owned())]);
            leads_elsewhere(&app, provider).await;
        }

        // So does the first proof of the mailbox, by a link or by a new password.
        let app = App::start().await;
        planted(&app, provider).await;
        let asked = app.client().post_json("/email/verify-request", &json!({ "email": ADA })).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        let body = json!({ "token": app.mailed().await });
        let answer = app.client().post_json("/email/verify-confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        leads_elsewhere(&app, provider).await;

        let app = App::start().await;
        let mut squatter = planted(&app, provider).await;
        resets(&app).await;
        assert!(!is_in(&mut squatter).await);
        let mut ada = app.client();
        assert_eq!(ada.login(ADA, NEW_PASSWORD).await.status, 200);
        assert!(links(&mut ada).await.is_empty());
        leads_elsewhere(&app, provider).await;
        // The new password is one that the owner of the mailbox has set: it stays.
        app.by("forge", &format!("ada,{ADA}")).await;
        assert_eq!(app.client().login(ADA, NEW_PASSWORD).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trojan_identifier_and_a_reset_where_no_provider_is_mounted() {
    for provider in BOTH {
        let app = App::start().await;
        planted(&app, provider).await;
        resets(&app.process(&[]).await).await;
        leads_elsewhere(&app, provider).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_proof_keeps_the_links() {
    for provider in BOTH {
        let app = App::start().await;
        app.by(provider, &format!("ada,{ADA}")).await;
        resets(&app).await;
        assert_eq!(email_of(&mut app.by(provider, "ada").await).await, ADA);
        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unexpired_email_change() {
    for by_provider in [true, false] {
        let app = App::start().await;
        let mut squatter = app.signed_up(ADA, "squatter").await;
        let body = json!({ "new_email": EVE, "password": PASSWORD });
        let asked = squatter.post_json("/email/change-request", &body).await;
        assert_eq!(asked.status, 200, "{}", asked.text());
        let mails = app.mailbox.mails(&app.auth).await;
        let mail = mails.iter().find(|mail| mail.to == EVE && mail.link.is_some());
        let open = mail.expect("a link to the new address").token().to_owned();
        match by_provider {
            true => drop(app.by("sso", &format!("ada,{ADA}")).await),
            false => resets(&app).await,
        }
        let answer =
            app.client().post_json("/email/change-confirm", &json!({ "token": open })).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(app.select("SELECT email FROM members").await, [ADA]);
        is_out(&app, &mut squatter).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn non_verifying_provider() {
    for provider in BOTH {
        let app = App::start().await;
        let code = format!("eve,{ADA},unverified");
        assert_eq!(app.refusal(provider, &code).await, "email_unverified");
        assert_eq!(app.count().await, 0, "no account");
        for is_proved in [false, true] {
            let app = App::start().await;
            match is_proved {
                true => app.proved(ADA, "ada").await,
                false => app.signed_up(ADA, "ada").await,
            };
            assert_eq!(app.refusal(provider, &code).await, "email_unverified");
            let linked = "SELECT id FROM members WHERE oauth_provider IS NOT NULL";
            assert!(app.select(linked).await.is_empty());
            assert!(app.select("SELECT owner FROM crudauth_identities").await.is_empty());
            assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
        }

        // A sign-up by the form, for an address that has an account by a provider, is no way into it.
        app.by(provider, &format!("ada,{ADA}")).await;
        let answer = app.client().register(ADA, "squatter", PASSWORD).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(app.mails().await, [(ADA.to_owned(), "existing_account".to_owned())]);
        assert_eq!(app.count().await, 1);
        assert_eq!(app.client().login(ADA, PASSWORD).await.status, 401);
    }
}
