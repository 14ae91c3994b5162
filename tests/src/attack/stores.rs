use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crudauth::password::{HashError, Password, PasswordHash, PasswordHasher, Verdict};
use crudauth::store::records::RecordStore;
use crudauth::store::{
    Batched, Changed, Counter, Entry, EntryWithUser, Holders, InsertFuture, Listed, StateStore,
    Step, StoreError, StoreFuture, Stores, UserStore,
};
use crudauth::user::{Change, LoginField, LoginName, NewUser, NoTenant, StoredUser};

use super::records::Records;
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

/// One call of a port: what was asked, and of what kind it was. Never of whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The operation.
    pub operation: &'static str,
    /// The kind of the key, or what a change writes; empty where there is one kind only.
    pub of: String,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of.as_str() {
            "" => f.write_str(self.operation),
            of => write!(f, "{} {of}", self.operation),
        }
    }
}

/// What a step of a batch does, and to what kind of key.
fn described(step: &Step<'_>) -> String {
    match step {
        Step::Add(add) => format!("add {}", kind(add.key)),
        Step::TakeBack { of, .. } => {
            let of: Vec<_> = of.iter().map(|(key, _)| kind(key)).collect();
            format!("take back {}", of.join(" "))
        }
        Step::Remove(key) => format!("remove {}", kind(key)),
        Step::Put(key, _) => format!("put {}", kind(key)),
    }
}

/// What a key begins with, up to the first part that is a digest or a name.
fn kind(key: &str) -> String {
    let is_word = |part: &&str| {
        part.len() < 24 && !part.is_empty() && part.bytes().all(|byte| !byte.is_ascii_digit())
    };
    let words: Vec<_> = key.split(':').take_while(is_word).collect();
    words.join(":")
}

fn kind_of_change(change: &Change) -> String {
    let set = change.set();
    let written = [
        ("password", set.password.is_some()),
        ("epoch", set.epoch.is_some()),
        ("email", set.email.is_some()),
        ("verified", set.recovery_verified),
        ("link", set.link.is_some()),
        ("unlink", set.unlink.is_some()),
    ];
    let written: Vec<_> = written.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    written.join("+")
}

/// What runs just before a call.
type Hook = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Stores that note each call, let one go wrong, and stop at one for what a race would do there.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Vec<Call>>,
    hooks: Mutex<Vec<(String, Hook)>>,
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

    /// As [`over`](Self::over), with crudauth's own rows in `records`.
    #[must_use]
    pub fn over_with_records(
        stores: &Stores<Account>,
        records: Arc<dyn RecordStore>,
    ) -> (Arc<Self>, Stores<Account>) {
        let (watch, watched) = Self::over(stores);
        let records = Records { inner: records, watch: Arc::clone(&watch) };
        (watch, watched.with_records(Arc::new(records)))
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

    /// The operations since the last look.
    pub fn take_seen(&self) -> Vec<&'static str> {
        self.take_calls().into_iter().map(|call| call.operation).collect()
    }

    /// The calls since the last look, those of the [`Watch::hasher`] included.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs `hook` once, just before the next call of this name: an operation, or an operation
    /// with its kind, as a [`Call`] is shown.
    pub fn before<F>(&self, call: &str, hook: impl FnOnce() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let hook: Hook = Box::new(move || Box::pin(hook()));
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner).push((call.to_owned(), hook));
    }

    /// The calls that are still waited for: none, where every race took place.
    #[must_use]
    pub fn waiting(&self) -> Vec<String> {
        let hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        hooks.iter().map(|(call, _)| call.clone()).collect()
    }

    /// A hasher whose computations are noted among the calls.
    #[must_use]
    pub fn hasher(self: &Arc<Self>, inner: impl PasswordHasher) -> WatchedHasher {
        WatchedHasher { inner: Arc::new(inner), watch: Arc::clone(self) }
    }

    /// Takes the hook out before it runs, so that its own calls do not wait for it.
    fn hook_of(&self, call: &Call) -> Option<Hook> {
        let shown = call.to_string();
        let mut hooks = self.hooks.lock().unwrap_or_else(PoisonError::into_inner);
        // A step of a batch is a call, too.
        let is_step =
            |name: &str| call.operation == "batch" && call.of.split(", ").any(|step| step == name);
        let is_meant = |name: &str| name == shown || name == call.operation || is_step(name);
        let at = hooks.iter().position(|(name, _)| is_meant(name))?;
        Some(hooks.remove(at).1)
    }

    fn note(&self, call: Call) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(call);
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
        let count = self.since.fetch_add(1, Ordering::SeqCst) + 1;
        if *self.refused.lock().unwrap_or_else(PoisonError::into_inner) == Some(operation) {
            return Some(Fault::Before);
        }
        let trouble = *self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.filter(|trouble| trouble.nth == count).map(|trouble| trouble.fault)
    }

    pub(super) async fn run<T, E: From<StoreError>>(
        &self,
        operation: &'static str,
        of: String,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let call = Call { operation, of };
        if let Some(hook) = self.hook_of(&call) {
            hook().await;
        }
        self.note(call);
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

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// A hasher that notes what it computes among the calls of a [`Watch`].
#[derive(Debug)]
pub struct WatchedHasher {
    inner: Arc<dyn PasswordHasher>,
    watch: Arc<Watch>,
}

impl PasswordHasher for WatchedHasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.watch.note(Call { operation: "hash", of: String::new() });
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        self.watch.note(Call { operation: "verify", of: String::new() });
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }

    fn memory(&self) -> u64 {
        self.inner.memory()
    }
}

