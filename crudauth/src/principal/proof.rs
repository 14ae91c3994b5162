//! Gates on what a sign-in has proved, and how long ago.

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use http::HeaderValue;

use super::{Gate, Principal};
use crate::error::{Rejection, RejectionKind};
use crate::proofs::{Application, Factor, Mailbox, Marker, Password, Provider, RecoveryCode, Totp};
use crate::user::{AuthUser, HasSecondFactor};

/// Passes a sign-in that has proved two kinds: something that its user has, such as a code of an app, and
/// something else, such as a password (NIST SP 800-63B-4 AAL2). A provider that is trusted with its own
/// second factor passes alone. No query is made: the session or the token says it.
///
/// Over HTTP: 403 "A second factor is required.", with a `WWW-Authenticate` that says `acr_values="2"`
/// (RFC 9470). `Option<Principal<Account, Mfa>>` is refused as well, where somebody is signed in
/// without it. The struct needs somewhere to keep a second factor.
#[derive(Debug)]
pub enum Mfa {}

impl<U: HasSecondFactor> Gate<U> for Mfa {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        ready(match principal.proofs.has_two_kinds() {
            true => Ok(()),
            false => Err(Asked { level: Some(TWO_KINDS), minutes: None }.missing()),
        })
    }
}

/// A factor that users of `U` can prove. There is nothing to implement here.
pub trait ProvableBy<U: AuthUser>: Marker {}

impl<U: AuthUser> ProvableBy<U> for Password {}
impl<U: AuthUser> ProvableBy<U> for Mailbox {}
impl<U: AuthUser> ProvableBy<U> for Provider {}
impl<U: AuthUser> ProvableBy<U> for Application {}
impl<U: HasSecondFactor> ProvableBy<U> for Totp {}
impl<U: HasSecondFactor> ProvableBy<U> for RecoveryCode {}

/// Passes a sign-in that has proved the factor `F`, however long ago:
/// `Principal<Account, Proof<Totp>>`, with [`Totp`](crate::proofs::Totp).
#[derive(Debug)]
pub struct Proof<F>(PhantomData<fn() -> F>);

impl<U: AuthUser, F: ProvableBy<U>> Gate<U> for Proof<F> {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        ready(match principal.proofs.last(F::is) {
            Some(_) => Ok(()),
            None => Err(Asked { level: level::<F>(), minutes: None }.missing()),
        })
    }
}

/// Passes a sign-in that has proved anything within the last `MINUTES` minutes. Of a bearer token
/// that is its `auth_time`, which a renewal does not change.
///
/// Over HTTP: 403 "Re-authentication required.", with a `WWW-Authenticate` that says `max_age`
/// (RFC 9470). 0 minutes do not compile:
///
/// ```compile_fail
/// # use crudauth::{AuthUser, Fresh, Gate, Principal};
/// # diesel::table! { users { id -> Integer, email -> Text, hashed_password -> Text } }
/// # #[derive(AuthUser)]
/// # #[diesel(table_name = users)]
/// # #[auth(without(is_active, token_version))]
/// # struct User { id: i32, email: String, hashed_password: String }
/// fn never(me: &Principal<User>) {
///     let _ = <Fresh<0> as Gate<User>>::check(me);
/// }
/// # fn main() { std::hint::black_box(never as fn(&Principal<User>)); }
/// ```
#[derive(Debug)]
pub enum Fresh<const MINUTES: u64> {}

impl<U: AuthUser, const MINUTES: u64> Gate<U> for Fresh<MINUTES> {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        const { assert!(MINUTES > 0, "a proof cannot be fresh for 0 minutes") };
        ready(match is_within(MINUTES, principal.proofs.last(|_| true), principal.at) {
            true => Ok(()),
            false => Err(Asked { level: None, minutes: Some(MINUTES) }.too_old()),
        })
    }
}

/// Passes a sign-in that has proved the factor `F` within the last `MINUTES` minutes:
/// `Principal<Account, Recent<Totp, 5>>`.
#[derive(Debug)]
pub struct Recent<F, const MINUTES: u64>(PhantomData<fn() -> F>);

impl<U: AuthUser, F: ProvableBy<U>, const MINUTES: u64> Gate<U> for Recent<F, MINUTES> {
    fn check(principal: &Principal<U>) -> impl Future<Output = Result<(), Rejection>> + Send {
        const { assert!(MINUTES > 0, "a proof cannot be fresh for 0 minutes") };
        let proved = principal.proofs.last(F::is);
        let asked = Asked { level: level::<F>(), minutes: Some(MINUTES) };
        ready(match proved {
            None => Err(asked.missing()),
            Some(_) if !is_within(MINUTES, proved, principal.at) => Err(asked.too_old()),
            Some(_) => Ok(()),
        })
    }
}

/// Whether a proof is not older than `minutes` at `now`. One of a later moment was made by a clock
/// that runs ahead, and counts.
fn is_within(minutes: u64, proved: Option<SystemTime>, now: SystemTime) -> bool {
    let age = |at: SystemTime| now.duration_since(at).unwrap_or_default();
    proved.is_some_and(|at| age(at) <= Duration::from_secs(minutes.saturating_mul(60)))
}

/// The level of [`Proofs::acr`](crate::proofs::Proofs::acr) for two kinds.
const TWO_KINDS: &str = "2";

/// The level that a sign-in by `F` has, where that is more than one of any kind.
fn level<F: Marker>() -> Option<&'static str> {
    (F::is(Factor::Totp) || F::is(Factor::RecoveryCode)).then_some(TWO_KINDS)
}

/// What a gate asks, in the words of RFC 9470.
struct Asked {
    level: Option<&'static str>,
    minutes: Option<u64>,
}

impl Asked {
    fn missing(&self) -> Rejection {
        self.refusal(RejectionKind::SecondFactorRequired)
    }

    fn too_old(&self) -> Rejection {
        self.refusal(RejectionKind::ReauthenticationRequired)
    }

    fn refusal(&self, kind: RejectionKind) -> Rejection {
        let level = self.level.map(|level| format!(", acr_values=\"{level}\""));
        let age = self.minutes.map(|it| format!(", max_age=\"{}\"", it.saturating_mul(60)));
        let asked = [level, age].into_iter().flatten().collect::<String>();
        let challenge = format!("Bearer error=\"insufficient_user_authentication\"{asked}");
        let rejection = Rejection::from(kind);
        match HeaderValue::try_from(challenge) {
            Ok(challenge) => rejection.and_step_up(challenge),
            Err(_) => rejection,
        }
    }
}
