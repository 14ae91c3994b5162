//! Both places, over stores in memory.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use tokio::task::JoinSet;

use super::{Accepted, Confirmation, FactorSettings, SecondFactors};
use crate::clock::{Clock as _, ManualClock};
use crate::error::{Inputs, StartupError};
use crate::factors::{Code, FernetKeys, TotpSecret};
use crate::secret::SecretKey;
use crate::store::Stores;
use crate::store::memory::{MemoryRecords, MemoryState, MemoryUsers};
use crate::store::{Changed, UserStore as _};
use crate::user::{
    AuthUser, Change, FactorColumns, FactorPlace, LogicalFields, LoginField, NewUser, NoFormFields,
    NoTenant, NothingProvisioned, RegisterFields, StoredUser, UserSchema,
};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The tasks of a race.
const TASKS: usize = 16;

/// A user with four columns, or with none of them.
#[derive(Debug, Clone, Default)]
struct Row<const COLUMNS: bool> {
    id: i32,
    epoch: i64,
    created_at: Option<SystemTime>,
    secret: Option<String>,
    confirmed_at: Option<SystemTime>,
    last_step: Option<i64>,
    codes: Option<String>,
}

struct Nothing;

impl RegisterFields for Nothing {
    fn read(_: &mut Inputs) -> Option<Self> {
        Some(Self)
    }

    fn visit_identities(&mut self, _: &mut dyn FnMut(LoginField, &str) -> Option<String>) {}

    fn email(&self) -> Option<&str> {
        None
    }

    fn username(&self) -> Option<&str> {
        None
    }
}

impl<const COLUMNS: bool> AuthUser for Row<COLUMNS> {
    type Id = i32;
    type Register = Nothing;
    type Tenant = NoTenant;
    type Provisioned = NothingProvisioned;
    type OAuthFields = NoFormFields;

    const SCHEMA: UserSchema =
        UserSchema { user: "Row", columns: &[], login: &[], recovery: None, beside: &[] };

    const SECOND_FACTORS: Option<FactorPlace> =
        Some(if COLUMNS { FactorPlace::Columns } else { FactorPlace::OwnTable });

    fn register_by_provider(_: &str, _: Option<&str>, _: NoFormFields) -> Nothing {
        Nothing
    }

    fn id(&self) -> &i32 {
        &self.id
    }

    fn tenant(&self) -> &NoTenant {
        &NoTenant
    }

    fn mapped(&self) -> LogicalFields<'_> {
        let token_version = Some(self.epoch);
        LogicalFields { token_version, email: Some("ann@example.com"), ..LogicalFields::default() }
    }

    fn login_value(&self, _: LoginField) -> Option<&str> {
        None
    }

    fn created_at(&self) -> Option<SystemTime> {
        self.created_at
    }

    fn factor_columns(&self) -> Option<FactorColumns<'_>> {
        COLUMNS.then(|| FactorColumns {
            secret: self.secret.as_deref(),
            is_confirmed: self.confirmed_at.is_some(),
            last_step: self.last_step,
            codes: self.codes.as_deref(),
        })
    }

    fn apply(&mut self, change: &Change) {
        self.epoch = change.set().epoch.unwrap_or(self.epoch);
        let Some(factor) = change.set().factor.as_ref().filter(|_| COLUMNS) else { return };
        let to = factor.columns();
        if let Some(to) = to.secret {
            self.secret = to.map(str::to_owned);
        }
        if let Some(to) = to.is_confirmed {
            self.confirmed_at = to.then_some(change.at());
        }
        if let Some(to) = to.last_step {
            self.last_step = to;
        }
        if let Some(to) = to.codes {
            self.codes = to.map(str::to_owned);
        }
    }
}

/// Second factors of a user, in a place.
struct Subject<const COLUMNS: bool> {
    factors: SecondFactors<Row<COLUMNS>>,
    users: Arc<MemoryUsers<Row<COLUMNS>>>,
    clock: Arc<ManualClock>,
    stores: Stores<Row<COLUMNS>>,
}

fn old_key() -> SecretKey {
    SecretKey::new(*b"0Hc7!kd02Lq9_pZx4mVb81sRt6yWnE3g").expect("a key")
}

