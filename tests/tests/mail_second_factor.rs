//! Sign-ins by mail of accounts with a second factor: a mailbox is one factor.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::sync::Arc;

use chrono::NaiveDateTime;
use crudauth::clock::{Clock as _, ManualClock};
use crudauth::mfa::MfaConfig;
use crudauth::{AuthUser, CrudAuth, EmailCodes, MagicLinks, RateLimits, SecretKey};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{
    Answer, Client, CountingHasher, Mail, Mailbox, PASSWORD, Server, TestDatabase,
};
use ring::hmac;
use serde_json::{Value, json};

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            totp_secret_encrypted -> Nullable<Text>,
            totp_confirmed_at -> Nullable<Timestamp>,
            totp_last_step -> Nullable<BigInt>,
            mfa_recovery_codes -> Nullable<Text>,
        }
    }
}

/// Its factors are in the table.
#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
struct Member {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
}

/// Its factors are in crudauth's own table.
#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
#[auth(beside(second_factor))]
#[auth(db_default(totp_secret_encrypted, totp_confirmed_at, totp_last_step, mfa_recovery_codes))]
struct Plain {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
}

macro_rules! members {
    ($id:literal, $name:literal, $end:literal) => {
        concat!(
            "CREATE TABLE members (id ",
            $id,
            ", email ",
            $name,
            " NOT NULL UNIQUE, hashed_password TEXT, is_active BOOLEAN NOT NULL, \
             email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, \
             totp_secret_encrypted ",
            $name,
            " NULL, totp_confirmed_at TIMESTAMP NULL, totp_last_step BIGINT NULL, \
             mfa_recovery_codes TEXT NULL)",
            $end
        )
    };
}

const MEMBERS: Tables = Tables {
    sqlite: members!("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT", ""),
    postgres: members!("SERIAL PRIMARY KEY", "TEXT", ""),
    mysql: members!(
        "INTEGER AUTO_INCREMENT PRIMARY KEY",
        "VARCHAR(255)",
        " ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    ),
};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ADA: &str = "ada@example.com";

/// An application, whatever its struct is.
struct Site {
    server: Server,
    clock: Arc<ManualClock>,
    database: TestDatabase,
    mailbox: Mailbox,
    outbox: crudauth::outbox::Outbox,
}

macro_rules! site {
    ($User:ident, $mfa:expr) => {{
        let database = TestDatabase::new(&MEMBERS).await;
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let mailbox = Mailbox::default();
        let built = CrudAuth::<$User>::builder(database.clone(), SecretKey::random().unwrap())
            .clock(clock.clone())
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off())
            .email(mailbox.config())
            .magic_links(MagicLinks::new())
            .email_codes(EmailCodes::new())
            .mfa($mfa)
            .build();
        let auth = built.await.unwrap();
        let server = Server::serve(auth.router::<()>()).await;
        let outbox = auth.outbox().unwrap().clone();
        Site { server, clock, database, mailbox, outbox }
    }};
}

async fn sites() -> [Site; 2] {
    [
        site!(Member, MfaConfig::<Member>::new("Example").encryption_key(KEY)),
        site!(Plain, MfaConfig::<Plain>::new("Example")),
    ]
}

impl Site {
    fn client(&self) -> Client {
        self.server.client()
    }

    async fn mail(&self) -> Mail {
        self.mailbox.from(&self.outbox).await.pop().unwrap()
    }

