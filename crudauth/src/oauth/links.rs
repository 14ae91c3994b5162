//! The links of an account, as its user asks for them.

use super::account::{Accounts, TRIES};
use super::known::{Known, as_removed, has_column, of_user};
use super::{OAuthError, Refusal};
use crate::error::RejectionKind;
use crate::password::PasswordHash;
use crate::providers::Profile;
use crate::store::Changed;
use crate::store::records::{
    Condition, Conditions, Identity, Passkey, Record as _, Table, Target, new_id,
};
use crate::user::{AuthUser, Change, ProviderLink, StoredUser};

impl<U: AuthUser> Accounts<U> {
    /// The links of a user: those of columns, then those of rows.
    pub(super) async fn list(&self, user: &StoredUser<U>) -> Result<Vec<Identity>, OAuthError> {
        let logical = user.logical();
        let columns = U::SCHEMA.link_columns().filter_map(|(provider, _)| {
            Some(self.of_column(user, provider, logical.subject_at(provider)?))
        });
        let mut links: Vec<_> = columns.collect();
        links.extend(self.rows(user, &[Identity::removed_at().is(None)]).await?);
        Ok(links)
    }

    /// The links that the user has removed.
    pub(super) async fn removed(&self, user: &StoredUser<U>) -> Result<Vec<Identity>, OAuthError> {
        let rows = self.rows(user, &[]).await?;
        Ok(rows.into_iter().filter(|link| link.removed_at.is_some()).collect())
    }

    /// The rows of a user that meet the conditions `only`. Removed ones are kept, so there may be many.
    async fn rows(
        &self,
        user: &StoredUser<U>,
        only: &[Condition],
    ) -> Result<Vec<Identity>, OAuthError> {
        self.own(user, self.records()?.all(&user.id().to_string(), only).await?).await
    }

    /// Links an identity to the account of the user who asked for it, if the credentials have not changed
    /// since. Returns the user, and `false` if the identity was linked already. An identity whose link was
    /// removed can be linked again this way.
    pub(super) async fn link_by_hand(
        &self,
        provider: &str,
        profile: &Profile,
        user: StoredUser<U>,
    ) -> Result<(StoredUser<U>, bool), OAuthError> {
        // Else a squatter plants an identity of theirs in the account of somebody else's address.
        if user.logical().email_verified != Some(true) {
            return Err(Refusal::NotAllowed.into());
        }
        let id = user.id().to_string();
        for _ in 0..TRIES {
            let mut steps = self.records()?.steps();
            match self.known(provider, profile).await? {
                Known::Linked(owner, _) if owner.id().to_string() == id => {
                    return Ok((owner, false));
                }
                Known::Linked(..) => return Err(Refusal::IdentityTaken.into()),
                Known::Removed(link) if link.owner == id => steps = steps.remove(as_removed(&link)),
                Known::Removed(link) => steps = self.handing_over(link).await?.step(steps),
                Known::New => {}
            }
            let Some(mut user) = self.as_before(&user).await? else {
                return Err(Refusal::InvalidState.into());
            };
            if self.link_of(&user, provider).await?.is_some() {
                return Err(Refusal::ProviderAlreadyLinked.into());
            }
            let link = ProviderLink::new(provider, profile.subject());
            let change = Change::link(link, self.core.clock.now());
            let change = change.while_credentials_are(&user.logical());
            let epoch = user.logical().token_version;
            let steps = self.insert_link(steps, (provider, profile), &user, epoch);
            match self.core.stores.change_user(user.id(), change.clone(), steps).await? {
                Changed::Applied => {
                    user.apply(&change);
                    return Ok((user, true));
                }
                Changed::Stale | Changed::Taken => {}
            }
        }
        Err(Refusal::Failed.into())
    }

    /// The user as it is now, as long as the credentials are those that were read.
    async fn as_before(&self, user: &StoredUser<U>) -> Result<Option<StoredUser<U>>, OAuthError> {
        let was = user.logical();
        let is_as_before = |now: &StoredUser<U>| {
            let is = now.logical();
            (is.hashed_password, is.token_version, is.email)
                == (was.hashed_password, was.token_version, was.email)
        };
        Ok(self.core.stores.users.find_by_id(user.id()).await?.filter(is_as_before))
    }