fn settings(keys: &[&str]) -> FactorSettings {
    let keys = (!keys.is_empty()).then(|| FernetKeys::new(keys).expect("keys"));
    FactorSettings { issuer: "Shop".to_owned(), keys, recovery_codes: 10 }
}

impl<const COLUMNS: bool> Subject<COLUMNS> {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
        let users = Arc::new(MemoryUsers::new(|_: NewUser<Row<COLUMNS>>, id| Row {
            id: i32::try_from(id).expect("few"),
            ..Row::default()
        }));
        let stores = Stores::new(users.clone(), Arc::new(MemoryState::new(clock.clone())))
            .with_records(Arc::new(MemoryRecords::new()));
        let factors =
            SecondFactors::new(stores.clone(), clock.clone(), &old_key(), settings(&[KEY]));
        let subject = Self { factors: factors.expect("settings"), users, clock, stores };
        let new = NewUser {
            register: Nothing,
            provisioned: NothingProvisioned,
            tenant: NoTenant,
            password: None,
            link: None,
            email_verified: false,
            token_version: 0,
            created_at: subject.clock.now(),
        };
        subject.stores.users.insert(new).await.expect("free");
        subject
    }

    async fn user(&self) -> StoredUser<Row<COLUMNS>> {
        self.users.find_by_id(&1).await.expect("a read").expect("the user")
    }

    /// The code of the secret in `steps` steps from now.
    fn code(&self, secret: &TotpSecret, steps: u64) -> Code {
        let at = self.clock.now() + Duration::from_secs(30 * steps);
        Code::new(std::str::from_utf8(&secret.code_at(at)).expect("digits"))
    }

    /// Sets an app up; the secret and the recovery codes.
    async fn enrol(&self) -> (TotpSecret, Vec<String>) {
        let secret = self.factors.new_secret().expect("random");
        assert!(self.factors.start_setup(&self.user().await, &secret).await.expect("stores"));
        let user = self.user().await;
        let seen = self.factors.of(&user).await.expect("stores");
        assert!(seen.is_pending() && !seen.is_enabled());
        let confirmed = self.factors.confirm(&user, &self.code(&secret, 0)).await;
        let Confirmation::Confirmed { codes, user: after } = confirmed.expect("stores") else {
            panic!("not confirmed");
        };
        assert_eq!(after.epoch, user.epoch + 1);
        assert_eq!(self.user().await.epoch, after.epoch);
        (secret, codes.iter().map(str::to_owned).collect())
    }

    async fn accept(&self, code: &Code) -> Option<Accepted> {
        let user = self.user().await;
        let seen = self.factors.of(&user).await.expect("stores");
        self.factors.accept(&user, &seen, code).await.expect("stores")
    }
}

#[tokio::test]
async fn a_factor_lives() {
    lives::<true>().await;
    lives::<false>().await;
}

#[tokio::test]
async fn a_set_up_ends_with_the_credentials() {
    ends_with_the_credentials::<true>().await;
    ends_with_the_credentials::<false>().await;
}

#[tokio::test]
async fn a_secret_of_a_challenge_is_confirmed_alone() {
    confirms_a_challenge::<true>().await;
    confirms_a_challenge::<false>().await;
}

#[tokio::test]
async fn recovery_codes_are_used_once() {
    uses_recovery_codes_once::<true>().await;
    uses_recovery_codes_once::<false>().await;
}

#[tokio::test]
async fn a_change_happens_to_the_set_up_that_was_seen() {
    changes_what_was_seen::<true>().await;
    changes_what_was_seen::<false>().await;
}

#[tokio::test]
async fn one_of_parallel_calls_wins() {
    has_one_winner::<true>().await;
    has_one_winner::<false>().await;
}

#[tokio::test]
async fn a_set_up_that_read_its_user_before_a_confirmation_removes_nothing() {
    late_set_up_removes_nothing::<true>().await;
    late_set_up_removes_nothing::<false>().await;
}

async fn late_set_up_removes_nothing<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let before = subject.user().await;
    let (secret, _) = subject.enrol().await;
    // It hashed a password meanwhile.
    let late = TotpSecret::random().expect("random");
    assert!(!subject.factors.start_setup(&before, &late).await.expect("stores"));
    assert_eq!(subject.accept(&subject.code(&secret, 1)).await, Some(Accepted::Totp));
}

