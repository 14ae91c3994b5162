//! The contract of the port [`RecordStore`], one test a property.
//!
//! ```no_run
//! use std::sync::Arc;
//! use crudauth::store::memory::MemoryRecords;
//! use crudauth_tests::conformance::records::Subject;
//!
//! async fn make() -> Subject {
//!     Subject::new([Arc::new(MemoryRecords::new()) as _]).await // your adapter
//! }
//!
//! crudauth_tests::record_store_conformance!(make);
//! # fn main() {}
//! ```

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crudauth::store::records::{
    ApiKey, ColumnType, ColumnValue as _, Condition, Identity, Insertion, Key, Passkey,
    PasskeyUser, Record, RecordStore, Records, RoleGrant, Row, SecondFactor, TABLES, Table, Target,
    Value, new_id,
};
use crudauth::store::{Changed, StoreErrorKind};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const TASKS: usize = 16;
const ROUNDS: usize = 10;

/// A fresh, empty store under test.
#[derive(Debug, Clone)]
pub struct Subject {
    handles: Arc<[Arc<dyn RecordStore>]>,
    /// Dropped with the last clone.
    _kept: Arc<dyn Any + Send + Sync>,
}

impl Subject {
    /// A store through one or more handles, whose tables are made here: what is written through one
    /// must be seen through all, as by several processes.
    ///
    /// # Panics
    ///
    /// If there is no handle, or the tables cannot be made.
    pub async fn new(handles: impl IntoIterator<Item = Arc<dyn RecordStore>>) -> Self {
        let handles: Arc<[_]> = handles.into_iter().collect();
        assert!(!handles.is_empty(), "a subject needs a handle");
        for handle in &*handles {
            handle.open(TABLES).await.expect("the tables");
        }
        Self { handles, _kept: Arc::new(()) }
    }

