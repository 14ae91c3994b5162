//! The contract of the port [`UserStore`], one test a property, on a users table of [`Member`]s.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::NaiveDateTime;
use crudauth::AuthUser;
use crudauth::password::PasswordHash;
use crudauth::store::{Changed, InsertError, UserStore};
use crudauth::user::{
    Change, LoginName, NewUser, NoTenant, NothingProvisioned, ProviderLink, StoredUser,
    UserTimestamp,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

mod enrolled;
mod hostile;
mod linked;
mod scoped;

pub use self::enrolled::users_keep_second_factors;
pub use self::linked::{Past, Traveller, users_are_linked_to_providers};
pub use self::scoped::{Guest, rows_that_do_not_count_are_not_there};

pub use self::hostile::{
    a_name_with_nul_finds_nobody, each_change_is_made_by_one_of_many,
    every_value_finds_itself_and_nothing_else, one_of_many_gets_the_address,
};

const TASKS: usize = 16;

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            username -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            is_superuser -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            created_at -> Timestamp,
            updated_at -> Timestamp,
        }
    }
}

use self::schema::members;

/// A user with every column that crudauth writes.
#[derive(Debug, Clone, PartialEq, AuthUser)]
#[diesel(table_name = members)]
pub struct Member {
    id: i32,
    email: String,
    username: String,
    hashed_password: Option<String>,
    is_active: bool,
    is_superuser: bool,
    email_verified: bool,
    token_version: i32,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl Member {
    /// The primary key.
    #[must_use]
    pub fn id(&self) -> i32 {
        self.id
    }

    /// The row that a database makes of `new`, with the id `number`.
    ///
    /// # Panics
    ///
    /// If there are too many.
    #[must_use]
    pub fn made_of(new: NewUser<Self>, number: i64) -> Self {
        let NewUser { register, password, created_at, .. } = new;
        Self {
            id: i32::try_from(number).expect("few users"),
            email: register.email,
            username: register.username,
            hashed_password: password.map(|hash| hash.as_stored().to_owned()),
            is_active: true,
            is_superuser: false,
            email_verified: false,
            token_version: 0,
            created_at: UserTimestamp::from_system_time(created_at),
            updated_at: UserTimestamp::from_system_time(created_at),
        }
    }
}

/// An empty store under test.
#[derive(Clone)]
pub struct Subject {
    handles: Arc<[Arc<dyn UserStore<Member>>]>,
    /// Dropped with the last clone.
    _kept: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("handles", &self.handles.len()).finish_non_exhaustive()
    }
}

impl Subject {
    /// A store, through one or more handles: what is written through one must be seen through all.
    ///
    /// # Panics
    ///
    /// If there is no handle.
    pub fn new(handles: impl IntoIterator<Item = Arc<dyn UserStore<Member>>>) -> Self {
        let handles: Arc<[_]> = handles.into_iter().collect();
        assert!(!handles.is_empty(), "a subject needs a handle");
        Self { handles, _kept: Arc::new(()) }
    }

