//! No answer, and no pair of answers, tells whether an address is registered: equal in bytes, in
//! hash computations and in operations of the stores.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use crudauth::clock::Clock;
use crudauth::login::{LoginAttempt, LoginError};
use crudauth::password::Password;
use crudauth::store::{
    Batched, Changed, Counter, Database, Entry, InsertFuture, Listed, Opening, StateStore, Step,
    StoreFuture, Stores, UserStore,
};
use crudauth::user::{Change, LoginField, LoginName, NewUser, NoTenant, StoredUser};
use crudauth::{CrudAuth, EmailCodes, HookContext, MagicLinks, RateLimit, RateLimits, SecretKey};
use crudauth_tests::support::{
    ACCOUNTS, Account, AccountProvisioned, AccountRegister, Answer, Client, CountingHasher,
    FREE_TIER, Mailbox, PASSWORD, TestApp, TestDatabase,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What was asked of the stores, in order.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, operation: &'static str) {
        self.0.lock().unwrap().push(operation);
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A database that notes what is asked of it.
#[derive(Clone)]
struct Watched(TestDatabase, Log);

impl Database<Account> for Watched {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<Account> {
        Box::pin(async move {
            let stores: Stores<Account> = self.0.open(clock).await?;
            let (users, state) = (Arc::clone(stores.users()), Arc::clone(stores.state()));
            let users = Arc::new(WatchedUsers(users, self.1.clone()));
            Ok(Stores::new(users, Arc::new(WatchedState(state, self.1))))
        })
    }
}

#[derive(Clone)]
struct WatchedUsers(Arc<dyn UserStore<Account>>, Log);

impl UserStore<Account> for WatchedUsers {
    fn find_by_id<'a>(&'a self, id: &'a i32) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.1.note("find_by_id");
        self.0.find_by_id(id)
    }
    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.1.note("find_by_login");
        self.0.find_by_login(name, within)
    }
    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<Account>>> {
        self.1.note("find_by_recovery");
        self.0.find_by_recovery(value, within)
    }
    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
        within: &'a NoTenant,
    ) -> StoreFuture<'a, Vec<String>> {
        self.1.note("stored_names");
        self.0.stored_names(field, names, within)
    }
    fn insert(&self, new: NewUser<Account>) -> InsertFuture<'_, Account> {
        Box::pin(async move {
            self.1.note("insert");
            let inserted = self.0.insert(new).await;
            // A row that is written is one write to the disk; one that is refused is a turn at the
            // database without a write.
            self.1.note(if inserted.is_ok() { "put" } else { "take" });
            inserted
        })
    }
    fn change<'a>(&'a self, id: &'a i32, change: Change) -> StoreFuture<'a, Changed> {
        self.1.note("change");
        self.0.change(id, change)
    }
}

#[derive(Debug, Clone)]
struct WatchedState(Arc<dyn StateStore>, Log);

impl StateStore for WatchedState {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.1.note("get");
        self.0.get(key)
    }
    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        self.1.note("put");
        self.0.put(key, entry)
    }
    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        self.1.note("put_if_absent");
        self.0.put_if_absent(key, entry)
    }
    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.1.note("take");
        self.0.take(key)
    }
    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        self.1.note("compare_and_swap");
        self.0.compare_and_swap(key, expected, entry)
    }
    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        // To settle a claim is one write, whether it is kept or given back.
        self.1.note("put");
        self.0.remove(key)
    }
    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        self.1.note("list");
        self.0.list(owner)
    }
    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        self.1.note("increment");
        self.0.increment(key, by, ttl)
    }
    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        self.1.note("counter");
        self.0.counter(key)
    }
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        self.1.note("batch");
        self.0.batch(steps)
    }
}

/// What somebody outside can see, and what it cost.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    hashes: usize,
    operations: Vec<&'static str>,
}

struct Watch {
    address: SocketAddr,
    log: Log,
    hasher: CountingHasher,
    database: TestDatabase,
    auth: CrudAuth<Account>,
}

