//! Sign-up that does not tell whether an address is registered.
//!
//! With delivery configured, a sign-up with a free address and one with a taken address have the
//! same answer and do the same work. The mailbox learns which it was.
//!
//! A user name is no secret: a taken one is refused in the open. It is asked for **first**, so that
//! the refusal does not depend on the address; and a name that was given together with a taken
//! address stays **claimed** for 30 days as if the account had been created. Otherwise a second
//! sign-up with the same name and another address would tell what became of the first.
//!
//! One way to tell remains where accounts may sign in unproved: to sign up a foreign address and
//! to sign in by the user name. `DeliveryConfig::verified_sign_in_only` closes it.

use std::sync::Arc;
use std::time::Duration;

use crate::delivery::{Addressee, Post};
use crate::event::Withheld;
use crate::secret::Digester;
use crate::store::{Entry, StateStore, StoreError};
use crate::throttle::Throttle;
use crate::user::AuthUser;

/// While a sign-up is under way; and as long as what stands in for a row is kept.
const CLAIMED: Duration = Duration::from_secs(60);
/// After one with a taken address.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a sign-up needs in order to be discreet.
#[derive(Clone)]
pub(crate) struct Discretion {
    pub(crate) post: Arc<Post>,
    pub(crate) state: Arc<dyn StateStore>,
    /// Names rest as keyed digests.
    pub(crate) names: Digester,
    pub(crate) verifications: Throttle,
    pub(crate) notices: Throttle,
}

/// The user names that a sign-up has claimed.
pub(super) struct Claims<'a> {
    state: &'a dyn StateStore,
    keys: Vec<String>,
}

impl Discretion {
    /// Claims `names`; `Err` with the first that is claimed already.
    pub(super) async fn claim<'a>(
        &'a self,
        names: &[(&'static str, String)],
    ) -> Result<Result<Claims<'a>, &'static str>, StoreError> {
        let mut claims = Claims { state: &*self.state, keys: Vec::new() };
        for (field, name) in names {
            let digest = self.names.digest(format!("{field}\0{name}").as_bytes());
            let key = format!("claimed:{}", digest.to_hex());
            if !self.state.put_if_absent(&key, entry(CLAIMED)).await? {
                claims.release().await?;
                return Ok(Err(field));
            }
            claims.keys.push(key);
        }
        Ok(Ok(claims))
    }

    /// Does in place of a row that was refused what a row costs. A database writes a row down before
    /// it answers, and for a duplicate it writes nothing: that can be measured.
    pub(super) async fn stand_in(&self, typed: &str) -> Result<(), StoreError> {
        self.state.put(&self.no_row(typed), entry(CLAIMED)).await
    }

    /// Does beside a row that was inserted what the attempt costs that a duplicate makes in vain:
    /// a turn at the database that writes nothing.
    pub(super) async fn stand_by(&self, typed: &str) -> Result<(), StoreError> {
        self.state.take(&self.no_row(typed)).await.map(drop)
    }

    fn no_row(&self, typed: &str) -> String {
        let digest = self.names.digest(format!("no row\0{typed}").as_bytes());
        format!("norow:{}", digest.to_hex())
    }

    /// Writes to the one who signed up, or to the owner of the address. The answer stands whether
    /// or not that works.
    pub(super) async fn write<U: AuthUser>(
        &self,
        created: bool,
        owner: Option<&U>,
        typed: &str,
        address: Option<&str>,
    ) {
        let cap = if created { &self.verifications } else { &self.notices };
        let written = async {
            let capped = cap.count(&format!("to {typed}")).await?.is_err();
            let to = Addressee::of(owner).withheld_if(capped, Withheld::Capped);
            if created {
                self.post.verification(to, typed, None, address).await
            } else {
                self.post.existing_account(to, typed, address).await
            }
        };
        if let Err(error) = written.await {
            tracing::error!(%error, "a message about a sign-up could not be queued");
        }
    }
}

impl Claims<'_> {
    /// The names are in the table now, or free again.
    pub(super) async fn release(self) -> Result<(), StoreError> {
        for key in &self.keys {
            self.state.remove(key).await?;
        }
        Ok(())
    }

    /// The names stay taken, as if the account had been created.
    pub(super) async fn keep(self) -> Result<(), StoreError> {
        for key in &self.keys {
            self.state.put(key, entry(KEPT)).await?;
        }
        Ok(())
    }
}

fn entry(ttl: Duration) -> Entry<'static> {
    Entry { value: b"", ttl, owner: None }
}
