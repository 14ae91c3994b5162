//! A map whose items expire.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The value of one key. It is never changed, only replaced.
pub(super) struct Item<T> {
    owned_key: OwnedKey,
    pub(super) value: T,
    /// The millisecond at which it expires.
    pub(super) ends_at: u64,
}

impl<T> Item<T> {
    pub(super) fn owner(&self) -> Option<&str> {
        self.owned_key.owner()
    }
}

/// The owner and the key of an item in one allocation, since there may be millions of items.
struct OwnedKey {
    text: Box<str>,
    /// Where the key begins, behind the owner; `None` if it has none.
    owner: Option<usize>,
}

impl OwnedKey {
    fn new(owner: Option<&str>, key: &str) -> Self {
        let text = [owner.unwrap_or_default(), key].concat().into();
        Self { text, owner: owner.map(str::len) }
    }

    fn key(&self) -> &str {
        &self.text[self.owner.unwrap_or_default()..]
    }

    fn owner(&self) -> Option<&str> {
        self.owner.map(|end| &self.text[..end])
    }

    fn rank(&self) -> (Option<&str>, &str) {
        (self.owner(), self.key())
    }
}

/// Items by key, by end and by owner, each of them once in memory. The three are only ever changed
/// together, by [`insert`](Self::insert) and [`remove`](Self::remove).
pub(super) struct ExpiringMap<T> {
    items: HashSet<ByKey<T>>,
    ends: BTreeSet<ByEnd<T>>,
    owned: BTreeSet<ByOwner<T>>,
}

impl<T> ExpiringMap<T> {
    pub(super) fn new() -> Self {
        Self { items: HashSet::new(), ends: BTreeSet::new(), owned: BTreeSet::new() }
    }

    /// How many items there are, expired ones that still wait for removal included.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn live(&self, key: &str, now: u64) -> Option<&Item<T>> {
        self.items.get(key).map(|item| &*item.0).filter(|item| item.ends_at > now)
    }

    pub(super) fn live_of_owner<'a>(
        &'a self,
        owner: &'a str,
        now: u64,
    ) -> impl Iterator<Item = (&'a str, &'a T)> {
        let first = OwnedKey::new(Some(owner), "");
        self.owned
            .range(first..)
            .map(|item| &*item.0)
            .take_while(move |item| item.owned_key.owner() == Some(owner))
            .filter(move |item| item.ends_at > now)
            .map(|item| (item.owned_key.key(), &item.value))
    }

    pub(super) fn insert(&mut self, key: &str, owner: Option<&str>, value: T, ends_at: u64) {
        self.remove(key);
        let item = Arc::new(Item { owned_key: OwnedKey::new(owner, key), value, ends_at });
        self.ends.insert(ByEnd(Arc::clone(&item)));
        if owner.is_some() {
            self.owned.insert(ByOwner(Arc::clone(&item)));
        }
        self.items.insert(ByKey(item));
    }

    /// Removes the item of `key`, and returns its value and its end.
    pub(super) fn remove(&mut self, key: &str) -> Option<(T, u64)> {
        let ByKey(item) = self.items.take(key)?;
        if item.owned_key.owner.is_some() {
            self.owned.remove(&item.owned_key);
        }
        self.ends.remove(&ByEnd(Arc::clone(&item)));
        Arc::into_inner(item).map(|item| (item.value, item.ends_at))
    }

    /// Removes up to `limit` expired items, the oldest first.
    pub(super) fn purge(&mut self, now: u64, limit: usize) {
        for _ in 0..limit {
            match self.ends.first() {
                Some(ByEnd(item)) if item.ends_at <= now => {
                    let item = Arc::clone(item);
                    self.remove(item.owned_key.key());
                }
                _ => break,
            }
        }
    }
}

/// An item that is hashed by its key.
struct ByKey<T>(Arc<Item<T>>);

impl<T> Borrow<str> for ByKey<T> {
    fn borrow(&self) -> &str {
        self.0.owned_key.key()
    }
}

impl<T> Hash for ByKey<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.owned_key.key().hash(state);
    }
}

impl<T> PartialEq for ByKey<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.owned_key.key() == other.0.owned_key.key()
    }
}

impl<T> Eq for ByKey<T> {}

/// An item that is ordered by its end.
struct ByEnd<T>(Arc<Item<T>>);

/// An item that is ordered by its owner.
struct ByOwner<T>(Arc<Item<T>>);

impl<T> Borrow<OwnedKey> for ByOwner<T> {
    fn borrow(&self) -> &OwnedKey {
        &self.0.owned_key
    }
}

impl<T> ByEnd<T> {
    fn rank(&self) -> (u64, &str) {
        (self.0.ends_at, self.0.owned_key.key())
    }
}

impl<T> ByOwner<T> {
    fn rank(&self) -> &OwnedKey {
        &self.0.owned_key
    }
}

macro_rules! ordered_by_rank {
    ($($By:ident $(<$T:ident>)?),*) => {$(
        impl $(<$T>)? Ord for $By $(<$T>)? {
            fn cmp(&self, other: &Self) -> Ordering {
                self.rank().cmp(&other.rank())
            }
        }

        impl $(<$T>)? PartialOrd for $By $(<$T>)? {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $(<$T>)? PartialEq for $By $(<$T>)? {
            fn eq(&self, other: &Self) -> bool {
                self.cmp(other).is_eq()
            }
        }

        impl $(<$T>)? Eq for $By $(<$T>)? {}
    )*};
}

ordered_by_rank!(OwnedKey, ByEnd<T>, ByOwner<T>);
