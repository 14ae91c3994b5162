//! A sign-up body of the application's own, and the values of a new user, over HTTP.

use std::sync::{Arc, Mutex};

use crudauth::builder::NewUserFieldsGiven;
use crudauth::register::{NewUserContext, NewUserSource, SignUpProblem};
use crudauth::user::StoredUser;
use crudauth::{Builder, CrudAuth, HookError, Password, RateLimit, RegisterSchema, SecretKey};
use crudauth_tests::support::{
    ACCOUNTS, Account, AccountProvisioned, AccountRegister, Answer, Client, CountingHasher,
    FREE_TIER, PASSWORD, Server, TestDatabase,
};
use serde_json::{Value, json};

/// The body of the sign-up under test.
#[derive(RegisterSchema, garde::Validate)]
#[auth(user = Account)]
struct SignUp {
    #[garde(skip)]
    email: String,
    #[garde(length(chars, min = 3))]
    username: String,
    #[garde(skip)]
    password: Password,
    #[garde(length(chars, max = 10))]
    full_name: Option<String>,
    #[garde(custom(known_invitation))]
    #[auth(input_only, rename = "invitationCode")]
    invitation: String,
    #[garde(inner(inner(length(max = 3))))]
    #[auth(input_only)]
    tags: Option<Vec<String>>,
}

fn known_invitation(code: &str, (): &()) -> garde::Result {
    match code {
        "GOLD" | "SILVER" => Ok(()),
        _ => Err(garde::Error::new("the invitation is unknown")),
    }
}

type Configured = Builder<Account, TestDatabase>;

struct App {
    client: Client,
    auth: CrudAuth<Account>,
    hasher: CountingHasher,
    database: TestDatabase,
    _server: Server,
}

impl App {
    async fn start<N: NewUserFieldsGiven<Account>>(
        configure: impl FnOnce(Configured) -> Builder<Account, TestDatabase, N>,
    ) -> Self {
        let database = TestDatabase::new(&ACCOUNTS).await;
        let hasher = CountingHasher::default();
        let builder = CrudAuth::<Account>::builder(
            database.clone(),
            SecretKey::random().expect("random bytes"),
        )
        .password_hasher(hasher.clone())
        .register_limit(RateLimit::off());
        let auth = configure(builder).build().await.expect("a configuration that works");
        let server = Server::serve(auth.router()).await;
        let client = Client::new(server.address);
        Self { client, auth, hasher, database, _server: server }
    }

    /// With the schema, and a hook that notes what it is told.
    async fn noting() -> (Self, Notes) {
        let notes = Notes::default();
        let hook = notes.clone();
        let app = Self::start(|builder| {
            builder.register_schema::<SignUp>().new_user_fields(move |new| {
                hook.lock().expect("nobody panics over a note").push(new);
                async { Ok(AccountProvisioned { tier_id: FREE_TIER }) }
            })
        })
        .await;
        (app, notes)
    }

    async fn register(&mut self, body: &Value) -> Answer {
        self.client.post_json("/register", body).await
    }

    async fn only_user(&self) -> StoredUser<Account> {
        let id = 1;
        let found = self.auth.stores().users().find_by_id(&id).await.expect("the store works");
        found.expect("somebody has signed up")
    }
}

type Notes = Arc<Mutex<Vec<NewUserContext<SignUpData, TestDatabase>>>>;

fn ada() -> Value {
    json!({
        "email": "Ada@Example.com", "username": "ada", "password": PASSWORD,
        "full_name": "Ada", "invitationCode": "GOLD",
    })
}

fn with(changes: &Value) -> Value {
    let mut body = ada();
    let whole = body.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        whole.insert(name.clone(), value.clone());
    }
    body
}

fn without(name: &str) -> Value {
    let mut body = ada();
    body.as_object_mut().expect("an object").remove(name);
    body
}

fn broken(field: &str, msg: &str) -> Value {
    json!({"type": "value_error", "loc": ["body", field], "msg": format!("Value error, {msg}")})
}

fn missing(field: &str) -> Value {
    json!({"type": "missing", "loc": ["body", field], "msg": "Field required"})
}

