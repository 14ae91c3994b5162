//! What happens at the same time: each account and each identity ends up whole, and nobody is told of a
//! fault of the server.

use crudauth_tests::support::{Answer, Client, PASSWORD};
use reqwest::Method;
use tokio::task::JoinSet;

use crate::app::*;

/// Sends the requests of all at once.
async fn at_once(all: Vec<(Client, Method, String)>) -> Vec<(Client, Answer)> {
    let mut race = JoinSet::new();
    for (mut client, method, path) in all {
        race.spawn(async move {
            let request = client.with_csrf(client.request(method, &path));
            let answer = client.send(request).await;
            (client, answer)
        });
    }
    race.join_all().await
}

/// The sign-ins of `codes` at once: those that are in, and what the others were told.
async fn sign_ins(app: &App, codes: &[(&str, String)]) -> (Vec<Client>, Vec<String>) {
    let mut all = Vec::new();
    for (provider, code) in codes {
        let mut client = app.client();
        let path = app.callback(&mut client, provider, code).await;
        all.push((client, Method::GET, path));
    }
    let (mut are_in, mut refused) = (Vec::new(), Vec::new());
    for (mut client, answer) in at_once(all).await {
        match came_to(&answer).strip_prefix("/?error=") {
            Some(code) => refused.push(code.to_owned()),
            None => {
                if is_in(&mut client).await {
                    are_in.push(client);
                }
            }
        }
    }
    (are_in, refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_first_sign_ins_make_one_account() {
    for provider in BOTH {
        let app = App::start().await;
        let codes = vec![(provider, format!("ada,{ADA}")); 8];
        let (are_in, refused) = sign_ins(&app, &codes).await;
        assert_eq!((are_in.len(), refused), (8, Vec::<String>::new()));
        assert_eq!(app.count().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_first_sign_ins_by_all_providers_make_one_account() {
    for _ in 0..4 {
        let app = App::start().await;
        let codes = ALL.map(|provider| (provider, format!("ada,{ADA}")));
        let (mut are_in, refused) = sign_ins(&app, &codes).await;
        assert_eq!((are_in.len(), refused), (4, Vec::<String>::new()));
        assert_eq!(app.count().await, 1);
        assert_eq!(links(&mut are_in[0]).await.len(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_first_sign_ins_under_one_name_get_names_of_their_own() {
    let app = App::start().await;
    let codes: Vec<_> = (0..8).map(|n| ("sso", format!("{n},ada{n}@example.com"))).collect();
    let (are_in, refused) = sign_ins(&app, &codes).await;
    assert_eq!((are_in.len(), refused), (8, Vec::<String>::new()));
    assert_eq!(app.count().await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_identities_with_one_address_one_is_linked() {
    for provider in BOTH {
        for is_proved in [true, false] {
            let app = App::start().await;
            match is_proved {
                true => app.proved(ADA, "ada").await,
                false => app.signed_up(ADA, "ada").await,
            };
            let codes: Vec<_> = (0..4).map(|n| (provider, format!("{n},{ADA}"))).collect();
            let (mut are_in, refused) = sign_ins(&app, &codes).await;
            assert_eq!(are_in.len(), 1, "{provider} {is_proved} {refused:?}");
            assert!(refused.iter().all(|code| code == "provider_already_linked"), "{refused:?}");
            assert_eq!(links(&mut are_in[0]).await.len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_claims_by_all_providers_each_ends_whole() {
    for _ in 0..4 {
        let app = App::start().await;
        let mut squatter = app.signed_up(ADA, "squatter").await;
        let codes = ALL.map(|provider| (provider, format!("ada,{ADA}")));
        let (mut are_in, refused) = sign_ins(&app, &codes).await;
        // The account is claimed once; whoever comes then is linked to what is proved.
        assert_eq!((are_in.len(), refused), (4, Vec::<String>::new()));
        assert!(!is_in(&mut squatter).await);
        assert_eq!(links(&mut are_in[0]).await.len(), 4);
        let claimed = app.events().await;
        assert_eq!(claimed.iter().filter(|name| **name == "oauth_account_claimed").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_ends_what_the_squatter_does_at_the_same_time() {
    for provider in BOTH {
        for _ in 0..4 {
            let app = App::start().await;
            let mut squatter = app.signed_up(ADA, "squatter").await;
            let mut client = app.client();
            let path = app.callback(&mut client, provider, &format!("ada,{ADA}")).await;
            let mut changing = squatter.clone();
            let mut entering = app.client();
            let (answer, _, _) = tokio::join!(
                client.get(&path),
                changes_password(&mut changing),
                entering.login("squatter", PASSWORD)
            );
            assert_eq!(came_to(&answer), "/", "the owner is in, whoever was first");
            assert!(is_in(&mut client).await);
            for theirs in [&mut squatter, &mut changing, &mut entering] {
                assert!(!is_in(theirs).await);
            }
            for password in [PASSWORD, NEW_PASSWORD] {
                assert_eq!(app.client().login("squatter", password).await.status, 401);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_identity_goes_to_one_of_parallel_accounts() {
    for provider in BOTH {
        let app = App::start().await;
        let mut all = Vec::new();
        for name in ["ada", "bob", "eve", "joe"] {
            let mut user = app.proved(&format!("{name}@example.com"), name).await;
            app.elevate(&mut user).await;
            let path = app.linking(&mut user, provider, "octo").await;
            all.push((user, Method::GET, path));
        }
        let ended = at_once(all).await;
        let targets: Vec<_> = ended.iter().map(|(_, answer)| came_to(answer)).collect();
        let linked = targets.iter().filter(|target| **target == "/").count();
        let taken = targets.iter().filter(|target| target.ends_with("=identity_taken")).count();
        assert_eq!((linked, taken), (1, 3), "{provider} {targets:?}");
        let mut have = 0;
        for (mut client, _) in ended {
            have += links(&mut client).await.len();
        }
        assert_eq!(have, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_gets_one_of_parallel_identities() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = app.proved(ADA, "ada").await;
        app.elevate(&mut ada).await;
        let mut all = Vec::new();
        for code in ["a", "b", "c", "d"] {
            let path = app.linking(&mut ada, provider, code).await;
            all.push((ada.clone(), Method::GET, path));
        }
        let targets: Vec<_> =
            at_once(all).await.iter().map(|(_, answer)| came_to(answer)).collect();
        let linked = targets.iter().filter(|target| **target == "/").count();
        let other = |target: &&String| target.ends_with("=provider_already_linked");
        assert_eq!((linked, targets.iter().filter(other).count()), (1, 3), "{targets:?}");
        assert_eq!(links(&mut ada).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_unlinks_one_way_in_stays() {
    for pair in [["google", "github"], ["sso", "forge"], ["google", "sso"]] {
        let app = App::start().await;
        let mut ada = app.by(pair[0], &format!("ada,{ADA}")).await;
        app.elevate_by(&mut ada, pair[0], "ada").await;
        assert_eq!(app.link(&mut ada, pair[1], "more").await, "/");
        let ids = [link_id(&mut ada, pair[0]).await, link_id(&mut ada, pair[1]).await];
        let paths = (0..16).map(|n| format!("/oauth/accounts/{}", ids[n % 2]));
        let all = paths.map(|path| (ada.clone(), Method::DELETE, path)).collect();
        let statuses: Vec<_> =
            at_once(all).await.iter().map(|(_, answer)| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        let known = |status: &u16| [200, 404, 409].contains(status);
        assert!(statuses.iter().all(known), "{statuses:?}");
        assert_eq!(links(&mut ada).await.len(), 1, "{pair:?}");
    }
}
