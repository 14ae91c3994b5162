//! Pages that the server renders: forms with the CSRF token, the way to the sign-in page and back.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Form, Router};
use crudauth::http::{ReturnTo, Route, Routes};
use crudauth::{
    Credentials, CrudAuth, ErrorPages, LockoutConfig, Password, Principal, Rejection,
    RejectionKind, SessionOptions,
};
use crudauth_tests::support::{
    Account, Answer, AppState, Client, Mailbox, PASSWORD, TestApp, TestBuilder,
};
use reqwest::Method;
use serde::Deserialize;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    next: ReturnTo,
}

async fn login_page(Query(page): Query<Page>) -> Html<String> {
    Html(format!("<form>{}</form>", page.next.hidden_field("next")))
}

#[derive(Deserialize)]
struct LogIn {
    name: String,
    password: Password,
    #[serde(default)]
    next: ReturnTo,
}

async fn log_in(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(page): Form<LogIn>,
) -> Result<impl IntoResponse, Rejection> {
    let credentials = Credentials::new(page.name, page.password);
    let session = auth.sign_in(credentials, &request, SessionOptions::default()).await?;
    Ok((session, page.next.redirect_or("/home")))
}

async fn log_out(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(page): Form<Page>,
) -> Result<impl IntoResponse, Rejection> {
    Ok((auth.sign_out(&request).await?, page.next.redirect_or("/goodbye")))
}

async fn form_page(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
) -> Result<String, Rejection> {
    Ok(auth.csrf_field(&request).await?.to_string())
}

/// The body as it came, so that the layer is seen to hand it on.
async fn submit(me: Principal<Account>, body: String) -> String {
    format!("{} {body}", me.user.username)
}

async fn app_with(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    let routes = |auth: &CrudAuth<Account>| -> Router<AppState> {
        let closed = Router::new()
            .route("/notes/{id}", get(|| async { "a note" }).post(|| async { "written" }))
            .route_layer(auth.require_login());
        let nested = Router::new()
            .route("/inner", get(|| async { "inside" }))
            .route_layer(auth.require_login().at("/sign-in?lang=de"));
        let forms = Router::new()
            .route("/login", get(login_page).post(log_in))
            .route("/logout", get(log_out).post(log_out))
            .route("/form", get(form_page).post(submit))
            .route_layer(auth.csrf_forms());
        let forms = auth.wrap(forms);
        closed.nest("/nested", nested).merge(forms)
    };
    let own = Routes::default().without(Route::Login).without(Route::Logout);
    TestApp::with_routes(|builder| configure(builder.routes(own)), routes).await
}

async fn app() -> TestApp {
    app_with(|builder| builder).await
}

