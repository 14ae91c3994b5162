use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// A browser's part: it keeps cookies, and shows the CSRF token where it is told to.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    /// The cookies, by name.
    pub cookies: BTreeMap<String, String>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client without cookies.
    ///
    /// # Panics
    ///
    /// If no HTTP client can be made.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self { http: http(None), address, cookies: BTreeMap::new() }
    }

    /// The same client at another address of the loopback network: 127.0.0.`host`.
    #[must_use]
    pub fn at(self, host: u8) -> Self {
        Self { http: http(Some(Ipv4Addr::new(127, 0, 0, host).into())), ..self }
    }

    /// A request to `path`, with the cookies; send it with [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        if self.cookies.is_empty() {
            return request;
        }
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header(COOKIE, cookies.join("; "))
    }

    /// The same client, cookies and all, at another server.
    #[must_use]
    pub fn moved_to(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// Sends `request` and keeps the cookies of the answer.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        self.attempt(request).await.expect("the server answers")
    }

    /// As [`send`](Self::send), where the server may be gone before it has answered.
    ///
    /// # Errors
    ///
    /// Where no whole answer came.
    pub async fn attempt(&mut self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        let answer = Answer { status, headers, body };
        self.keep(&answer.headers);
        Ok(answer)
    }

    /// Keeps the cookies of an answer.
    pub fn keep(&mut self, headers: &HeaderMap) {
        for (name, value) in cookies_of(headers) {
            if value.is_empty() || value == "\"\"" {
                self.cookies.remove(&name);
            } else {
                self.cookies.insert(name, value);
            }
        }
    }

    /// `GET path`.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    /// `POST path` with a JSON body and the CSRF token.
    pub async fn post_json(&mut self, path: &str, body: &Value) -> Answer {
        let request = self.with_csrf(self.request(Method::POST, path)).json(body);
        self.send(request).await
    }

    /// `POST path` without a body, with the CSRF token.
    pub async fn post(&mut self, path: &str) -> Answer {
        let request = self.with_csrf(self.request(Method::POST, path));
        self.send(request).await
    }

    /// `POST path` with a form.
    pub async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).form(fields);
        self.send(request).await
    }

    /// Signs up.
    pub async fn register(&mut self, email: &str, username: &str, password: &str) -> Answer {
        let body = serde_json::json!({
            "email": email, "username": username, "password": password,
        });
        self.post_json("/register", &body).await
    }

    /// Signs in.
    pub async fn login(&mut self, username: &str, password: &str) -> Answer {
        self.post_form("/login", &[("username", username), ("password", password)]).await
    }

    /// The CSRF token of the cookie.
    #[must_use]
    pub fn csrf_token(&self) -> Option<&str> {
        let names = ["__Host-csrf_token", "csrf_token"];
        names.iter().find_map(|name| self.cookies.get(*name)).map(String::as_str)
    }

    /// Adds the CSRF token, as a page's script does.
    pub fn with_csrf(&self, request: RequestBuilder) -> RequestBuilder {
        match self.csrf_token() {
            Some(token) => request.header("x-csrf-token", token),
            None => request,
        }
    }
}

fn cookies_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|it| it.to_str().ok());
    let pairs = set.filter_map(|it| it.split(';').next()?.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn http(local: Option<IpAddr>) -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.local_address(local).build().expect("a client without TLS can be made")
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The `detail` of the body.
    #[must_use]
    pub fn detail(&self) -> Value {
        self.json()["detail"].clone()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `Set-Cookie` headers, whole.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|it| it.to_str().ok()).collect()
    }

    /// The cookies that the answer sets, by name.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        cookies_of(&self.headers)
    }
}
