//! A map whose items come to an end.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What stands under one key.
pub(super) struct Item<T> {
    pub(super) value: T,
    pub(super) owner: Option<Arc<str>>,
    /// The millisecond in which it no longer exists.
    pub(super) ends_at: u64,
}

/// Items by key, by end and by owner. The three are only ever changed together, by
/// [`insert`](Self::insert) and [`remove`](Self::remove).
pub(super) struct Shelf<T> {
    items: HashMap<Arc<str>, Item<T>>,
    ends: BTreeSet<(u64, Arc<str>)>,
    owned: BTreeSet<(Arc<str>, Arc<str>)>,
}

impl<T> Shelf<T> {
    pub(super) fn new() -> Self {
        Self { items: HashMap::new(), ends: BTreeSet::new(), owned: BTreeSet::new() }
    }

    /// How many items there are, expired ones that still wait for removal included.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn live(&self, key: &str, now: u64) -> Option<&Item<T>> {
        self.items.get(key).filter(|item| item.ends_at > now)
    }

    pub(super) fn live_mut(&mut self, key: &str, now: u64) -> Option<&mut T> {
        let item = self.items.get_mut(key).filter(|item| item.ends_at > now)?;
        Some(&mut item.value)
    }

    pub(super) fn live_of_owner<'a>(
        &'a self,
        owner: &'a str,
        now: u64,
    ) -> impl Iterator<Item = (&'a str, &'a T)> {
        let first = (Arc::from(owner), Arc::from(""));
        self.owned
            .range(first..)
            .take_while(move |(of, _)| **of == *owner)
            .filter_map(move |(_, key)| Some((&**key, &self.live(key, now)?.value)))
    }

    pub(super) fn insert(&mut self, key: &str, item: Item<T>) {
        self.remove(key);
        let key: Arc<str> = key.into();
        self.ends.insert((item.ends_at, key.clone()));
        if let Some(owner) = &item.owner {
            self.owned.insert((owner.clone(), key.clone()));
        }
        self.items.insert(key, item);
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Item<T>> {
        let (key, item) = self.items.remove_entry(key)?;
        if let Some(owner) = &item.owner {
            self.owned.remove(&(owner.clone(), key.clone()));
        }
        self.ends.remove(&(item.ends_at, key));
        Some(item)
    }

    /// Removes up to `limit` expired items, the oldest first.
    pub(super) fn purge(&mut self, now: u64, limit: usize) {
        for _ in 0..limit {
            match self.ends.first() {
                Some((ends_at, key)) if *ends_at <= now => {
                    let key = key.clone();
                    self.remove(&key);
                }
                _ => break,
            }
        }
    }
}