/// A visitor who has signed up and signed in by the page.
async fn signed_in(app: &TestApp) -> Client {
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let answer = ada.post_form("/login", &[("name", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(answer.header("location"), Some("/home"), "{}", answer.text());
    ada
}

async fn browse(client: &mut Client, method: Method, path: &str) -> Answer {
    let request = client.request(method, path).header("accept", BROWSER);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_sent_to_the_sign_in_page_and_back() {
    let app = app().await;
    let mut visitor = app.client();
    let answer = browse(&mut visitor, Method::GET, "/notes/7?page=2").await;
    let page = answer.header("location").expect("a page").to_owned();
    assert_eq!((answer.status.as_u16(), &*page), (303, "/login?next=%2Fnotes%2F7%3Fpage%3D2"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("vary"), Some("accept"));

    let form = browse(&mut visitor, Method::GET, &page).await.text();
    assert_eq!(form, r#"<form><input type="hidden" name="next" value="/notes/7?page=2"></form>"#);
    visitor.register("ada@example.com", "ada", PASSWORD).await;
    let fields = [("name", "ada"), ("password", PASSWORD), ("next", "/notes/7?page=2")];
    let answer = visitor.post_form("/login", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/notes/7?page=2")));
    let note = browse(&mut visitor, Method::GET, "/notes/7?page=2").await;
    assert_eq!((&*note.text(), note.header("cache-control")), ("a note", Some("no-store")));

    let nested = browse(&mut app.client(), Method::GET, "/nested/inner").await;
    assert_eq!(nested.header("location"), Some("/sign-in?lang=de&next=%2Fnested%2Finner"));
    // What a form had sent is gone: there is nothing to come back to.
    let posted = browse(&mut app.client(), Method::POST, "/notes/7").await;
    assert_eq!((posted.status.as_u16(), posted.header("location")), (303, Some("/login")));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_browser_is_told_401() {
    let app = app().await;
    for accept in ["*/*", "application/json", "application/json, text/plain, */*"] {
        let request = app.client().request(Method::GET, "/notes/7").header("accept", accept);
        let answer = app.client().send(request).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (401, None), "{accept}");
        assert_eq!(answer.detail(), "Not authenticated");
    }
    assert_eq!(app.client().get("/notes/7").await.status, 401);
    // A 403 stays one: signing in again would not help.
    let mut ada = signed_in(&app).await;
    let forged = browse(&mut ada, Method::POST, "/notes/7").await;
    assert_eq!((forged.status.as_u16(), forged.header("x-csrf-error")), (403, Some("true")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_session_is_taken_away_on_the_way_to_the_page() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    app.after(31 * 60);
    let answer = browse(&mut ada, Method::GET, "/notes/7").await;
    assert_eq!(answer.status, 303);
    assert!(answer.set_cookies().iter().any(|it| it.contains("session_id=\"\"")), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site() {
    let app = app().await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    for target in [
        "",
        "evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%5Cevil.example",
        "/%255cevil.example",
        "/%2fevil.example",
        "/%2f%2fevil.example",
        "/%252f%252fevil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/%2e%2e//evil.example",
        "/a//evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        "/%0d%0aLocation:evil",
        "/%09/evil.example",
        "/\u{0}",
        "/\u{ff0f}evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://evil.example",
        "HTTPS://evil.example",
        "http://127.0.0.1@evil.example/",
        "https://user:pass@evil.example/",
        "//user@evil.example",
        "/@evil.example/../..//evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
    ] {
        let fields = [("name", "ada"), ("password", PASSWORD), ("next", target)];
        let answer = ada.post_form("/login", &fields).await;
        let sent = (answer.status.as_u16(), answer.header("location"));
        assert_eq!(sent, (303, Some("/home")), "{target:?}");
        let token = ada.csrf_token().expect("a token").to_owned();
        let fields = [("csrf_token", &*token), ("next", target)];
        let answer = ada.post_form("/logout", &fields).await;
        let sent = (answer.status.as_u16(), answer.header("location"));
        assert_eq!(sent, (303, Some("/goodbye")), "{target:?}");
    }
    // A path that a browser could take for a host is no path to come back to either.
    for path in ["/nested//evil.example", "/notes/%5cevil", "/notes/%2f%2fevil"] {
        let answer = browse(&mut app.client(), Method::GET, path).await;
        let target = answer.header("location").unwrap_or("/login");
        assert_eq!(target, "/login", "{path}");
    }
}

/// The token in the field of a page.
fn token_in(field: &str) -> String {
    let token = field.strip_prefix(r#"<input type="hidden" name="csrf_token" value=""#);
    token.and_then(|it| it.strip_suffix("\">")).expect("a field").to_owned()
}

async fn submitted(client: &mut Client, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = client.post_form("/form", fields).await;
    (answer.status.as_u16(), answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_shows_the_token_as_a_field_by_the_rules_of_the_header() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    let page = ada.get("/form").await;
    assert_eq!(page.header("cache-control"), Some("no-store"), "it is for nobody else");
    let masked = token_in(&page.text());
    let token = ada.csrf_token().expect("a token").to_owned();
    assert_eq!(app.client().get("/form").await.text(), "", "a visitor needs none");

    let (status, text) = submitted(&mut ada, &[("a", "1"), ("csrf_token", &token)]).await;
    assert_eq!((status, &*text), (200, &*format!("ada a=1&csrf_token={token}")));
    assert_eq!(submitted(&mut ada, &[("csrf_token", &masked)]).await.0, 200);

    let mut bob = app.client();
    bob.register("bob@example.com", "bob", PASSWORD).await;
    bob.post_form("/login", &[("name", "bob"), ("password", PASSWORD)]).await;
    let of_bob = bob.csrf_token().expect("a token").to_owned();
    let in_page_of_bob = token_in(&bob.get("/form").await.text());
    let (missing, wrong) =
        (r#""Missing CSRF token""#.to_owned(), r#""Invalid CSRF token""#.to_owned());
    for (fields, text) in [
        (vec![("a", "1")], &missing),
        (vec![("csrf_token", "")], &missing),
        (vec![("CSRF_TOKEN", &*token)], &missing),
        (vec![("csrf_token", &*of_bob)], &wrong),
        (vec![("csrf_token", &*in_page_of_bob)], &wrong),
        (vec![("csrf_token", &masked[1..])], &wrong),
        (vec![("csrf_token", &*masked), ("csrf_token", &*masked)], &wrong),
        (vec![("csrf_token", "\r\n\u{0}")], &wrong),
        (vec![("csrf_token", &*token), ("csrf_token", &*of_bob)], &wrong),
        (vec![("csrf_token", &*token), ("csrf_token", &*token)], &wrong),
    ] {
        let (status, body) = submitted(&mut ada, &fields).await;
        assert_eq!(status, 403, "{fields:?}: {body}");
        assert!(body.contains(&**text), "{fields:?}: {body}");
    }

    // In the header alone, as before; in both, nothing tells which one counts.
    let header = |fields: &[(&str, &str)]| {
        ada.request(Method::POST, "/form").form(fields).header("x-csrf-token", &token)
    };
    let (alone, both) = (header(&[("a", "1")]), header(&[("csrf_token", &token)]));
    assert_eq!(ada.clone().send(alone).await.status, 200);
    assert_eq!(ada.clone().send(both).await.status, 403);

    // A page of another site does not know the token, and is refused before it is looked at.
    let foreign = ada.request(Method::POST, "/form").form(&[("csrf_token", &token)]);
    let foreign = ada.clone().send(foreign.header("origin", "https://evil.example")).await;
    assert_eq!(foreign.detail(), "Cross-site requests are not allowed.");
    // The address of the page is no place for a token.
    let query = ada.request(Method::POST, &format!("/form?csrf_token={token}")).form(&[("a", "1")]);
    assert_eq!(ada.clone().send(query).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_multipart_form_shows_the_token_too_and_no_file_is_one() {
    let app = app().await;
    let ada = signed_in(&app).await;
    let token = ada.csrf_token().expect("a token").to_owned();
    let send = async |form: reqwest::multipart::Form| {
        let request = ada.request(Method::POST, "/form").multipart(form);
        ada.clone().send(request).await
    };
    let form = || reqwest::multipart::Form::new().text("a", "1").text("a", "2");
    let answer = send(form().text("csrf_token", token.clone())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("name=\"a\""), "the body is handed on: {}", answer.text());
    assert_eq!(send(form()).await.status, 403);
    let file = reqwest::multipart::Part::text(token).file_name("token.txt");
    assert_eq!(send(form().part("csrf_token", file)).await.status, 403);
    let large = form().text("text", "x".repeat(70_000));
    assert_eq!(send(large).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_signs_out_by_a_form_and_needs_the_token_for_it() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    let token = ada.csrf_token().expect("a token").to_owned();
    assert_eq!(ada.post_form("/logout", &[("next", "/bye")]).await.status, 403);
    assert_eq!(ada.get("/dashboard").await.status, 200);
    let before = ada.clone();
    let answer = ada.post_form("/logout", &[("next", "/bye"), ("csrf_token", &token)]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/bye")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!ada.cookies.contains_key("__Host-session_id"), "{answer:?}");
    assert_eq!(before.clone().get("/dashboard").await.status, 401, "the session has ended");
    // There is nothing to end, and so nothing to prove.
    assert_eq!(ada.post_form("/logout", &[]).await.header("location"), Some("/goodbye"));
    let foreign = ada.request(Method::POST, "/logout").form(&[("next", "/bye")]);
    let foreign = ada.send(foreign.header("origin", "https://evil.example")).await;
    assert_eq!(foreign.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_pages_show_the_token_alike() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    let one = token_in(&ada.get("/form").await.text());
    let two = token_in(&ada.get("/form").await.text());
    let token = ada.csrf_token().expect("a token").to_owned();
    assert!(one != two && !one.contains(&token) && !two.contains(&token), "{one} {two}");
    for shown in [one, two, token] {
        assert_eq!(submitted(&mut ada, &[("csrf_token", &shown)]).await.0, 200, "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_signs_anybody_out() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    for site in ["cross-site", "same-site", "same-origin", "none"] {
        let link = ada.request(Method::GET, "/logout").header("sec-fetch-site", site);
        let answer = ada.send(link).await;
        assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (403, 0), "{site}");
    }
    assert_eq!(ada.get("/logout").await.detail(), "Missing CSRF token");
    assert_eq!(ada.get("/dashboard").await.status, 200);
    let visitor = app.client().request(Method::GET, "/logout");
    let foreign = app.client().send(visitor.header("sec-fetch-site", "cross-site")).await;
    assert_eq!(foreign.status, 403);
    let shown = ada.with_csrf(ada.request(Method::GET, "/logout"));
    assert_eq!(ada.send(shown).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_stands_in_the_form_and_without_tokens_there_is_no_field() {
    let app = app().await;
    let mut ada = signed_in(&app).await;
    let old = ada.csrf_token().expect("a token").to_owned();
    ada.cookies.remove("__Host-csrf_token");
    assert_eq!(ada.post("/csrf/refresh").await.status, 200);
    let new = ada.csrf_token().expect("a token").to_owned();
    assert_ne!(old, new);
    // The field comes from the session, whatever the cookie says.
    ada.cookies.insert("__Host-csrf_token".to_owned(), "planted".to_owned());
    let field = token_in(&ada.get("/form").await.text());
    assert_eq!(submitted(&mut ada, &[("csrf_token", &field)]).await.0, 200);
    assert_eq!(submitted(&mut ada, &[("csrf_token", &old)]).await.0, 403);

    let session = crudauth::SessionConfig::default().without_csrf_token();
    let app = app_with(|builder| builder.session(session)).await;
    let mut ada = signed_in(&app).await;
    assert_eq!(ada.get("/form").await.text(), "");
    assert_eq!(submitted(&mut ada, &[("a", "1")]).await, (200, "ada a=1".to_owned()));
}

/// A page with the words of the refusal, and headers of its own.
fn error_page(refused: &Rejection) -> impl IntoResponse + use<> {
    let headers = [("content-security-policy", "default-src 'none'"), ("cache-control", "public")];
    (headers, Html(format!("<p>{} {}</p>", refused.status().as_u16(), refused.detail())))
}

/// Pages of the application's own under `/site`.
async fn site(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    let own = Routes::default().without(Route::ChangePassword);
    let routes = |auth: &CrudAuth<Account>| -> Router<AppState> {
        let pages = Router::new()
            .route("/notes", get(|_: Principal<Account>| async { "notes" }))
            .route("/down", get(|| async { Rejection::from(RejectionKind::Internal) }))
            .route("/change-password", post(change_password))
            .route("/forgot", post(forgot))
            .route("/reset", post(reset))
            .route("/verify", post(verify))
            .route("/change-email", post(change_email))
            .route("/confirm-email", post(confirm_email))
            .route_layer(auth.csrf_forms());
        Router::new().nest("/site", pages.merge(auth.router()).layer(ErrorPages::new(error_page)))
    };
    TestApp::with_routes(|builder| configure(builder.routes(own)), routes).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_reads_a_refusal_as_a_page_and_nobody_else_does() {
    let app = site(|builder| builder.lockout(LockoutConfig::default().max_attempts(1))).await;
    let get = |accept| app.client().request(Method::GET, "/site/notes").header("accept", accept);
    let (page, json) = (app.client().send(get(BROWSER)).await, app.client().send(get("*/*")).await);
    assert_eq!(page.text(), "<p>401 Not authenticated</p>");
    assert_eq!(json.detail(), "Not authenticated");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("content-security-policy"), Some("default-src 'none'"));
    assert_eq!((page.header("vary"), json.header("vary")), (Some("accept"), None));
    // All that a refusal says beside its body stays.
    for name in ["cache-control", "x-content-type-options"] {
        assert_eq!(page.header(name), json.header(name), "{name}");
        assert!(page.header(name).is_some(), "{name}");
    }

    // A route of crudauth's, with the time to wait.
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    app.client().login("ada", "wrong").await;
    let form = [("username", "ada"), ("password", "wrong")];
    let login =
        app.client().request(Method::POST, "/site/login").header("accept", BROWSER).form(&form);
    let locked = app.client().send(login).await;
    assert_eq!(locked.text(), "<p>429 Too many login attempts. Try again later.</p>");
    assert!(locked.header("retry-after").is_some(), "{locked:?}");
    let answer = browse(&mut app.client(), Method::GET, "/site/down").await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.text()),
        (500, "<p>500 Internal Server Error</p>")
    );
    // What is no refusal stays as it is.
    let unknown = browse(&mut app.client(), Method::GET, "/site/nothing").await;
    assert_eq!((unknown.status.as_u16(), &*unknown.text()), (404, ""));
}

#[derive(Deserialize)]
struct ChangePassword {
    current: Password,
    new: Password,
}

async fn change_password(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    request: Parts,
    Form(form): Form<ChangePassword>,
) -> Result<impl IntoResponse, Rejection> {
    let renewed = auth.change_password(&me, form.current, form.new, &request).await?;
    Ok((renewed, Redirect::to("/account")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_changes_the_password_and_its_browser_stays_signed_in() {
    let app = site(|builder| builder).await;
    let mut ada = app.signed_in("ada").await;
    let (mut before, mut elsewhere) = (ada.clone(), app.client());
    elsewhere.login("ada", PASSWORD).await;
    let new = "another very long engine";
    let change = |client: &Client, current: &str| {
        let token = client.csrf_token().expect("a token").to_owned();
        [("current", current.to_owned()), ("new", new.to_owned()), ("csrf_token", token)]
    };
    let wrong = ada.request(Method::POST, "/site/change-password").form(&change(&ada, "wrong"));
    assert_eq!(ada.send(wrong).await.status, 401);
    let right = ada.request(Method::POST, "/site/change-password").form(&change(&ada, PASSWORD));
    let answer = ada.send(right).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/account")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(ada.get("/site/notes").await.text(), "notes");
    assert_eq!(elsewhere.get("/site/notes").await.status, 401);
    app.after(11);
    assert_eq!(before.get("/site/notes").await.status, 401, "the session has another id");

    // The limit of the route holds for the page.
    for _ in 0..20 {
        let again = ada.request(Method::POST, "/site/change-password").form(&change(&ada, "wrong"));
        if ada.send(again).await.status == 429 {
            return;
        }
    }
    panic!("the page has no limit");
}

/// What the forms behind links send.
#[derive(Deserialize)]
struct Linked {
    #[serde(default)]
    email: String,
    #[serde(default)]
    token: String,
    password: Option<Password>,
}

async fn forgot(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(form): Form<Linked>,
) -> Result<&'static str, Rejection> {
    auth.request_reset(&form.email, &request).await?;
    auth.request_verification(&form.email, &request).await?;
    Ok("Look into your inbox.")
}

async fn reset(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(form): Form<Linked>,
) -> Result<Redirect, Rejection> {
    let password = form.password.ok_or(RejectionKind::InvalidLink)?;
    auth.confirm_reset(form.token, password, &request).await?;
    Ok(Redirect::to("/login"))
}

async fn verify(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(form): Form<Linked>,
) -> Result<String, Rejection> {
    let confirmed = auth.confirm_verification(form.token, &request).await?;
    Ok(confirmed.user.username.clone())
}

async fn change_email(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    request: Parts,
    Form(form): Form<Linked>,
) -> Result<&'static str, Rejection> {
    let password = form.password.ok_or(RejectionKind::WrongPassword)?;
    auth.request_email_change(&me, &form.email, password, &request).await?;
    Ok("Look into your inbox.")
}

async fn confirm_email(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(form): Form<Linked>,
) -> Result<String, Rejection> {
    let confirmed = auth.confirm_email_change(form.token, &request).await?;
    Ok(confirmed.user.email.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_ask_for_links_and_confirm_them() {
    let mailbox = Mailbox::default();
    let app = site(|builder| builder.email(mailbox.config())).await;
    let mut ada = app.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 202);
    mailbox.open(&app).await;
    for email in ["nobody@example.com", " Ada@Example.com "] {
        let answer = ada.post_form("/site/forgot", &[("email", email)]).await;
        assert_eq!(answer.text(), "Look into your inbox.", "{email}");
    }
    let mails = mailbox.open(&app).await;
    let token = |kind: &str| {
        let mail = mails.iter().find(|mail| mail.kind.contains(kind));
        mail.unwrap_or_else(|| panic!("no {kind} in {mails:?}")).token().to_owned()
    };
    assert!(mails.iter().all(|mail| mail.to == "ada@example.com"), "{mails:?}");
    let answer = ada.post_form("/site/verify", &[("token", &token("verif"))]).await;
    assert_eq!(answer.text(), "ada");

    let new = "another very long engine";
    let form = [("token", &*token("reset")), ("password", new)];
    assert_eq!(ada.post_form("/site/reset", &form).await.header("location"), Some("/login"));
    assert_eq!(ada.post_form("/site/reset", &form).await.status, 400, "it works once");
    assert_eq!(ada.login("ada", new).await.status, 200);

    let csrf = ada.csrf_token().expect("a token").to_owned();
    let change = [("email", "lovelace@example.com"), ("password", new), ("csrf_token", &csrf)];
    assert_eq!(ada.post_form("/site/change-email", &change).await.status, 200);
    let mails = mailbox.open(&app).await;
    let mail = mails.iter().find(|mail| mail.to == "lovelace@example.com").expect("a link");
    let form = [("token", mail.token()), ("csrf_token", &*csrf)];
    let answer = app.client().post_form("/site/confirm-email", &form).await;
    assert_eq!(answer.text(), "lovelace@example.com");

    // The limit of the route holds for the page.
    let mut stranger = app.client();
    for _ in 0..200 {
        let form = [("email", "nobody@example.com")];
        if stranger.post_form("/site/forgot", &form).await.status == 429 {
            return;
        }
    }
    panic!("the page has no limit");
}
