//! Links to providers, in the columns of the users table.

use std::sync::Arc;

use chrono::NaiveDateTime;
use crudauth::AuthUser;
use crudauth::store::{Changed, InsertError, UserStore};
use crudauth::user::{
    Change, LoginField, NewUser, NothingProvisioned, ProviderLink, StoredUser, UserTimestamp,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{TASKS, hash, moment};

mod schema {
    diesel::table! {
        travellers (id) {
            id -> Integer,
            tenant_id -> Integer,
            email -> Text,
            hashed_password -> Text,
            email_verified -> Bool,
            token_version -> Integer,
            google_id -> Nullable<Text>,
            github_id -> Nullable<Text>,
            oauth_provider -> Nullable<Text>,
            oauth_created_at -> Nullable<Timestamp>,
            oauth_updated_at -> Nullable<Timestamp>,
            totp_secret_encrypted -> Nullable<Text>,
            totp_confirmed_at -> Nullable<Timestamp>,
            totp_last_step -> Nullable<BigInt>,
            mfa_recovery_codes -> Nullable<Text>,
            deleted_at -> Nullable<Timestamp>,
        }
    }
}

use self::schema::travellers;

/// A user of a tenant, whose row says by which providers the user signs in.
#[derive(Debug, Clone, PartialEq, AuthUser)]
#[diesel(table_name = travellers)]
#[auth(without(is_active))]
pub struct Traveller {
    pub(super) id: i32,
    #[auth(tenant)]
    tenant_id: i32,
    email: String,
    hashed_password: String,
    email_verified: bool,
    pub(super) token_version: i32,
    google_id: Option<String>,
    github_id: Option<String>,
    oauth_provider: Option<String>,
    oauth_created_at: Option<NaiveDateTime>,
    oauth_updated_at: Option<NaiveDateTime>,
    pub(super) totp_secret_encrypted: Option<String>,
    pub(super) totp_confirmed_at: Option<NaiveDateTime>,
    pub(super) totp_last_step: Option<i64>,
    pub(super) mfa_recovery_codes: Option<String>,
    #[auth(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
}

/// What happens to a row past the store.
#[derive(Debug, Clone, Copy)]
pub enum Past {
    /// It is deleted, and stays in the table.
    Delete,
    /// Its user has a second factor.
    Enroll,
    /// Somebody has taken the secret of the second factor away, and nothing else.
    LoseSecret,
    /// An application in another language has linked it to an account at Google.
    Link,
}

/// The account at Google of a row that was there before.
const FROM_PYTHON: &str = "108204268033311374519";

impl Past {
    /// The assignments that do it.
    #[must_use]
    pub fn sql(self) -> String {
        match self {
            Self::Delete => "deleted_at = '2020-01-01 00:00:00'".to_owned(),
            Self::Enroll => {
                "totp_secret_encrypted = 's', totp_confirmed_at = '2020-01-01 00:00:00', \
                 totp_last_step = 7, mfa_recovery_codes = 'c'"
                    .to_owned()
            }
            Self::LoseSecret => "totp_secret_encrypted = NULL, \
                                 totp_confirmed_at = '2020-01-01 00:00:00'"
                .to_owned(),
            Self::Link => format!("google_id = '{FROM_PYTHON}', oauth_provider = 'google'"),
        }
    }
}

impl Traveller {
    /// The row that a database makes of `new`, with the id `number`.
    ///
    /// # Panics
    ///
    /// If there are too many.
    #[must_use]
    pub fn made_of(new: NewUser<Self>, number: i64) -> Self {
        let by = |provider| {
            let link = new.link.as_ref().filter(|link| link.provider() == provider);
            link.map(|link| link.subject().to_owned())
        };
        let (linked, email_verified) = (new.link.as_ref(), new.verified_email().is_some());
        Self {
            id: i32::try_from(number).expect("few users"),
            tenant_id: new.tenant,
            google_id: by("google"),
            github_id: by("github"),
            oauth_provider: linked.map(|link| link.provider().to_owned()),
            oauth_created_at: linked.and(UserTimestamp::from_system_time(new.created_at)),
            oauth_updated_at: linked.and(UserTimestamp::from_system_time(new.created_at)),
            email: new.register.email,
            hashed_password: new.password.expect("a hash").as_stored().to_owned(),
            email_verified,
            token_version: 0,
            totp_secret_encrypted: None,
            totp_confirmed_at: None,
            totp_last_step: None,
            mfa_recovery_codes: None,
            deleted_at: None,
        }
    }

    /// As [`Past::sql`], in memory.
    pub fn past(&mut self, what: Past) {
        let then = NaiveDateTime::default();
        match what {
            Past::Delete => self.deleted_at = Some(then),
            Past::Enroll => {
                self.totp_secret_encrypted = Some("s".to_owned());
                self.totp_confirmed_at = Some(then);
                self.totp_last_step = Some(7);
                self.mfa_recovery_codes = Some("c".to_owned());
            }
            Past::LoseSecret => {
                self.totp_secret_encrypted = None;
                self.totp_confirmed_at = Some(then);
            }
            Past::Link => {
                self.google_id = Some(FROM_PYTHON.to_owned());
                self.oauth_provider = Some("google".to_owned());
            }
        }
    }
}

type Users = Arc<dyn UserStore<Traveller>>;

fn google(subject: &str) -> ProviderLink {
    ProviderLink::new("google", subject)
}

fn github(subject: &str) -> ProviderLink {
    ProviderLink::new("github", subject)
}

fn new(tenant: i32, email: &str, link: Option<ProviderLink>) -> NewUser<Traveller> {
    NewUser {
        register: TravellerRegister { email: email.to_owned() },
        provisioned: NothingProvisioned,
        tenant,
        password: Some(hash("h")),
        email_verified: link.is_some(),
        link,
        token_version: 0,
        created_at: moment(0),
    }
}

pub(super) async fn insert(
    users: &Users,
    email: &str,
    link: Option<ProviderLink>,
) -> StoredUser<Traveller> {
    users.insert(new(1, email, link)).await.expect("free")
}

async fn find(users: &Users, link: &ProviderLink) -> Option<i32> {
    users.find_by_link(link).await.expect("a read").map(|user| user.id)
}

pub(super) async fn stored(users: &Users, id: i32) -> StoredUser<Traveller> {
    users.find_by_id(&id).await.expect("a read").expect("the user")
}

/// Makes the change, and looks whether the row is what the struct makes of it.
pub(super) async fn change(
    users: &Users,
    user: &mut StoredUser<Traveller>,
    change: Change,
) -> Changed {
    let changed = users.change(&user.id, change.clone()).await.expect("a change");
    if changed == Changed::Applied {
        user.apply(&change);
    }
    assert_eq!(stored(users, user.id).await, *user, "{change:?}");
    changed
}

/// A user is found by exactly the account at a provider, in whichever tenant, and is linked to one
/// that nobody has. The column of GitHub tells the case of letters, that of Google need not.
///
/// # Panics
///
/// If the store does otherwise.
pub async fn users_are_linked_to_providers(users: Users, past: impl AsyncFn(i32, Past)) {
    let ada = insert(&users, "ada@example.com", Some(google("Abc"))).await;
    let expected =
        Traveller::made_of(new(1, "ada@example.com", Some(google("Abc"))), ada.id.into());
    assert_eq!(*ada, expected);
    assert_eq!(find(&users, &google("Abc")).await, Some(ada.id));
    for subject in ["abc", "ABC", "Abc ", " Abc", "Äbc", "Ab", "", "Abc\0"] {
        assert_eq!(find(&users, &google(subject)).await, None, "`{subject}`");
    }
    assert_eq!(find(&users, &github("Abc")).await, None);
    assert_eq!(find(&users, &ProviderLink::new("keycloak", "Abc")).await, None);
    // An identity is one user's in all tenants.
    let taken = users.insert(new(2, "ada@example.com", Some(google("Abc")))).await;
    let is_taken = |taken: &InsertError| matches!(taken, InsertError::Duplicate(Some(column)) if column == "google_id");
    assert!(taken.as_ref().is_err_and(is_taken), "{taken:?}");
    // Of a provider without a column the row has the name.
    let grace = insert(&users, "grace@example.com", Some(ProviderLink::new("keycloak", "k"))).await;
    assert_eq!(grace.oauth_provider.as_deref(), Some("keycloak"));
    assert_eq!((&grace.google_id, &grace.github_id), (&None, &None));

    let mut bob = insert(&users, "bob@example.com", None).await;
    let mut eve = insert(&users, "eve@example.com", None).await;
    let link = |link, at| Change::link(link, moment(at));
    assert_eq!(change(&users, &mut bob, link(github("abc"), 1)).await, Changed::Applied);
    assert_eq!(change(&users, &mut bob, link(github("abd"), 2)).await, Changed::Stale);
    assert_eq!(change(&users, &mut eve, link(github("abc"), 2)).await, Changed::Taken);
    assert_eq!(change(&users, &mut eve, link(github("ABC"), 2)).await, Changed::Applied);
    assert_eq!(change(&users, &mut bob, link(google("bob"), 3)).await, Changed::Applied);
    assert_eq!(bob.oauth_provider.as_deref(), Some("google"));
    assert_eq!(bob.oauth_created_at, UserTimestamp::from_system_time(moment(1)));
    assert_eq!(bob.oauth_updated_at, UserTimestamp::from_system_time(moment(3)));
    for (subject, id) in [("abc", Some(bob.id)), ("ABC", Some(eve.id)), ("Abc", None)] {
        assert_eq!(find(&users, &github(subject)).await, id, "{subject}");
    }

    let unlink = |link, still| Change::unlink(link, still, moment(4));
    let wrong = unlink(github("abd"), Some(google("bob")));
    assert_eq!(change(&users, &mut bob, wrong).await, Changed::Stale);
    let right = || unlink(github("abc"), Some(google("bob")));
    assert_eq!(change(&users, &mut bob, right()).await, Changed::Applied);
    assert_eq!(bob.oauth_provider.as_deref(), Some("google"));
    assert_eq!(change(&users, &mut bob, right()).await, Changed::Stale);
    assert_eq!(find(&users, &github("abc")).await, None);
    let last = unlink(google("bob"), Some(github("abc")));
    assert_eq!(change(&users, &mut bob, last).await, Changed::Stale);
    let by_password = |hash_| unlink(google("bob"), None).while_password_is(hash(hash_));
    assert_eq!(change(&users, &mut bob, by_password("i")).await, Changed::Stale);
    assert_eq!(change(&users, &mut bob, by_password("h")).await, Changed::Applied);
    assert_eq!((&bob.google_id, &bob.oauth_provider), (&None, &None));
    let elsewhere = unlink(github("ABC"), Some(ProviderLink::new("keycloak", "k")));
    assert_eq!(change(&users, &mut eve, elsewhere).await, Changed::Applied);
    assert_eq!(eve.oauth_provider.as_deref(), Some("keycloak"));

    past(grace.id, Past::Link).await;
    assert_eq!(find(&users, &google(FROM_PYTHON)).await, Some(grace.id));
    past(grace.id, Past::Delete).await;
    assert_eq!(find(&users, &google(FROM_PYTHON)).await, None);
    let again = insert(&users, "grace@example.com", Some(google(FROM_PYTHON))).await;
    assert_eq!(find(&users, &google(FROM_PYTHON)).await, Some(again.id));

    a_claim_puts_an_owner_before_out(&users, &past).await;
    one_of_many_gets_the_identity(&users).await;
    one_of_the_last_two_links_stays(&users).await;
}

async fn a_claim_puts_an_owner_before_out(users: &Users, past: &impl AsyncFn(i32, Past)) {
    let mut mallory = insert(users, "victim@example.com", None).await;
    let linked = change(users, &mut mallory, Change::link(github("mallory"), moment(4))).await;
    assert_eq!((linked, mallory.email_verified), (Changed::Applied, false));
    past(mallory.id, Past::Enroll).await;
    let mut victim = stored(users, mallory.id).await;
    assert_eq!(victim.totp_last_step, Some(7));
    let claim = |link| {
        let (from, to) = (Some(hash("h")), hash("!"));
        Change::claim(from, to, 0, "victim@example.com".to_owned(), link, moment(5))
    };
    // The column has an identity already.
    assert_eq!(change(users, &mut victim, claim(github("victim"))).await, Changed::Stale);
    assert_eq!(change(users, &mut victim, claim(google("Abc"))).await, Changed::Taken);
    assert_eq!(change(users, &mut victim, claim(google("victim"))).await, Changed::Applied);
    assert_eq!(change(users, &mut victim, claim(google("victim"))).await, Changed::Stale);
    let expected = Traveller {
        hashed_password: "!".to_owned(),
        email_verified: true,
        token_version: 1,
        google_id: Some("victim".to_owned()),
        github_id: None,
        oauth_provider: Some("google".to_owned()),
        oauth_updated_at: UserTimestamp::from_system_time(moment(5)),
        ..mallory.into_row()
    };
    assert_eq!(*victim, expected);
    assert_eq!(find(users, &github("mallory")).await, None);
}

/// Of those who link one identity at once, one has it.
async fn one_of_many_gets_the_identity(users: &Users) {
    let (barrier, mut tasks) = (Arc::new(Barrier::new(TASKS)), JoinSet::new());
    for number in 0..TASKS {
        let id = insert(users, &format!("user-{number}@example.com"), None).await.id;
        let (users, barrier) = (Arc::clone(users), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            users.change(&id, Change::link(google("wanted"), moment(6))).await.expect("a change")
        });
    }
    let answers = tasks.join_all().await;
    let count = |changed| answers.iter().filter(|answer| **answer == changed).count();
    assert_eq!((count(Changed::Applied), count(Changed::Taken)), (1, TASKS - 1), "{answers:?}");
    assert!(find(users, &google("wanted")).await.is_some());
}