#[tokio::test]
async fn an_earlier_user_with_the_id_has_left_nothing() {
    has_nothing_of_an_earlier_user::<true>().await;
    has_nothing_of_an_earlier_user::<false>().await;
}

async fn lives<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let user = subject.user().await;
    let none = subject.factors.of(&user).await.expect("stores");
    assert!(!none.is_enabled() && !none.is_pending() && none.recovery_codes_remaining() == 0);
    let confirm = async |code: &Code| {
        subject.factors.confirm(&subject.user().await, code).await.expect("stores")
    };
    assert!(matches!(confirm(&Code::new("123456")).await, Confirmation::NonePending));

    // A second set-up replaces the first.
    let first = subject.factors.new_secret().expect("random");
    assert!(subject.factors.start_setup(&user, &first).await.expect("stores"));
    assert_eq!(subject.accept(&subject.code(&first, 0)).await, None, "nothing is confirmed");
    let (secret, codes) = subject.enrol().await;
    assert_eq!(codes.len(), 10);

    let user = subject.user().await;
    let seen = subject.factors.of(&user).await.expect("stores");
    assert!(seen.is_enabled() && !seen.is_pending() && !seen.unreadable());
    assert_eq!(seen.recovery_codes_remaining(), 10);
    assert!(!subject.factors.start_setup(&user, &first).await.expect("stores"));
    let again = confirm(&subject.code(&secret, 1)).await;
    assert!(matches!(again, Confirmation::AlreadyEnabled));

    // The code that has confirmed it is used, and so is each other one after it was.
    assert_eq!(subject.accept(&subject.code(&secret, 0)).await, None);
    assert_eq!(subject.accept(&subject.code(&first, 1)).await, None);
    assert_eq!(subject.accept(&subject.code(&secret, 1)).await, Some(Accepted::Totp));
    assert_eq!(subject.accept(&subject.code(&secret, 1)).await, None);
    subject.clock.advance(Duration::from_secs(90));
    assert_eq!(subject.accept(&subject.code(&secret, 1)).await, Some(Accepted::Totp));
    assert_eq!(subject.accept(&subject.code(&secret, 0)).await, None, "an earlier step is dead");

    let seen = subject.factors.of(&user).await.expect("stores");
    assert!(subject.factors.disable(&subject.user().await, &seen).await.expect("stores"));
    assert!(!subject.factors.of(&subject.user().await).await.expect("stores").is_enabled());
    subject.clock.advance(Duration::from_secs(90));
    assert_eq!(subject.accept(&subject.code(&secret, 0)).await, None);

    subject.enrol().await;
    assert!(subject.factors.reset(&subject.user().await).await.expect("stores"));
    assert!(!subject.factors.of(&subject.user().await).await.expect("stores").is_enabled());
    assert!(!subject.factors.reset(&subject.user().await).await.expect("stores"));
}

async fn ends_with_the_credentials<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let (user, secret) = (subject.user().await, subject.factors.new_secret().expect("random"));
    assert!(subject.factors.start_setup(&user, &secret).await.expect("stores"));
    let before = subject.user().await;
    let moved = Change::end_credentials(0, subject.clock.now());
    assert_eq!(subject.users.change(&1, moved).await.expect("stores"), Changed::Applied);
    for user in [before, subject.user().await] {
        let confirmed = subject.factors.confirm(&user, &subject.code(&secret, 0)).await;
        assert!(matches!(confirmed.expect("stores"), Confirmation::NonePending));
    }
    assert!(!subject.factors.of(&subject.user().await).await.expect("stores").is_pending());
}

async fn confirms_a_challenge<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let (planted, own) =
        (TotpSecret::random().expect("random"), TotpSecret::random().expect("random"));
    assert!(subject.factors.start_setup(&subject.user().await, &planted).await.expect("stores"));
    let enrol = async |code: &Code| {
        subject.factors.enrol(&subject.user().await, &own, code).await.expect("stores")
    };
    for wrong in
        [subject.code(&planted, 0), subject.code(&own, 5), Code::new("abcd-efgh-2345-6789")]
    {
        assert!(matches!(enrol(&wrong).await, Confirmation::WrongCode));
    }
    assert!(matches!(enrol(&subject.code(&own, 0)).await, Confirmation::Confirmed { .. }));
    assert!(matches!(enrol(&subject.code(&own, 1)).await, Confirmation::AlreadyEnabled));
    assert_eq!(subject.accept(&subject.code(&planted, 1)).await, None);
    assert_eq!(subject.accept(&subject.code(&own, 1)).await, Some(Accepted::Totp));
}

