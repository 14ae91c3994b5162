//! Whether the time of an answer tells that an account exists: measured at a real port, and judged
//! by Welch's t-test. `cargo run -p crudauth-tests --release --bin timing`

mod flow;
mod hasty;
mod welch;
mod wire;

pub use self::flow::Flow;
pub use self::welch::{BOUND, Compared};

use std::sync::Arc;

use crudauth::message::{Delivery, Email, EmailSender};
use crudauth::password::Argon2id;
use crudauth::{EmailConfig, RateLimits};

use self::flow::{ACCOUNTS, known};
use self::hasty::{Hasher, Haste, State};
use self::wire::Wire;
use crate::attack::{Dice, Ground, Server};
use crate::support::PASSWORD;

/// Whether the server does the work that makes answers equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// It is crudauth as it is.
    Equal,
    /// For a name that is unknown, or an address that is taken, it computes no hash and queues no
    /// message.
    Hasty,
}

/// Requests of each class before the first that counts.
const WARM_UP: usize = 50;

/// A sender that delivers at once, to nobody.
#[derive(Debug)]
struct Nowhere;

impl EmailSender for Nowhere {
    fn send<'a>(&'a self, _: &'a Email) -> Delivery<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Sends `samples` requests of each class and compares how long they took. In each pair of
/// requests, chance decides which class is first.
///
/// # Panics
///
/// If the server does not answer as it should.
pub async fn measure(flow: Flow, build: Build, samples: usize, dice: &mut Dice) -> Compared {
    let ground = Ground::new().await;
    let haste = Haste::default();
    let state = State { inner: Arc::clone(ground.stores.state()), haste: haste.clone() };
    let stores = ground.stores.clone().with_state(Arc::new(state));
    let inner = Argon2id::insecure_and_fast_for_tests();
    let builder = ground
        .builder(stores)
        .password_hasher(Hasher { inner, haste: haste.clone() })
        .rate_limits(RateLimits::off())
        .email(
            EmailConfig::new(Nowhere)
                .frontend_url("https://app.example.com")
                .unverified_may_sign_in(),
        );
    let server = Server::start(builder).await;
    for number in 0..ACCOUNTS {
        let name = known(number);
        let answer =
            server.client().register(&format!("{name}@example.com"), &name, PASSWORD).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    let order: Vec<bool> = (0..WARM_UP + samples).map(|_| dice.below(2) == 0).collect();
    let address = server.address;
    let durations = tokio::task::spawn_blocking(move || {
        let mut wire = Wire::to(address);
        let mut classes = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
        for (pair, known_first) in order.into_iter().enumerate() {
            for (at, is_known) in [known_first, !known_first].into_iter().enumerate() {
                // The work that a hasty build saves: of a sign-up, that for a taken address; of
                // the others, that for nobody.
                let saves = is_known == (flow == Flow::SignUp);
                haste.set(build == Build::Hasty && saves);
                let request = flow.request(2 * pair + at, is_known);
                let duration = wire.time(&request, flow.status());
                if pair >= WARM_UP {
                    classes[usize::from(!is_known)].push(duration.as_secs_f64() * 1e6);
                }
            }
        }
        classes
    });
    Compared::of(&durations.await.expect("the server answers"))
}
