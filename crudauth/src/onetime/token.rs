use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::secret::{Digest, Digester, SecretKey};
use crate::stamp::{SecurityStamp, Stamps};
use crate::store::StoreError;
use crate::user::{AuthUser, StoredUser};

const MAC_LEN: usize = 32;
/// Longer than any token that is made here, with the longest address and redirect target.
const MAX_LEN: usize = 4096;

/// The purpose of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Proving the recovery factor.
    Verify,
    /// Choosing a new password.
    Reset,
    /// Taking a new e-mail address.
    ChangeEmail,
}

/// How long tokens are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) verify: Duration,
    pub(crate) reset: Duration,
    pub(crate) change_email: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Self { verify: 24 * HOUR, reset: HOUR, change_email: 24 * HOUR }
    }
}

impl Lifetimes {
    fn of(&self, purpose: Purpose) -> Duration {
        match purpose {
            Purpose::Verify => self.verify,
            Purpose::Reset => self.reset,
            Purpose::ChangeEmail => self.change_email,
        }
    }
}

/// Makes and reads one-time tokens.
#[derive(Debug)]
pub(crate) struct OneTimeTokens {
    clock: Arc<dyn Clock>,
    lifetimes: Lifetimes,
    stamps: Stamps,
    verify: Digester,
    reset: Digester,
    change_email: Digester,
}

/// The claims under the MAC. Times are milliseconds since the Unix epoch.
#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "u")]
    user: String,
    #[serde(rename = "x")]
    expires_at: u64,
    #[serde(rename = "s")]
    state: String,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    new_address: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    redirect_to: Option<String>,
}

/// A token that has just been made.
pub(crate) struct Minted {
    pub(crate) token: Zeroizing<String>,
    pub(crate) expires_in: Duration,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minted").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A token whose MAC is right and that has not expired. [`OneTimeTokens::is_current_for`] says
/// whether the account still is in the state that it was made for.
pub(crate) struct VerifiedToken {
    purpose: Purpose,
    claims: Claims,
}

impl OneTimeTokens {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        stamps: Stamps,
        lifetimes: Lifetimes,
    ) -> Self {
        let of = |purpose: &str| key.own_digester(&format!("one-time token: {purpose}"));
        Self {
            clock,
            lifetimes,
            stamps,
            verify: of("verify"),
            reset: of("reset"),
            change_email: of("change e-mail"),
        }
    }

    /// A token for `user` as the row is now.
    pub(crate) fn mint<U: AuthUser>(
        &self,
        purpose: Purpose,
        user: &StoredUser<U>,
        new_address: Option<&str>,
        redirect_to: Option<&str>,
    ) -> Minted {
        let state = state(purpose, user, self.stamps.of(user));
        let state = self.digester(purpose).digest(state.as_bytes());
        self.seal(purpose, user.id().to_string(), &state, new_address, redirect_to)
    }

    /// A token for no account, which has the same length and costs the same.
    pub(crate) fn mint_decoy(
        &self,
        purpose: Purpose,
        new_address: Option<&str>,
        redirect_to: Option<&str>,
    ) -> Minted {
        let state = self.digester(purpose).digest(b"nobody");
        self.seal(purpose, String::new(), &state, new_address, redirect_to)
    }