async fn uses_recovery_codes_once<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let (secret, codes) = subject.enrol().await;
    let code = |at: usize| Code::new(&codes[at]);
    assert_eq!(subject.accept(&code(3)).await, Some(Accepted::RecoveryCode { left: 9 }));
    assert_eq!(subject.accept(&code(3)).await, None);
    let shouted = Code::new(&codes[4].to_uppercase().replace('-', " "));
    assert_eq!(subject.accept(&shouted).await, Some(Accepted::RecoveryCode { left: 8 }));
    assert_eq!(subject.accept(&Code::new("abcd-efgh-2345-6789")).await, None);

    let user = subject.user().await;
    let regenerate = async |code: &Code| {
        let seen = subject.factors.of(&subject.user().await).await.expect("stores");
        subject.factors.regenerate(&user, &seen, code).await.expect("stores")
    };
    assert!(regenerate(&code(3)).await.is_none());
    let (accepted, fresh) = regenerate(&subject.code(&secret, 1)).await.expect("a right code");
    assert_eq!((accepted, fresh.iter().len()), (Accepted::Totp, 10));
    assert_eq!(subject.accept(&code(5)).await, None, "the set before is dead");
    let fresh = Code::new(fresh.iter().next().expect("a code"));
    let (accepted, _) = regenerate(&fresh).await.expect("a right code");
    assert_eq!(accepted, Accepted::RecoveryCode { left: 9 });
    assert_eq!(subject.accept(&fresh).await, None);
}

async fn changes_what_was_seen<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let (secret, codes) = subject.enrol().await;
    let user = subject.user().await;
    let seen = subject.factors.of(&user).await.expect("stores");
    assert!(subject.factors.disable(&user, &seen).await.expect("stores"));
    let (code, recovery) = (subject.code(&secret, 1), Code::new(&codes[0]));
    for set_up_again in [false, true] {
        if set_up_again {
            subject.enrol().await;
        }
        for code in [&code, &recovery] {
            assert_eq!(subject.factors.accept(&user, &seen, code).await.expect("stores"), None);
            let fresh = subject.factors.regenerate(&user, &seen, code).await.expect("stores");
            assert!(fresh.is_none());
        }
        assert!(!subject.factors.disable(&user, &seen).await.expect("stores"));
    }
    assert!(subject.factors.of(&subject.user().await).await.expect("stores").is_enabled());
}

async fn has_one_winner<const COLUMNS: bool>() {
    let subject = Arc::new(Subject::<COLUMNS>::new().await);
    let (secret, codes) = subject.enrol().await;
    for code in [subject.code(&secret, 1), Code::new(&codes[0])] {
        let user = subject.user().await;
        let seen = subject.factors.of(&user).await.expect("stores");
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let (subject, seen, code) = (Arc::clone(&subject), seen.clone(), code.clone());
            tasks.spawn(async move {
                let user = subject.user().await;
                subject.factors.accept(&user, &seen, &code).await.expect("stores").is_some()
            });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    }
    // Different recovery codes do not take each other's turn.
    let user = subject.user().await;
    let seen = subject.factors.of(&user).await.expect("stores");
    for code in &codes[1..3] {
        let accepted = subject.factors.accept(&user, &seen, &Code::new(code)).await;
        assert!(accepted.expect("stores").is_some(), "it is tried again");
    }
}

