//! Somebody who uses the program.

use std::sync::atomic::{AtomicU32, Ordering};

use crudauth_tests::support::refusals::body;
use crudauth_tests::support::{Answer, Client};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A password that both surfaces accept.
pub(crate) const PASSWORD: &str = "Analytical engine, 1842";

/// A browser or a program behind the proxy, on one of the two surfaces.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) client: Client,
    prefix: &'static str,
    /// What the proxy says about where it is.
    address: String,
    /// Sent along as `Authorization: Bearer`.
    pub(crate) token: Option<String>,
}

impl Visitor {
    /// No two have one address, so that none has used up the limits of another.
    pub(crate) fn new(client: Client, prefix: &'static str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let [.., high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Self { client, prefix, address: format!("198.51.{high}.{low}"), token: None }
    }

    /// A program that has a token and no cookies.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        self.client.cookies.clear();
        self.token = Some(token.to_owned());
        self
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, &format!("{}{path}", self.prefix));
        let request = request.header("x-forwarded-for", &self.address);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Without the CSRF token, as a page elsewhere would have to send it.
    pub(crate) async fn send_without_csrf(&mut self, method: &str, path: &str) -> Answer {
        let request = self.request(method.parse().expect("a method"), path);
        self.client.send(request).await
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &Value) -> Answer {
        let mut request = self.request(method.parse().expect("a method"), path);
        let csrf = if self.prefix.is_empty() { "csrf_token" } else { "tuned_csrf" };
        if let Some(token) = self.client.cookies.get(csrf) {
            request = request.header("x-csrf-token", token);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        self.client.send(request).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &Value::Null).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &body).await
    }

    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).form(fields);
        self.client.send(request).await
    }

    pub(crate) async fn register(&mut self, name: &str, more: Value) -> Answer {
        let mut body = json!({
            "email": format!("{name}@example.com"), "username": name, "password": PASSWORD,
        });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        self.post("/register", body).await
    }

    pub(crate) async fn login(&mut self, name: &str, password: &str) -> Answer {
        self.form("/login", &[("username", name), ("password", password)]).await
    }

    /// Has signed up and signed in.
    pub(crate) async fn signed_in(mut self, name: &str) -> Self {
        let answer = self.register(name, json!({})).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        assert_eq!(self.login(name, PASSWORD).await.status, 200);
        self
    }

    /// The answer of `/token`.
    pub(crate) async fn token(&mut self, name: &str, scope: &str) -> Value {
        let fields = [("username", name), ("password", PASSWORD), ("scope", scope)];
        let answer = self.form("/token", &fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// Status and body.
pub(crate) fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.json())
}

pub(crate) fn detail(status: u16, text: &str) -> (u16, Value) {
    (status, serde_json::from_str(&body(status, text)).expect("JSON"))
}

/// What the application's routes answer.
pub(crate) fn seen(status: u16, id: i32, via: &str) -> (u16, Value) {
    (status, json!({ "user_id": id, "via": via }))
}

/// Every `Set-Cookie`, with `*` for its value.
pub(crate) fn shapes(answer: &Answer) -> Vec<String> {
    let shape = |cookie: &str| {
        let (name, rest) = cookie.split_once('=').expect("a name and a value");
        let (_, attributes) = rest.split_once("; ").expect("attributes");
        format!("{name}=*; {attributes}")
    };
    answer.set_cookies().into_iter().map(shape).collect()
}
