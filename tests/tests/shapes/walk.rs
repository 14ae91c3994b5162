//! The walk, which all shapes share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crudauth::builder::NewUserFieldsGiven;
use crudauth::clock::ManualClock;
use crudauth::store::Database;
use crudauth::user::{HasActive, HasEmail, HasRecovery, LoginName, NoTenant, UsernameCase};
use crudauth::{AuthUser, Builder, CrudAuth, RateLimits};
use crudauth_tests::support::engines::Sql;
use crudauth_tests::support::{Client, CountingHasher, Mailbox, PASSWORD, Server};
use serde_json::{Value, json};

const NEW: &str = "another good passphrase";
const NEWER: &str = "the third good passphrase";

/// What differs from table to table.
#[derive(Default)]
pub(crate) struct Shape {
    /// The name of the table, in quotation marks if it needs some.
    pub(crate) table: &'static str,
    /// The column of the address, in quotation marks if it needs some.
    pub(crate) email: &'static str,
    /// The column of the hash.
    pub(crate) hash: &'static str,
    /// Whether users sign in by a name, and not by the address.
    pub(crate) by_name: bool,
    /// Whether the case of such a name counts, as the builder is told.
    pub(crate) case: UsernameCase,
    /// What else a sign-up sends.
    pub(crate) more: Value,
    /// Two rows as the original makes them: grace, whose password is [`PASSWORD`], and alan, who may
    /// not sign in by a password.
    pub(crate) rows: Vec<String>,
    /// What the operator runs when crudauth's own tables are there.
    pub(crate) once_started: Option<&'static str>,
    /// Columns with what a sign-up leaves in them, or with what that begins with.
    pub(crate) written: Vec<(&'static str, &'static str)>,
}

/// An account, as its owner knows it.
struct Person<'a> {
    login: &'a str,
    email: &'a str,
}

struct Site<U: AuthUser> {
    auth: CrudAuth<U>,
    clock: Arc<ManualClock>,
    users: Sql,
    mailbox: Mailbox,
    server: Server,
}

/// Makes the table by the DDL of the original, starts an application over it, and walks.
pub(crate) async fn walk<U, D, N>(builder: Builder<U, D, N>, users: Sql, ddl: &str, shape: &Shape)
where
    U: HasRecovery + HasEmail + HasActive + AuthUser<Tenant = NoTenant>,
    D: Database<U>,
    N: NewUserFieldsGiven<U>,
{
    if ddl.contains("citext") {
        users.add_citext().await;
    }
    users.execute(ddl).await;
    for row in &shape.rows {
        users.execute(&users.in_its_quotes(row)).await;
    }
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    let mailbox = Mailbox::default();
    let builder = builder
        .email(mailbox.default_config())
        .clock(clock.clone())
        .password_hasher(CountingHasher::default())
        .rate_limits(RateLimits::off());
    let auth = builder.build().await.unwrap_or_else(|error| panic!("{}: {error}", shape.table));
    if let Some(statement) = shape.once_started {
        users.execute(statement).await;
    }
    let server = Server::serve(auth.router()).await;
    let site = Site { auth, clock, users, mailbox, server };

    let alan = site.row(shape, "alan@example.com").await;
    let login = if shape.by_name { "ada" } else { "ada@example.com" };
    let ada = Person { login, email: "ada@example.com" };
    site.sign_up_and_verify(shape, &ada).await;
    site.has_one_account(shape, &ada).await;
    site.whole_life(shape, &ada, PASSWORD).await;

    let login = if shape.by_name { "grace" } else { "grace@example.com" };
    let grace = Person { login, email: "grace@example.com" };
    site.signs_in_by_the_old_hash(shape, &grace).await;
    site.whole_life(shape, &grace, PASSWORD).await;

    let login = if shape.by_name { "alan" } else { "alan@example.com" };
    let refused = site.server.client().login(login, PASSWORD).await;
    assert!(refused.status.is_client_error(), "{}: {}", shape.table, refused.text());
    assert_eq!(site.row(shape, "alan@example.com").await, alan, "{}", shape.table);
}

impl<U: HasRecovery + HasEmail + HasActive + AuthUser<Tenant = NoTenant>> Site<U> {
    /// The row with this address, in whatever case the table has it.
    async fn row(&self, shape: &Shape, email: &str) -> BTreeMap<String, String> {
        let condition = format!("lower({}) = '{email}'", shape.email);
        self.users.row(shape.table, &condition).await
    }

    async fn signed_in(&self, login: &str, password: &str) -> Client {
        let mut client = self.server.client();
        let answer = client.login(login, password).await;
        assert_eq!(answer.status, 200, "{login}: {}", answer.text());
        assert!(counts(&mut client).await, "{login}");
        client
    }

