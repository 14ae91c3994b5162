//! How a stamp is computed, and whether a remembered one still counts.

use std::fmt;
use std::hash::Hasher as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use zeroize::Zeroizing;

use super::SecurityStamp;
use crate::password::{PasswordHash, Scheme};
use crate::secret::{Digest, SecretKey};
use crate::store::{StateStore, StoreError};
use crate::user::{AuthUser, Change, LoginField, StoredUser};

/// Computes the stamps of rows, and compares them with what credentials remember.
#[derive(Clone)]
pub(crate) struct Stamps {
    /// A key of SipHash-2-4, a pseudorandom function that costs a request some hundred
    /// instructions.
    key: Key,
    /// The keys derived from earlier secret keys, the latest first. Usually empty.
    older: Arc<[Key]>,
    pub(super) state: Arc<dyn StateStore>,
    /// The longest life of a credential.
    pub(super) longest: Duration,
}

type Key = Zeroizing<[u8; 16]>;

/// The values of a row that its stamp covers.
struct Facts<'a> {
    epoch: i64,
    hash: Option<&'a str>,
    /// The e-mail address after a change; `None` for that of the row.
    email: Option<&'a str>,
}

impl Stamps {
    /// Stamps under `key`. `longest` is the longest life of any credential that remembers one.
    pub(crate) fn new(key: &SecretKey, state: Arc<dyn StateStore>, longest: Duration) -> Self {
        let derived = |digest: Digest| {
            let mut key = Zeroizing::new([0; 16]);
            key.copy_from_slice(&digest.bytes()[..16]);
            key
        };
        let digester = key.own_digester("security stamp");
        let older = digester.digests(b"key").skip(1).map(derived).collect();
        Self { key: derived(digester.digest(b"key")), older, state, longest }
    }

    /// The stamp of `user`.
    pub(crate) fn of<U: AuthUser>(&self, user: &StoredUser<U>) -> SecurityStamp {
        let logical = user.logical();
        let (epoch, hash) = (logical.epoch(), logical.hashed_password);
        stamp(&self.key, user, &Facts { epoch, hash, email: None })
    }

    /// The stamp that `user` will have once `change` is applied.
    pub(crate) fn after<U: AuthUser>(
        &self,
        user: &StoredUser<U>,
        change: &Change,
    ) -> SecurityStamp {
        let (logical, set) = (user.logical(), change.set());
        // A struct without an epoch has none to move.
        let moved = set.epoch.filter(|_| logical.token_version.is_some());
        let epoch = moved.unwrap_or_else(|| logical.epoch());
        let hash = set.password.as_ref().map(PasswordHash::as_stored).or(logical.hashed_password);
        stamp(&self.key, user, &Facts { epoch, hash, email: set.email.as_deref() })
    }

    /// The stamp that `user` will have once the epoch has moved on by one, and nothing else.
    pub(crate) fn of_next_epoch<U: AuthUser>(&self, user: &StoredUser<U>) -> SecurityStamp {
        // The moment is not covered by the stamp.
        let change = Change::end_credentials(user.logical().epoch(), SystemTime::UNIX_EPOCH);
        self.after(user, &change)
    }

    /// Whether a credential that remembers `remembered` counts for `user`: the row has that stamp,
    /// or one that came of it by a [renewal](Self::carry_over). It costs a read only where the row
    /// has another one.
    pub(crate) async fn count<U: AuthUser>(
        &self,
        user: &StoredUser<U>,
        remembered: &SecurityStamp,
    ) -> Result<bool, StoreError> {
        if self.of(user) == *remembered {
            return Ok(true);
        }
        // Most requests do not get here, and need no room for it.
        let earlier = Box::pin(self.earlier(user)).await?;
        Ok(earlier.contains(remembered))
    }

    /// The stamps of `user` under the present secret key and then under each older one.
    pub(crate) fn under_each_key<U: AuthUser>(&self, user: &StoredUser<U>) -> Vec<SecurityStamp> {
        let logical = user.logical();
        let (epoch, hash) = (logical.epoch(), logical.hashed_password);
        let facts = Facts { epoch, hash, email: None };
        let older = self.older.iter().map(|key| stamp(key, user, &facts));
        std::iter::once(self.of(user)).chain(older).collect()
    }
}

fn stamp<U: AuthUser>(key: &Key, user: &StoredUser<U>, facts: &Facts<'_>) -> SecurityStamp {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(&facts.epoch.to_le_bytes());
    // A column of fixed width pads the hash.
    let hash = facts.hash.map(|hash| hash.trim_end_matches(' '));
    write_text(&mut hasher, hash);
    if hash.is_none_or(|hash| !has_salt(hash)) {
        for field in U::SCHEMA.login {
            let moved = facts.email.filter(|_| *field == LoginField::Email);
            write_text(&mut hasher, moved.or_else(|| user.login_value(*field)));
        }
    }
    SecurityStamp::from_bytes(hasher.finish128().as_bytes())
}

/// Writes a text after its length, so that no two rows write the same bytes.
fn write_text(hasher: &mut SipHasher24, text: Option<&str>) {
    let length = text.map_or(u64::MAX, |text| text.len() as u64);
    hasher.write(&length.to_le_bytes());
    hasher.write(text.unwrap_or_default().as_bytes());
}

/// Whether a stored hash has a random salt, and so is unique.
fn has_salt(stored: &str) -> bool {
    !matches!(Scheme::detect(stored), Scheme::Unusable | Scheme::Unknown)
}

impl fmt::Debug for Stamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stamps").field("longest", &self.longest).finish_non_exhaustive()
    }
}
