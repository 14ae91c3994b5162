//! The contract of the port [`Holders`](crudauth::store::Holders), one test a property: beside the
//! two stores it speaks for, over a users table of [`Member`]s.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::ManualClock;
use crudauth::store::{Changed, Entry, EntryWithUser, Stores};
use crudauth::user::{Change, StoredUser};

use super::users::{Member, hash, moment, new};

const MINUTE: Duration = Duration::from_secs(60);

/// An empty place under test.
pub struct Subject {
    stores: Stores<Member>,
    other: Stores<Member>,
    clock: Arc<ManualClock>,
    /// Dropped last.
    _kept: Box<dyn Any + Send + Sync>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("stores", &self.stores).finish_non_exhaustive()
    }
}

impl Subject {
    /// A place through two handles, whose time is that of `clock`. Keeps `thing` for as long as
    /// the test runs.
    pub fn new(
        [stores, other]: [Stores<Member>; 2],
        clock: Arc<ManualClock>,
        thing: impl Any + Send + Sync,
    ) -> Self {
        Self { stores, other, clock, _kept: Box::new(thing) }
    }

    async fn member(&self, name: &str) -> StoredUser<Member> {
        let new = new(&format!("{name}@example.com"), name, Some("h"));
        self.stores.users().insert(new).await.expect("a new user")
    }

    async fn put(&self, key: &str, value: &[u8], owner: Option<&str>) {
        let entry = Entry { value, ttl: MINUTE, owner };
        self.stores.state().put(key, entry).await.expect("put");
    }

    /// As both handles find it.
    async fn held(&self, key: &str) -> Option<(Vec<u8>, StoredUser<Member>)> {
        let mut found = Vec::new();
        for stores in [&self.stores, &self.other] {
            let holders = stores.holders().expect("both are in one place");
            let held = holders.find(key).await.expect("a read");
            found.push(held.map(|EntryWithUser { value, user }| (value, user)));
        }
        assert_eq!(found[0], found[1], "the handles see the same");
        found.pop().flatten()
    }
}

/// What is found is what the two stores would find, byte by byte.
pub async fn an_entry_is_found_with_its_holder(subject: Subject) {
    let (ada, eve) = (subject.member("ada").await, subject.member("eve").await);
    let long = "k".repeat(10_000);
    for (key, value, holder) in
        [("a", &b"\0\xff binary"[..], &ada), ("e", b"", &eve), (&long, b"long", &eve)]
    {
        subject.put(key, value, Some(&format!("session:{}", holder.id()))).await;
        assert_eq!(subject.held(key).await, Some((value.to_vec(), holder.clone())));
        assert_eq!(subject.stores.state().get(key).await.expect("get"), Some(value.to_vec()));
    }
}

/// Nothing is found of an entry without a holder, and of a holder without an entry.
pub async fn one_without_the_other_is_not_found(subject: Subject) {
    let ada = subject.member("ada").await;
    assert_eq!(subject.held("nothing").await, None);
    subject.put("nobody's", b"v", None).await;
    assert_eq!(subject.held("nobody's").await, None);
    subject.put("a stranger's", b"v", Some(&format!("session:{}", ada.id() + 1))).await;
    assert_eq!(subject.held("a stranger's").await, None);
    subject.put("ended", b"v", Some(&format!("session:{}", ada.id()))).await;
    assert!(subject.stores.state().remove("ended").await.expect("remove"));
    assert_eq!(subject.held("ended").await, None);
}

/// An entry ends by the clock of the store, to the millisecond.
pub async fn an_entry_ends_by_the_clock(subject: Subject) {
    let ada = subject.member("ada").await;
    subject.put("key", b"v", Some(&format!("session:{}", ada.id()))).await;
    subject.clock.advance(MINUTE - Duration::from_millis(1));
    assert!(subject.held("key").await.is_some());
    subject.clock.advance(Duration::from_millis(1));
    assert_eq!(subject.held("key").await, None);
}

/// Each change of the entry, of its owner and of the holder shows at once, through every handle.
pub async fn a_change_shows_at_once(subject: Subject) {
    let (ada, eve) = (subject.member("ada").await, subject.member("eve").await);
    let [of_ada, of_eve] = [&ada, &eve].map(|member| format!("session:{}", member.id()));
    subject.put("key", b"1", Some(&of_ada)).await;
    let state = subject.stores.state();
    let entry = Entry { value: b"2", ttl: MINUTE, owner: Some(&of_ada) };
    assert!(state.compare_and_swap("key", b"1", entry).await.expect("swap"));
    assert_eq!(subject.held("key").await, Some((b"2".to_vec(), ada.clone())));

    let change = Change::rehash(hash("h"), hash("i"), moment(1));
    let changed = subject.other.users().change(&ada.id(), change).await.expect("a change");
    assert_eq!(changed, Changed::Applied);
    let (_, holder) = subject.held("key").await.expect("it is there");
    assert_ne!(holder, ada);
    let now = subject.stores.users().find_by_id(&ada.id()).await.expect("a read");
    assert_eq!(Some(holder), now);

    let entry = Entry { value: b"3", ttl: MINUTE, owner: Some(&of_eve) };
    assert!(state.compare_and_swap("key", b"2", entry).await.expect("swap"));
    assert_eq!(subject.held("key").await, Some((b"3".to_vec(), eve)));
    let entry = Entry { value: b"4", ttl: MINUTE, owner: None };
    subject.stores.state().put("key", entry).await.expect("put");
    assert_eq!(subject.held("key").await, None);
}

/// Runs every property of the port on what `$make` makes: a [`Subject`], or `None` where there is
/// nothing to test.
#[macro_export]
macro_rules! holders_conformance {
    ($make:path) => {
        $crate::holders_conformance! { $make:
            an_entry_is_found_with_its_holder
            one_without_the_other_is_not_found
            an_entry_ends_by_the_clock
            a_change_shows_at_once
        }
    };
    ($make:path: $($property:ident)*) => {
        $(
            #[tokio::test]
            async fn $property() {
                if let Some(subject) = Option::<$crate::conformance::holders::Subject>::from($make().await) {
                    $crate::conformance::holders::$property(subject).await;
                }
            }
        )*
    };
}