    /// A user who has an authenticator app, and the secret in it.
    async fn enrolled(&self) -> (Client, String) {
        let mut client = self.client();
        client.post_json("/register", &json!({ "email": ADA, "password": PASSWORD })).await;
        client.login(ADA, PASSWORD).await;
        let setup = client.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
        let secret = setup.json()["secret"].as_str().unwrap().to_owned();
        let body = json!({ "code": self.code(&secret) });
        let answer = client.post_json("/mfa/totp/confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.clock.advance(std::time::Duration::from_secs(60));
        self.mailbox.from(&self.outbox).await;
        (client, secret)
    }

    /// RFC 6238 with SHA-1 and six digits.
    fn code(&self, secret: &str) -> String {
        let step = self.clock.now_ms() / 1000 / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret));
        let digest = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(digest.as_ref()[19] & 0x0f);
        let four = digest.as_ref()[offset..offset + 4].try_into().unwrap();
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    }

    async fn by_link(&self, client: &mut Client) -> Answer {
        let body = json!({ "email": ADA, "redirect_to": "/inbox" });
        client.post_json("/magic-link/request", &body).await;
        let token = self.mail().await.token().to_owned();
        client.post_json("/magic-link/confirm", &json!({ "token": token })).await
    }

    async fn by_code(&self, client: &mut Client) -> Answer {
        let asked = client.post_json("/email-code/request", &json!({ "email": ADA })).await;
        let body = json!({ "flow": asked.json()["flow"], "code": self.mail().await.code });
        client.post_json("/email-code/verify", &body).await
    }

    async fn verify_addresses(&self) {
        self.database.execute("UPDATE members SET email_verified = TRUE").await;
    }
}

fn base32(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let values = text.bytes().map(|it| ALPHABET.iter().position(|letter| *letter == it).unwrap());
    let bits: Vec<u8> = values
        .flat_map(|value| (0..5).rev().map(move |bit| u8::from(value >> bit & 1 == 1)))
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| (all << 1) | bit)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_and_a_code_stop_at_the_challenge() {
    for site in sites().await {
        let (_, secret) = site.enrolled().await;
        site.verify_addresses().await;
        for by_link in [true, false] {
            let mut client = site.client();
            let answer = match by_link {
                true => site.by_link(&mut client).await,
                false => site.by_code(&mut client).await,
            };
            assert_eq!(answer.status, 200, "{}", answer.text());
            let body = answer.json();
            let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, ["challenge", "expires_in", "mfa_required"]);
            assert!(answer.set_cookies().is_empty());
            assert_eq!(client.get("/me").await.status, 401);
            let body = json!({ "challenge": body["challenge"], "code": site.code(&secret) });
            let answer = client.post_json("/mfa/verify", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let target = if by_link { json!("/inbox") } else { Value::Null };
            assert_eq!(answer.json()["redirect_to"], target);
            assert_eq!(client.get("/me").await.status, 200);
            site.clock.advance(std::time::Duration::from_secs(60));
        }
    }
}

/// The factor may be the squatter's: it would keep the owner of the address out.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_proof_of_a_mailbox_takes_the_second_factor_off() {
    for by_link in [true, false] {
        for site in sites().await {
            let (mut squatter, _) = site.enrolled().await;
            let mut owner = site.client();
            let answer = match by_link {
                true => site.by_link(&mut owner).await,
                false => site.by_code(&mut owner).await,
            };
            assert_eq!(answer.json()["mfa_required"], Value::Null, "{}", answer.text());
            assert_eq!(owner.get("/mfa").await.json()["enabled"], false);
            assert_eq!(squatter.get("/me").await.status, 401);
            assert_eq!(site.client().login(ADA, PASSWORD).await.status, 401);
        }
    }
}

/// A mailbox alone takes no factor off by a reset, of whatever account.
#[tokio::test(flavor = "multi_thread")]
async fn a_reset_keeps_the_second_factor() {
    for site in sites().await {
        site.enrolled().await;
        let mut client = site.client();
        client.post_json("/password/reset-request", &json!({ "email": ADA })).await;
        let token = site.mail().await.token().to_owned();
        let body = json!({ "token": token, "new_password": "another passphrase" });
        assert_eq!(client.post_json("/password/reset-confirm", &body).await.status, 200);
        let answer = client.login(ADA, "another passphrase").await;
        assert_eq!(answer.json()["mfa_required"], true, "{}", answer.text());
    }
}