    /// Verifies a token without a store: `None` if it was not made here, has another purpose, or
    /// has expired.
    pub(crate) fn read(&self, purpose: Purpose, token: &str) -> Option<VerifiedToken> {
        if token.len() > MAX_LEN {
            return None;
        }
        let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(token).ok()?);
        let (sealed, seal) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LEN)?)?;
        let mut seals = self.digester(purpose).digests(sealed);
        if !seals.any(|genuine| genuine.bytes().ct_eq(seal).into()) {
            return None;
        }
        let claims: Claims = serde_json::from_slice(sealed).ok()?;
        (self.clock.now_ms() < claims.expires_at).then_some(VerifiedToken { purpose, claims })
    }

    /// Whether `user` still is in the state that `token` was made for. A link that proves an
    /// address survives a renewed hash and a first password. One that sets a password or an address
    /// does not.
    pub(crate) async fn is_current_for<U: AuthUser>(
        &self,
        token: &VerifiedToken,
        user: &StoredUser<U>,
    ) -> Result<bool, StoreError> {
        if token.claims.user != user.id().to_string() {
            return Ok(false);
        }
        let stamps = match token.purpose {
            Purpose::Verify => self.stamps.earlier(user).await?,
            Purpose::Reset | Purpose::ChangeEmail => self.stamps.under_each_key(user),
        };
        let digester = self.digester(token.purpose);
        Ok(stamps.into_iter().any(|stamp| {
            let text = state(token.purpose, user, stamp);
            let mut states = digester.digests(text.as_bytes());
            states.any(|state| state.matches_hex(token.claims.state.as_bytes()))
        }))
    }

    fn seal(
        &self,
        purpose: Purpose,
        user: String,
        state: &Digest,
        new_address: Option<&str>,
        redirect_to: Option<&str>,
    ) -> Minted {
        let lifetime = self.lifetimes.of(purpose);
        let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let claims = Claims {
            user,
            expires_at: self.clock.now_ms().saturating_add(lifetime_ms),
            state: state.to_hex(),
            new_address: new_address.map(str::to_owned),
            redirect_to: redirect_to.map(str::to_owned),
        };
        // Text and numbers always serialize; were it not so, the token would be one that no
        // reader accepts.
        let mut bytes = Zeroizing::new(serde_json::to_vec(&claims).unwrap_or_default());
        let seal = self.digester(purpose).digest(&bytes);
        bytes.extend_from_slice(seal.bytes());
        let token = Zeroizing::new(Base64UrlUnpadded::encode_string(&bytes));
        Minted { token, expires_in: lifetime }
    }

    fn digester(&self, purpose: Purpose) -> &Digester {
        match purpose {
            Purpose::Verify => &self.verify,
            Purpose::Reset => &self.reset,
            Purpose::ChangeEmail => &self.change_email,
        }
    }
}

/// The state of the account that a token for `purpose` is made for, to be digested: the row with
/// its credentials, and the address that the link is about.
fn state<U: AuthUser>(
    purpose: Purpose,
    user: &StoredUser<U>,
    stamp: SecurityStamp,
) -> Zeroizing<String> {
    let logical = user.logical();
    let address = match purpose {
        Purpose::Verify | Purpose::Reset => logical.recovery,
        Purpose::ChangeEmail => logical.email,
    };
    // The id comes with its length, so that no two states are one text.
    let (id, stamp) = (user.id().to_string(), stamp.to_hex());
    Zeroizing::new(match address {
        Some(address) => format!("state\0{stamp}\0{}\0{id}\0{address}", id.len()),
        None => format!("state\0{stamp}\0{}\0{id}", id.len()),
    })
}

impl VerifiedToken {
    /// The primary key of the user, as text.
    pub(crate) fn user(&self) -> &str {
        &self.claims.user
    }

    /// The new address of the account.
    pub(crate) fn new_address(&self) -> Option<&str> {
        self.claims.new_address.as_deref()
    }

    /// Where the client asked to be sent afterwards.
    pub(crate) fn into_redirect(self) -> Option<String> {
        self.claims.redirect_to
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::memory::MemoryState;
    use crate::user::{
        Change, LogicalFields, LoginField, NothingProvisioned, RegisterFields, UserSchema,
    };

    struct Row {
        id: i64,
        address: String,
        hash: String,
        epoch: i64,
    }

    struct NoFields;

    impl RegisterFields for NoFields {
        fn read(_: &mut crate::error::Inputs) -> Option<Self> {
            None
        }
        fn visit_identities(&mut self, _: &mut dyn FnMut(LoginField, &str) -> Option<String>) {}
        fn email(&self) -> Option<&str> {
            None
        }
        fn username(&self) -> Option<&str> {
            None
        }
    }

    impl AuthUser for Row {
        type Id = i64;
        type Tenant = crate::user::NoTenant;
        type Register = NoFields;
        type Provisioned = NothingProvisioned;
        type OAuthFields = crate::user::NoFormFields;
        const SCHEMA: UserSchema = UserSchema {
            user: "Row",
            columns: &[],
            login: &[],
            recovery: Some("email"),
            beside: &[],
        };
        fn register_by_provider(
            _: &str,
            _: Option<&str>,
            _: crate::user::NoFormFields,
        ) -> NoFields {
            NoFields
        }
        fn id(&self) -> &i64 {
            &self.id
        }
        fn tenant(&self) -> &crate::user::NoTenant {
            &crate::user::NoTenant
        }
        fn mapped(&self) -> LogicalFields<'_> {
            LogicalFields {
                email: Some(&self.address),
                hashed_password: Some(&self.hash),
                recovery: Some(&self.address),
                token_version: Some(self.epoch),
                ..LogicalFields::default()
            }
        }
        fn login_value(&self, _: LoginField) -> Option<&str> {
            None
        }
        fn apply(&mut self, _: &Change) {}
    }

    const ALL: [Purpose; 3] = [Purpose::Verify, Purpose::Reset, Purpose::ChangeEmail];

