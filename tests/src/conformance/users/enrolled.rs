//! Second factors, in the columns of the users table.

use std::sync::Arc;

use chrono::NaiveDateTime;
use crudauth::store::{Changed, UserStore};
use crudauth::user::{AuthUser as _, Change, StoredUser, UserTimestamp};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::linked::{Past, Traveller, change, insert, stored};
use super::{TASKS, moment};

type Users = Arc<dyn UserStore<Traveller>>;

fn confirmed_at(user: &StoredUser<Traveller>) -> Option<NaiveDateTime> {
    user.totp_confirmed_at
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn confirm(pending: Option<&str>, epoch: i64) -> Change {
    Change::confirm_factor(pending.map(text), text("c"), 100, text("[1]"), epoch, moment(2))
}

fn step(secret: &str, step: i64) -> Change {
    Change::accept_factor_step(text(secret), step, moment(3))
}

fn codes(secret: &str, from: Option<&str>, to: &str) -> Change {
    Change::recovery_codes(text(secret), from.map(text), text(to), moment(4))
}

fn remove(secret: &str) -> Change {
    Change::remove_factor(text(secret), moment(5))
}

/// Each change of a second factor happens only to the row that it expects, and of parallel ones one
/// does.
///
/// # Panics
///
/// If the store does otherwise.
pub async fn users_keep_second_factors(users: Users, past: impl AsyncFn(i32, Past)) {
    let mut ada = insert(&users, "ada@factors.example", None).await;
    let begin = |secret: &str, at| Change::begin_factor(text(secret), moment(at));

    // Nothing is confirmed that was not begun, or that has been replaced.
    assert_eq!(change(&users, &mut ada, confirm(Some("p"), 0)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, begin("o", 1)).await, Changed::Applied);
    assert_eq!(change(&users, &mut ada, begin("p", 1)).await, Changed::Applied);
    let pending = ada.factor_columns().expect("the columns");
    assert_eq!((pending.secret, pending.is_confirmed), (Some("p"), false));
    assert_eq!(change(&users, &mut ada, confirm(Some("o"), 0)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, confirm(Some("P"), 0)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, confirm(Some("p"), 1)).await, Changed::Stale);
    // What is pending accepts no code.
    assert_eq!(change(&users, &mut ada, step("p", 7)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, codes("p", None, "[]")).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, remove("p")).await, Changed::Stale);

    assert_eq!(change(&users, &mut ada, confirm(Some("p"), 0)).await, Changed::Applied);
    assert_eq!(ada.token_version, 1, "the sessions before it end");
    assert_eq!(confirmed_at(&ada), UserTimestamp::from_system_time(moment(2)));
    assert_eq!(ada.mapped().second_factor, Some(true));
    assert_eq!((ada.totp_last_step, ada.mfa_recovery_codes.as_deref()), (Some(100), Some("[1]")));

    // What is confirmed is neither begun nor confirmed again.
    assert_eq!(change(&users, &mut ada, begin("q", 3)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, confirm(None, 1)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, confirm(Some("c"), 1)).await, Changed::Stale);

    // A step counts once, and ends those before it. It counts for its secret alone, to the letter.
    for (secret, number, expected) in [
        ("c", 100, Changed::Stale),
        ("c", 99, Changed::Stale),
        ("d", 101, Changed::Stale),
        ("C", 101, Changed::Stale),
        ("c ", 101, Changed::Stale),
        ("c", 101, Changed::Applied),
        ("c", 101, Changed::Stale),
        ("c", 103, Changed::Applied),
        ("c", 102, Changed::Stale),
    ] {
        assert_eq!(change(&users, &mut ada, step(secret, number)).await, expected, "{number}");
    }
    assert_eq!(ada.mfa_recovery_codes.as_deref(), Some("[1]"));

    // The codes are replaced as a whole, and only those that were seen.
    let left = "[\"aa\", \"bb\"]";
    for (secret, from, to, expected) in [
        ("c", None, "[]", Changed::Stale),
        ("c", Some("[2]"), "[]", Changed::Stale),
        ("d", Some("[1]"), "[]", Changed::Stale),
        ("c", Some("[1]"), left, Changed::Applied),
        ("c", Some("[1]"), "[]", Changed::Stale),
        ("c", Some("[\"AA\", \"bb\"]"), "[]", Changed::Stale),
        ("c", Some("[\"aa\", \"bb\"] "), "[]", Changed::Stale),
        ("c", Some(left), "[\"bb\"]", Changed::Applied),
    ] {
        assert_eq!(change(&users, &mut ada, codes(secret, from, to)).await, expected, "{from:?}");
    }

    assert_eq!(change(&users, &mut ada, remove("d")).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, remove("c")).await, Changed::Applied);
    assert_eq!(change(&users, &mut ada, remove("c")).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, step("c", 200)).await, Changed::Stale);
    assert_eq!(ada.factor_columns(), Some(Default::default()));
    assert_eq!(ada.token_version, 1, "an end of it ends nothing else");

    // A challenge confirms without anything pending in the row, and over what is.
    assert_eq!(change(&users, &mut ada, begin("p", 6)).await, Changed::Applied);
    assert_eq!(change(&users, &mut ada, confirm(None, 1)).await, Changed::Applied);
    assert_eq!(ada.totp_secret_encrypted.as_deref(), Some("c"));
    let reset = Change::reset_factor(moment(7));
    assert_eq!(change(&users, &mut ada, reset).await, Changed::Applied);
    assert_eq!(ada.factor_columns(), Some(Default::default()));

    // One of another server, with no list of codes and no step.
    past(ada.id, Past::Enroll).await;
    let mut ada = stored(&users, ada.id).await;
    assert_eq!(change(&users, &mut ada, step("s", 7)).await, Changed::Stale);
    assert_eq!(change(&users, &mut ada, step("s", 8)).await, Changed::Applied);
    assert_eq!(change(&users, &mut ada, codes("s", Some("c"), "[]")).await, Changed::Applied);

    // What has no secret is no second factor, and one can be set up.
    past(ada.id, Past::LoseSecret).await;
    let mut bare = stored(&users, ada.id).await;
    assert_eq!(bare.mapped().second_factor, Some(false));
    assert_eq!(change(&users, &mut bare, begin("p", 8)).await, Changed::Applied);
    past(ada.id, Past::LoseSecret).await;
    past(ada.id, Past::Enroll).await;
    let mut ada = stored(&users, ada.id).await;
    assert_eq!(change(&users, &mut ada, step("s", 8)).await, Changed::Applied);
    assert_eq!(change(&users, &mut ada, codes("s", Some("c"), "[]")).await, Changed::Applied);

    let race = async |expected: Change| one_of_many(&users, ada.id, expected).await;
    race(step("s", 9)).await;
    race(codes("s", Some("[]"), "[3]")).await;
    race(remove("s")).await;
    race(confirm(None, i64::from(stored(&users, ada.id).await.token_version))).await;
}

/// Of those who make the change at once, one does.
async fn one_of_many(users: &Users, id: i32, wanted: Change) {
    let (barrier, mut tasks) = (Arc::new(Barrier::new(TASKS)), JoinSet::new());
    for _ in 0..TASKS {
        let (users, barrier, wanted) = (Arc::clone(users), Arc::clone(&barrier), wanted.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            users.change(&id, wanted).await.expect("a change")
        });
    }
    let answers = tasks.join_all().await;
    let won = answers.iter().filter(|answer| **answer == Changed::Applied).count();
    assert_eq!(won, 1, "{wanted:?}: {answers:?}");
}
