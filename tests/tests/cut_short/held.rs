//! Stores whose changes are made, and whose answers wait until they are let go.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crudauth::store::{
    Batched, Changed, Counter, Entry, InsertFuture, Listed, StateStore, Step, StoreFuture, Stores,
    UserStore,
};
use crudauth::user::{Change, LoginName, NewUser, NoTenant, StoredUser};
use crudauth_tests::support::Account;
use tokio::sync::Semaphore;

/// Holds the answers back that say that a user was written, or that something was removed.
pub(crate) struct Held {
    holds: AtomicBool,
    written: AtomicUsize,
    go_on: Semaphore,
}

impl Held {
    pub(crate) fn over(stores: &Stores<Account>) -> (Arc<Self>, Stores<Account>) {
        let held = Arc::new(Self {
            holds: AtomicBool::new(false),
            written: AtomicUsize::new(0),
            go_on: Semaphore::new(0),
        });
        let users = Users(Arc::clone(stores.users()), Arc::clone(&held));
        let state = State(Arc::clone(stores.state()), Arc::clone(&held));
        let over = Stores::new(Arc::new(users), Arc::new(state));
        (held, over)
    }

    /// From now on.
    pub(crate) fn hold(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    /// How many answers were held back.
    pub(crate) fn written(&self) -> usize {
        self.written.load(Ordering::SeqCst)
    }

    /// No longer, and the one that is held back comes.
    pub(crate) fn let_go(&self) {
        self.holds.store(false, Ordering::SeqCst);
        self.go_on.add_permits(1);
    }

    async fn after<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
        if self.holds.load(Ordering::SeqCst) {
            self.written.fetch_add(1, Ordering::SeqCst);
            self.go_on.acquire().await.expect("it is open").forget();
        }
        done
    }
}

struct Users(Arc<dyn UserStore<Account>>, Arc<Held>);

impl UserStore<Account> for Users {
    fn find_by_id<'a>(&'a self, id: &'a i32) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.0.find_by_id(id)
    }

    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.0.find_by_login(name, within)
    }

    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.0.find_by_recovery(value, within)
    }

    fn insert(&self, new: NewUser<Account>) -> InsertFuture<'_, Account> {
        Box::pin(self.1.after(self.0.insert(new)))
    }

    fn change<'a>(&'a self, id: &'a i32, change: Change) -> StoreFuture<'a, Changed> {
        Box::pin(self.1.after(self.0.change(id, change)))
    }
}

struct State(Arc<dyn StateStore>, Arc<Held>);

impl StateStore for State {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.0.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        self.0.put(key, entry)
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        self.0.put_if_absent(key, entry)
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.0.take(key)
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        self.0.compare_and_swap(key, expected, entry)
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(self.1.after(self.0.remove(key)))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        self.0.list(owner)
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        self.0.increment(key, by, ttl)
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        self.0.counter(key)
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        let removes = steps.iter().any(|step| matches!(step, Step::Remove(_)));
        match removes {
            true => Box::pin(self.1.after(self.0.batch(steps))),
            false => self.0.batch(steps),
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&self.0).finish_non_exhaustive()
    }
}
