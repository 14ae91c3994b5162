//! Sign-up that does not tell whether an address is registered.
//!
//! With delivery configured, a sign-up with a free address and one with a taken address have the
//! same answer and do the same work. A message to the address says which it was.
//!
//! A user name is no secret: the answer says if it is taken. It is checked **first**, so that the
//! refusal does not depend on the address. A name that was sent together with a taken address stays
//! **claimed** for 30 days, as if the account had been created. Otherwise a second sign-up with the
//! same name and another address would tell what became of the first.
//!
//! One client can hold only a few names for one address. Otherwise it could use up names that
//! others want. A sign-up that finds the address free counts too, so that the number of held names
//! says nothing. The sign-up of the owner comes from another client and does not count.
//!
//! No account can sign in before its address is proved, or the sign-in would tell what the sign-up
//! does not. `DeliveryConfig::unverified_may_sign_in` gives that up.

use std::sync::Arc;
use std::time::Duration;

use crate::chain::chain;
use crate::core::Core;
use crate::delivery::{Mailer, Recipient};
use crate::event::Withheld;
use crate::hooks::HookContext;
use crate::identity::shape;
use crate::rate_limit::MessageLimit;
use crate::secret::Digester;
use crate::store::{Entry, StateStore, StoreError};
use crate::user::{AuthUser, StoredUser, TenantId};

/// How long a name is claimed during a sign-up, and how long an entry in place of a row is kept.
const CLAIM_TTL: Duration = Duration::from_secs(60);
/// How long a name stays claimed after a sign-up with a taken address.
const NAME_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How many names one client can hold for one address in that time.
const MAX_HELD_NAMES: i64 = 3;

/// Makes sign-ups with free and taken addresses look alike.
#[derive(Clone)]
pub(super) struct EnumerationGuard {
    mailer: Arc<Mailer>,
    state: Arc<dyn StateStore>,
    /// Names are stored as keyed digests.
    names: Digester,
    verifications: MessageLimit,
    notices: MessageLimit,
    /// The tenant whose names and addresses they are, as text.
    tenant: String,
}

/// The user names that a sign-up has claimed.
pub(super) struct Claims<'a> {
    state: &'a dyn StateStore,
    keys: Vec<String>,
}

impl EnumerationGuard {
    pub(super) fn new<U: AuthUser>(core: &Core<U>, mailer: Arc<Mailer>) -> Self {
        let limiters = &core.rate_limiters;
        Self {
            mailer,
            state: Arc::clone(&core.stores.state),
            names: core.key.own_digester("claimed name"),
            verifications: limiters.messages_of(&limiters.email_verify_request),
            notices: limiters.messages_of(&limiters.existing_account_notice),
            tenant: String::new(),
        }
    }

    /// The same, among the users of one tenant.
    pub(super) fn within(&self, tenant: &impl TenantId) -> Self {
        Self { tenant: tenant.to_string(), ..self.clone() }
    }

    /// A digest of `text` in the tenant, which has the length of its name before it: no two pairs are
    /// one text.
    fn digest(&self, text: &str) -> String {
        let text = match &*self.tenant {
            "" => text.to_owned(),
            tenant => format!("{}\0{tenant}\0{text}", tenant.len()),
        };
        self.names.digest(text.as_bytes()).to_hex()
    }

    /// Claims `names`; `Err` with the first that is claimed already.
    pub(super) async fn claim<'a>(
        &'a self,
        names: &[(&'static str, String)],
    ) -> Result<Result<Claims<'a>, &'static str>, StoreError> {
        let mut claims = Claims { state: &*self.state, keys: Vec::new() };
        for (field, name) in names {
            let key = self.claim_key(field, name);
            if !self.state.put_if_absent(&key, entry(CLAIM_TTL)).await? {
                claims.release().await?;
                return Ok(Err(field));
            }
            claims.keys.push(key);
        }
        Ok(Ok(claims))
    }

    /// The first of `names` that is claimed. The work is the same whether one is.
    pub(super) async fn claimed(
        &self,
        names: &[(&'static str, String)],
    ) -> Result<Option<&'static str>, StoreError> {
        let mut claimed = None;
        for (field, name) in names {
            let found = self.state.get(&self.claim_key(field, name)).await?;
            claimed = claimed.or(found.map(|_| *field));
        }
        Ok(claimed)
    }

    /// The key of a claim. Names that look alike have one.
    fn claim_key(&self, field: &str, name: &str) -> String {
        format!("claimed:{}", self.digest(&format!("{field}\0{}", shape(name))))
    }

    /// Does the work of inserting a row, after a row was refused. A database writes a new row to
    /// disk before it answers, and writes nothing for a duplicate, which could be measured.
    pub(super) async fn pad_insert(&self, typed: &str) -> Result<(), StoreError> {
        self.state.put(&self.pad_key(typed), entry(CLAIM_TTL)).await
    }

    /// Does the work of a refused insert, after a row was inserted: a round trip to the database
    /// that writes nothing.
    pub(super) async fn pad_lookup(&self, typed: &str) -> Result<(), StoreError> {
        self.state.take(&self.pad_key(typed)).await.map(drop)
    }

    /// Whether a name may stay claimed for a sign-up from `client` with the address `typed`. It
    /// counts whether or not a row is written.
    pub(super) async fn may_hold(
        &self,
        client: Option<&str>,
        typed: &str,
    ) -> Result<bool, StoreError> {
        let client = client.unwrap_or_default();
        let key = format!("holds:{}", self.digest(&format!("holds\0{client}\0{typed}")));
        Ok(self.state.increment(&key, 1, NAME_TTL).await?.count <= MAX_HELD_NAMES)
    }

    fn pad_key(&self, typed: &str) -> String {
        format!("norow:{}", self.digest(&format!("no row\0{typed}")))
    }

    /// Queues a message for the new user, or for the owner of the address. The answer does not
    /// depend on whether that works.
    pub(super) async fn write<U: AuthUser>(
        &self,
        created: bool,
        owner: Option<&StoredUser<U>>,
        typed: &str,
        context: &HookContext,
    ) {
        let cap = if created { &self.verifications } else { &self.notices };
        let written = async {
            let capped = !cap.has_room(&context.counted(typed), context).await?;
            let to = Recipient::new(owner).withheld_if(capped, Withheld::Capped);
            if created {
                self.mailer.verification(to, typed, None, context).await
            } else {
                self.mailer.existing_account(to, typed, context).await
            }
        };
        if let Err(error) = written.await {
            tracing::error!(error = chain(&error), "a message about a sign-up could not be queued");
        }
    }
}

impl Claims<'_> {
    /// Ends the claims: the names are in the table now, or free again.
    pub(super) async fn release(self) -> Result<(), StoreError> {
        for key in &self.keys {
            self.state.remove(key).await?;
        }
        Ok(())
    }

    /// Keeps the names claimed, as if the account had been created.
    pub(super) async fn keep(self) -> Result<(), StoreError> {
        for key in &self.keys {
            self.state.put(key, entry(NAME_TTL)).await?;
        }
        Ok(())
    }
}

fn entry(ttl: Duration) -> Entry<'static> {
    Entry { value: b"", ttl, owner: None }
}
