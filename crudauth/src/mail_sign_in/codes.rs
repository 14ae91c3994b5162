//! Codes that are on their way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::MailSignInError;
use super::ticket::Ticket;
use super::whose::Whose;
use crate::clock::Clock;
use crate::secret::{Digest, Digester, RandomError, Sealer, SecretKey, random};
use crate::store::{Entry, StateStore, StoreError};

/// How often a code may be typed. Then its flow is dead.
const TRIES: u8 = 3;
const DIGITS: usize = 6;
const CODES: u32 = 1_000_000;

/// Six digits, each code as likely as any other.
pub(super) struct Code(Zeroizing<String>);

impl Code {
    pub(super) fn new() -> Result<Self, RandomError> {
        // The numbers above the greatest multiple would make some codes likelier than others.
        const ABOVE: u32 = u32::MAX - u32::MAX % CODES;
        loop {
            let number = u32::from_le_bytes(random()?);
            if number < ABOVE {
                return Ok(Self(Zeroizing::new(format!("{:0DIGITS$}", number % CODES))));
            }
        }
    }

    /// The code as it was typed, without spaces. A text of another form is a wrong code.
    pub(super) fn typed(text: &str) -> Self {
        let digits = text.chars().filter(|it| *it != ' ');
        let digits: Zeroizing<String> = Zeroizing::new(digits.take(DIGITS + 1).collect());
        Self(digits)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// Keeps flows until their codes are typed.
///
/// The store keeps a flow sealed, under a keyed digest of its name. Of the code it keeps a keyed digest that
/// includes the name. A compare-and-swap counts each try before the code is compared, so that at most
/// three of parallel guesses are compared.
pub(super) struct Flows {
    state: Arc<dyn StateStore>,
    clock: Arc<dyn Clock>,
    names: Digester,
    codes: Digester,
    sealer: Sealer,
    life: Duration,
}

/// What is kept of a flow.
#[derive(Serialize, Deserialize)]
pub(super) struct Flow {
    #[serde(rename = "w")]
    pub(super) whose: Whose,
    /// The address that the code was mailed to.
    #[serde(rename = "a")]
    pub(super) address: String,
    #[serde(rename = "c")]
    code: String,
    #[serde(rename = "n")]
    tries: u8,
    #[serde(rename = "x")]
    expires_at: u64,
}

/// A flow that was found.
pub(super) struct LiveFlow {
    digest: Digest,
    sealed: Vec<u8>,
    pub(super) flow: Flow,
}

impl Flows {
    pub(super) fn new(
        state: &Arc<dyn StateStore>,
        clock: &Arc<dyn Clock>,
        (key, surface): (&SecretKey, &str),
        life: Duration,
    ) -> Self {
        let digester = |purpose: &str| key.own_digester(&format!("{purpose} {surface}"));
        Self {
            state: Arc::clone(state),
            clock: Arc::clone(clock),
            names: digester("e-mail code: flow"),
            codes: digester("e-mail code"),
            sealer: key.sealer("e-mail code"),
            life,
        }
    }

    pub(super) fn life(&self) -> Duration {
        self.life
    }

    pub(super) async fn keep(
        &self,
        name: &Ticket,
        code: &Code,
        (whose, address): (Whose, &str),
    ) -> Result<(), MailSignInError> {
        let life = u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX);
        let flow = Flow {
            whose,
            address: address.to_owned(),
            code: self.codes.digest(&in_flow(name, code)).to_hex(),
            tries: 0,
            expires_at: self.clock.now_ms().saturating_add(life),
        };
        let digest = self.names.digest(name.as_bytes());
        let sealed = self.seal(&flow, &digest)?;
        self.state.put(&flow_key(&digest), self.entry(&sealed, &flow)).await?;
        Ok(())
    }

    /// The flow with this name. `None` if it is unknown, has expired or has no tries left.
    pub(super) async fn find(&self, name: &Ticket) -> Result<Option<LiveFlow>, StoreError> {
        for digest in self.names.digests(name.as_bytes()) {
            if let Some(sealed) = self.state.get(&flow_key(&digest)).await? {
                return Ok(self.open(digest, sealed));
            }
        }
        Ok(None)
    }

    /// Counts a try at the code of a flow. `None` if no try is left.
    pub(super) async fn count_try(
        &self,
        mut live: LiveFlow,
    ) -> Result<Option<LiveFlow>, MailSignInError> {
        loop {
            live.flow.tries += 1;
            let key = flow_key(&live.digest);
            let counted = self.seal(&live.flow, &live.digest)?;
            let entry = self.entry(&counted, &live.flow);
            if self.state.compare_and_swap(&key, &live.sealed, entry).await? {
                return Ok(Some(LiveFlow { sealed: counted, ..live }));
            }
            // Another try was faster. It has used up one of three, so the loop ends.
            let Some(sealed) = self.state.get(&key).await? else { return Ok(None) };
            match self.open(live.digest, sealed) {
                Some(again) => live = again,
                None => return Ok(None),
            }
        }
    }

    /// Whether it is the code of the flow, whose name is `name`.
    pub(super) fn is_right(&self, live: &LiveFlow, name: &Ticket, code: &Code) -> bool {
        let text = in_flow(name, code);
        let mut digests = self.codes.digests(&text);
        let matches = digests.any(|digest| digest.matches_hex(live.flow.code.as_bytes()));
        matches && live.flow.whose != Whose::Nobody
    }

    /// Ends the flow after a right code. Of parallel callers one gets `true`.
    pub(super) async fn end(&self, live: &LiveFlow) -> Result<bool, StoreError> {
        Ok(self.state.take(&flow_key(&live.digest)).await?.is_some())
    }

    fn seal(&self, flow: &Flow, digest: &Digest) -> Result<Vec<u8>, MailSignInError> {
        Ok(self.sealer.seal_json(flow, digest.bytes())?)
    }

    fn open(&self, digest: Digest, sealed: Vec<u8>) -> Option<LiveFlow> {
        let flow: Flow = self.sealer.open_json(&sealed, digest.bytes())?;
        let is_live = flow.tries < TRIES && self.clock.now_ms() < flow.expires_at;
        is_live.then_some(LiveFlow { digest, sealed, flow })
    }

    /// The entry of a flow, with the end that it had from the beginning.
    fn entry<'a>(&self, value: &'a [u8], flow: &Flow) -> Entry<'a> {
        let left = flow.expires_at.saturating_sub(self.clock.now_ms());
        Entry { value, ttl: Duration::from_millis(left), owner: None }
    }
}

/// The name of a flow and a code in it. All names have the same length.
fn in_flow(name: &Ticket, code: &Code) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([name.as_bytes(), code.as_str().as_bytes()].concat())
}

fn flow_key(digest: &Digest) -> String {
    format!("email-code:{}", digest.to_hex())
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_code_has_six_digits_and_zeros_in_front_count() {
        let mut first = [0_u32; 10];
        for _ in 0..2_000 {
            let code = Code::new().expect("random");
            assert_eq!(code.as_str().len(), 6);
            assert!(code.as_str().bytes().all(|it| it.is_ascii_digit()));
            first[usize::from(code.as_str().as_bytes()[0] - b'0')] += 1;
        }
        assert!(first.iter().all(|count| (100..300).contains(count)), "{first:?}");
    }

    #[test]
    fn spaces_are_dropped_and_what_is_too_long_is_no_code() {
        for (typed, read) in
            [("123456", "123456"), (" 123 456 ", "123456"), ("1234567", "1234567"), ("", "")]
        {
            assert_eq!(Code::typed(typed).as_str(), read);
        }
        assert_eq!(Code::typed(&"1".repeat(100_000)).as_str().len(), 7);
        assert_eq!(format!("{:?}", Code::typed("123456")), "Code(..)");
    }
}