    async fn is_refused(&self, login: &str, password: &str) -> bool {
        self.server.client().login(login, password).await.status == 401
    }

    /// The token of the one link that has arrived.
    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        let mut links = mails.iter().filter(|mail| mail.link.is_some());
        let link = links.next().unwrap_or_else(|| panic!("no link: {mails:?}"));
        assert!(links.next().is_none(), "{mails:?}");
        link.token().to_owned()
    }

    async fn sign_up(&self, shape: &Shape, who: &Person<'_>) {
        let mut body = shape.more.clone();
        body["email"] = json!(who.email);
        body["password"] = json!(PASSWORD);
        if shape.by_name {
            body["username"] = json!(who.login);
        }
        let answer = self.server.client().post_json("/register", &body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    async fn sign_up_and_verify(&self, shape: &Shape, who: &Person<'_>) {
        self.sign_up(shape, who).await;
        assert!(self.is_refused(who.login, PASSWORD).await, "before the address is verified");
        let row = self.row(shape, who.email).await;
        for (column, value) in &shape.written {
            assert!(row[*column].starts_with(value), "{column}: {row:?}");
        }
        let body = json!({ "token": self.token().await });
        let answer = self.server.client().post_json("/email/verify-confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Nobody gets a second account with an address, also where the table would take it.
    async fn has_one_account(&self, shape: &Shape, who: &Person<'_>) {
        let before = self.row(shape, who.email).await;
        self.sign_up(shape, &Person { login: "impostor", email: who.email }).await;
        let mails = self.mailbox.mails(&self.auth).await;
        assert!(
            matches!(&mails[..], [mail] if mail.kind == "existing_account"),
            "{}: {mails:?}",
            shape.table
        );
        assert_eq!(self.row(shape, who.email).await, before, "{}", shape.table);
    }

    /// The hash is renewed, and the rest of the row is the original's.
    async fn signs_in_by_the_old_hash(&self, shape: &Shape, who: &Person<'_>) {
        let mut before = self.row(shape, who.email).await;
        assert!(self.is_refused(who.login, NEW).await);
        self.signed_in(who.login, PASSWORD).await;
        let mut after = self.row(shape, who.email).await;
        let (old, new) = (before.remove(shape.hash), after.remove(shape.hash));
        assert_ne!(old, new, "{}", shape.table);
        assert!(new.is_some_and(|new| new.contains("$argon2id$")), "{}", shape.table);
        for stamp in ["updated_at", "updatedAt"] {
            before.remove(stamp);
            after.remove(stamp);
        }
        assert_eq!(before, after);
    }

    async fn whole_life(&self, shape: &Shape, who: &Person<'_>, password: &str) {
        let case = format!("{} of {}", who.login, shape.table);
        self.clock.advance(Duration::from_secs(3_600));

        // Another password ends the other sessions.
        let mut own = self.signed_in(who.login, password).await;
        let mut other = self.signed_in(who.login, password).await;
        let body = json!({ "current_password": password, "new_password": NEW });
        let answer = own.post_json("/change-password", &body).await;
        assert_eq!(answer.status, 200, "{case}: {}", answer.text());
        assert!(counts(&mut own).await && !counts(&mut other).await, "{case}");
        assert!(self.is_refused(who.login, password).await, "{case}");

        // A reset ends all of them.
        self.server
            .client()
            .post_json("/password/reset-request", &json!({ "email": who.email }))
            .await;
        let body = json!({ "token": self.token().await, "new_password": NEWER });
        let answer = self.server.client().post_json("/password/reset-confirm", &body).await;
        assert_eq!(answer.status, 200, "{case}: {}", answer.text());
        assert!(!counts(&mut own).await && self.is_refused(who.login, NEW).await, "{case}");
        self.mailbox.mails(&self.auth).await;

        // As does being disabled.
        let mut session = self.signed_in(who.login, NEWER).await;
        let name = LoginName::new(who.login).under(shape.case);
        let user = self.auth.stores().users().find_by_login(&name, &NoTenant).await;
        let id = user.expect("the store works").expect("a user").id().clone();
        assert!(self.auth.deactivate(&id).await.expect("the store works"), "{case}");
        assert!(!counts(&mut session).await, "{case}");
        assert!(self.is_refused(who.login, NEWER).await, "{case}");
        assert!(self.auth.reactivate(&id).await.expect("the store works"), "{case}");
        assert!(!counts(&mut session).await, "{case}: what has ended came back");

        // And signing out.
        let mut session = self.signed_in(who.login, NEWER).await;
        let mut other = self.signed_in(who.login, NEWER).await;
        assert_eq!(session.post("/logout").await.status, 200, "{case}");
        assert!(!counts(&mut session).await && counts(&mut other).await, "{case}");
    }
}

async fn counts(session: &mut Client) -> bool {
    session.get("/me").await.status == 200
}