    /// Keeps `thing`, a temporary directory or a server, for as long as the test runs.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Self {
        self._kept = Arc::new(thing);
        self
    }

    fn store(&self, number: usize) -> &Arc<dyn RecordStore> {
        &self.handles[number % self.handles.len()]
    }

    /// One of the handles: tests write through the first, and change through the second.
    fn records(&self, number: usize) -> Records {
        self.records_of(number, "members")
    }

    /// The same, for the users of another table.
    fn records_of(&self, number: usize, users: &str) -> Records {
        Records::new(Arc::clone(self.store(number)), users)
    }

    async fn insert<R: Record>(&self, record: R) {
        let inserted = self.records(0).insert(record).await.expect("insert");
        assert_eq!(inserted, Insertion::Inserted);
    }

    /// What all handles find.
    async fn find<R: Record + Clone + PartialEq>(&self, key: Key<R>) -> Option<R> {
        let found = self.records(0).find(key.clone()).await.expect("find");
        for number in 1..self.handles.len() {
            let other = self.records(number).find(key.clone()).await.expect("find");
            assert!(other == found, "all handles see the same");
        }
        found
    }

    async fn ids<R: Record>(&self, owner: &str) -> Vec<String> {
        let listed = self.records(1).list::<R>(owner, None, 100).await.expect("list");
        listed.iter().map(|record| record.id().to_owned()).collect()
    }

    /// Runs `act` for so many at once, through all handles.
    async fn race<T, F>(&self, act: impl Fn(usize, Records) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let gate = Arc::new(Barrier::new(TASKS));
        let mut tasks = JoinSet::new();
        for number in 0..TASKS {
            let gate = gate.clone();
            let act = act(number, self.records(number));
            tasks.spawn(async move {
                gate.wait().await;
                act.await
            });
        }
        tasks.join_all().await
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn identity(owner: &str, subject: &str) -> Identity {
    Identity {
        id: new_id(),
        owner: owner.to_owned(),
        issuer: "https://issuer.example".to_owned(),
        subject: subject.to_owned(),
        provider: "example".to_owned(),
        linked_provider: None,
        email: None,
        linked_at: at(0),
        last_used_at: None,
        removed_at: None,
        epoch: Some(1),
        tokens: None,
    }
}

fn passkey(owner: &str, number: u8) -> Passkey {
    Passkey {
        id: new_id(),
        owner: owner.to_owned(),
        credential_hash: vec![number; 32],
        credential_id: vec![number, 0, 255],
        public_key: vec![1, number],
        sign_count: 3,
        user_verified: true,
        backup_eligible: false,
        backed_up: true,
        transports: Some("usb,nfc".to_owned()),
        aaguid: vec![0; 16],
        attachment: None,
        name: "Key \u{1f511}".to_owned(),
        created_at: at(0),
        last_used_at: None,
    }
}

fn second_factor(owner: &str) -> SecondFactor {
    SecondFactor {
        id: new_id(),
        owner: owner.to_owned(),
        secret: vec![1, 2, 3],
        confirmed_at: Some(at(0)),
        last_step: None,
        codes: Some("one two".to_owned()),
        epoch: -7,
    }
}

fn grant(owner: &str, role: &str) -> RoleGrant {
    RoleGrant {
        id: new_id(),
        owner: owner.to_owned(),
        role: role.to_owned(),
        granted_at: at(0),
        granted_by: None,
    }
}

fn api_key(owner: &str, number: u8) -> ApiKey {
    ApiKey {
        id: new_id(),
        owner: owner.to_owned(),
        digest: vec![number; 32],
        name: "nightly".to_owned(),
        prefix: "acme_".to_owned(),
        last_four: "wxyz".to_owned(),
        scopes: "reports:read".to_owned(),
        epoch: None,
        created_at: at(0),
        expires_at: Some(at(90)),
        revoked_at: None,
        last_used_at: None,
        last_used_address: None,
    }
}

/// Texts that an adapter could mistake for syntax, fold together or cut off.
const ODD: [&str; 18] = [
    "",
    " ",
    "a",
    "A",
    "a ",
    " a",
    "á",
    "a\u{301}",
    "ä",
    "ß",
    "ss",
    "%",
    "_",
    "'",
    "\\",
    "?",
    "\u{1f511}",
    "a\u{1}\r\n",
];

/// A row whose values are as long as they may be, each another one by `number`.
fn longest(table: &Table, number: u8) -> Row {
    let value = |holds| match holds {
        ColumnType::Integer => Value::Integer(i64::MAX - i64::from(number)),
        ColumnType::Flag => Value::Flag(true),
        ColumnType::Text(most) => Value::Text(char::from(b'a' + number).to_string().repeat(most)),
        ColumnType::Bytes(most) => Value::Bytes(vec![255 - number; most]),
    };
    table.columns.iter().map(|column| value(column.holds)).collect()
}

fn conditions(table: &Table, row: &Row, columns: &[&'static str]) -> Vec<Condition> {
    let value = |column| row[table.place(column).expect("a column")].clone();
    columns.iter().map(|column| Condition::Is(column, value(column))).collect()
}

/// What was inserted is found, with all its values.
pub async fn records_round_trip(subject: Subject) {
    let linked = Identity {
        linked_provider: Some("example".to_owned()),
        email: Some("ada@example.com".to_owned()),
        last_used_at: Some(at(1)),
        removed_at: Some(at(2)),
        tokens: Some(vec![0, 159, 146, 150]),
        ..identity("1", "ada")
    };
    subject.insert(linked.clone()).await;
    let by_subject = Identity::by_subject("https://issuer.example", "ada");
    assert_eq!(subject.find(by_subject).await.as_ref(), Some(&linked));
    assert_eq!(subject.find(Identity::by_provider("1", "example")).await, Some(linked));
    let bare = identity("1", "bare");
    subject.insert(bare.clone()).await;
    assert_eq!(subject.find(Identity::by_subject(&bare.issuer, "bare")).await, Some(bare));
    let key = passkey("1", 1);
    subject.insert(key.clone()).await;
    assert_eq!(subject.find(Passkey::by_credential(&[1; 32])).await, Some(key));
    assert_eq!(subject.find(Passkey::by_credential(&[2; 32])).await, None);
    let user = PasskeyUser { id: new_id(), owner: "1".to_owned(), handle: vec![9; 16] };
    subject.insert(user.clone()).await;
    assert_eq!(subject.find(PasskeyUser::by_handle(&[9; 16])).await.as_ref(), Some(&user));
    assert_eq!(subject.find(PasskeyUser::by_owner("1")).await, Some(user));
    let factor = second_factor("1");
    subject.insert(factor.clone()).await;
    assert_eq!(subject.find(SecondFactor::by_owner("1")).await, Some(factor));
    let api = api_key("1", 1);
    subject.insert(api.clone()).await;
    assert_eq!(subject.find(ApiKey::by_digest(&[1; 32])).await, Some(api));
    let admin = RoleGrant { granted_by: Some("2".to_owned()), ..grant("1", "admin") };
    subject.insert(admin.clone()).await;
    assert_eq!(subject.find(RoleGrant::by_role("1", "admin")).await, Some(admin));
}

/// Each table has each of its columns, and room for the longest value in it; and each unique set.
pub async fn every_table_takes_the_longest_values(subject: Subject) {
    for table in TABLES {
        let (first, second) = (longest(table, 0), longest(table, 1));
        for row in [&first, &second] {
            let inserted = subject.store(0).insert(table, row.clone()).await.expect(table.name);
            assert_eq!(inserted, Insertion::Inserted, "{}", table.name);
        }
        for unique in table.unique {
            let found = subject.store(1).find(table, conditions(table, &first, unique)).await;
            assert_eq!(found.expect("find").as_ref(), Some(&first), "{} {unique:?}", table.name);
            // Another row with these values alone.
            let mut third = longest(table, 2);
            for column in *unique {
                let place = table.place(column).expect("a column");
                third[place] = first[place].clone();
            }
            let inserted = subject.store(1).insert(table, third).await.expect(table.name);
            assert_eq!(inserted, Insertion::Taken, "{} {unique:?}", table.name);
        }
    }
}

/// A value that is longer than its column is refused, and so is a NUL in a text; neither is found.
pub async fn a_value_that_does_not_fit_is_refused(subject: Subject) {
    async fn refused<R: Record>(subject: &Subject) {
        for (place, column) in R::TABLE.columns.iter().enumerate() {
            // No record says its users table.
            if column.name == "users" {
                continue;
            }
            let bad = match column.holds {
                ColumnType::Text(most) => {
                    vec![Value::Text("a".repeat(most + 1)), Value::Text("a\0".to_owned())]
                }
                ColumnType::Bytes(most) => vec![Value::Bytes(vec![0; most + 1])],
                _ => Vec::new(),
            };
            for value in bad {
                let mut row = longest(R::TABLE, 0);
                row[place] = value;
                let record = R::from_row(row).expect("a record");
                let error = subject.records(0).insert(record).await.expect_err(column.name);
                assert_eq!(error.kind(), StoreErrorKind::Unfit, "{}", column.name);
                let cause = std::error::Error::source(&error).expect("a cause").to_string();
                assert!(cause.contains(column.name) && cause.contains(R::TABLE.name), "{cause}");
            }
        }
    }
    refused::<Identity>(&subject).await;
    refused::<Passkey>(&subject).await;
    refused::<PasskeyUser>(&subject).await;
    refused::<SecondFactor>(&subject).await;
    refused::<ApiKey>(&subject).await;
    refused::<RoleGrant>(&subject).await;
    subject.insert(identity("1", "a")).await;
    for subject_of_nobody in ["a\0", &"a".repeat(256)] {
        let key = Identity::by_subject("https://issuer.example", subject_of_nobody);
        assert_eq!(subject.find(key).await, None);
    }
    let role = grant("1", "member");
    subject.insert(role.clone()).await;
    let records = subject.records(0);
    let too_long = records.change(Target::of(&role), [RoleGrant::role().to("a".repeat(256))]).await;
    assert_eq!(too_long.expect_err("too long").kind(), StoreErrorKind::Unfit);
    assert!(!records.remove(Target::<RoleGrant>::new("1\0", &role.id)).await.expect("remove"));
    assert_eq!(subject.ids::<RoleGrant>(&"1".repeat(2000)).await, Vec::<String>::new());
    assert_eq!(subject.find(RoleGrant::by_role("1", "member")).await, Some(role));
}

/// Two users tables in one database have the same ids: nothing of the one is found, changed, removed or
/// taken by the other, whatever the kind.
pub async fn two_users_tables_share_nothing(subject: Subject) {
    async fn apart<R: Record + Clone + PartialEq>(subject: &Subject, record: R, key: Key<R>) {
        let table = R::TABLE.name;
        let (mine, theirs) = (subject.records(0), subject.records_of(1, "`staff`"));
        assert_eq!(mine.insert(record.clone()).await.expect(table), Insertion::Inserted);
        let found = theirs.find(key.clone()).await.expect(table);
        assert!(found.is_none(), "{table}: found by a user of another table");
        assert!(theirs.list::<R>(record.owner(), None, 10).await.expect(table).is_empty());
        assert!(!theirs.remove(Target::of(&record)).await.expect(table), "{table}");
        assert_eq!(theirs.remove_all_of(record.owner()).await.expect(table), 0, "{table}");
        // The same values but for the id, which is random.
        let mut row = record.clone().into_row("");
        row[0] = Value::Text(new_id());
        let twin = R::from_row(row).expect(table);
        assert_eq!(theirs.insert(twin.clone()).await.expect(table), Insertion::Inserted);
        assert!(mine.find(key.clone()).await.expect(table) == Some(record.clone()), "{table}");
        assert!(theirs.find(key.clone()).await.expect(table) == Some(twin), "{table}");
        assert_eq!(mine.remove_all_of(record.owner()).await.expect(table), 1, "{table}");
        assert!(theirs.find(key).await.expect(table).is_some(), "{table}: removed with another");
        assert_eq!(theirs.remove_all_of(record.owner()).await.expect(table), 1, "{table}");
    }
    let linked = Identity { linked_provider: Some("example".to_owned()), ..identity("1", "ada") };
    apart(&subject, linked.clone(), Identity::by_subject(&linked.issuer, "ada")).await;
    apart(&subject, linked, Identity::by_provider("1", "example")).await;
    apart(&subject, passkey("1", 1), Passkey::by_credential(&[1; 32])).await;
    let user = PasskeyUser { id: new_id(), owner: "1".to_owned(), handle: vec![9; 16] };
    apart(&subject, user.clone(), PasskeyUser::by_owner("1")).await;
    apart(&subject, user, PasskeyUser::by_handle(&[9; 16])).await;
    apart(&subject, second_factor("1"), SecondFactor::by_owner("1")).await;
    apart(&subject, api_key("1", 1), ApiKey::by_digest(&[1; 32])).await;
    apart(&subject, grant("1", "admin"), RoleGrant::by_role("1", "admin")).await;

    let role = grant("1", "admin");
    subject.insert(role.clone()).await;
    let theirs = subject.records_of(0, "staff");
    let renamed = theirs.change(Target::of(&role), [RoleGrant::role().to("root".to_owned())]).await;
    assert_eq!(renamed.expect("change"), Changed::Stale);
    assert_eq!(subject.find(RoleGrant::by_role("1", "admin")).await, Some(role));
    // A name that has no room is that of no table.
    let nameless = subject.records_of(0, &"s".repeat(191));
    let error = nameless.insert(grant("1", "admin")).await.expect_err("too long");
    assert_eq!(error.kind(), StoreErrorKind::Unfit);
    assert_eq!(nameless.find(RoleGrant::by_role("1", "admin")).await.expect("find"), None);
}

/// Case, accents and blanks count, in what is unique, what is found, and whose it is.
pub async fn texts_are_compared_byte_by_byte(subject: Subject) {
    for text in ODD {
        subject.insert(identity(text, text)).await;
        subject.insert(grant(text, text)).await;
    }
    for text in ODD {
        let found = subject.find(Identity::by_subject("https://issuer.example", text)).await;
        assert_eq!(found.expect(text).owner, text);
        let found = subject.find(RoleGrant::by_role(text, text)).await;
        let mine = subject.ids::<RoleGrant>(text).await;
        assert_eq!(mine, [found.expect(text).id]);
    }
    for text in ODD {
        assert_eq!(subject.records(0).remove_all_of(text).await.expect("remove"), 2, "{text:?}");
    }
}

/// What another record has is not inserted, and changes nothing.
pub async fn unique_values_are_taken_once(subject: Subject) {
    let first = identity("1", "ada");
    subject.insert(first.clone()).await;
    let records = subject.records(1);
    let same_subject = identity("2", "ada");
    assert_eq!(records.insert(same_subject).await.expect("insert"), Insertion::Taken);
    let same_id = Identity { id: first.id.clone(), ..identity("2", "bob") };
    assert_eq!(records.insert(same_id).await.expect("insert"), Insertion::Taken);
    assert_eq!(subject.ids::<Identity>("2").await, Vec::<String>::new());
    assert_eq!(subject.find(Identity::by_subject(&first.issuer, "ada")).await, Some(first));

    // NULL is equal to nothing: one link of a provider counts, and many were removed.
    for name in ["removed", "removed too"] {
        subject.insert(identity("3", name)).await;
    }
    let linked =
        |name| Identity { linked_provider: Some("example".to_owned()), ..identity("3", name) };
    subject.insert(linked("linked")).await;
    assert_eq!(records.insert(linked("another")).await.expect("insert"), Insertion::Taken);
    let removed = subject.find(Identity::by_subject("https://issuer.example", "removed")).await;
    let relink = [Identity::linked_provider().to(Some("example".to_owned()))];
    let removed = Target::of(&removed.expect("it is there"));
    assert_eq!(records.change(removed, relink).await.expect("change"), Changed::Taken);
}

/// Of parallel inserts of the same unique values, one is there.
pub async fn parallel_inserts_have_one_winner(subject: Subject) {
    for round in 0..ROUNDS {
        let name = format!("round {round}");
        let results = subject.race(|number, records| {
            let record = identity(&number.to_string(), &name);
            async move { (number, records.insert(record).await.expect("insert")) }
        });
        let results = results.await;
        let winners: Vec<_> =
            results.iter().filter(|(_, result)| *result == Insertion::Inserted).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let found = subject.find(Identity::by_subject("https://issuer.example", &name)).await;
        assert_eq!(found.expect("it is there").owner, winners[0].0.to_string());
    }
}

/// A change is made where its conditions hold, and else nothing is changed.
pub async fn a_change_has_conditions(subject: Subject) {
    let (records, factor) = (subject.records(1), second_factor("1"));
    subject.insert(factor.clone()).await;
    let target = || Target::of(&factor);
    let step = |step: i64| [SecondFactor::last_step().to(step)];
    let change = async |target, step| records.change(target, step).await.expect("change");
    let (last_step, secret) = (SecondFactor::last_step, SecondFactor::secret);
    assert_eq!(change(target().only_if_below(last_step(), 5), step(5)).await, Changed::Applied);
    assert_eq!(change(target().only_if_below(last_step(), 5), step(5)).await, Changed::Stale);
    assert_eq!(change(target().only_if_below(last_step(), 6), step(6)).await, Changed::Applied);
    assert_eq!(change(target().only_if(last_step(), None), step(7)).await, Changed::Stale);
    assert_eq!(change(target().only_if(last_step(), 6), step(6)).await, Changed::Applied);
    let other_secret = target().only_if(last_step(), 6).only_if(secret(), vec![1, 2]);
    assert_eq!(change(other_secret, step(7)).await, Changed::Stale);
    assert_eq!(subject.find(SecondFactor::by_owner("1")).await.expect("one").last_step, Some(6));
    let seen =
        target().only_if(SecondFactor::confirmed_at(), at(0)).only_if(secret(), vec![1, 2, 3]);
    let off = [
        SecondFactor::confirmed_at().to(None),
        last_step().to(None),
        SecondFactor::codes().to(None),
        secret().to(Vec::new()),
    ];
    assert_eq!(records.change(seen, off).await.expect("change"), Changed::Applied);
    let is_off = SecondFactor {
        confirmed_at: None,
        last_step: None,
        codes: None,
        secret: Vec::new(),
        ..factor.clone()
    };
    assert_eq!(subject.find(SecondFactor::by_owner("1")).await, Some(is_off));
    assert_eq!(change(target().only_if(last_step(), None), step(1)).await, Changed::Applied);
    assert_eq!(records.change(target(), []).await.expect("change"), Changed::Stale, "of nothing");
}

/// Of parallel changes from one state, one is made: a code of an authenticator counts once.
pub async fn parallel_changes_have_one_winner(subject: Subject) {
    let factor = second_factor("1");
    subject.insert(factor.clone()).await;
    for round in 0..ROUNDS {
        let step = i64::try_from(round).expect("few");
        let results = subject.race(|_, records| {
            let seen = Target::of(&factor)
                .only_if(SecondFactor::secret(), vec![1, 2, 3])
                .only_if_below(SecondFactor::last_step(), step);
            async move {
                let set = [SecondFactor::last_step().to(step)];
                records.change(seen, set).await.expect("change") == Changed::Applied
            }
        });
        assert_eq!(results.await.into_iter().filter(|won| *won).count(), 1, "round {round}");
    }
}

/// The id of a record of somebody else changes, and removes, nothing.
pub async fn another_owner_reaches_nothing(subject: Subject) {
    let (records, key) = (subject.records(0), api_key("1", 1));
    subject.insert(key.clone()).await;
    subject.insert(api_key("2", 2)).await;
    for other in ["2", "", "1 ", "10", "%"] {
        let theirs = || Target::<ApiKey>::new(other, &key.id);
        let revoked = records.change(theirs(), [ApiKey::revoked_at().to(at(1))]).await;
        assert_eq!(revoked.expect("change"), Changed::Stale, "{other:?}");
        assert!(!records.remove(theirs()).await.expect("remove"), "{other:?}");
    }
    assert_eq!(subject.find(ApiKey::by_digest(&[1; 32])).await.as_ref(), Some(&key));
    assert!(records.remove(Target::of(&key)).await.expect("remove"), "its owner can");
    assert_eq!(subject.find(ApiKey::by_digest(&[1; 32])).await, None);
    assert_eq!(subject.ids::<ApiKey>("2").await.len(), 1);
}

/// A record is removed once, and only where the conditions hold.
pub async fn removal_has_conditions_and_one_winner(subject: Subject) {
    for round in 0..ROUNDS {
        let factor = second_factor("1");
        subject.insert(factor.clone()).await;
        let other = Target::of(&factor).only_if(SecondFactor::confirmed_at(), at(9));
        assert!(!subject.records(1).remove(other).await.expect("remove"));
        let results = subject.race(|_, records| {
            let seen = Target::of(&factor).only_if(SecondFactor::confirmed_at(), at(0));
            async move { records.remove(seen).await.expect("remove") }
        });
        assert_eq!(results.await.into_iter().filter(|won| *won).count(), 1, "round {round}");
        assert_eq!(subject.find(SecondFactor::by_owner("1")).await, None);
    }
}

/// A list is read page by page: what is inserted and removed meanwhile moves nothing to another page.
pub async fn lists_have_stable_pages(subject: Subject) {
    let records = subject.records(1);
    let mut ids = Vec::new();
    for number in 0..9 {
        let grant = grant("1", &number.to_string());
        ids.push(grant.id.clone());
        subject.insert(grant).await;
        subject.insert(self::grant("2", &number.to_string())).await;
    }
    ids.sort();
    let page = async |after: Option<&str>, limit| -> Vec<String> {
        let page = records.list::<RoleGrant>("1", after, limit).await.expect("list");
        page.iter().map(|grant| grant.id.clone()).collect()
    };
    assert_eq!(page(None, 100).await, ids);
    assert_eq!(page(None, 4).await, ids[..4]);
    assert_eq!(page(None, 0).await, Vec::<String>::new());
    for gone in [&ids[1], &ids[3]] {
        assert!(records.remove(Target::<RoleGrant>::new("1", gone)).await.expect("remove"));
    }
    let new = grant("1", "new");
    subject.insert(new.clone()).await;
    // The page goes on after a record that is gone.
    assert_eq!(page(Some(&ids[3]), 4).await, ids[4..8]);
    assert_eq!(page(Some(&ids[7]), 4).await, [ids[8].clone(), new.id.clone()]);
    assert_eq!(page(Some(&new.id), 4).await, Vec::<String>::new());
    assert_eq!(page(None, 100).await.len(), 8);
}

/// A page has at most a hundred records, whatever is asked for.
pub async fn a_page_is_bounded(subject: Subject) {
    for number in 0..101 {
        subject.insert(grant("1", &number.to_string())).await;
    }
    let page = subject.records(0).list::<RoleGrant>("1", None, u32::MAX).await.expect("list");
    assert_eq!(page.len(), 100);
}

/// A list has the rows that meet all conditions, also that a column is NULL, however many there are that do not.
pub async fn a_list_has_what_meets_its_conditions(subject: Subject) {
    for number in 0..101 {
        let removed_at = Some(at(number));
        subject.insert(Identity { removed_at, ..identity("1", &number.to_string()) }).await;
    }
    let live = identity("1", "live");
    subject.insert(live.clone()).await;
    subject.insert(identity("2", "other")).await;
    let only = |value| vec![Condition::Is("owner", "1".into()), Condition::Is("removed_at", value)];
    let listed =
        async |value| subject.store(1).list(Identity::TABLE, only(value), 100).await.expect("list");
    assert_eq!(listed(Value::Null).await, [live.into_row("members")]);
    let one = listed(at(7).into_value()).await;
    assert_eq!(one.len(), 1);
    assert_eq!(Identity::from_row(one[0].clone()).map(|it| it.subject), Some("7".to_owned()));
}

/// A use is noted once an interval, and for the owner's record alone.
pub async fn a_use_is_noted_once_an_interval(subject: Subject) {
    let (records, minute) = (subject.records(1), Duration::from_secs(60));
    subject.insert(passkey("1", 1)).await;
    subject.insert(passkey("1", 2)).await;
    let seen = async || subject.find(Passkey::by_credential(&[1; 32])).await.expect("a passkey");
    let unused = seen().await;
    assert!(records.touch(&unused, at(0), minute).await.expect("touch"));
    assert_eq!(seen().await.last_used_at, Some(at(0)));
    assert!(!records.touch(&unused, at(59), minute).await.expect("touch"), "another has noted it");
    assert!(!records.touch(&seen().await, at(60), minute).await.expect("touch"));
    assert!(records.touch(&seen().await, at(61), minute).await.expect("touch"));
    assert_eq!(seen().await, Passkey { last_used_at: Some(at(61)), ..unused });
    let other = subject.find(Passkey::by_credential(&[2; 32])).await.expect("a passkey");
    assert_eq!(other.last_used_at, None);
}

/// One call removes what an owner has, of every kind, and nothing of others.
pub async fn all_of_an_owner_is_removed(subject: Subject) {
    for (number, owner) in [(1, "7"), (2, "77"), (3, "07"), (4, "7 ")] {
        subject.insert(identity(owner, owner)).await;
        subject.insert(passkey(owner, number)).await;
        subject
            .insert(PasskeyUser { id: new_id(), owner: owner.to_owned(), handle: vec![number; 16] })
            .await;
        subject.insert(second_factor(owner)).await;
        subject.insert(api_key(owner, number)).await;
        subject.insert(grant(owner, "admin")).await;
        subject.insert(grant(owner, "member")).await;
    }
    let records = subject.records(1);
    assert_eq!(records.remove_all_of("7").await.expect("remove"), 7);
    assert_eq!(records.remove_all_of("7").await.expect("remove"), 0);
    for table in TABLES {
        let of = |owner: &str| vec![Condition::Is("owner", owner.into())];
        let left = subject.store(0).list(table, of("7"), 10).await.expect("list");
        assert_eq!(left, Vec::<Row>::new(), "{}", table.name);
        for owner in ["77", "07", "7 "] {
            let left = subject.store(0).list(table, of(owner), 10).await.expect("list");
            assert!(!left.is_empty(), "{} of {owner:?}", table.name);
        }
    }
}

/// Inserts race with the removal of all that their owner has: each row is removed, or is there.
pub async fn inserts_race_with_the_removal_of_their_owner(subject: Subject) {
    for round in 0..ROUNDS {
        let owner = round.to_string();
        let results = subject.race(|number, records| {
            let (owner, role) = (owner.clone(), number.to_string());
            async move {
                if number % 4 == 0 {
                    records.remove_all_of(&owner).await.expect("remove")
                } else {
                    let inserted = records.insert(grant(&owner, &role)).await.expect("insert");
                    assert_eq!(inserted, Insertion::Inserted);
                    0
                }
            }
        });
        let removed: u64 = results.await.into_iter().sum();
        let left = subject.ids::<RoleGrant>(&owner).await.len() as u64;
        assert_eq!(removed + left, TASKS as u64 * 3 / 4, "round {round}");
    }
}

/// One test for each property of the contract, on what the async function `$make` returns: a
/// [`Subject`](crate::conformance::records::Subject), fresh each time, or an `Option` of one, with
/// `None` where the server that it needs is not installed. Put it into a module of its own for each
/// adapter.
#[macro_export]
macro_rules! record_store_conformance {
    ($make:path) => {
        $crate::record_store_conformance! { $make:
            records_round_trip
            every_table_takes_the_longest_values
            a_value_that_does_not_fit_is_refused
            two_users_tables_share_nothing
            texts_are_compared_byte_by_byte
            unique_values_are_taken_once
            parallel_inserts_have_one_winner
            a_change_has_conditions
            parallel_changes_have_one_winner
            another_owner_reaches_nothing
            removal_has_conditions_and_one_winner
            lists_have_stable_pages
            a_page_is_bounded
            a_list_has_what_meets_its_conditions
            a_use_is_noted_once_an_interval
            all_of_an_owner_is_removed
            inserts_race_with_the_removal_of_their_owner
        }
    };
    ($make:path: $($property:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $property() {
                let subject = $make().await;
                if let Some(subject) = Option::<$crate::conformance::records::Subject>::from(subject) {
                    $crate::conformance::records::$property(subject).await;
                }
            }
        )*
    };
}
