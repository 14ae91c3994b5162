//! Accounts that are recovered by a telephone number, and messages that are no e-mail.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crudauth::message::{Channel, ConsoleSender, Delivery, Message, MessageKind};
use crudauth::{AuthUser, CrudAuth, DeliveryConfig, SecretKey};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{Client, CountingHasher, PASSWORD, TestDatabase};
use serde_json::json;
use tokio::net::TcpListener;

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            username -> Text,
            phone -> Nullable<Text>,
            hashed_password -> Text,
            is_active -> Bool,
            phone_verified -> Bool,
            token_version -> Integer,
        }
    }
}

macro_rules! members {
    ($id:literal, $name:literal) => {
        concat!(
            "CREATE TABLE members (id ",
            $id,
            " PRIMARY KEY, username ",
            $name,
            " NOT NULL UNIQUE, phone ",
            $name,
            " UNIQUE, hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
             phone_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
        )
    };
}

const MEMBERS: Tables = Tables {
    sqlite: members!("INTEGER", "TEXT"),
    postgres: members!("SERIAL", "TEXT"),
    mysql: members!("INTEGER AUTO_INCREMENT", "VARCHAR(100)"),
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
#[auth(login(username), recovery(phone))]
struct Member {
    id: i32,
    username: String,
    #[auth(register)]
    phone: Option<String>,
    hashed_password: String,
    is_active: bool,
    phone_verified: bool,
    token_version: i32,
}

#[derive(Debug, Clone, Default)]
struct Sms(Arc<Mutex<Vec<Message>>>);

impl Channel for Sms {
    fn name(&self) -> &str {
        "sms"
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Delivery<'a> {
        self.0.lock().unwrap().push(message.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Sms {
    async fn only(&self, auth: &CrudAuth<Member>) -> Message {
        auth.outbox().unwrap().run_due().await.unwrap();
        let mut messages = std::mem::take(&mut *self.0.lock().unwrap());
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.remove(0)
    }
}

fn token(message: &Message) -> String {
    message.link().unwrap().split_once("token=").unwrap().1.to_owned()
}

async fn build(delivery: DeliveryConfig) -> Result<CrudAuth<Member>, crudauth::StartupError> {
    CrudAuth::<Member>::builder(TestDatabase::new(&MEMBERS).await, SecretKey::random().unwrap())
        .password_hasher(CountingHasher::default())
        .delivery(delivery)
        .build()
        .await
}

async fn serve(auth: &CrudAuth<Member>) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = auth.router::<()>().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Client::new(address)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flows_go_by_telephone() {
    let sms = Sms::default();
    let delivery = DeliveryConfig::over(sms.clone())
        .frontend_url("https://m.example.com")
        .unverified_may_sign_in();
    let auth = build(delivery.delivered_elsewhere()).await.unwrap();
    let mut client = serve(&auth).await;

    let ada = json!({ "username": "ada", "phone": "+4912345", "password": PASSWORD });
    let answer = client.post_json("/register", &ada).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let verify = sms.only(&auth).await;
    assert_eq!((verify.kind(), verify.recipient()), (MessageKind::VerifyRecovery, "+4912345"));
    let eve = json!({ "username": "eve", "phone": "+4912345", "password": PASSWORD });
    assert_eq!(client.post_json("/register", &eve).await.body, answer.body);
    let notice = sms.only(&auth).await;
    assert_eq!((notice.kind(), notice.recipient()), (MessageKind::ExistingAccount, "+4912345"));

    let answer = client.post_json("/email/verify-request", &json!({ "phone": " +4912345 " })).await;
    let detail = "If an account exists, a verification message has been sent.";
    assert_eq!((answer.status.as_u16(), answer.detail()), (200, json!(detail)));
    sms.only(&auth).await;
    let body = json!({ "token": token(&verify) });
    assert_eq!(client.post_json("/email/verify-confirm", &body).await.status, 200);

    let answer = client.post_json("/password/reset-request", &json!({ "phone": "+4912345" })).await;
    let detail = "If an account exists, a password reset message has been sent.";
    assert_eq!((answer.status.as_u16(), answer.detail()), (200, json!(detail)));
    let reset = sms.only(&auth).await;
    assert_eq!(reset.kind(), MessageKind::ResetPassword);
    let body = json!({ "token": token(&reset), "new_password": "a better passphrase" });
    assert_eq!(client.post_json("/password/reset-confirm", &body).await.status, 200);
    assert_eq!(client.login("ada", "a better passphrase").await.status, 200);

    let missing =
        client.post_json("/password/reset-request", &json!({ "email": "a@b.example" })).await;
    assert_eq!(
        (missing.status.as_u16(), &missing.detail()[0]["loc"]),
        (422, &json!(["body", "phone"]))
    );
    for path in ["/email/change-request", "/email/change-confirm"] {
        assert_eq!(client.post_json(path, &json!({})).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_that_reaches_nobody_is_refused_at_start() {
    let by_mail = DeliveryConfig::new(ConsoleSender::for_development_only());
    let error = build(by_mail.frontend_url("https://m.example.com")).await.unwrap_err();
    assert!(error.to_string().contains("DeliveryConfig::over"), "{error}");
    let nowhere = DeliveryConfig::over(Sms::default());
    let error = build(nowhere).await.unwrap_err();
    assert!(error.to_string().contains("frontend_url"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_delivery_a_taken_number_is_told() {
    let auth = CrudAuth::<Member>::builder(
        TestDatabase::new(&MEMBERS).await,
        SecretKey::random().unwrap(),
    )
    .password_hasher(CountingHasher::default())
    .build()
    .await
    .unwrap();
    let mut client = serve(&auth).await;
    let sign_up =
        |name: &str| json!({ "username": name, "phone": "+4912345", "password": PASSWORD });
    assert_eq!(client.post_json("/register", &sign_up("ada")).await.status, 200);
    let answer = client.post_json("/register", &sign_up("eve")).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, json!("Phone already registered")));
}
