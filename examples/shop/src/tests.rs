//! The application over a real port, by a real client.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Request};
use crudauth::user::LoginName;
use crudauth::{CrudAuth, SessionOptions};
use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection};
use futures_util::StreamExt as _;
use reqwest::{Client, Response, redirect::Policy};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::model::Customer;

const ADA: [(&str, &str); 2] = [("email", "ada@example.com"), ("password", "a very long engine")];

struct Running(CrudAuth<Customer>, String, Client, tempfile::TempDir);

async fn start() -> Running {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db").display().to_string();
    let (auth, app) = crate::open(&path).await.expect("a shop");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = Client::builder().redirect(Policy::none()).build().expect("a client");
    Running(auth, address, client, folder)
}

/// A visitor of one of the shops.
fn at(shop: &str) -> HeaderMap {
    HeaderMap::from_iter([(HOST, format!("{shop}.localhost").parse().expect("a host"))])
}

impl Running {
    async fn get(&self, path: &str, headers: &HeaderMap) -> Response {
        let request = self.2.get(format!("http://{}{path}", self.1)).headers(headers.clone());
        request.header("accept", "text/html").send().await.expect("an answer")
    }

    async fn post(&self, path: &str, form: &[(&str, &str)], headers: &HeaderMap) -> Response {
        let request = self.2.post(format!("http://{}{path}", self.1)).headers(headers.clone());
        request.header("accept", "text/html").form(form).send().await.expect("an answer")
    }

    /// Signs Ada in without a password: the headers of her browser.
    async fn ada(&self) -> HeaderMap {
        let ada = self.0.stores().users().find_by_login(&LoginName::new(ADA[0].1), &1).await;
        let (mut request, ()) = Request::new(()).into_parts();
        request.headers = at("tea");
        let ada = ada.expect("a store").expect("a customer");
        let session = self.0.sign_in(ada, &request, SessionOptions::default()).await;
        request.headers.extend(session.expect("a session").request_headers());
        request.headers
    }

    fn staff_confirms(&self) {
        let path = self.3.path().join("shop.db").display().to_string();
        let mut connection = SqliteConnection::establish(&path).expect("a connection");
        let confirm = diesel::sql_query("UPDATE customers SET confirmed_at = CURRENT_TIMESTAMP");
        confirm.execute(&mut connection).expect("an update");
    }
}

#[tokio::test]
async fn customers_sign_up_and_order_once_staff_has_confirmed_them() {
    let (shop, nobody) = (start().await, at("tea"));
    let away = shop.get("/orders", &nobody).await;
    assert_eq!(away.headers()["location"], "/login?next=%2Forders");
    assert_eq!(shop.post("/signup", &ADA, &nobody).await.headers()["location"], "/orders");
    assert_eq!(shop.post("/login", &ADA, &nobody).await.headers()["location"], "/orders");
    assert_eq!(shop.post("/login", &ADA, &at("cake")).await.status(), 401, "another shop");
    assert_eq!(shop.post("/login", &ADA, &at("pie")).await.status(), 404, "no shop");
    let wrong = shop.post("/login", &[ADA[0], ("password", "wrong")], &nobody).await;
    assert_eq!(wrong.status(), 401);
    assert!(wrong.text().await.expect("a page").contains("Incorrect username or password"));

    let (ada, tea) = (shop.ada().await, [("item", "<b>tea</b>")]);
    let refused = shop.post("/orders", &tea, &ada).await;
    assert_eq!(refused.status(), 403);
    assert!(refused.text().await.expect("a page").contains("Recovery factor not verified"));
    shop.staff_confirms();
    assert_eq!(shop.post("/orders", &tea, &ada).await.status(), 303);
    assert!(shop.get("/orders", &ada).await.text().await.expect("a page").contains("&lt;b&gt;tea"));
}

#[tokio::test]
async fn news_of_orders_end_with_the_session_and_a_closed_account_is_gone() {
    let (shop, nobody) = (start().await, at("tea"));
    shop.post("/signup", &ADA, &nobody).await;
    shop.staff_confirms();
    let ada = shop.ada().await;
    let mut request = format!("ws://{}/live", shop.1).into_client_request().expect("a request");
    request.headers_mut().extend(ada.clone());
    let stream = TcpStream::connect(&shop.1).await.expect("a connection");
    let (mut news, _) = client_async(request, stream).await.expect("a socket");
    shop.post("/orders", &[("item", "tea")], &ada).await;
    let told = news.next().await.expect("a message").expect("a text");
    assert_eq!(told.into_text().expect("a text"), "tea");

    assert_eq!(shop.post("/close", &[], &ada).await.headers()["location"], "/signup");
    assert!(news.next().await.expect("a message").expect("an end").is_close());
    assert_eq!(shop.post("/login", &ADA, &nobody).await.status(), 401);
    assert_eq!(shop.post("/signup", &ADA, &nobody).await.status(), 303, "the address is free");
}
