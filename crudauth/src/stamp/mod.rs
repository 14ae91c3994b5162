//! The security stamp of a row: what every credential is bound to.
//!
//! A row id is not a person: a table that is emptied assigns its ids again, and a natural key can
//! be reused. And a sign-in takes time, during which its password may be replaced. So each
//! credential remembers the stamp of the row that it was issued to, as the row was read for the
//! sign-in, and counts only for a row that has the same one.
//!
//! The stamp is a keyed digest of the credential epoch and the stored password hash, whose salt is
//! random. Where the row has no hash of a known scheme with a random salt, the stamp also covers
//! the login identifiers of the row.

mod renewal;
mod stamps;

pub(crate) use self::stamps::Stamps;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::secret::hex;

/// The security stamp of one row at one moment. It is no secret: nothing can be done with it
/// without a credential, and it tells nothing of the row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SecurityStamp([u8; Self::LENGTH]);

impl SecurityStamp {
    /// Its length, in bytes.
    pub(crate) const LENGTH: usize = 16;

    pub(crate) const fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    pub(crate) fn to_hex(self) -> String {
        hex(self.0)
    }
}

impl fmt::Debug for SecurityStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityStamp(..)")
    }
}

impl Serialize for SecurityStamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for SecurityStamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        const_hex::decode_to_array(text).map(Self).map_err(de::Error::custom)
    }
}