    /// Keeps `thing`, a temporary directory or a server, for as long as the test runs.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Self {
        self._kept = Arc::new(thing);
        self
    }

    fn handle(&self, number: usize) -> &dyn UserStore<Member> {
        &*self.handles[number % self.handles.len()]
    }

    async fn insert(&self, email: &str, username: &str) -> StoredUser<Member> {
        self.handle(0).insert(new(email, username, Some("h"))).await.expect("a new user")
    }

    async fn change(&self, id: i32, change: Change) -> Changed {
        self.handle(1).change(&id, change).await.expect("a change")
    }

    /// As every handle sees it.
    async fn by_id(&self, id: i32) -> Option<StoredUser<Member>> {
        self.seen(|store| async move { store.find_by_id(&id).await.expect("a read") }).await
    }

    async fn by_login(&self, typed: &str) -> Option<StoredUser<Member>> {
        let name = LoginName::new(typed);
        self.seen(|store| {
            let name = name.clone();
            async move { store.find_by_login(&name, &NoTenant).await.expect("a read") }
        })
        .await
    }

    async fn by_recovery(&self, value: &str) -> Option<StoredUser<Member>> {
        self.seen(
            |store| async move { store.find_by_recovery(value, &NoTenant).await.expect("a read") },
        )
        .await
    }

    async fn seen<'a, F>(
        &'a self,
        read: impl Fn(&'a dyn UserStore<Member>) -> F,
    ) -> Option<StoredUser<Member>>
    where
        F: Future<Output = Option<StoredUser<Member>>>,
    {
        let first = read(self.handle(0)).await;
        for store in &self.handles[1..] {
            assert_eq!(read(&**store).await, first, "the handles see the same");
        }
        first
    }

    /// Runs `task` many times at once, and counts the answers that `won`.
    async fn race<T, F>(
        &self,
        task: impl Fn(Self, usize) -> F,
        won: impl Fn(&T) -> bool,
    ) -> (usize, Vec<T>)
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (barrier, mut tasks) = (Arc::new(Barrier::new(TASKS)), JoinSet::new());
        for number in 0..TASKS {
            let (barrier, task) = (barrier.clone(), task(self.clone(), number));
            tasks.spawn(async move {
                barrier.wait().await;
                task.await
            });
        }
        let answers = tasks.join_all().await;
        (answers.iter().filter(|answer| won(answer)).count(), answers)
    }
}

pub(super) fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

/// Any moment, in whole microseconds: no database keeps more.
pub(super) fn moment(step: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(1_000_000_000_123_456 + step * 1_000_000)
}

pub(super) fn new(email: &str, username: &str, password: Option<&str>) -> NewUser<Member> {
    NewUser {
        register: MemberRegister { email: email.to_owned(), username: username.to_owned() },
        provisioned: NothingProvisioned,
        tenant: NoTenant,
        password: password.map(hash),
        link: None,
        email_verified: false,
        token_version: 0,
        created_at: moment(0),
    }
}

fn duplicate(inserted: Result<StoredUser<Member>, InsertError>) -> Option<String> {
    match inserted {
        Err(InsertError::Duplicate(column)) => column,
        other => panic!("not refused as a duplicate: {other:?}"),
    }
}

/// What was inserted is what `insert` returns, and is found by everything that identifies it.
pub async fn what_is_inserted_is_found(subject: Subject) {
    let other = subject.insert("other@example.com", "other").await;
    let ada = subject.insert("ada@example.com", "ada").await;
    assert_ne!(ada.id, other.id);
    let expected = Member::made_of(new("ada@example.com", "ada", Some("h")), ada.id.into()).into();
    assert_eq!(ada, expected);
    let ada = Some(ada);
    assert_eq!(subject.by_id(expected.id).await, ada);
    assert_eq!(subject.by_login("ada").await, ada);
    assert_eq!(subject.by_login("Ada@Example.com").await, ada);
    assert_eq!(subject.by_recovery("ada@example.com").await, ada);
}

/// Who is not there is not found, and nothing of them is changed.
pub async fn nobody_is_not_found(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    assert_eq!(subject.by_id(ada.id + 1).await, None);
    assert_eq!(subject.by_login("eve").await, None);
    assert_eq!(subject.by_login("").await, None);
    assert_eq!(subject.by_login("%' OR '1'='1").await, None);
    assert_eq!(subject.by_recovery("eve@example.com").await, None);
    let change = Change::rehash(hash("h"), hash("i"), moment(1));
    assert_eq!(subject.change(ada.id + 1, change).await, Changed::Stale);
}

/// A duplicate names its column, and leaves the row as it was.
pub async fn a_taken_value_names_its_column(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    let insert = |email, username| subject.handle(1).insert(new(email, username, Some("i")));
    let column = |name: &str| Some(name.to_owned());
    assert_eq!(duplicate(insert("ada@example.com", "eve").await), column("email"));
    assert_eq!(duplicate(insert("eve@example.com", "ada").await), column("username"));
    assert_eq!(subject.by_login("eve").await, None);
    assert_eq!(subject.by_login("eve@example.com").await, None);
    assert_eq!(subject.by_id(ada.id).await, Some(ada));
    insert("eve@example.com", "eve").await.expect("neither is taken");
}

