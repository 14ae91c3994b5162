//! `kill -9` in the middle of a thousand sign-ups.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crudauth::password::{Argon2id, Password, PasswordHash, PasswordHasher};
use crudauth_tests::attack::Dice;
use crudauth_tests::support::{Client, FREE_TIER};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use tokio::task::JoinSet;

const ROUNDS: usize = 4;
const SIGN_UPS: usize = 1000;
const TASKS: usize = 8;

/// A server in a process of its own. It is killed when it is dropped.
struct Victim {
    process: Child,
    address: SocketAddr,
}

impl Victim {
    fn start(file: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
        let mut process =
            command.arg(file).stdout(Stdio::piped()).spawn().expect("the victim starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says its address");
        let address = line.trim().parse().expect("an address");
        Self { process, address }
    }

    fn kill(&mut self) {
        // SIGKILL: no destructor runs, no file is closed by the program.
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn password_of(name: &str) -> String {
    format!("the password of {name}")
}

/// Signs up until the server is gone, which it is after `fatal` answers. Whom it answered 200.
async fn sign_up_until_death(victim: Victim, round: usize, fatal: usize) -> BTreeSet<String> {
    let (address, victim) = (victim.address, Arc::new(Mutex::new(victim)));
    let (next, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let welcomed = Arc::new(Mutex::new(BTreeSet::new()));
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (victim, next, answered) = (victim.clone(), next.clone(), answered.clone());
        let (welcomed, client) = (welcomed.clone(), Client::new(address));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= SIGN_UPS {
                    return;
                }
                let name = format!("r{round}n{number}");
                let body = serde_json::json!({
                    "email": format!("{name}@example.com"), "username": name,
                    "password": password_of(&name), "full_name": "x".repeat(number),
                });
                let request = client.request(reqwest::Method::POST, "/register").json(&body);
                // Cut off, or not connected: the server is gone.
                let Ok(response) = request.send().await else { return };
                assert_eq!(response.status(), 200);
                welcomed.lock().expect("no panic").insert(name);
                if answered.fetch_add(1, Ordering::SeqCst) + 1 == fatal {
                    victim.lock().expect("no panic").kill();
                }
            }
        });
    }
    tasks.join_all().await;
    std::mem::take(&mut *welcomed.lock().expect("no panic"))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    email_address: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Nullable<Text>)]
    pw_hash: Option<String>,
    #[diesel(sql_type = Bool)]
    plain: bool,
    #[diesel(sql_type = Integer)]
    tier_id: i32,
    #[diesel(sql_type = Integer)]
    credits: i32,
    #[diesel(sql_type = Nullable<Text>)]
    full_name: Option<String>,
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Every row is whole, whether its sign-up was answered or not. The names.
fn inspect(file: &Path) -> BTreeSet<String> {
    let mut connection =
        SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("the database opens");
    let integrity: Vec<Integrity> = diesel::sql_query("PRAGMA integrity_check")
        .load(&mut connection)
        .expect("the database can be read");
    let verdicts: Vec<_> = integrity.iter().map(|row| row.integrity_check.as_str()).collect();
    assert_eq!(verdicts, ["ok"]);

    let rows: Vec<Row> = diesel::sql_query(
        "SELECT email_address, username, pw_hash, tier_id, credits, full_name,
                is_admin = FALSE AND is_active = TRUE AND email_verified = FALSE AND token_version < 1073741824 AS plain
         FROM accounts",
    )
    .load(&mut connection)
    .expect("no column is NULL that must not be");
    let hasher = Argon2id::insecure_and_fast_for_tests();
    for row in &rows {
        let name = &row.username;
        assert_eq!(row.email_address, format!("{name}@example.com"));
        assert!(row.plain, "{name}");
        assert_eq!((row.tier_id, row.credits), (FREE_TIER, 10), "{name}");
        let number: usize = name.rsplit('n').next().expect("a number").parse().expect("a number");
        assert_eq!(row.full_name.as_deref(), Some("x".repeat(number).as_str()), "{name}");
        let hash = PasswordHash::from_stored(row.pw_hash.clone().expect("a hash"));
        let password = Password::new(password_of(name));
        assert!(hasher.verify(&password, &hash).is_match(), "{name}");
    }
    rows.into_iter().map(|row| row.username).collect()
}

/// Each of `names` can sign in.
async fn all_sign_in(address: SocketAddr, names: &BTreeSet<String>) {
    let names: Vec<_> = names.iter().cloned().collect();
    let mut tasks = JoinSet::new();
    for share in names.chunks(names.len().div_ceil(TASKS).max(1)) {
        let share = share.to_vec();
        tasks.spawn(async move {
            // One connection for all of them; each without the cookies of the one before.
            let client = Client::new(address);
            for name in share {
                let answer = client.clone().login(&name, &password_of(&name)).await;
                assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_with_success_survives_the_death_of_the_process() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("victim.db");
    let mut dice = Dice::rolled_for("kill");
    let mut welcomed = BTreeSet::new();
    for round in 0..ROUNDS {
        let fatal = 50 + dice.below(SIGN_UPS - 150);
        let new = sign_up_until_death(Victim::start(&file), round, fatal).await;
        assert!((fatal..SIGN_UPS).contains(&new.len()), "{} of {fatal}", new.len());

        let stored = inspect(&file);
        let lost: Vec<_> = new.difference(&stored).collect();
        assert!(lost.is_empty(), "round {round}: answered, and not there: {lost:?}");
        // What was never answered may be there or not; at most one for each task.
        welcomed.extend(new.iter().cloned());
        let unanswered = stored.difference(&welcomed).count();
        assert!(unanswered <= TASKS * (round + 1), "{unanswered} rows of unanswered sign-ups");

        let mut victim = Victim::start(&file);
        all_sign_in(victim.address, &new).await;
        // It dies in its sleep as well, with the sessions of all in its log.
        victim.kill();
    }
    let victim = Victim::start(&file);
    assert!(inspect(&file).is_superset(&welcomed));
    all_sign_in(victim.address, &welcomed.iter().take(100).cloned().collect()).await;
}