async fn has_nothing_of_an_earlier_user<const COLUMNS: bool>() {
    let subject = Subject::<COLUMNS>::new().await;
    let (secret, codes) = subject.enrol().await;
    // The row of another user, with the id. Columns go with their row.
    let another = |row: &mut Row<COLUMNS>| {
        *row = Row { id: 1, epoch: 500_000_000, ..Row::default() };
    };
    let young = subject.clock.now() + Duration::from_secs(3_600);
    let younger = |row: &mut Row<COLUMNS>| {
        *row = Row { id: 1, epoch: row.epoch, created_at: Some(young), ..Row::default() };
    };
    for replace in [&another as &dyn Fn(&mut Row<COLUMNS>), &younger] {
        assert!(subject.users.update(&1, replace));
        let seen = subject.factors.of(&subject.user().await).await.expect("stores");
        assert!(!seen.is_enabled() && !seen.is_pending());
        assert_eq!(subject.accept(&subject.code(&secret, 1)).await, None);
        assert_eq!(subject.accept(&Code::new(&codes[0])).await, None);
        let (own, _) = subject.enrol().await;
        assert_eq!(subject.accept(&subject.code(&own, 1)).await, Some(Accepted::Totp));
    }
    // And a challenge of the new user takes the place, too.
    assert!(subject.users.update(&1, another));
    let secret = TotpSecret::random().expect("random");
    let code = subject.code(&secret, 0);
    let enrolled = subject.factors.enrol(&subject.user().await, &secret, &code).await;
    assert!(matches!(enrolled.expect("stores"), Confirmation::Confirmed { .. }));
}