    fn row() -> Row {
        Row {
            id: 7,
            address: "ada@example.com".to_owned(),
            hash: "$argon2id$h1".to_owned(),
            epoch: 3,
        }
    }

    fn tokens() -> (OneTimeTokens, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let key = SecretKey::random().unwrap();
        let state = Arc::new(MemoryState::new(clock.clone()));
        let stamps = Stamps::new(&key, state, Duration::from_secs(60));
        (OneTimeTokens::new(clock.clone(), &key, stamps, Lifetimes::default()), clock)
    }

    #[tokio::test]
    async fn a_token_serves_its_purpose_and_no_other() {
        let (tokens, _) = tokens();
        for made in ALL {
            let token = tokens.mint(made, &row().into(), Some("b@example.com"), Some("/x")).token;
            for asked in ALL {
                let read = tokens.read(asked, &token);
                assert_eq!(read.is_some(), made == asked, "{made:?} as {asked:?}");
            }
            let verified = tokens.read(made, &token).unwrap();
            assert!(tokens.is_current_for(&verified, &row().into()).await.unwrap());
            assert_eq!((verified.user(), verified.new_address()), ("7", Some("b@example.com")));
            assert_eq!(verified.into_redirect().as_deref(), Some("/x"));
        }
    }

    #[tokio::test]
    async fn a_token_is_current_only_for_the_state_it_was_made_for() {
        let (tokens, _) = tokens();
        let changed = [
            Row { id: 8, ..row() },
            Row { address: "b@example.com".to_owned(), ..row() },
            Row { hash: "h2".to_owned(), ..row() },
            Row { epoch: 4, ..row() },
        ];
        for row_now in changed.map(StoredUser::from) {
            for purpose in ALL {
                let token = tokens.mint(purpose, &row().into(), None, None).token;
                let verified = tokens.read(purpose, &token).unwrap();
                assert!(!tokens.is_current_for(&verified, &row_now).await.unwrap(), "{purpose:?}");
            }
        }
    }

    #[test]
    fn a_token_expires() {
        let (tokens, clock) = tokens();
        let token = tokens.mint(Purpose::Reset, &row().into(), None, None).token;
        clock.advance(Duration::from_millis(3_599_999));
        assert!(tokens.read(Purpose::Reset, &token).is_some());
        clock.advance(Duration::from_millis(1));
        assert!(tokens.read(Purpose::Reset, &token).is_none());
    }

    #[test]
    fn no_character_of_a_token_can_be_changed() {
        let (tokens, _) = tokens();
        let token = tokens.mint(Purpose::Reset, &row().into(), None, Some("/x")).token;
        for at in 0..token.len() {
            let mut changed = token.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(tokens.read(Purpose::Reset, &changed).is_none(), "at {at}");
        }
        for text in ["", "A", "~", &token[1..], &token[..token.len() - 1], &"A".repeat(9000)] {
            assert!(tokens.read(Purpose::Reset, text).is_none());
        }
        let (other, _) = self::tokens();
        assert!(other.read(Purpose::Reset, &token).is_none());
    }

    #[test]
    fn a_token_carries_neither_the_hash_nor_the_old_address() {
        let (tokens, _) = tokens();
        let minted = tokens.mint(Purpose::ChangeEmail, &row().into(), Some("b@example.com"), None);
        let bytes = Base64UrlUnpadded::decode_vec(&minted.token).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("ada@example.com") && !text.contains("$argon2id"), "{text}");
        assert!(!format!("{minted:?}").contains(&*minted.token));
    }

    #[tokio::test]
    async fn a_renewed_hash_ends_reset_links_and_keeps_verification_links() {
        let (tokens, _) = tokens();
        let [verify, reset, change] = ALL.map(|purpose| {
            let token = tokens.mint(purpose, &row().into(), None, None).token;
            tokens.read(purpose, &token).unwrap()
        });
        let to = Row { hash: "h2".to_owned(), ..row() }.into();
        tokens.stamps.carry_between(&row().into(), &to).await.unwrap();
        assert!(tokens.is_current_for(&verify, &to).await.unwrap());
        assert!(!tokens.is_current_for(&reset, &to).await.unwrap());
        assert!(!tokens.is_current_for(&change, &to).await.unwrap());
    }

    #[tokio::test]
    async fn a_decoy_is_current_for_no_user() {
        let (tokens, _) = tokens();
        let token = tokens.mint_decoy(Purpose::Reset, None, None).token;
        let verified = tokens.read(Purpose::Reset, &token).unwrap();
        assert!(!tokens.is_current_for(&verified, &row().into()).await.unwrap());
    }
}
