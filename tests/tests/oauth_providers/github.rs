//! GitHub, and an enterprise server of the same kind.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth::oauth::{
    ClientSecret, EmailClaim, Fault, Flow, GitHub, Grant, Http, Profile, Provider as _,
    ProviderError,
};
use crudauth_tests::support::Server;
use http::StatusCode;
use serde_json::{Value, json};

struct Said {
    user: Value,
    emails: Value,
    emails_status: StatusCode,
}

type Shared = Arc<Mutex<Said>>;

/// GitHub refuses a call without `User-Agent`.
fn knows(request: &Request) -> bool {
    let says = |name: &str, value: &str| {
        request.headers().get(name).is_some_and(|it| it.as_bytes().starts_with(value.as_bytes()))
    };
    says("user-agent", "crudauth/") && says("authorization", "Bearer gho_1")
}

async fn user(State(said): State<Shared>, request: Request) -> Response {
    match knows(&request) {
        true => Json(said.lock().expect("no panic").user.clone()).into_response(),
        false => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn emails(State(said): State<Shared>, request: Request) -> Response {
    let said = said.lock().expect("no panic");
    match knows(&request) && request.uri().query() == Some("per_page=100") {
        true => (said.emails_status, Json(said.emails.clone())).into_response(),
        false => StatusCode::FORBIDDEN.into_response(),
    }
}

struct Site {
    said: Shared,
    github: GitHub,
    _server: Server,
}

impl Site {
    async fn start() -> Self {
        let said = Said {
            user: json!({ "id": 583_231, "login": "octocat", "email": "public@example.com" }),
            emails: json!([]),
            emails_status: StatusCode::OK,
        };
        let said: Shared = Arc::new(Mutex::new(said));
        let token = || async { Json(json!({ "access_token": "gho_1", "token_type": "bearer" })) };
        let app = Router::new()
            .route("/login/oauth/access_token", post(token))
            .route("/api/v3/user", get(user))
            .route("/api/v3/user/emails", get(emails))
            .with_state(Arc::clone(&said));
        let server = Server::serve(app).await;
        let github = GitHub::new("Iv1.1", ClientSecret::new("a secret")).expect("a provider");
        let github = github.base_url(&format!("http://{}/", server.address)).expect("an address");
        Self { said, github, _server: server }
    }

    async fn sign_in(&self) -> Result<Profile, ProviderError> {
        let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
        let http = Http::new().expect("a client");
        self.github.profile(&http, Grant { code: "c", iss: Some("ignored") }, &flow).await
    }
}

#[tokio::test]
async fn the_address_is_one_that_github_has_verified_and_not_the_public_one() {
    let site = Site::start().await;
    let address = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified });
    for (addresses, expected) in [
        (json!([]), EmailClaim::None),
        (
            json!([address("b@x.example", false, true), address("a@x.example", true, true)]),
            EmailClaim::Verified("a@x.example".to_owned()),
        ),
        (
            json!([address("a@x.example", true, false), address("b@x.example", false, true)]),
            EmailClaim::Verified("b@x.example".to_owned()),
        ),
        (
            json!([address("b@x.example", false, false), address("a@x.example", true, false)]),
            EmailClaim::Unverified("a@x.example".to_owned()),
        ),
        (
            json!([address("b@x.example", false, false), address("c@x.example", false, false)]),
            EmailClaim::Unverified("b@x.example".to_owned()),
        ),
    ] {
        site.said.lock().expect("no panic").emails = addresses;
        let profile = site.sign_in().await.expect("accepted");
        assert_eq!(profile.email, expected);
        assert_eq!((profile.subject(), profile.username.as_deref()), ("583231", Some("octocat")));
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_is_a_refusal() {
    let site = Site::start().await;
    site.said.lock().expect("no panic").emails_status = StatusCode::NOT_FOUND;
    let profile = site.sign_in().await.expect("accepted");
    assert_eq!(profile.email, EmailClaim::None, "the user has not let it see them");
    site.said.lock().expect("no panic").emails_status = StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(site.sign_in().await.expect_err("refused").fault(), Fault::Refused);
    site.said.lock().expect("no panic").emails_status = StatusCode::OK;
    for emails in [json!({}), json!([{ "email": 7 }]), json!(["a@x.example"])] {
        site.said.lock().expect("no panic").emails = emails;
        assert_eq!(site.sign_in().await.expect_err("refused").fault(), Fault::Malformed);
    }
    for user in
        [json!({ "login": "octocat" }), json!({ "id": "7" }), json!({ "id": -7 }), json!([])]
    {
        site.said.lock().expect("no panic").user = user;
        assert_eq!(site.sign_in().await.expect_err("refused").fault(), Fault::Malformed);
    }
    let github = GitHub::new("Iv1.1", ClientSecret::new("a secret")).expect("a provider");
    let error = github.base_url("http://github.example.com").expect_err("not encrypted");
    assert!(error.to_string().contains("GitHub::base_url"), "{error}");
}

#[tokio::test]
async fn what_the_application_asks_for_comes_beside_what_crudauth_has_to_know() {
    let github = GitHub::new("id", ClientSecret::new("secret")).expect("a provider");
    let github = github.scopes(["repo"]).base_url("https://github.example.com").expect("a server");
    let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
    let url = github.authorize_url(&Http::new().expect("a client"), &flow).await.expect("a url");
    let url = reqwest::Url::parse(&url).expect("an address");
    let scope = url.query_pairs().find(|(name, _)| name == "scope").expect("a scope").1;
    assert_eq!(scope, "read:user user:email repo");
}