#[tokio::test]
async fn rows_of_the_python_library_are_read_and_written() {
    let subject = Subject::<true>::new().await;
    let keys = FernetKeys::new([KEY]).expect("a key");
    let secret = TotpSecret::from_base32("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").expect("base32");
    let digest = crate::factors::digest("abcdefgh23456789");
    let enrolled = |row: &mut Row<true>| {
        row.secret = Some(
            concat!(
                "gAAAAABlU_EAAAAAAAAAAAAAAAAAAAAAALxksp77SWefPC1Rek6aJG-FK9tY9E8jKVWcrVWEXFjP",
                "xNTpJjAjWNf2aJgjha7fTHRT1ynXG2-vDRnjwE6_UQBH0V2brtedxTSwJ3tSmJYs",
            )
            .to_owned(),
        );
        row.confirmed_at = Some(UNIX_EPOCH);
        row.last_step = None;
        row.codes = Some(format!("[\"{digest}\", \"00\", 7]"));
    };
    assert!(subject.users.update(&1, enrolled));
    let seen = subject.factors.of(&subject.user().await).await.expect("stores");
    assert_eq!((seen.is_enabled(), seen.recovery_codes_remaining()), (true, 2));
    assert_eq!(subject.accept(&subject.code(&secret, 0)).await, Some(Accepted::Totp));
    let recovery = Code::new("ABCD-EFGH-2345-6789");
    assert_eq!(subject.accept(&recovery).await, Some(Accepted::RecoveryCode { left: 1 }));
    let row = subject.user().await;
    assert_eq!(row.codes.as_deref(), Some("[\"00\"]"));
    assert_eq!(row.last_step, Some(1_700_000_000 / 30));

    // Ours, as the Python library reads it.
    assert!(subject.users.update(&1, |row| *row = Row { id: 1, epoch: 7, ..Row::default() }));
    assert!(subject.factors.start_setup(&subject.user().await, &secret).await.expect("stores"));
    let plain = |row: &StoredUser<Row<true>>| {
        let token = row.secret.clone().expect("a secret");
        assert_eq!(token.len(), 140);
        String::from_utf8(keys.decrypt(&token).expect("decrypts").to_vec()).expect("text")
    };
    assert_eq!(plain(&subject.user().await), "7:JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let confirmed = subject.factors.confirm(&subject.user().await, &subject.code(&secret, 0)).await;
    let Ok(Confirmation::Confirmed { codes, .. }) = confirmed else { panic!("not confirmed") };
    let row = subject.user().await;
    assert_eq!(plain(&row), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");
    let digests: Vec<String> = codes
        .iter()
        .map(|code| format!("\"{}\"", crate::factors::digest(&code.replace('-', ""))))
        .collect();
    assert_eq!(row.codes, Some(format!("[{}]", digests.join(", "))));

    // An empty secret is none, as it is for the Python library.
    assert!(subject.users.update(&1, |row| row.secret = Some(String::new())));
    let bare = subject.user().await;
    assert!(!subject.factors.of(&bare).await.expect("stores").is_enabled());
    assert!(subject.factors.start_setup(&bare, &secret).await.expect("stores"));
}

#[tokio::test]
async fn what_cannot_be_decrypted_is_a_factor_that_accepts_nothing() {
    let subject = Subject::<true>::new().await;
    let (_, codes) = subject.enrol().await;
    for damaged in ["", "gAAAA", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"] {
        let damaged = format!("{damaged}=");
        assert!(subject.users.update(&1, |row| row.secret = Some(damaged)));
        let seen = subject.factors.of(&subject.user().await).await.expect("stores");
        assert!(seen.is_enabled() && seen.unreadable());
        for code in ["123456", &codes[0]] {
            assert_eq!(subject.accept(&Code::new(code)).await, None);
        }
        let (user, secret) = (subject.user().await, TotpSecret::random().expect("random"));
        assert!(!subject.factors.start_setup(&user, &secret).await.expect("stores"));
    }
    assert!(subject.factors.reset(&subject.user().await).await.expect("stores"));
}

#[tokio::test]
async fn a_factor_outlives_the_secret_key_if_it_is_read_before() {
    let mut subject = Subject::<false>::new().await;
    let (secret, codes) = subject.enrol().await;
    let factors = |key: &SecretKey| {
        let (stores, clock) = (subject.stores.clone(), subject.clock.clone());
        SecondFactors::new(stores, clock, key, settings(&[])).expect("settings")
    };
    let new = || SecretKey::new(*b"Zq8_4nTf1!wXe6Rb93kLuY7hGd0sVc2m").expect("a key");
    let (rotating, rotated) = (factors(&new().with_fallbacks([old_key()])), factors(&new()));
    let never_known = factors(&SecretKey::random().expect("random"));
    assert!(rotated.of(&subject.user().await).await.expect("stores").unreadable());

    subject.factors = rotating;
    assert!(subject.factors.of(&subject.user().await).await.expect("stores").is_enabled());
    subject.factors = rotated;
    assert_eq!(subject.accept(&subject.code(&secret, 1)).await, Some(Accepted::Totp));
    let recovery = Code::new(&codes[0]);
    assert_eq!(subject.accept(&recovery).await, Some(Accepted::RecoveryCode { left: 9 }));

    subject.factors = never_known;
    let seen = subject.factors.of(&subject.user().await).await.expect("stores");
    assert!(seen.is_enabled() && seen.unreadable());
    assert_eq!(subject.accept(&Code::new(&codes[1])).await, None);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let subject = Subject::<true>::new().await;
    let secret = SecretKey::new(KEY).expect("a key");
    let open = |key: &SecretKey, settings| -> Result<_, StartupError> {
        SecondFactors::new(subject.stores.clone(), subject.clock.clone(), key, settings)
    };
    let refused =
        |key: &SecretKey, settings| open(key, settings).map(drop).expect_err("refused").to_string();
    let other = SecretKey::random().expect("random");
    assert!(refused(&other, settings(&[])).contains("need a key of their own"));
    assert!(refused(&secret, settings(&[KEY])).contains("is the secret key"));
    let fallback = other.with_fallbacks([SecretKey::new(KEY).expect("a key")]);
    assert!(refused(&fallback, settings(&[KEY])).contains("is the secret key"));
    let other = SecretKey::random().expect("random");
    for issuer in ["", " ", "a:b"] {
        let settings = FactorSettings { issuer: issuer.to_owned(), ..settings(&[KEY]) };
        assert!(refused(&other, settings).contains("the issuer of second factors"));
    }
    for recovery_codes in [0, 51] {
        let settings = FactorSettings { recovery_codes, ..settings(&[KEY]) };
        assert!(refused(&other, settings).contains("recovery code"));
    }
    assert!(open(&other, settings(&[KEY])).is_ok());
}

#[tokio::test]
async fn the_app_shows_who_it_is_for() {
    let subject = Subject::<true>::new().await;
    let secret = TotpSecret::random().expect("random");
    let setup = subject.factors.otpauth(&subject.user().await, &secret);
    assert!(setup.otpauth_uri().starts_with("otpauth://totp/Shop%3Aann%40example.com?secret="));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever other software writes into the columns.
    #[test]
    fn no_columns_panic(
        secret: Option<String>,
        is_confirmed: bool,
        last_step: Option<i64>,
        codes: Option<String>,
        typed: String,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let subject = Subject::<true>::new().await;
            let confirmed_at = is_confirmed.then_some(UNIX_EPOCH);
            subject.users.update(&1, |row| {
                *row = Row { id: 1, secret, confirmed_at, last_step, codes, ..Row::default() };
            });
            assert_eq!(subject.accept(&Code::new(&typed)).await, None);
        });
    }
}