#[tokio::test]
async fn the_fields_of_the_user_are_stored_and_the_hook_reads_the_rest() {
    let (mut app, notes) = App::noting().await;
    let answer = app.register(&with(&json!({"tier_id": 9, "is_superuser": true}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let created = json!({"id": 1, "email": "ada@example.com", "username": "ada"});
    assert_eq!(answer.json(), created);

    let user = app.only_user().await;
    assert_eq!(user.full_name.as_deref(), Some("Ada"));
    assert_eq!((user.tier_id, user.is_superuser), (FREE_TIER, false));
    assert_eq!(app.client.login("ada", PASSWORD).await.status, 200);

    let told = notes.lock().expect("nobody panics over a note").pop().expect("the hook has run");
    assert_eq!(told.source, NewUserSource::Register);
    assert_eq!(told.email.as_deref(), Some("ada@example.com"));
    assert_eq!(told.username.as_deref(), Some("ada"));
    assert_eq!(told.suggested_name(), Some("ada"));
    assert!(!format!("{told:?}").contains("GOLD"), "{told:?}");
    let sent = told.register_data.expect("a client has sent it");
    let SignUpData { email, username, full_name, invitation, tags } = sent;
    assert_eq!((email.as_str(), username.as_str()), ("Ada@Example.com", "ada"));
    assert_eq!((full_name.as_deref(), invitation.as_str()), (Some("Ada"), "GOLD"));
    assert_eq!(tags, None);
}

#[tokio::test]
async fn the_input_only_field_is_nowhere_in_the_database() {
    let (mut app, _) = App::noting().await;
    assert_eq!(app.register(&ada()).await.status, 200);
    let stored = app.database.bytes().await;
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("ada@example.com"), "what is stored is where it is looked for");
    assert!(!holds("GOLD"));
    assert!(!holds(PASSWORD));
}

#[tokio::test]
async fn every_field_of_the_wrong_type_is_told_before_any_rule() {
    let (mut app, notes) = App::noting().await;
    let answer = app.register(&without("invitationCode")).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.detail(), json!([missing("invitationCode")]));

    let answer = app.register(&json!({"username": 3, "full_name": "much too long"})).await;
    let not_text = json!({
        "type": "string_type", "loc": ["body", "username"], "msg": "Input should be a valid string",
    });
    let expected =
        json!([missing("email"), not_text, missing("invitationCode"), missing("password")]);
    assert_eq!(answer.detail(), expected);
    assert!(notes.lock().expect("nobody panics over a note").is_empty());
}

#[tokio::test]
async fn broken_rules_are_told_in_the_form_of_the_wire_and_quote_nothing() {
    let (mut app, notes) = App::noting().await;
    let secret = "hunter2-hunter2";
    let body = with(&json!({
        "username": "al", "full_name": secret, "invitationCode": secret, "tags": ["a", secret],
        "password": "short", "email": "nonsense",
    }));
    let answer = app.register(&body).await;
    assert_eq!(answer.status, 422);
    let detail = answer.detail();
    let entries = detail.as_array().expect("a list");
    for expected in [
        broken("username", "length is lower than 3"),
        broken("full_name", "length is greater than 10"),
        broken("invitationCode", "the invitation is unknown"),
        broken("tags", "length is greater than 3"),
    ] {
        assert!(entries.contains(&expected), "{expected} in {detail}");
    }
    // What the address and the password must look like is told with them.
    assert_eq!(entries.len(), 6, "{detail}");
    for field in ["email", "password"] {
        assert!(entries.iter().any(|entry| entry["loc"] == json!(["body", field])), "{detail}");
    }
    assert!(!answer.text().contains("hunter2"), "{}", answer.text());
    assert!(notes.lock().expect("nobody panics over a note").is_empty());
    assert_eq!(app.hasher.computed(), 0);
}

#[tokio::test]
async fn the_policy_comes_after_the_rules() {
    let (mut app, _) = App::noting().await;
    let answer = app.register(&with(&json!({"password": "short"}))).await;
    assert_eq!(answer.detail()[0]["type"], "string_too_short", "{}", answer.text());
    assert_eq!(answer.detail()[0]["loc"], json!(["body", "password"]));
}

#[tokio::test]
async fn a_sign_up_without_http_keeps_the_rules() {
    let (app, notes) = App::noting().await;
    let schema = |invitation: &str| SignUp {
        email: "ada@example.com".into(),
        username: "ada".into(),
        password: Password::new(PASSWORD),
        full_name: None,
        invitation: invitation.into(),
        tags: None,
    };
    let service = app.auth.registration();
    let refused = service.check_schema(schema("TIN")).expect_err("a rule is broken");
    let [SignUpProblem::Rule(rule)] = &*refused.problems else { panic!("{refused:?}") };
    assert_eq!(rule.message(), "Value error, the invitation is unknown");
    let sign_up = service.check_schema(schema("SILVER")).expect("no rule is broken");
    let user = service.create(sign_up).await.expect("the name is free");
    assert_eq!(user.logical().username, Some("ada"));
    let told = notes.lock().expect("nobody panics over a note").pop().expect("the hook has run");
    assert_eq!(told.register_data.map(|sent| sent.invitation).as_deref(), Some("SILVER"));

    // Who comes without the body has none to show.
    let fields = AccountRegister {
        email: "eve@example.com".into(),
        username: "eve".into(),
        full_name: None,
    };
    let sign_up = service.check(fields, Password::new(PASSWORD)).expect("right");
    service.create(sign_up).await.expect("the name is free");
    assert!(
        notes
            .lock()
            .expect("nobody panics over a note")
            .pop()
            .expect("the hook has run")
            .register_data
            .is_none()
    );
}

#[tokio::test]
async fn a_job_gives_the_provisioned_values_itself() {
    let (app, notes) = App::noting().await;
    let service = app.auth.registration();
    let fields = || AccountRegister {
        email: "ada@example.com".into(),
        username: "ada".into(),
        full_name: None,
    };
    let check = |password: &str| service.check(fields(), Password::new(password));
    check("short").expect_err("the policy counts for a job too");
    let tier_id = FREE_TIER + 1;
    let create = || {
        let sign_up = check(PASSWORD).expect("right");
        service.create_with(sign_up, AccountProvisioned { tier_id })
    };
    assert_eq!(create().await.expect("the name is free").tier_id, tier_id);
    assert!(notes.lock().expect("nobody panics over a note").is_empty(), "the hook is not asked");
    create().await.expect_err("the name is taken");

    let mut client = app.client.clone();
    assert_eq!(client.login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn the_hook_of_the_usual_body_reads_typed_fields_and_the_database() {
    let mut app = App::start(|builder| {
        builder.new_user_fields(|new| async move {
            let sent: AccountRegister = new.register_data.ok_or("nobody has sent anything")?;
            let tiers = new.database.select("SELECT 40 + 2").await;
            match sent.full_name.as_deref() {
                Some("Ada") => Ok(AccountProvisioned { tier_id: tiers[0].parse()? }),
                other => Err(HookError::from(format!("{other:?}"))),
            }
        })
    })
    .await;
    let answer = app.register(&ada()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(app.only_user().await.tier_id, 42);
}

#[tokio::test]
async fn defaults_are_enough() {
    let mut app =
        App::start(|builder| builder.new_user_defaults(AccountProvisioned { tier_id: 7 })).await;
    for name in ["ada", "eve"] {
        let body = with(&json!({"username": name, "email": format!("{name}@example.com")}));
        assert_eq!(app.register(&body).await.status, 200);
    }
    assert_eq!(app.only_user().await.tier_id, 7);
}

#[tokio::test]
async fn the_hook_beats_the_defaults_in_either_order() {
    let hook = |_: NewUserContext<AccountRegister, TestDatabase>| async {
        Ok(AccountProvisioned { tier_id: 1 })
    };
    let seven = || AccountProvisioned { tier_id: 7 };
    let mut first = App::start(|b| b.new_user_defaults(seven()).new_user_fields(hook)).await;
    let mut last = App::start(|b| b.new_user_fields(hook).new_user_defaults(seven())).await;
    for app in [&mut first, &mut last] {
        assert_eq!(app.register(&ada()).await.status, 200);
        assert_eq!(app.only_user().await.tier_id, 1);
    }
}

#[tokio::test]
async fn defaults_go_with_a_schema_in_either_order() {
    let seven = || AccountProvisioned { tier_id: 7 };
    let mut first = App::start(|b| b.register_schema::<SignUp>().new_user_defaults(seven())).await;
    let mut last = App::start(|b| b.new_user_defaults(seven()).register_schema::<SignUp>()).await;
    for app in [&mut first, &mut last] {
        assert_eq!(app.register(&without("invitationCode")).await.status, 422);
        assert_eq!(app.register(&ada()).await.status, 200);
        assert_eq!(app.only_user().await.tier_id, 7);
    }
}

/// What is left out of the schema cannot be sent, and the password may be plain text.
#[derive(RegisterSchema)]
#[auth(user = Account)]
struct Terse {
    username: String,
    email: String,
    password: String,
}

#[tokio::test]
async fn what_the_schema_leaves_out_is_not_read() {
    let mut app = App::start(|builder| {
        builder
            .register_schema::<Terse>()
            .new_user_defaults(AccountProvisioned { tier_id: FREE_TIER })
    })
    .await;
    assert_eq!(app.register(&ada()).await.status, 200);
    assert_eq!(app.only_user().await.full_name, None);
    assert_eq!(app.client.login("ada", PASSWORD).await.status, 200);
}