/// Of those who want one name at once, one has it.
pub async fn one_of_many_gets_the_name(subject: Subject) {
    let sign_up = |subject: Subject, number: usize| async move {
        let email = format!("user-{number}@example.com");
        subject.handle(number).insert(new(&email, "ada", Some("h"))).await
    };
    let (won, answers) = subject.race(sign_up, Result::is_ok).await;
    assert_eq!(won, 1, "{answers:?}");
    let mut owner = None;
    for answer in answers {
        match answer {
            Ok(member) => owner = Some(member),
            refused => assert_eq!(duplicate(refused).as_deref(), Some("username")),
        }
    }
    assert_eq!(subject.by_login("ada").await, owner);
}

/// Of changes that expect the same, one is applied.
pub async fn one_of_many_changes_is_applied(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    let id = ada.id;
    let change = move |subject: Subject, number: usize| async move {
        let to = hash(&format!("by {number}"));
        let change = Change::password(Some(hash("h")), to, 0, moment(1));
        subject.handle(number).change(&id, change).await.expect("a change")
    };
    let (won, answers) = subject.race(change, |changed| *changed == Changed::Applied).await;
    assert_eq!(won, 1, "{answers:?}");
    assert!(answers.iter().all(|changed| *changed != Changed::Taken), "{answers:?}");
    assert_eq!(subject.by_id(id).await.map(|ada| ada.token_version), Some(1));
}

/// A change writes what it says, the moment included, and nothing where it comes too late.
pub async fn a_change_is_written_once(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    let reset =
        |at| Change::reset(Some(hash("h")), hash("i"), 0, "ada@example.com".into(), moment(at));
    assert_eq!(subject.change(ada.id, reset(1)).await, Changed::Applied);
    let expected = Member {
        hashed_password: Some("i".to_owned()),
        token_version: 1,
        email_verified: true,
        updated_at: UserTimestamp::from_system_time(moment(1)),
        ..ada.into_row()
    };
    let expected = StoredUser::from(expected);
    assert_eq!(subject.by_id(expected.id).await.as_ref(), Some(&expected));
    assert_eq!(subject.change(expected.id, reset(2)).await, Changed::Stale);
    let verify = Change::verify_recovery("ada@example.com".into(), moment(2));
    assert_eq!(subject.change(expected.id, verify).await, Changed::Stale);
    assert_eq!(subject.by_id(expected.id).await, Some(expected));
}

/// An account is claimed once, and not from somebody who has proved its address meanwhile.
pub async fn an_account_is_claimed_while_nobody_has_proved_it(subject: Subject) {
    let claim = |user: &StoredUser<Member>, to: &str| {
        let (email, link) = (user.email.clone(), ProviderLink::new("sso", "1"));
        Change::claim(Some(hash("h")), hash(to), 0, email, link, moment(1))
    };
    let ada = subject.insert("ada@example.com", "ada").await;
    let verify = Change::verify_recovery("ada@example.com".into(), moment(1));
    assert_eq!(subject.change(ada.id, verify).await, Changed::Applied);
    assert_eq!(subject.change(ada.id, claim(&ada, "i")).await, Changed::Stale);
    let kept = subject.by_id(ada.id).await.expect("ada");
    assert_eq!((kept.hashed_password.as_deref(), kept.token_version), (Some("h"), 0));

    let eve = subject.insert("eve@example.com", "eve").await;
    assert_eq!(subject.change(eve.id, claim(&eve, "i")).await, Changed::Applied);
    assert_eq!(subject.change(eve.id, claim(&eve, "j")).await, Changed::Stale);
    let claimed = subject.by_id(eve.id).await.expect("eve");
    assert_eq!((claimed.hashed_password.as_deref(), claimed.token_version), (Some("i"), 1));
    assert!(claimed.email_verified);
}

/// A change that leaves the row as it was is applied all the same.
pub async fn a_change_to_the_same_is_applied(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    let same = || Change::rehash(hash("h"), hash("h"), moment(0));
    assert_eq!(subject.change(ada.id, same()).await, Changed::Applied);
    assert_eq!(subject.change(ada.id, same()).await, Changed::Applied);
}

