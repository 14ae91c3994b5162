//! Many who sign up and sign in, and what they were told.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crudauth_tests::support::{Client, PASSWORD};
use tokio::task::JoinSet;

use crate::stage::{Stage, address};

const TASKS: usize = 4;

#[derive(Default)]
struct Seen {
    over: AtomicBool,
    refused: AtomicUsize,
    signed_up: Mutex<Vec<String>>,
    signed_in: Mutex<Vec<(String, Client)>>,
}

pub(crate) struct Traffic {
    seen: Arc<Seen>,
    tasks: JoinSet<()>,
}

impl Traffic {
    pub(crate) fn begin(stage: &Stage, round: &str) -> Self {
        let seen = Arc::new(Seen::default());
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (seen, client) = (Arc::clone(&seen), stage.client());
            let name = format!("busy-{round}-{task}");
            tasks.spawn(async move {
                for number in 0.. {
                    if seen.over.load(Ordering::SeqCst) {
                        return;
                    }
                    comes(&seen, client.clone(), format!("{name}-{number}")).await;
                }
            });
        }
        Self { seen, tasks }
    }

    /// How many sign-ups and sign-ins were answered with success.
    pub(crate) fn acknowledged(&self) -> usize {
        let signed_up = self.seen.signed_up.lock().expect("no panic").len();
        signed_up + self.seen.signed_in.lock().expect("no panic").len()
    }

    /// How many requests were answered with 503.
    pub(crate) fn refused(&self) -> usize {
        self.seen.refused.load(Ordering::SeqCst)
    }

    /// Ends it. Whoever was signed up can sign in, and whoever was signed in is so.
    pub(crate) async fn end(self, stage: &Stage) {
        self.stop().await.is_there(stage).await;
    }

    /// Ends it, and says what was acknowledged.
    pub(crate) async fn stop(self) -> Acknowledged {
        self.seen.over.store(true, Ordering::SeqCst);
        self.tasks.join_all().await;
        let signed_up = self.seen.signed_up.lock().expect("no panic").clone();
        let signed_in = self.seen.signed_in.lock().expect("no panic").clone();
        Acknowledged { signed_up, signed_in }
    }
}

/// Who was answered with success.
pub(crate) struct Acknowledged {
    signed_up: Vec<String>,
    signed_in: Vec<(String, Client)>,
}

impl Acknowledged {
    /// Whoever was signed up can sign in, and whoever was signed in is so.
    pub(crate) async fn is_there(&self, stage: &Stage) {
        assert!(!self.signed_up.is_empty() && !self.signed_in.is_empty(), "somebody came");
        for name in &self.signed_up {
            assert_eq!(stage.login(name, PASSWORD).await, 200, "{name}: an account is lost");
        }
        for (name, session) in &self.signed_in {
            let me = stage.now(session).get("/me").await;
            assert_eq!(me.status, 200, "{name}: a session is lost");
        }
    }
}

async fn comes(seen: &Seen, mut client: Client, name: String) {
    let answer = client.register(&address(&name), &name, PASSWORD).await;
    match answer.status.as_u16() {
        200 | 202 => seen.signed_up.lock().expect("no panic").push(name.clone()),
        status => {
            assert_eq!(status, 503, "{name}: {}", answer.text());
            seen.refused.fetch_add(1, Ordering::SeqCst);
            return;
        }
    }
    let answer = client.login(&name, PASSWORD).await;
    match answer.status.as_u16() {
        200 => seen.signed_in.lock().expect("no panic").push((name, client)),
        status => {
            assert_eq!(status, 503, "{name}: {}", answer.text());
            seen.refused.fetch_add(1, Ordering::SeqCst);
        }
    }
}
