//! What a sign-in has proved, and when: what gates ask and tokens say.
//!
//! A sign-in writes its proofs into the session or the refresh family, and a step-up adds to them.
//! Nothing else does.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! use crudauth::proofs::{Factor, Proofs};
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
//! let proofs = Proofs::of(Factor::Password, now);
//! assert_eq!((proofs.acr(), proofs.amr()), ("1", vec!["pwd"]));
//!
//! let proofs = proofs.and(Factor::Totp, now);
//! assert_eq!((proofs.acr(), proofs.amr()), ("2", vec!["pwd", "otp", "mfa"]));
//! ```

mod factor;
mod markers;

pub use self::factor::Factor;
use self::factor::Kind;
pub use self::markers::{Application, Mailbox, Marker, Password, Provider, RecoveryCode, Totp};

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The proofs of a sign-in: each [`Factor`] with the moment of its last proof, to the second.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Proofs {
    /// By the number of the factor: seconds since the Unix epoch; 0 where it was not proved.
    at: [u32; Factor::ALL.len()],
}

impl Proofs {
    /// One proof.
    #[must_use]
    pub fn of(factor: Factor, at: SystemTime) -> Self {
        Self::default().and(factor, at)
    }

    /// Another one. Of two proofs by one factor the later one counts.
    #[must_use]
    pub fn and(mut self, factor: Factor, at: SystemTime) -> Self {
        self.note(factor, seconds(at));
        self
    }

    fn note(&mut self, factor: Factor, at: u32) {
        if let Some(noted) = self.at.get_mut(factor.number()) {
            *noted = at.max(1).max(*noted);
        }
    }

    /// The proofs, in the order of the factors.
    pub fn iter(&self) -> impl Iterator<Item = (Factor, SystemTime)> {
        let moment = |at: u32| UNIX_EPOCH + Duration::from_secs(at.into());
        self.each().map(move |(factor, at)| (factor, moment(at)))
    }

    fn each(&self) -> impl Iterator<Item = (Factor, u32)> {
        Factor::ALL.into_iter().zip(self.at).filter(|(_, at)| *at != 0)
    }

