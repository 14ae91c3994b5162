//! Whose account an identity is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::column_issuers::ColumnIssuers;
use super::config::{Rules, plain_issuer};
use super::known::{Known, of_user};
use super::username::Names;
use super::{FormFields, OAuthError, Outcome, Refusal};
use crate::core::{ByProvider, Core, NewAccounts, NotCreated, WAYS_IN};
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::{HookContext, HookUser, OAuthLogin};
use crate::identity::{canonical_email, lookup_email};
use crate::message::MessageKind;
use crate::password::PasswordHash;
use crate::providers::{EmailClaim, Profile};
use crate::store::records::{Identity, RecordSteps};
use crate::store::{Changed, StoreError};
use crate::user::{
    AuthUser, Change, ColumnSchema, Logical, LoginName, ProviderLink, RegisterFields, StoredUser,
};

/// Each lost race means that somebody else has changed the account.
pub(super) const TRIES: usize = 24;

/// Decides whose account an identity is, and makes one where there is none.
pub(super) struct Accounts<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(super) new_accounts: Arc<dyn NewAccounts<U>>,
    pub(super) rules: Rules,
    pub(super) form: FormFields<U>,
    /// The issuers of the providers that are mounted, by their names.
    pub(super) issuers: BTreeMap<String, String>,
    /// Those of the columns that are links.
    pub(super) column_issuers: ColumnIssuers,
}

type Found<U> = (Arc<StoredUser<U>>, Outcome);

/// An identity of which nothing is known yet but what its provider says.
struct New<'a> {
    provider: &'a str,
    profile: &'a Profile,
    address: String,
    /// A link of the identity that its user has removed.
    removed: Option<Identity>,
}

impl<U: AuthUser> Accounts<U> {
    /// The account of an identity. Where a race was lost, it looks again.
    pub(super) async fn resolve(
        &self,
        provider: &str,
        profile: &Profile,
        context: &HookContext,
    ) -> Result<Found<U>, OAuthError> {
        let within: U::Tenant = context.tenant().map_err(|_| Refusal::NotAllowed)?;
        self.rules.admit(provider, profile).await?;
        for _ in 0..TRIES {
            let removed = match self.known(provider, profile).await? {
                // An identity is one user's in all tenants.
                Known::Linked(user, _) if *user.tenant() != within => {
                    return Err(Refusal::NotAllowed.into());
                }
                Known::Linked(user, link) => {
                    self.active(&user)?;
                    if let Some(link) = link {
                        self.note_use(&link, profile).await?;
                    }
                    let found = (Arc::new(user), Outcome::SignedIn);
                    return Ok(self.tell(found, provider, profile, context));
                }
                Known::Removed(link) => Some(link),
                Known::New => None,
            };
            let address = address(&profile.email)?;
            let user = self.by_address(&address, &within).await?;
            let new = New { provider, profile, address, removed };
            let found = match user {
                Some(user) => self.adopt(&new, user, context).await?,
                None => self.create(&new, &within, context).await?,
            };
            if let Some(found) = found {
                return Ok(self.tell(found, provider, profile, context));
            }
        }
        Err(Refusal::Failed.into())
    }

    /// Tells the hook, and says what was found.
    fn tell(
        &self,
        found: Found<U>,
        provider: &str,
        profile: &Profile,
        context: &HookContext,
    ) -> Found<U> {
        let (user, outcome) = &found;
        let became = (*outcome == Outcome::Created, *outcome == Outcome::Claimed);
        let login = OAuthLogin::new(HookUser::new(Arc::clone(user)), (provider, profile), became);
        self.core.hooks.on_oauth_login(login, context);
        found
    }