/// An address that another user has is not given a second time.
pub async fn a_taken_address_is_said(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    subject.insert("eve@example.com", "eve").await;
    let to = |email: &str| {
        Change::email("ada@example.com".into(), email.into(), Some(hash("h")), 0, moment(1))
    };
    assert_eq!(subject.change(ada.id, to("eve@example.com")).await, Changed::Taken);
    assert_eq!(subject.by_id(ada.id).await.as_ref(), Some(&ada));
    assert_eq!(subject.change(ada.id, to("lovelace@example.com")).await, Changed::Applied);
    let found = subject.by_login("lovelace@example.com").await.expect("her new address");
    assert!(found.email_verified && found.id == ada.id);
    assert_eq!(subject.by_login("ada@example.com").await, None);
}

/// Who has no password has none until the first is set, once.
pub async fn the_first_password_is_set_once(subject: Subject) {
    let inserted = subject.handle(0).insert(new("ada@example.com", "ada", None)).await;
    let ada = inserted.expect("a new user");
    assert_eq!(ada.hashed_password, None);
    let rehash = Change::rehash(hash("h"), hash("i"), moment(1));
    assert_eq!(subject.change(ada.id, rehash).await, Changed::Stale);
    let first = |to| Change::first_password(None, hash(to), 0, moment(1));
    assert_eq!(subject.change(ada.id, first("h")).await, Changed::Applied);
    assert_eq!(subject.change(ada.id, first("i")).await, Changed::Stale);
    let found = subject.by_id(ada.id).await.expect("she is there");
    assert_eq!(found.hashed_password.as_deref(), Some("h"));
}

/// Names are text of any kind.
pub async fn names_are_text_of_any_kind(subject: Subject) {
    let names = ["Ω😀", "o'hara", "a\"b`c", "日本語", "%_\\", "Ada Lovelace", "مريم"];
    for (number, name) in names.iter().enumerate() {
        let inserted = subject.insert(&format!("user-{number}@bücher.example"), name).await;
        assert_eq!(inserted.username, *name);
    }
    for name in names {
        let found = subject.by_login(name).await.unwrap_or_else(|| panic!("`{name}` is lost"));
        assert_eq!(found.username, name);
    }
}

/// Whatever the collation of the columns takes for the same: case and accents of a name count, and
/// mail to a similar address opens no account.
pub async fn similar_names_are_told_apart(subject: Subject) {
    let ada = subject.insert("ada@example.com", "ada").await;
    for typed in ["Ada", "ADA", "adá", "ada ", "áda"] {
        assert_eq!(subject.by_login(typed).await, None, "`{typed}`");
    }
    for address in ["adá@example.com", "ada@éxample.com", "ada@example.com "] {
        assert_eq!(subject.by_recovery(address).await, None, "`{address}`");
    }
    assert_eq!(subject.by_recovery("ada@example.com").await, Some(ada));
}

/// One test for each property of the contract, on what the async function `$make` returns: a
/// [`Subject`](crate::conformance::users::Subject), fresh each time, or an `Option` of one, with
/// `None` where the server that it needs is not installed. Put it into a module of its own for each
/// adapter.
#[macro_export]
macro_rules! user_store_conformance {
    ($make:path) => {
        $crate::user_store_conformance! { $make:
            what_is_inserted_is_found
            nobody_is_not_found
            a_taken_value_names_its_column
            one_of_many_gets_the_name
            one_of_many_changes_is_applied
            a_change_is_written_once
            an_account_is_claimed_while_nobody_has_proved_it
            a_change_to_the_same_is_applied
            a_taken_address_is_said
            the_first_password_is_set_once
            names_are_text_of_any_kind
            similar_names_are_told_apart
            every_value_finds_itself_and_nothing_else
            a_name_with_nul_finds_nobody
            each_change_is_made_by_one_of_many
            one_of_many_gets_the_address
        }
    };
    ($make:path: $($property:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $property() {
                if let Some(subject) = Option::<$crate::conformance::users::Subject>::from($make().await) {
                    $crate::conformance::users::$property(subject).await;
                }
            }
        )*
    };
}