/// Of those who take one of the last two links each at once, half find that theirs is the last.
async fn one_of_the_last_two_links_stays(users: &Users) {
    let mut user = insert(users, "two@example.com", Some(google("two"))).await;
    let linked = change(users, &mut user, Change::link(github("two"), moment(7))).await;
    assert_eq!(linked, Changed::Applied);
    let (barrier, mut tasks) = (Arc::new(Barrier::new(TASKS)), JoinSet::new());
    for number in 0..TASKS {
        let (users, barrier, id) = (Arc::clone(users), Arc::clone(&barrier), user.id);
        tasks.spawn(async move {
            let [link, still] = match number % 2 {
                0 => [google("two"), github("two")],
                _ => [github("two"), google("two")],
            };
            barrier.wait().await;
            users.change(&id, Change::unlink(link, Some(still), moment(8))).await.expect("a change")
        });
    }
    let answers = tasks.join_all().await;
    let won = answers.iter().filter(|answer| **answer == Changed::Applied).count();
    assert_eq!(won, 1, "{answers:?}");
    let left = stored(users, user.id).await;
    assert_ne!(left.google_id.is_some(), left.github_id.is_some());
    let provider = if left.google_id.is_some() { "google" } else { "github" };
    assert_eq!(left.oauth_provider.as_deref(), Some(provider));
    assert!(left.login_value(LoginField::Email).is_some());
}
