//! Races for what is done once, beside those for links (`recovery.rs`) and for refresh tokens
//! (`bearer_refresh.rs`): 16 clients at once, 50 times.

use std::sync::Arc;

use crudauth::RateLimits;
use crudauth_tests::support::{Client, PASSWORD, TestApp, guesses_without_end};
use serde_json::{Value, json};
use tokio::sync::Barrier;

const CLIENTS: usize = 16;
const ROUNDS: usize = 50;

/// Posts the body of each number to `path` at once, with the cookies of `client`. Returns the
/// numbers that were answered with 200, whose cookies the client keeps; the others must be answered
/// with `refused`.
async fn race(
    client: &mut Client,
    path: &'static str,
    refused: u16,
    body: impl Fn(usize) -> Value,
) -> Vec<usize> {
    let gate = Arc::new(Barrier::new(CLIENTS));
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (mut client, gate, body) = (client.clone(), Arc::clone(&gate), body(number));
            tokio::spawn(async move {
                gate.wait().await;
                (client.post_json(path, &body).await, client)
            })
        })
        .collect();
    let mut won = Vec::new();
    for (number, task) in tasks.into_iter().enumerate() {
        let (answer, after) = task.await.expect("no panic");
        match answer.status.as_u16() {
            200 => {
                won.push(number);
                *client = after;
            }
            status => assert_eq!(status, refused, "{}", answer.text()),
        }
    }
    won
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_of_password_one_works() {
    let app = TestApp::with(|builder| {
        builder.rate_limits(RateLimits::off()).lockout(guesses_without_end())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let mut current = PASSWORD.to_owned();
    for round in 0..ROUNDS {
        let new = |number| format!("passphrase {number} of round {round}");
        let won = race(
            &mut ada,
            "/change-password",
            401,
            |number| json!({ "current_password": current, "new_password": new(number) }),
        )
        .await;
        let &[winner] = won.as_slice() else { panic!("round {round}: {won:?} won") };
        current = new(winner);
        assert_eq!(ada.get("/me").await.status, 200, "the session that changed it stays");
    }
    assert_eq!(app.client().login("ada", &current).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_first_passwords_one_works() {
    let app = TestApp::with(|builder| builder.rate_limits(RateLimits::off())).await;
    let mut ada = app.signed_in("ada").await;
    let mut last = String::new();
    for round in 0..ROUNDS {
        app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
        let new = |number| format!("passphrase {number} of round {round}");
        let body = |number| json!({ "new_password": new(number) });
        let won = race(&mut ada, "/set-password", 400, body).await;
        let &[winner] = won.as_slice() else { panic!("round {round}: {won:?} won") };
        last = new(winner);
    }
    assert_eq!(app.client().login("ada", &last).await.status, 200);
}
