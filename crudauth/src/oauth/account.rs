//! Whose account an identity is.

use std::str::FromStr;
use std::sync::Arc;

use super::username::candidates;
use super::{FormFields, OAuthError, Outcome, Refusal};
use crate::core::{Core, NewAccounts, NotCreated};
use crate::error::RejectionKind;
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::identity::{canonical_email, lookup_email};
use crate::password::PasswordHash;
use crate::providers::{EmailClaim, Profile};
use crate::store::records::{Identity, Insertion, Records, Target, new_id};
use crate::store::{Changed, StoreError};
use crate::user::{
    AuthUser, Change, ColumnSchema, Logical, LoginName, ProviderLink, RegisterFields, StoredUser,
};

/// Each lost race means that somebody else has changed the account.
const TRIES: usize = 8;
/// How long the note of a use is good enough.
const NOTED: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// Decides whose account an identity is, and makes one where there is none.
pub(super) struct Accounts<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(super) new_accounts: Arc<dyn NewAccounts<U>>,
    pub(super) link_by_email: bool,
    pub(super) sign_up: bool,
    pub(super) form: FormFields<U>,
}

type Found<U> = (Arc<StoredUser<U>>, Outcome);

impl<U: AuthUser> Accounts<U> {
    /// The account of an identity. Where a race was lost, it looks again.
    pub(super) async fn resolve(
        &self,
        provider: &str,
        profile: &Profile,
        context: &HookContext,
    ) -> Result<Found<U>, OAuthError> {
        let within: U::Tenant = context.tenant().map_err(|_| Refusal::NotAllowed)?;
        for _ in 0..TRIES {
            let link =
                self.records()?.find(Identity::by_subject(profile.issuer(), profile.subject()));
            let link = link.await?;
            let was_removed = link.as_ref().is_some_and(|link| link.removed_at.is_some());
            if let Some(link) = link.filter(|link| link.removed_at.is_none()) {
                match self.owner(&link).await? {
                    // An identity is one user's in all tenants.
                    Some(user) if *user.tenant() != within => {
                        return Err(Refusal::NotAllowed.into());
                    }
                    Some(user) => return self.linked(link, user).await,
                    // The user is gone, and the link with it.
                    None => {
                        self.records()?.remove(Target::of(&link)).await?;
                        continue;
                    }
                }
            }
            let address = address(&profile.email)?;
            let found = match self.by_address(&address, &within).await? {
                Some(user) if was_removed => {
                    self.active(&user)?;
                    return Err(Refusal::LinkRequired.into());
                }
                Some(user) => self.adopt(provider, profile, user, context).await?,
                None => self.create((provider, profile), &address, &within, context).await?,
            };
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(Refusal::Failed.into())
    }

    fn records(&self) -> Result<&Records, OAuthError> {
        let missing = || OAuthError::Failed(RejectionKind::Internal.into());
        self.core.stores.records().ok_or_else(missing)
    }

    async fn owner(&self, link: &Identity) -> Result<Option<StoredUser<U>>, StoreError> {
        let Ok(id) = U::Id::from_str(&link.owner) else { return Ok(None) };
        self.core.stores.users.find_by_id(&id).await
    }

    async fn linked(&self, link: Identity, user: StoredUser<U>) -> Result<Found<U>, OAuthError> {
        self.active(&user)?;
        self.records()?.touch(&link, self.core.clock.now(), NOTED).await?;
        Ok((Arc::new(user), Outcome::SignedIn))
    }

    fn active(&self, user: &StoredUser<U>) -> Result<(), Refusal> {
        match user.logical().may_sign_in(|| self.core.clock.now()) {
            true => Ok(()),
            false => Err(Refusal::AccountInactive),
        }
    }

    /// The user who has the address, compared again here: a collation may take another for the same.
    async fn by_address(
        &self,
        address: &str,
        within: &U::Tenant,
    ) -> Result<Option<StoredUser<U>>, StoreError> {
        let users = &self.core.stores.users;
        let found = match U::SCHEMA.recovers_by_email() {
            true => users.find_by_recovery(address, within).await?,
            false => users.find_by_login(&LoginName::new(address), within).await?,
        };
        let has_it = |user: &StoredUser<U>| {
            user.logical().email.map(lookup_email).as_deref() == Some(address)
        };
        Ok(found.filter(has_it))
    }

    /// Links the identity to the account that has its address. Where nobody has proved the address there,
    /// whoever made the account loses it. `None` where a race was lost.
    async fn adopt(
        &self,
        provider: &str,
        profile: &Profile,
        mut user: StoredUser<U>,
        context: &HookContext,
    ) -> Result<Option<Found<U>>, OAuthError> {
        self.active(&user)?;
        let owner = user.id().to_string();
        match self.records()?.find(Identity::by_provider(&owner, provider)).await? {
            // Somebody was faster with this identity.
            Some(link) if link.issuer == profile.issuer() && link.subject == profile.subject() => {
                return Ok(None);
            }
            Some(_) => return Err(Refusal::ProviderAlreadyLinked.into()),
            None => {}
        }
        let is_verified = user.logical().email_verified == Some(true);
        if !self.link_by_email || (!is_verified && !can_be_claimed(&user)) {
            return Err(Refusal::LinkRequired.into());
        }
        let outcome = if is_verified { Outcome::Linked } else { Outcome::Claimed };
        if !is_verified {
            let change = self.claim(&user)?;
            if self.core.stores.users.change(user.id(), change.clone()).await? != Changed::Applied {
                return Ok(None);
            }
            user.apply(&change);
            self.core.ending.all_of(user.id()).await?;
            self.core.unlock(&owner).await?;
            self.records()?.remove_all_of(&owner).await?;
        }
        if !self.link(provider, profile, &owner).await? {
            return Ok(None);
        }
        let user_name = LogSafe::new(&owner);
        let provider = LogSafe::new(provider);
        let event = match outcome {
            Outcome::Claimed => SecurityEvent::OAuthAccountClaimed { user: user_name, provider },
            _ => SecurityEvent::OAuthLinked { user: user_name, provider },
        };
        self.core.events.emit(context, event);
        Ok(Some((Arc::new(user), outcome)))
    }

    /// Takes the account from whoever made it: nobody knows its password any more, and the epoch ends all
    /// that was issued.
    fn claim(&self, user: &StoredUser<U>) -> Result<Change, OAuthError> {
        let logical = user.logical();
        let from = logical.hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        let to = PasswordHash::unusable().map_err(|error| OAuthError::Failed(error.into()))?;
        let address = logical.recovery.unwrap_or_default().to_owned();
        Ok(Change::reset(from, to, logical.epoch(), address, self.core.clock.now()))
    }

    /// The links of a user.
    pub(super) async fn list(&self, user: &StoredUser<U>) -> Result<Vec<Identity>, OAuthError> {
        let links = self.records()?.list::<Identity>(&user.id().to_string(), None, 100).await?;
        Ok(links.into_iter().filter(|link| link.removed_at.is_none()).collect())
    }

    /// Links an identity to the account of who has asked for it; `false` where it is linked to it already.
    pub(super) async fn link_by_hand(
        &self,
        provider: &str,
        profile: &Profile,
        user: &StoredUser<U>,
    ) -> Result<bool, OAuthError> {
        let owner = user.id().to_string();
        for _ in 0..TRIES {
            let key = Identity::by_subject(profile.issuer(), profile.subject());
            match self.records()?.find(key).await? {
                Some(link) if link.removed_at.is_some() => {
                    self.records()?.remove(Target::of(&link)).await?;
                }
                Some(link) if link.owner == owner => return Ok(false),
                Some(link) if self.owner(&link).await?.is_some() => {
                    return Err(Refusal::IdentityTaken.into());
                }
                Some(link) => {
                    self.records()?.remove(Target::of(&link)).await?;
                }
                None => {
                    if self.link(provider, profile, &owner).await? {
                        return Ok(true);
                    }
                    let key = Identity::by_provider(&owner, provider);
                    if self.records()?.find(key).await?.is_some() {
                        return Err(Refusal::ProviderAlreadyLinked.into());
                    }
                }
            }
        }
        Err(Refusal::Failed.into())
    }

    /// Takes a link off, unless it is the last way to sign in.
    pub(super) async fn unlink(
        &self,
        user: &StoredUser<U>,
        link: Identity,
    ) -> Result<(), OAuthError> {
        let hash = user.logical().hashed_password;
        let has_password =
            hash.is_some_and(|hash| PasswordHash::from_stored(hash.to_owned()).is_usable());
        if !has_password && self.list(user).await?.len() < 2 {
            return Err(OAuthError::Failed(RejectionKind::OnlySignIn.into()));
        }
        let now = self.core.clock.now();
        let set = [
            Identity::linked_provider().to(None::<String>),
            Identity::removed_at().to(Some(now)),
            Identity::tokens().to(None::<Vec<u8>>),
        ];
        match self.records()?.change(Target::of(&link), set).await? {
            Changed::Applied => Ok(()),
            _ => Err(OAuthError::Failed(RejectionKind::LinkedAccountNotFound.into())),
        }
    }

    /// `false` where another link has the identity, or the user another identity of the provider.
    async fn link(
        &self,
        provider: &str,
        profile: &Profile,
        owner: &str,
    ) -> Result<bool, OAuthError> {
        let now = self.core.clock.now();
        let email = match &profile.email {
            EmailClaim::Verified(address) | EmailClaim::Unverified(address) => {
                Some(address.clone())
            }
            EmailClaim::None => None,
        };
        let identity = Identity {
            id: new_id(),
            owner: owner.to_owned(),
            issuer: profile.issuer().to_owned(),
            subject: profile.subject().to_owned(),
            provider: provider.to_owned(),
            linked_provider: Some(provider.to_owned()),
            email,
            linked_at: now,
            last_used_at: Some(now),
            removed_at: None,
            epoch: None,
            tokens: None,
        };
        Ok(self.records()?.insert(identity).await? == Insertion::Inserted)
    }

    /// Makes an account whose address is verified. `None` where a race was lost.
    async fn create(
        &self,
        (provider, profile): (&str, &Profile),
        address: &str,
        within: &U::Tenant,
        context: &HookContext,
    ) -> Result<Option<Found<U>>, OAuthError> {
        if !self.sign_up {
            return Err(Refusal::NotAllowed.into());
        }
        let Some(register) = self.form.of(profile).await? else {
            return Err(Refusal::NotAllowed.into());
        };
        let names = match has_username::<U>() {
            true => candidates(profile, address).into_iter().map(Some).collect(),
            false => vec![None],
        };
        for name in names {
            let fields = register(address, name.as_deref());
            let link = ProviderLink::new(provider, profile.subject());
            match self.new_accounts.create(fields, link, context).await {
                Ok(user) => return self.created(provider, profile, user, context).await,
                // By the name, or by somebody who was faster.
                Err(NotCreated::Taken) if self.by_address(address, within).await?.is_none() => {}
                Err(NotCreated::Taken) => return Ok(None),
                Err(NotCreated::Unfit) if has_username::<U>() => {}
                Err(NotCreated::Unfit) => return Err(Refusal::EmailTooLong.into()),
                Err(NotCreated::Vetoed) => return Err(Refusal::NotAllowed.into()),
                Err(NotCreated::Failed(rejection)) => return Err(OAuthError::Failed(rejection)),
            }
        }
        Err(Refusal::NotAllowed.into())
    }

    async fn created(
        &self,
        provider: &str,
        profile: &Profile,
        mut user: StoredUser<U>,
        context: &HookContext,
    ) -> Result<Option<Found<U>>, OAuthError> {
        let owner = user.id().to_string();
        // Those of a user before, whose id comes back.
        self.records()?.remove_all_of(&owner).await?;
        let address = user.logical().recovery.map(str::to_owned);
        if let Some(address) = address {
            let change = Change::verify_recovery(address, self.core.clock.now());
            if self.core.stores.users.change(user.id(), change.clone()).await? == Changed::Applied {
                user.apply(&change);
            }
        }
        if !self.link(provider, profile, &owner).await? {
            return Ok(None);
        }
        let event = SecurityEvent::OAuthAccountCreated {
            user: LogSafe::new(&owner),
            provider: LogSafe::new(provider),
        };
        self.core.events.emit(context, event);
        Ok(Some((Arc::new(user), Outcome::Created)))
    }
}

/// The address that the provider vouches for, in canonical form.
fn address(email: &EmailClaim) -> Result<String, Refusal> {
    match email {
        EmailClaim::Verified(address) => {
            canonical_email(address).map_err(|_| Refusal::EmailMissing)
        }
        EmailClaim::Unverified(_) => Err(Refusal::EmailUnverified),
        EmailClaim::None => Err(Refusal::EmailMissing),
    }
}

/// Whether a claim ends what was issued before: the struct has an epoch, and the address is what an
/// account is recovered by.
fn can_be_claimed<U: AuthUser>(user: &StoredUser<U>) -> bool {
    user.logical().token_version.is_some() && U::SCHEMA.recovers_by_email()
}

/// Whether nobody can be created without a user name.
fn has_username<U: AuthUser>() -> bool {
    let is_it = |column: &&ColumnSchema| column.logical == Some(Logical::Username);
    let name = U::SCHEMA.columns.iter().find(is_it).map(ColumnSchema::wire_name);
    let mut inputs = U::Register::INPUTS.iter();
    inputs.any(|input| Some(input.name) == name && input.required)
}
