use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crudauth::store::{
    Changed, Counter, Entry, Held, Holders, InsertFuture, Listed, StateStore, StoreError,
    StoreFuture, Stores, UserStore,
};
use crudauth::user::{Change, LoginName, NewUser};

use crate::support::Account;

/// How an operation goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails and has done nothing.
    Before,
    /// It is done, and its answer is lost.
    After,
    /// It panics.
    Panic,
    /// The process ends at once, and it has done nothing.
    DeathBefore,
    /// It is done, and the process ends at once.
    DeathAfter,
}

/// The n-th operation goes wrong, and no other.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    /// Which one, counted from one.
    pub nth: usize,
    /// How.
    pub fault: Fault,
}

/// Stores that note each operation by its name, and let one go wrong.
#[derive(Debug, Default)]
pub struct Watch {
    seen: Mutex<Vec<&'static str>>,
    trouble: Mutex<Option<Trouble>>,
    refused: Mutex<Option<&'static str>>,
    since: AtomicUsize,
}

impl Watch {
    /// Puts a watch around `stores`.
    #[must_use]
    pub fn over(stores: &Stores<Account>) -> (Arc<Self>, Stores<Account>) {
        let watch = Arc::new(Self::default());
        let users = Users { inner: Arc::clone(stores.users()), watch: Arc::clone(&watch) };
        let state = State { inner: Arc::clone(stores.state()), watch: Arc::clone(&watch) };
        let (users, state) = (Arc::new(users), Arc::new(state));
        let watched = match stores.holders().cloned() {
            Some(inner) => {
                let holders = Watched { inner, watch: Arc::clone(&watch) };
                Stores::in_one_place(users, state, Arc::new(holders))
            }
            None => Stores::new(users, state),
        };
        (watch, watched)
    }

    /// Puts a watch around `state`.
    #[must_use]
    pub fn over_state(state: Arc<dyn StateStore>) -> (Arc<Self>, Arc<dyn StateStore>) {
        let watch = Arc::new(Self::default());
        let state = State { inner: state, watch: Arc::clone(&watch) };
        (watch, Arc::new(state))
    }

    /// From now on, this operation always fails and does nothing.
    pub fn refuse(&self, operation: &'static str) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation);
    }

    /// The operations since the last call.
    pub fn take_seen(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on: the n-th operation counts from here.
    pub fn prepare(&self, trouble: Option<Trouble>) {
        self.since.store(0, Ordering::SeqCst);
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Whether the trouble that was prepared has come.
    #[must_use]
    pub fn struck(&self) -> bool {
        let trouble = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.is_some_and(|trouble| self.since.load(Ordering::SeqCst) >= trouble.nth)
    }

    fn due(&self, operation: &'static str) -> Option<Fault> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
        let count = self.since.fetch_add(1, Ordering::SeqCst) + 1;
        if *self.refused.lock().unwrap_or_else(PoisonError::into_inner) == Some(operation) {
            return Some(Fault::Before);
        }
        let trouble = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.filter(|trouble| trouble.nth == count).map(|trouble| trouble.fault)
    }

    async fn run<T, E: From<StoreError>>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.due(operation) {
            None => work.await,
            Some(Fault::Before) => Err(StoreError::new("struck before").into()),
            Some(Fault::After) => {
                let _ = work.await;
                Err(StoreError::new("struck after").into())
            }
            Some(Fault::Panic) => panic!("struck while it ran"),
            // No destructor runs and no connection is closed by the program, as with SIGKILL.
            Some(Fault::DeathBefore) => std::process::abort(),
            Some(Fault::DeathAfter) => {
                let _ = work.await;
                std::process::abort()
            }
        }
    }
}

struct Users {
    inner: Arc<dyn UserStore<Account>>,
    watch: Arc<Watch>,
}

impl UserStore<Account> for Users {
    fn find_by_id<'a>(&'a self, id: &'a i32) -> StoreFuture<'a, Option<Account>> {
        Box::pin(self.watch.run("find_by_id", self.inner.find_by_id(id)))
    }

    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<Account>> {
        Box::pin(self.watch.run("find_by_login", self.inner.find_by_login(name)))
    }

    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<Account>> {
        Box::pin(self.watch.run("find_by_recovery", self.inner.find_by_recovery(value)))
    }

    fn insert(&self, new: NewUser<Account>) -> InsertFuture<'_, Account> {
        Box::pin(self.watch.run("insert", self.inner.insert(new)))
    }

    fn change<'a>(&'a self, id: &'a i32, change: Change) -> StoreFuture<'a, Changed> {
        Box::pin(self.watch.run("change", self.inner.change(id, change)))
    }
}

struct Watched {
    inner: Arc<dyn Holders<Account>>,
    watch: Arc<Watch>,
}

impl Holders<Account> for Watched {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Held<Account>>> {
        Box::pin(self.watch.run("find_held", self.inner.find(key)))
    }
}

#[derive(Debug)]
struct State {
    inner: Arc<dyn StateStore>,
    watch: Arc<Watch>,
}

impl StateStore for State {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(self.watch.run("get", self.inner.get(key)))
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(self.watch.run("put", self.inner.put(key, entry)))
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(self.watch.run("put_if_absent", self.inner.put_if_absent(key, entry)))
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(self.watch.run("take", self.inner.take(key)))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        let swap = self.inner.compare_and_swap(key, expected, entry);
        Box::pin(self.watch.run("compare_and_swap", swap))
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(self.watch.run("remove", self.inner.remove(key)))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(self.watch.run("list", self.inner.list(owner)))
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(self.watch.run("increment", self.inner.increment(key, by, ttl)))
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(self.watch.run("counter", self.inner.counter(key)))
    }
}