impl Watch {
    async fn start(limits: RateLimits) -> Self {
        let database = TestDatabase::new(&ACCOUNTS).await;
        let (log, hasher) = (Log::default(), CountingHasher::default());
        let auth = CrudAuth::<Account>::builder(
            Watched(database.clone(), log.clone()),
            SecretKey::random().unwrap(),
        )
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .password_hasher(hasher.clone())
        .register_limit(RateLimit::off())
        .rate_limits(limits)
        .email(Mailbox::default().default_config())
        .bearer(crudauth::BearerConfig::default())
        .magic_links(MagicLinks::new())
        .email_codes(EmailCodes::new())
        .build()
        .await
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = auth.router::<()>().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, log, hasher, database, auth }
    }

    async fn see(&self, path: &str, body: &Value) -> Seen {
        self.see_as(&mut Client::new(self.address), path, body).await
    }

    async fn see_as(&self, client: &mut Client, path: &str, body: &Value) -> Seen {
        self.log.take();
        let before = self.hasher.computed();
        let answer = client.post_json(path, body).await;
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Seen {
            status: answer.status.as_u16(),
            headers: headers.collect(),
            body: answer.text(),
            hashes: self.hasher.computed() - before,
            operations: self.log.take(),
        }
    }
}

fn sign_up(email: &str, username: &str) -> Value {
    json!({ "email": email, "username": username, "password": PASSWORD })
}