    /// The methods, as tokens say them (`amr`, RFC 8176): `mfa` is among them where two kinds were
    /// proved.
    #[must_use]
    pub fn amr(&self) -> Vec<&'static str> {
        let mut methods = Vec::new();
        for method in self.each().flat_map(|(factor, _)| factor.methods()) {
            if !methods.contains(method) {
                methods.push(*method);
            }
        }
        if self.has_two_kinds() {
            methods.push("mfa");
        }
        methods
    }

    /// How much they prove, as tokens say it (`acr`): `"0"` nothing that is known, `"1"` one kind,
    /// `"2"` two kinds, `"2-phr"` two kinds by a passkey, which no foreign page can ask for.
    #[must_use]
    pub fn acr(&self) -> &'static str {
        if self.are_phishing_resistant() {
            "2-phr"
        } else if self.has_two_kinds() {
            "2"
        } else if self.each().next().is_some() {
            "1"
        } else {
            "0"
        }
    }

    /// Whether two kinds were proved: something that the user knows, and something that the user
    /// has. A mailbox beside a password is one kind, since it resets the password.
    #[must_use]
    pub fn has_two_kinds(&self) -> bool {
        let has = |kind| self.each().any(|(factor, _)| factor.kind() == kind);
        let one = has(Kind::Knows) || has(Kind::Mailbox) || has(Kind::Other);
        self.each().any(|(factor, _)| factor.is_two()) || (has(Kind::Has) && one)
    }

    /// Whether a passkey was proved whose authenticator has verified its user.
    #[must_use]
    pub fn are_phishing_resistant(&self) -> bool {
        let is_it = |factor| matches!(factor, Factor::Passkey { user_verified: true, .. });
        self.each().any(|(factor, _)| is_it(factor))
    }

    /// The time of the latest proof whose factor matches `is_it`.
    #[must_use]
    pub fn last(&self, is_it: impl Fn(Factor) -> bool) -> Option<SystemTime> {
        self.iter().filter(|(factor, _)| is_it(*factor)).map(|(_, at)| at).max()
    }

    /// When the first of them was proved.
    pub(crate) fn first(&self) -> Option<u64> {
        self.each().map(|(_, at)| at.into()).min()
    }

    /// What a record says that its sign-in has proved: as `noted`, or else what is
    /// [assumed](Self::assumed). A note that cannot be read proves nothing.
    pub(crate) fn in_record(noted: Option<&str>, by_provider: bool, created_ms: u64) -> Self {
        match noted {
            Some(noted) => Self::read(noted).unwrap_or_default(),
            None => Self::assumed(by_provider, created_ms),
        }
    }

    /// What a sign-in without proofs in its record has proved: it was a sign-in by a password, or
    /// by the provider that the record names.
    pub(crate) fn assumed(by_provider: bool, created_ms: u64) -> Self {
        let factor = match by_provider {
            true => Factor::Provider { second_factor: false },
            false => Factor::Password,
        };
        Self::of(factor, UNIX_EPOCH + Duration::from_millis(created_ms))
    }

    /// The form in a record: the number of each factor, and its moment.
    pub(crate) fn to_text(self) -> String {
        let each = self.each().map(|(factor, at)| format!("{}@{at}", factor.number()));
        each.collect::<Vec<_>>().join(" ")
    }

    /// `None` for what [`to_text`](Self::to_text) has not written, and for a factor that this
    /// version does not know.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut proofs = Self::default();
        for proof in text.split(' ').filter(|proof| !proof.is_empty()) {
            let (number, at) = proof.split_once('@')?;
            let factor = Factor::ALL.get(number.parse::<usize>().ok()?)?;
            proofs.note(*factor, at.parse().ok()?);
        }
        Some(proofs)
    }

    /// What both have proved: each factor at the earlier of the two moments.
    pub(crate) fn within(mut self, other: &Self) -> Self {
        for (at, bound) in self.at.iter_mut().zip(other.at) {
            *at = (*at).min(bound);
        }
        self
    }

    /// The most that a token's claims can stand for, all of it at `at`: a code says not whether it was one
    /// of the app or a recovery code.
    pub(crate) fn from_claims(amr: &[String], acr: Option<&str>, at: u64) -> Self {
        let has = |method: &str| amr.iter().any(|it| it == method);
        let user_verified = has("user");
        let factors = [
            (has("pwd"), Factor::Password),
            (has("otp"), Factor::Totp),
            (has("x-recovery"), Factor::RecoveryCode),
            (has("hwk"), Factor::Passkey { user_verified, synced: false }),
            (has("swk"), Factor::Passkey { user_verified, synced: true }),
            (has("x-mail"), Factor::Mailbox),
            (has("x-fed"), Factor::Provider { second_factor: false }),
            (has("x-app"), Factor::Application),
        ];
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let mut proofs = Self::default();
        for (_, factor) in factors.into_iter().filter(|(is_there, _)| *is_there) {
            proofs.note(factor, at);
        }
        // A provider that has asked for two factors says so by the level alone.
        if acr.is_some_and(|acr| acr.starts_with('2')) && has("x-fed") {
            proofs.note(Factor::Provider { second_factor: true }, at);
        }
        proofs
    }
}

