//! The keys of users, names and addresses in the lockout.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crate::secret::{Digest, Digester, random};
use crate::store::{Entry, StateStore, StoreError};

/// The entry that holds the key of the digests.
const KEY_ENTRY: &str = "lockout:key";

/// Why a lockout cannot be opened: the store failed, or the system gave no random bytes.
type OpenError = Box<dyn Error + Send + Sync>;

/// Names subjects by keyed digests, so that the store shows neither who tried nor from where.
///
/// The key is kept in the store: all surfaces of an application that share it count together, also
/// if each has another secret key. A second surface gives no fresh guesses.
#[derive(Debug, Clone)]
pub(crate) struct SubjectKeys {
    digester: Digester,
    /// What the users table is called: the ids of two tables are not the same accounts.
    table: Arc<str>,
}

impl SubjectKeys {
    pub(crate) async fn open(state: &dyn StateStore, table: &str) -> Result<Self, OpenError> {
        let key = match state.get(KEY_ENTRY).await? {
            Some(key) => key,
            None => Self::make_key(state).await?,
        };
        let digester = Digester::of_key(&key, "lockout");
        Ok(Self { digester, table: table.into() })
    }

    /// Makes the key. If several processes start at once, one of them makes it.
    async fn make_key(state: &dyn StateStore) -> Result<Vec<u8>, OpenError> {
        let key: [u8; 32] = random()?;
        let entry = Entry { value: &key, ttl: Duration::MAX, owner: None };
        if state.put_if_absent(KEY_ENTRY, entry).await? {
            return Ok(key.to_vec());
        }
        let made = state.get(KEY_ENTRY).await?;
        Ok(made.ok_or_else(|| StoreError::new("an entry was gone as soon as it was written"))?)
    }

    /// The account with the primary key `id`.
    pub(crate) fn account(&self, id: &str) -> String {
        self.digest("account", id).to_hex()
    }

    /// A name that reaches no account, in the form that all its spellings share.
    pub(crate) fn name(&self, kind: &str, name: &str) -> Digest {
        self.digest(kind, name)
    }

    /// The networks that a client comes from.
    pub(crate) fn networks(&self, networks: &[String]) -> Vec<String> {
        let name = |network: &String| self.digester.digest(network.as_bytes()).to_hex();
        networks.iter().map(name).collect()
    }

    fn digest(&self, kind: &str, name: &str) -> Digest {
        self.digester.digest(format!("{}\0{kind}\0{name}", self.table).as_bytes())
    }
}