const ACCEPTED: &str =
    r#"{"detail":"If the email is available, check your inbox to finish signing up."}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_the_same_for_a_free_and_a_taken_address() {
    let watch = Watch::start(RateLimits::off()).await;
    let mut free = watch.see("/register", &sign_up("ada@example.com", "ada")).await;
    assert_eq!((free.status, &*free.body, free.hashes), (202, ACCEPTED, 1));
    let mut taken = watch.see("/register", &sign_up("Ada@Example.com", "other")).await;
    // The row and what stands in for it are written in another order, which nobody sees.
    free.operations.sort_unstable();
    taken.operations.sort_unstable();
    assert_eq!(free, taken);

    let open = watch.see("/register", &sign_up("new@example.com", "ada")).await;
    assert_eq!(
        (open.status, &*open.body),
        (422, r#"{"detail":"Username already taken","code":"username_taken"}"#)
    );
    let both = watch.see("/register", &sign_up("ada@example.com", "ada")).await;
    assert_eq!(open, both, "a taken name is refused whatever the address is");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_for_links_are_the_same_for_everybody() {
    let watch =
        Watch::start(RateLimits { existing_account_notice: RateLimit::off(), ..limits() }).await;
    for (email, name) in
        [("ada@example.com", "ada"), ("off@example.com", "off"), ("ok@example.com", "ok")]
    {
        watch.see("/register", &sign_up(email, name)).await;
    }
    watch
        .database
        .execute(
            "UPDATE accounts SET is_active = FALSE WHERE username = 'off';
             UPDATE accounts SET email_verified = TRUE WHERE username = 'ok';",
        )
        .await;
    for (path, text) in [
        ("/email/verify-request", "If an account exists, a verification email has been sent."),
        ("/password/reset-request", "If an account exists, a password reset email has been sent."),
    ] {
        let known = watch.see(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!((known.status, known.hashes), (200, 0));
        assert_eq!(known.body, json!({ "detail": text }).to_string());
        for email in ["nobody@example.com", "off@example.com", "ok@example.com"] {
            let seen = watch.see(path, &json!({ "email": email })).await;
            assert_eq!(without_remaining(seen), without_remaining_of(&known), "{path} {email}");
        }
        // Also when it has been written enough, by requests from elsewhere.
        let (recovery, none) = (watch.auth.recovery().unwrap(), HookContext::default());
        for _ in 0..CAP {
            recovery.request_verification("ada@example.com", None, &none).await.unwrap();
            recovery.request_reset("ada@example.com", None, &none).await.unwrap();
        }
        let capped = watch.see(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(without_remaining(capped), without_remaining_of(&known), "{path} capped");
    }
}

/// An account that has proved its address, one that has not, one that is disabled, and none.
const WHOM: [&str; 4] =
    ["ok@example.com", "ada@example.com", "off@example.com", "nobody@example.com"];

async fn with_accounts(limits: RateLimits) -> Watch {
    let watch = Watch::start(limits).await;
    for (email, name) in
        [("ada@example.com", "ada"), ("off@example.com", "off"), ("ok@example.com", "ok")]
    {
        watch.see("/register", &sign_up(email, name)).await;
    }
    watch
        .database
        .execute(
            "UPDATE accounts SET is_active = FALSE, email_verified = TRUE WHERE username = 'off';
             UPDATE accounts SET email_verified = TRUE WHERE username = 'ok';",
        )
        .await;
    watch
}

/// The answer without the name of the flow, which is another one each time.
fn without_flow(mut seen: Seen) -> Seen {
    let mut body: Value = serde_json::from_str(&seen.body).unwrap();
    if let Some(flow) = body.get_mut("flow") {
        assert_eq!(flow.as_str().unwrap().len(), 43);
        *flow = Value::Null;
    }
    seen.body = body.to_string();
    without_remaining(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_sign_in_by_mail_are_the_same_for_everybody() {
    const SENT: &str = "If an account exists, a sign-in email has been sent.";
    let limits = RateLimits {
        magic_link_request: RateLimit::per_hour(CAP),
        email_code_request: RateLimit::per_hour(CAP),
        ..limits()
    };
    let watch = with_accounts(limits).await;
    for (path, body) in [
        ("/magic-link/request", json!({ "detail": SENT })),
        ("/email-code/request", json!({ "detail": SENT, "flow": null })),
    ] {
        let [known, others @ ..] = WHOM;
        let known = without_flow(watch.see(path, &json!({ "email": known })).await);
        assert_eq!((known.status, known.hashes), (200, 0));
        assert_eq!(serde_json::from_str::<Value>(&known.body).unwrap(), body);
        for email in others {
            let seen = without_flow(watch.see(path, &json!({ "email": email })).await);
            assert_eq!(seen, known, "{path} {email}");
        }
        // Also when it has been written to enough.
        for round in 0..7 {
            let body = json!({ "email": "ok@example.com" });
            assert_eq!(without_flow(watch.see(path, &body).await), known, "{path}, round {round}");
        }
    }
}

/// Wrong codes until the flow is dead and the account is locked: of flows that have sent a code, and of
/// those that have sent none.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_a_code_are_the_same_for_everybody() {
    let watch = with_accounts(RateLimits::off()).await;
    let mut all = Vec::new();
    for email in WHOM {
        let mut seen = Vec::new();
        for _ in 0..2 {
            let asked = watch.see("/email-code/request", &json!({ "email": email })).await;
            let asked: Value = serde_json::from_str(&asked.body).unwrap();
            for guess in 0..4 {
                let body = json!({ "flow": asked["flow"], "code": format!("guess{guess}") });
                let mut guessed = watch.see("/email-code/verify", &body).await;
                guessed.headers.retain(|(name, _)| name != "retry-after");
                seen.push(guessed);
            }
        }
        let statuses: Vec<_> = seen.iter().map(|it| it.status).collect();
        assert_eq!(statuses, [401, 401, 401, 400, 401, 401, 429, 429], "{email}");
        all.push(seen);
    }
    for (seen, email) in all.iter().zip(WHOM) {
        assert_eq!(*seen, all[0], "{email}");
    }
}

/// How often one address is written in an hour here.
const CAP: u32 = 20;

/// So many calls that the asker is not held back.
fn limits() -> RateLimits {
    RateLimits {
        email_verify_request: RateLimit::per_hour(CAP),
        password_reset_request: RateLimit::per_hour(CAP),
        ..RateLimits::default()
    }
}

fn without_remaining(mut seen: Seen) -> Seen {
    seen.headers.retain(|(name, _)| name != "x-ratelimit-remaining");
    seen
}

fn without_remaining_of(seen: &Seen) -> Seen {
    without_remaining(Seen {
        headers: seen.headers.clone(),
        body: seen.body.clone(),
        operations: seen.operations.clone(),
        ..*seen
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_asked_for_alike_whether_it_is_free_or_taken() {
    let watch = Watch::start(RateLimits::off()).await;
    let mut ada = Client::new(watch.address);
    ada.register("ada@example.com", "ada", PASSWORD).await;
    ada.register("eve@example.com", "eve", PASSWORD).await;
    watch.database.execute("UPDATE accounts SET email_verified = TRUE").await;
    ada.login("ada", PASSWORD).await;
    let ask = |new: &str| json!({ "new_email": new, "password": PASSWORD });
    let free = watch.see_as(&mut ada, "/email/change-request", &ask("free@example.com")).await;
    assert_eq!((free.status, free.hashes), (200, 1));
    let taken = watch.see_as(&mut ada, "/email/change-request", &ask("eve@example.com")).await;
    assert_eq!(free, taken);
}

async fn with_mail(mailbox: &Mailbox) -> TestApp {
    TestApp::with(|builder| builder.email(mailbox.config())).await
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sign_ups_tell_no_more_than_one() {
    let mailbox = Mailbox::default();
    let app = with_mail(&mailbox).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    // One address is free, the other is not; then the same name again with a third address.
    for (email, name) in [("free@example.com", "fresh1"), ("ada@example.com", "fresh2")] {
        assert_eq!(app.client().register(email, name, PASSWORD).await.status, 202);
        let again = app.client().register("third@example.com", name, PASSWORD).await;
        assert_eq!(told(&again), (422, json!("Username already taken")), "{email}");
    }
    let kinds: Vec<_> =
        mailbox.open(&app).await.into_iter().map(|mail| (mail.to, mail.kind)).collect();
    let expected = [
        ("ada@example.com", "verify_email"),
        ("free@example.com", "verify_email"),
        ("ada@example.com", "existing_account"),
    ];
    for (to, kind) in expected {
        assert!(kinds.contains(&(to.to_owned(), kind.to_owned())), "{to} {kind}: {kinds:?}");
    }
    assert_eq!(kinds.len(), 3);

    app.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(app.client().register("third@example.com", "fresh2", PASSWORD).await.status, 202);
    assert_eq!(mailbox.only(&app).await.to, "third@example.com", "the claim has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_is_told_of_sign_ups_so_often() {
    let mailbox = Mailbox::default();
    let app = with_mail(&mailbox).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    mailbox.open(&app).await;
    for round in 0..8 {
        let answer =
            app.client().register("ada@example.com", &format!("ada{round}"), PASSWORD).await;
        assert_eq!(answer.status, 202);
    }
    let mails = mailbox.open(&app).await;
    assert_eq!(mails.len(), 4, "the verification was one of the five that are not resets");
    assert!(
        mails.iter().all(|mail| mail.kind == "existing_account" && mail.to == "ada@example.com")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_verify_first_learns_nothing_by_signing_in() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| builder.email(mailbox.default_config())).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    let verify = mailbox.only(&app).await;
    app.client().register("ada@example.com", "eve", PASSWORD).await;
    let created = app.client().login("ada", PASSWORD).await;
    let not_created = app.client().login("eve", PASSWORD).await;
    assert_eq!(told(&created), (401, json!("Incorrect username or password")));
    assert_eq!(created.body, not_created.body);
    app.client().post_json("/email/verify-confirm", &json!({ "token": verify.token() })).await;
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_delivery_a_sign_up_says_what_is_taken() {
    let app = TestApp::start().await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    let answer = app.client().register("ada@example.com", "eve", PASSWORD).await;
    assert_eq!(told(&answer), (422, json!("Email already registered")));
    let answer = app.client().register("eve@example.com", "ada", PASSWORD).await;
    assert_eq!(told(&answer), (422, json!("Username already taken")));
}

/// What somebody may do one after the other, and sees of it: with the address `A`, which is free or
/// not, and a name of their own.
const SEQUENCES: [&[(&str, &str, &str)]; 9] = [
    &[("/register", "A", "eve"), ("/login", "eve", ""), ("/login", "A", "")],
    &[("/register", "A", "eve"), ("/token", "A", ""), ("/token", "eve", "")],
    &[("/register", "A", "eve"), ("/register", "A", "eve"), ("/register", "A", "eva")],
    &[("/register", "A", "eve"), ("/register", "b@example.com", "eve"), ("/login", "eve", "")],
    &[("/register", "A", "eve"), ("/register", "b@example.com", "Eve"), ("/login", "A", "")],
    &[("/register", "A", "eve"), ("/password/reset-request", "A", ""), ("/login", "eve", "")],
    &[("/register", "A", "eve"), ("/email/verify-request", "A", ""), ("/token", "eve", "")],
    // A name that is taken, and then the address with another one.
    &[("/register", "A", "grace"), ("/register", "A", "eve"), ("/login", "eve", "")],
    &[
        ("/register", "A", "eve1"),
        ("/register", "A", "eve2"),
        ("/register", "A", "eve3"),
        ("/register", "A", "eve4"),
        ("/register", "b@example.com", "eve2"),
        ("/register", "c@example.com", "eve3"),
        ("/register", "d@example.com", "eve4"),
    ],
];

/// Runs a sequence where `A` is free, or another user's who is verified or not.
async fn walk(sequence: &[(&str, &str, &str)], owner: Option<bool>) -> Vec<Seen> {
    let watch = Watch::start(RateLimits::off()).await;
    watch.see("/register", &sign_up("grace@example.com", "grace")).await;
    if let Some(verified) = owner {
        // The owner comes from elsewhere.
        let register = AccountRegister {
            email: "ada@example.com".to_owned(),
            username: "ada".to_owned(),
            full_name: None,
        };
        let registration = watch.auth.registration();
        let checked = registration.check(register, Password::new(PASSWORD)).unwrap();
        let mut elsewhere = HookContext::default();
        elsewhere.address = Some([10, 0, 0, 1].into());
        registration.sign_up(checked, &elsewhere).await.unwrap();
        if verified {
            watch.database.execute("UPDATE accounts SET email_verified = TRUE").await;
        }
    }
    let mut seen = Vec::new();
    for (path, who, name) in sequence {
        let who = if *who == "A" { "ada@example.com" } else { who };
        let (log, before) = (&watch.log, watch.hasher.computed());
        log.take();
        let mut client = Client::new(watch.address);
        let answer = match *path {
            "/login" | "/token" => {
                // Not the password of the owner.
                let form = [("username", who), ("password", "a password of Eve's")];
                client.post_form(path, &form).await
            }
            "/register" => {
                let body = json!({
                    "email": who, "username": name, "password": "a password of Eve's",
                });
                client.post_json(path, &body).await
            }
            path => client.post_json(path, &json!({ "email": who })).await,
        };
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let mut operations = log.take();
        operations.sort_unstable();
        seen.push(Seen {
            status: answer.status.as_u16(),
            headers: headers.collect(),
            body: answer.text(),
            hashes: watch.hasher.computed() - before,
            operations,
        });
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn no_sequence_of_requests_tells_a_free_address_from_a_taken_one() {
    for sequence in SEQUENCES {
        let free = walk(sequence, None).await;
        assert!(free.iter().all(|seen| seen.status != 200 || !seen.body.contains("token\"")));
        for verified in [true, false] {
            let taken = walk(sequence, Some(verified)).await;
            for (at, (free, taken)) in free.iter().zip(&taken).enumerate() {
                assert_eq!(free, taken, "step {at} of {sequence:?}, verified: {verified}");
            }
        }
    }
}

/// Wrong passwords for the name and for the address are counted apart, as for two strangers: a
/// lock that both had would tell that they are one account.
#[tokio::test(flavor = "multi_thread")]
async fn no_lock_links_the_name_of_a_sign_up_to_its_address() {
    for taken in [false, true] {
        let mailbox = Mailbox::default();
        let app = TestApp::with(|builder| builder.email(mailbox.default_config())).await;
        if taken {
            app.client().register("ada@example.com", "ada", PASSWORD).await;
            app.execute("UPDATE accounts SET email_verified = TRUE").await;
        }
        app.client().register("ada@example.com", "eve", PASSWORD).await;
        let attempt = |name: &str, number: usize| {
            app.auth.login().sign_in(LoginAttempt {
                name: LoginName::new(name),
                password: Password::new("another"),
                // From anywhere, so that no address is locked.
                address: Some(format!("10.0.0.{number}")),
                devices: Vec::new(),
            })
        };
        let mut locked = false;
        for number in 0..20 {
            let refused = attempt("eve", number).await.err();
            locked |= matches!(refused, Some(LoginError::LockedOut { .. }));
        }
        assert!(locked, "taken: {taken}");
        let refused = attempt("ada@example.com", 30).await.err();
        assert!(matches!(refused, Some(LoginError::BadCredentials)), "{taken}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn few_names_are_held_for_one_address() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| builder.email(mailbox.default_config())).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    for number in 0..6 {
        let name = format!("squatted{number}");
        assert_eq!(app.client().register("ada@example.com", &name, PASSWORD).await.status, 202);
    }
    let mut held = 0;
    for number in 0..6 {
        let (address, name) = (format!("u{number}@example.com"), format!("squatted{number}"));
        held += usize::from(app.client().register(&address, &name, PASSWORD).await.status == 422);
    }
    assert_eq!(held, 2, "with that of her own sign-up it is three in thirty days");
}
