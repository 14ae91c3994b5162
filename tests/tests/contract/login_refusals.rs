//! `POST /login`: nobody learns from a refusal why it was one.

use crudauth_tests::support::Client;

use super::{Answer, PASSWORD, TestApp, comparable, detail, whole};

/// One account for each reason, and the names of those who are refused.
async fn with_accounts() -> (TestApp, Vec<&'static str>) {
    let app = TestApp::start().await;
    for name in ["ada", "disabled", "nameless", "unusable", "empty", "garbage"] {
        let answer = app.client().register(&format!("{name}@example.com"), name, PASSWORD).await;
        assert_eq!(answer.status, 200);
    }
    app.execute(
        "UPDATE accounts SET is_active = FALSE WHERE username = 'disabled';
         UPDATE accounts SET pw_hash = NULL WHERE username = 'nameless';
         UPDATE accounts SET pw_hash = '!abc' WHERE username = 'unusable';
         UPDATE accounts SET pw_hash = '' WHERE username = 'empty';
         UPDATE accounts SET pw_hash = 'correct horse battery staple' WHERE username = 'garbage';",
    )
    .await;
    let names = vec![
        "nobody",
        "nobody@example.com",
        "disabled",
        "disabled@example.com",
        "nameless",
        "unusable",
        "empty",
        "garbage",
    ];
    (app, names)
}

async fn counted(
    app: &TestApp,
    client: &mut Client,
    name: &str,
    password: &str,
) -> (Answer, usize) {
    let before = app.hasher.computed();
    let answer = client.login(name, password).await;
    (answer, app.hasher.computed() - before)
}

#[tokio::test]
async fn every_refusal_is_one_answer_after_one_hash() {
    let (app, mut names) = with_accounts().await;
    let (wrong, hashes) = counted(&app, &mut app.client(), "ada", "wrong password").await;
    assert_eq!(whole(&wrong), detail(401, "Incorrect username or password"));
    assert_eq!(hashes, 1);
    let long = "x".repeat(5000);
    names.push(long_name());
    let passwords = [PASSWORD, "wrong password", " ", &long[..73], &long[..1024], &long];
    for (at, password) in (2..).zip(passwords) {
        for (shift, name) in (0..).step_by(10).zip(&names) {
            let mut client = app.client().at(at + shift);
            let (answer, hashes) = counted(&app, &mut client, name, password).await;
            assert_eq!(comparable(&answer), comparable(&wrong), "{name} {password}");
            assert_eq!(hashes, 1, "{name} {password}");
        }
        // Some of the names are of one account, which must not come near its lock.
        app.after(2 * 3600);
    }
}

fn long_name() -> &'static str {
    const LONG: [u8; 5000] = [b'n'; 5000];
    std::str::from_utf8(&LONG).expect("ASCII")
}

/// Nothing with NUL in it can be in a database, and the form refuses it for any name alike.
#[tokio::test]
async fn a_name_with_nul_is_refused_unasked() {
    let (app, _) = with_accounts().await;
    let (of_ada, hashes) = counted(&app, &mut app.client(), "ada\0", PASSWORD).await;
    let (of_nobody, _) = counted(&app, &mut app.client(), "nobody\0", PASSWORD).await;
    assert_eq!((of_ada.status.as_u16(), hashes), (422, 0));
    assert_eq!(comparable(&of_ada), comparable(&of_nobody));
}

/// Without HTTP there is no form in front.
#[tokio::test]
async fn the_service_answers_a_name_with_nul_as_any_other() {
    use crudauth::Password;
    use crudauth::login::{LoginAttempt, LoginError};
    use crudauth::user::LoginName;

    let (app, _) = with_accounts().await;
    let before = app.hasher.computed();
    let attempt = LoginAttempt {
        name: LoginName::new("ada\0"),
        password: Password::new(PASSWORD),
        address: Some("here".to_owned()),
        devices: Vec::new(),
    };
    let refused = app.auth.login().sign_in(attempt).await.map(|_| ());
    assert!(matches!(refused, Err(LoginError::BadCredentials)), "{refused:?}");
    assert_eq!(app.hasher.computed() - before, 1);
}

#[tokio::test]
async fn a_known_device_learns_no_more() {
    let (app, _) = with_accounts().await;
    let mut client = app.client();
    assert_eq!(client.login("ada", PASSWORD).await.status, 200);
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'ada'").await;
    let (disabled, hashes) = counted(&app, &mut client, "ada", PASSWORD).await;
    assert_eq!(hashes, 1);
    let (unknown, _) = counted(&app, &mut client, "nobody", PASSWORD).await;
    assert_eq!(comparable(&disabled), comparable(&unknown));
}

#[tokio::test]
async fn a_refusal_writes_nothing_to_the_users() {
    let (app, names) = with_accounts().await;
    let rows = "SELECT concat(account_id, ' ', coalesce(pw_hash, '-'), ' ', token_version, ' ', \
                is_active) FROM accounts";
    let before = app.select(rows).await;
    for (at, name) in (2..).zip(&names) {
        app.client().at(at).login(name, PASSWORD).await;
    }
    app.client().login("ada", "wrong password").await;
    assert_eq!(app.select(rows).await, before);
}

#[tokio::test]
async fn a_user_who_is_found_is_shown_by_no_debug_output() {
    let (app, _) = with_accounts().await;
    let name = crudauth::user::LoginName::new("ada");
    let user = app
        .auth
        .stores()
        .users()
        .find_by_login(&name, &crudauth::user::NoTenant)
        .await
        .expect("found");
    let user = user.expect("ada");
    assert!(
        user.hashed_password.as_ref().is_some_and(|hash| hash.contains("argon2")),
        "she has one"
    );
    let shown = format!("{:?}", user.logical());
    assert!(!shown.contains("argon2"), "{shown}");
}