struct Users {
    inner: Arc<dyn UserStore<Account>>,
    watch: Arc<Watch>,
}

impl UserStore<Account> for Users {
    fn find_by_id<'a>(&'a self, id: &'a i32) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        Box::pin(self.watch.run("find_by_id", String::new(), self.inner.find_by_id(id)))
    }

    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        Box::pin(self.watch.run(
            "find_by_login",
            String::new(),
            self.inner.find_by_login(name, within),
        ))
    }

    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        Box::pin(self.watch.run(
            "find_by_recovery",
            String::new(),
            self.inner.find_by_recovery(value, within),
        ))
    }

    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Vec<String>> {
        let stored = self.inner.stored_names(field, names, within);
        Box::pin(self.watch.run("stored_names", String::new(), stored))
    }

    fn insert(&self, new: NewUser<Account>) -> InsertFuture<'_, Account> {
        Box::pin(self.watch.run("insert", String::new(), self.inner.insert(new)))
    }

    fn change<'a>(&'a self, id: &'a i32, change: Change) -> StoreFuture<'a, Changed> {
        let of = kind_of_change(&change);
        Box::pin(self.watch.run("change", of, self.inner.change(id, change)))
    }
}

struct Watched {
    inner: Arc<dyn Holders<Account>>,
    watch: Arc<Watch>,
}

impl Holders<Account> for Watched {
    fn find<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<EntryWithUser<Account>>> {
        Box::pin(self.watch.run("find_held", kind(key), self.inner.find(key)))
    }
}

#[derive(Debug)]
struct State {
    inner: Arc<dyn StateStore>,
    watch: Arc<Watch>,
}

impl StateStore for State {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(self.watch.run("get", kind(key), self.inner.get(key)))
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(self.watch.run("put", kind(key), self.inner.put(key, entry)))
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(self.watch.run("put_if_absent", kind(key), self.inner.put_if_absent(key, entry)))
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(self.watch.run("take", kind(key), self.inner.take(key)))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        let swap = self.inner.compare_and_swap(key, expected, entry);
        Box::pin(self.watch.run("compare_and_swap", kind(key), swap))
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(self.watch.run("remove", kind(key), self.inner.remove(key)))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(self.watch.run("list", kind(owner), self.inner.list(owner)))
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(self.watch.run("increment", kind(key), self.inner.increment(key, by, ttl)))
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(self.watch.run("counter", kind(key), self.inner.counter(key)))
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        let of: Vec<_> = steps.iter().map(described).collect();
        Box::pin(self.watch.run("batch", of.join(", "), self.inner.batch(steps)))
    }
}