    pub(super) fn active(&self, user: &StoredUser<U>) -> Result<(), Refusal> {
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

    async fn has_second_factor(&self, user: &StoredUser<U>) -> Result<bool, StoreError> {
        match &self.core.second_factors {
            Some(policy) => Ok(policy.factors.of(user).await?.is_enabled()),
            None => Ok(false),
        }
    }

    /// Links the identity to the account that has its address. An account that has not proved the address
    /// is taken from the person who made it. `None` where a race was lost.
    async fn adopt(
        &self,
        new: &New<'_>,
        mut user: StoredUser<U>,
        context: &HookContext,
    ) -> Result<Option<Found<U>>, OAuthError> {
        self.active(&user)?;
        match self.link_of(&user, new.provider).await? {
            // Somebody was faster with this identity.
            Some(link)
                if link.subject == new.profile.subject()
                    && link.issuer == plain_issuer(new.profile.issuer()) =>
            {
                return Ok(None);
            }
            Some(_) => return Err(Refusal::ProviderAlreadyLinked.into()),
            None => {}
        }
        let is_verified = user.logical().email_verified == Some(true);
        let may_link = self.rules.links_by_email(new.provider) && new.removed.is_none();
        if !may_link
            || (!is_verified && !can_be_claimed(&user))
            || self.has_handed_over(&user, new.profile).await?
        {
            return Err(Refusal::LinkRequired.into());
        }
        let link = ProviderLink::new(new.provider, new.profile.subject());
        let steps = self.records()?.steps();
        let (change, steps, outcome) = if is_verified {
            // The door would not let the user in: then nothing is written.
            let is_asked = self.core.second_factors.is_some();
            if !is_asked && user.logical().needs_second_factor() {
                return Err(Refusal::NotAllowed.into());
            }
            // A person who reads the mailbox can make an account of the address at the provider, with a
            // factor of their own. So where that is trusted, users with a factor here link by hand.
            if self.rules.trust_mfa && self.has_second_factor(&user).await? {
                return Err(Refusal::LinkRequired.into());
            }
            let change = Change::link(link, self.core.clock.now());
            (change.while_credentials_are(&user.logical()), steps, Outcome::Linked)
        } else {
            let steps = steps.remove_all_of(&user.id().to_string(), WAYS_IN);
            (self.claim(&user, link)?, steps, Outcome::Claimed)
        };
        let epoch = change.set().epoch.or(user.logical().token_version);
        let steps = self.insert_link(steps, (new.provider, new.profile), &user, epoch);
        let written = self.core.stores.change_user(user.id(), change.clone(), steps).await?;
        if written != Changed::Applied {
            return Ok(None);
        }
        user.apply(&change);
        let (id, provider) = (LogSafe::from_display(user.id()), LogSafe::new(new.provider));
        if outcome == Outcome::Claimed {
            let event = SecurityEvent::OAuthAccountClaimed { user: id, provider };
            self.core.events.emit(context, event);
            self.core.clear_after_claim(&user).await;
            let user = Arc::new(user);
            self.core.hooks.on_account_claimed(HookUser::new(Arc::clone(&user)), context);
            return Ok(Some((user, outcome)));
        }
        self.core.events.emit(context, SecurityEvent::OAuthLinked { user: id, provider });
        if let Some(mailer) = &self.core.mailer {
            let to = user.logical().recovery;
            mailer.notice(MessageKind::ProviderLinked, &user, to, context).await;
        }
        Ok(Some((Arc::new(user), outcome)))
    }

    /// Takes the account from the person who made it: its password stops working, and the new epoch ends
    /// everything that was issued.
    fn claim(&self, user: &StoredUser<U>, link: ProviderLink) -> Result<Change, OAuthError> {
        let logical = user.logical();
        let from = logical.hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        let to = PasswordHash::unusable().map_err(|error| OAuthError::Failed(error.into()))?;
        let address = logical.recovery.unwrap_or_default().to_owned();
        Ok(Change::claim(from, to, logical.epoch(), address, link, self.core.clock.now()))
    }

    /// Makes an account. `None` where a race was lost.
    async fn create(
        &self,
        new: &New<'_>,
        within: &U::Tenant,
        context: &HookContext,
    ) -> Result<Option<Found<U>>, OAuthError> {
        let New { provider, profile, address, .. } = new;
        if !self.rules.sign_up {
            return Err(Refusal::NotAllowed.into());
        }
        let Some(register) = self.form.of(profile).await? else {
            return Err(Refusal::NotAllowed.into());
        };
        let mut names = has_username::<U>().then(|| Names::of(profile, address));
        loop {
            let name = match &mut names {
                Some(names) => Some(names.next().ok_or(Refusal::NotAllowed)?),
                None => None,
            };
            let by = ByProvider {
                fields: register(address, name.as_deref()),
                link: ProviderLink::new(*provider, profile.subject()),
                email_verified: self.rules.proves_addresses(provider),
                profile: (*profile).clone(),
                with: self.with_new_user(new).await?,
            };
            match self.new_accounts.create(by, context).await {
                Ok(user) => {
                    let event = SecurityEvent::OAuthAccountCreated {
                        user: LogSafe::from_display(user.id()),
                        provider: LogSafe::new(provider),
                    };
                    self.core.events.emit(context, event);
                    return Ok(Some((user, Outcome::Created)));
                }
                Err(NotCreated::IdentityTaken) => return Ok(None),
                Err(NotCreated::Vetoed) => return Err(Refusal::NotAllowed.into()),
                Err(NotCreated::Failed(rejection)) => return Err(OAuthError::Failed(rejection)),
                Err(NotCreated::NameTaken) => {}
                // The name is taken, or another request has created the account first.
                Err(NotCreated::Taken) => {
                    if self.by_address(address, within).await?.is_some() {
                        return Ok(None);
                    }
                }
                Err(NotCreated::Unfit) => names.iter_mut().for_each(Names::is_unfit),
                // Not every database says for which value. A name can be shorter, an address cannot.
                Err(NotCreated::NoRoom) => {
                    if !names.as_mut().is_some_and(Names::is_too_long) {
                        return Err(Refusal::EmailTooLong.into());
                    }
                }
            }
            // Without a name the next try would be this one again.
            if names.is_none() {
                return Err(Refusal::NotAllowed.into());
            }
        }
    }

    /// The link of a new user, which takes the place of one that somebody else has removed.
    async fn with_new_user(&self, new: &New<'_>) -> Result<StepsOf<U>, OAuthError> {
        let records = self.records()?.clone();
        let removed = match new.removed.clone() {
            Some(removed) => Some(self.handing_over(removed).await?),
            None => None,
        };
        let link = self.identity(new.provider, new.profile);
        Ok(Arc::new(move |user| {
            let steps = records.steps();
            let steps = match &removed {
                Some(removed) => removed.step(steps),
                None => steps,
            };
            match &link {
                Some(link) => {
                    steps.insert(of_user(link.clone(), user, user.logical().token_version))
                }
                None => steps,
            }
        }))
    }
}

/// The records of a new user.
type StepsOf<U> = Arc<dyn Fn(&StoredUser<U>) -> RecordSteps + Send + Sync>;

/// The address that the provider vouches for, in canonical form.
fn address(email: &EmailClaim) -> Result<String, Refusal> {
    match email {
        // A name around it is for people who type: a claim with one is not an address.
        EmailClaim::Verified(address) if address.contains(['<', '>']) => Err(Refusal::EmailMissing),
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