/// Whole seconds since the Unix epoch; the last one that fits lies in the year 2106.
fn seconds(at: SystemTime) -> u32 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.each()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Factor, Proofs};

    fn proofs(factors: &[Factor]) -> Proofs {
        let mut proofs = Proofs::default();
        factors.iter().for_each(|factor| proofs.note(*factor, 1_800_000_000));
        proofs
    }

    #[test]
    fn a_factor_has_the_number_of_its_place() {
        for (number, factor) in Factor::ALL.into_iter().enumerate() {
            assert_eq!(factor.number(), number, "{factor:?}");
        }
    }

    #[test]
    fn two_kinds_are_what_one_theft_does_not_give() {
        use Factor::{Application, Mailbox, Password, RecoveryCode, Totp};
        let passkey = |user_verified| Factor::Passkey { user_verified, synced: false };
        let provider = |second_factor| Factor::Provider { second_factor };
        for (factors, acr) in [
            (vec![], "0"),
            (vec![Password], "1"),
            (vec![Totp], "1"),
            (vec![Mailbox], "1"),
            (vec![Application], "1"),
            (vec![provider(false)], "1"),
            (vec![Password, Mailbox], "1"),
            (vec![Password, provider(false)], "1"),
            (vec![Totp, RecoveryCode], "1"),
            (vec![Totp, passkey(false)], "1"),
            (vec![passkey(false)], "1"),
            (vec![Password, Totp], "2"),
            (vec![Password, RecoveryCode], "2"),
            (vec![Mailbox, Totp], "2"),
            (vec![provider(false), Totp], "2"),
            (vec![Password, passkey(false)], "2"),
            (vec![provider(true)], "2"),
            (vec![passkey(true)], "2-phr"),
            (vec![Password, passkey(true)], "2-phr"),
        ] {
            let proofs = proofs(&factors);
            assert_eq!(proofs.acr(), acr, "{factors:?}");
            assert_eq!(proofs.amr().contains(&"mfa"), acr.starts_with('2'), "{factors:?}");
        }
    }

    #[test]
    fn what_a_token_says_proves_as_much_and_no_more() {
        for factors in [
            vec![Factor::Password],
            vec![Factor::Password, Factor::Totp],
            vec![Factor::Mailbox, Factor::RecoveryCode],
            vec![Factor::Provider { second_factor: true }],
            vec![Factor::Provider { second_factor: true }, Factor::Totp],
            vec![Factor::Password, Factor::Totp, Factor::RecoveryCode],
            vec![Factor::Passkey { user_verified: true, synced: true }],
        ] {
            let proved = proofs(&factors);
            let amr: Vec<_> = proved.amr().into_iter().map(str::to_owned).collect();
            let read = Proofs::from_claims(&amr, Some(proved.acr()), 1_800_000_000);
            assert_eq!(proved.within(&read), proved, "{factors:?}");
        }
        assert_eq!(Proofs::from_claims(&["mfa".to_owned()], Some("2"), 1).acr(), "0");
    }

    #[test]
    fn what_a_token_says_dates_no_proof_later_than_it_was() {
        let (early, late) = (1_800_000_000, 1_800_000_900);
        let mut record = proofs(&[Factor::Totp]);
        record.note(Factor::Password, late);
        let claimed = |amr: &[&str], at| {
            let amr: Vec<_> = amr.iter().map(|it| (*it).to_owned()).collect();
            Proofs::from_claims(&amr, None, at)
        };
        let at = |proofs: Proofs, factor: usize| proofs.at[factor];
        // After a step-up by the password the code of before is as old as it was.
        let anew = record.within(&claimed(&["pwd", "otp", "mfa"], late.into()));
        assert_eq!((at(anew, 0), at(anew, 1)), (late, early));
        // A token from before the step-up says no more than it did.
        let before = record.within(&claimed(&["pwd"], early.into()));
        assert_eq!((at(before, 0), at(before, 1)), (early, 0));
    }

    proptest! {
        #[test]
        fn proofs_survive_their_record(at in any::<[u32; Factor::ALL.len()]>()) {
            let proofs = Proofs { at };
            prop_assert_eq!(Proofs::read(&proofs.to_text()), Some(proofs));
        }

        #[test]
        fn no_text_makes_it_panic(text in "[0-9@ x]{0,40}") {
            let _ = Proofs::read(&text);
        }
    }
}
