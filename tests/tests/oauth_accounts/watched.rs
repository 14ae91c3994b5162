//! What a callback asks of its ports, and what happens just before one of the calls. The stores are those of
//! an application of its own: there is no transaction, and each change is conditional by itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crudauth_tests::support::PASSWORD;

use crate::app::{ADA, NEW_PASSWORD, changes_password, is_in};
use crate::site::{HOME, Site};

const CLAIM: &str = "change password+epoch+verified+link";

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_of_a_linked_identity_takes_its_state_and_writes_nothing_else() {
    let site = Site::start().await;
    site.sign_in(&mut site.server.client()).await;
    for (seconds, notes) in [(0, 0), (60, 0), (300, 1), (0, 0)] {
        site.ground.clock.advance(Duration::from_secs(seconds));
        let mut client = site.server.client();
        let path = site.callback(&mut client).await;
        site.watch.take_calls();
        client.get(&path).await;
        let calls = site.watch.take_seen();
        let of = |operation: &str| calls.iter().filter(|call| **call == operation).count();
        assert_eq!(of("take"), 1, "{calls:?}");
        assert_eq!((of("find_record"), of("find_by_id")), (1, 1), "{calls:?}");
        // The use is noted every five minutes.
        assert_eq!(of("update_record"), notes, "{calls:?}");
        for other in ["find_by_login", "find_by_recovery", "stored_names", "insert", "change"] {
            assert_eq!(of(other), 0, "{calls:?}");
        }
        // Once the session has begun, whether the identity is linked still.
        assert_eq!(of("list_records"), 1, "{calls:?}");
        for other in ["insert_record", "remove_record", "remove_records"] {
            assert_eq!(of(other), 0, "{calls:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_takes_nothing_from_who_has_proved_the_address_just_before() {
    let site = Site::start().await;
    let ada = site.server.signed_in("ada").await;
    let racing = Arc::clone(&site);
    site.watch.before(CLAIM, move || async move {
        racing.execute("UPDATE accounts SET email_verified = TRUE").await;
    });
    assert_eq!(site.sign_in(&mut site.server.client()).await, "ada");
    site.raced();
    assert!(is_in(&mut ada.clone()).await, "it was linked");
    assert_eq!(site.server.client().login("ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_undoes_no_other_that_was_made_just_before() {
    let site = Site::start().await;
    site.server.signed_in("ada").await;
    let mut first = site.server.client();
    let path = site.callback(&mut first).await.replace("code=ada,", "code=first,");
    let (racing, mut claiming) = (Arc::clone(&site), first.clone());
    // The second one has read the user, and looks whether there is a link.
    site.watch.before("find_by_recovery", move || async move {
        racing.watch.before("find_record", move || async move {
            let answer = claiming.get(&path).await;
            assert_eq!(answer.header("location"), Some(HOME));
        });
    });
    let mut second = site.server.client();
    let path = site.callback(&mut second).await;
    let answer = second.get(&path).await;
    site.raced();
    let refused = "https://shop.example.com/?error=provider_already_linked";
    assert_eq!(answer.header("location"), Some(refused));
    let links = "SELECT subject FROM crudauth_identities";
    assert_eq!(site.ground.database.select(links).await, ["first"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_takes_the_password_that_was_set_just_before() {
    let site = Site::start().await;
    let squatter = site.server.signed_in("squatter").await;
    let mut racing = squatter.clone();
    site.watch.before(CLAIM, move || async move {
        assert_eq!(changes_password(&mut racing).await.status, 200);
    });
    site.execute(&format!("UPDATE accounts SET email_address = '{ADA}'")).await;
    assert_eq!(site.sign_in(&mut site.server.client()).await, "squatter");
    site.raced();
    assert!(!is_in(&mut squatter.clone()).await);
    for password in [PASSWORD, NEW_PASSWORD] {
        assert_eq!(site.server.client().login("squatter", password).await.status, 401);
    }
}

/// What a claim removes in the end is what was there before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_leaves_the_sign_ins_that_began_after_it() {
    let site = Site::start().await;
    let squatter = site.server.signed_in("ada").await;
    let mut second = site.server.client();
    let path = site.callback(&mut second).await;
    let (mut racing, signed_in) = (second.clone(), Arc::new(Mutex::new(None)));
    let (claimed, of_second) = (Arc::clone(&site), Arc::clone(&signed_in));
    site.watch.before(CLAIM, move || async move {
        // The claim is written then, and looks which sessions there are.
        claimed.watch.before("list", move || async move {
            let answer = racing.get(&path).await;
            assert_eq!(answer.header("location"), Some("https://shop.example.com/"));
            *of_second.lock().expect("no panic") = Some(racing);
        });
    });
    let mut first = site.server.client();
    assert_eq!(site.sign_in(&mut first).await, "ada");
    site.raced();
    assert!(!is_in(&mut squatter.clone()).await);
    let mut second = signed_in.lock().expect("no panic").take().expect("it has signed in");
    assert!(is_in(&mut first).await && is_in(&mut second).await);
}

async fn email(site: &Site) -> Vec<String> {
    site.ground.database.select("SELECT email_address FROM accounts").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_has_moved_just_before_links_nothing() {
    let site = Site::start().await;
    let ada = site.server.signed_in("ada").await;
    site.execute("UPDATE accounts SET email_verified = TRUE").await;
    let racing = Arc::clone(&site);
    site.watch.before("change link", move || async move {
        racing.execute("UPDATE accounts SET email_address = 'moved@example.com'").await;
    });
    assert_ne!(site.sign_in(&mut site.server.client()).await, "ada", "an account of its own");
    site.raced();
    assert_eq!(email(&site).await, [ADA, "moved@example.com"]);
    assert!(is_in(&mut ada.clone()).await);
}