    /// Takes a link off, and remembers that it was there. Never the last way to sign in: that is decided
    /// under the lock of the user's row, so that of parallel calls one link stays.
    pub(super) async fn unlink(
        &self,
        user: &StoredUser<U>,
        link: Identity,
    ) -> Result<(), OAuthError> {
        for _ in 0..TRIES {
            let missing = || OAuthError::Failed(RejectionKind::LinkedAccountNotFound.into());
            let user = self.core.stores.users.find_by_id(user.id()).await?.ok_or_else(missing)?;
            let links = self.list(&user).await?;
            let is_it = |other: &&Identity| {
                other.provider == link.provider && other.subject == link.subject
            };
            let link = links.iter().find(is_it).ok_or_else(missing)?;
            let mounted =
                |other: &&Identity| self.issuers.get(&other.provider) == Some(&other.issuer);
            let others: Vec<_> =
                links.iter().filter(|other| !is_it(other)).filter(mounted).collect();
            let has_password = has_password(&user);
            if self.take_off(&user, link, &others, has_password).await? == Changed::Applied {
                return Ok(());
            }
            if !has_password && others.is_empty() {
                return Err(OAuthError::Failed(RejectionKind::OnlySignIn.into()));
            }
        }
        Err(Refusal::Failed.into())
    }

    async fn take_off(
        &self,
        user: &StoredUser<U>,
        link: &Identity,
        others: &[&Identity],
        has_password: bool,
    ) -> Result<Changed, OAuthError> {
        let now = self.core.clock.now();
        let is_column =
            |link: &&Identity| user.logical().subject_at(&link.provider) == Some(&*link.subject);
        let named = |link: &Identity| ProviderLink::new(&*link.provider, &*link.subject);
        let mut steps = self.records()?.steps();
        // The change needs a column to stay as it is; a row is looked at in the same transaction.
        let column = others.iter().copied().find(is_column);
        if !has_password && column.is_none() {
            steps = steps.require_one_of(&user.id().to_string(), self.ways_in(&link.provider));
        }
        let still = column.or_else(|| others.first().copied()).map(named);
        steps = match is_column(&link) {
            true => {
                let key = Identity::by_subject(&link.issuer, &link.subject);
                if let Some(before) = self.records()?.find(key).await? {
                    steps = steps.remove(Target::of(&before));
                }
                let removed = Identity {
                    id: new_id(),
                    linked_provider: None,
                    linked_at: now,
                    removed_at: Some(now),
                    ..link.clone()
                };
                steps.insert(of_user(removed, user, user.logical().token_version))
            }
            false => {
                let set = [
                    Identity::linked_provider().to(None::<String>),
                    Identity::removed_at().to(Some(now)),
                    Identity::tokens().to(None::<Vec<u8>>),
                ];
                let live = Target::of(link).only_if(Identity::removed_at(), None);
                steps.change(live, set)
            }
        };
        let change = Change::unlink(named(link), still, now);
        let change = change.while_credentials_are(&user.logical());
        Ok(self.core.stores.change_user(user.id(), change, steps).await?)
    }

    /// The rows by which the user signs in without the link of `provider`.
    fn ways_in(&self, provider: &str) -> Vec<(&'static Table, Conditions)> {
        let others = self.issuers.iter().filter(|(other, _)| *other != provider);
        let links = others.filter(|(other, _)| !has_column::<U>(other)).map(|(other, issuer)| {
            let provider = Condition::Is("linked_provider", other.as_str().into());
            (Identity::TABLE, vec![provider, Condition::Is("issuer", issuer.as_str().into())])
        });
        links.chain([(Passkey::TABLE, Vec::new())]).collect()
    }
}

/// Whether the user can sign in by a name and a password.
fn has_password<U: AuthUser>(user: &StoredUser<U>) -> bool {
    let hash = user.logical().hashed_password.map(str::to_owned);
    let is_usable = hash.is_some_and(|hash| PasswordHash::from_stored(hash).is_usable());
    let mut names = U::SCHEMA.login.iter();
    is_usable && names.any(|field| user.login_value(*field).is_some_and(|name| !name.is_empty()))
}
