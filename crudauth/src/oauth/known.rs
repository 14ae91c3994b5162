//! What is known of an identity: the column of the struct that is the link of its provider, or a row of
//! crudauth's own. The row of a provider with a column only remembers that the link was removed.

use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::OAuthError;
use super::account::Accounts;
use super::config::plain_issuer;
use crate::core::Core;
use crate::error::RejectionKind;
use crate::providers::{EmailClaim, Profile};
use crate::store::StoreError;
use crate::store::records::{
    Identity, RecordSteps, Records, Target, is_of_earlier_user, made_at, new_id,
};
use crate::user::{AuthUser, ProviderLink, StoredUser};

/// How long the note of a use is good enough.
const NOTED: Duration = Duration::from_secs(5 * 60);

/// What is known of an identity.
pub(super) enum Known<U> {
    /// It is linked to this user, by this row if not by a column.
    Linked(StoredUser<U>, Option<Identity>),
    /// It was linked once, and its user has removed the link.
    Removed(Identity),
    /// Nothing.
    New,
}

impl<U: AuthUser> Accounts<U> {
    pub(super) fn records(&self) -> Result<&Records, OAuthError> {
        records(&self.core)
    }

    /// What is known of an identity. A row that is [stale](is_stale) is removed, and counts for nothing.
    pub(super) async fn known(
        &self,
        provider: &str,
        profile: &Profile,
    ) -> Result<Known<U>, OAuthError> {
        if has_column::<U>(provider) {
            let link = ProviderLink::new(provider, profile.subject());
            if let Some(user) = self.core.stores.users.find_by_link(&link).await? {
                return Ok(Known::Linked(user, None));
            }
        }
        let key = Identity::by_subject(plain_issuer(profile.issuer()), profile.subject());
        let Some(link) = self.records()?.find(key).await? else { return Ok(Known::New) };
        match self.owner(&link).await? {
            Some(user) if !is_stale(&link, &user) => Ok(match link.removed_at {
                Some(_) => Known::Removed(link),
                None => Known::Linked(user, Some(link)),
            }),
            _ => {
                self.records()?.remove(Target::of(&link)).await?;
                Ok(Known::New)
            }
        }
    }

    /// The link that a user has to a provider.
    pub(super) async fn link_of(
        &self,
        user: &StoredUser<U>,
        provider: &str,
    ) -> Result<Option<Identity>, OAuthError> {
        if let Some(subject) = user.logical().subject_at(provider) {
            return Ok(Some(self.of_column(user, provider, subject)));
        }
        let key = Identity::by_provider(&user.id().to_string(), provider);
        let link = self.records()?.find(key).await?;
        Ok(self.own(user, link.into_iter().collect()).await?.pop())
    }

    /// Those of the rows under the id of `user` that are this user's. The others, which are
    /// [stale](is_stale), are removed.
    pub(super) async fn own(
        &self,
        user: &StoredUser<U>,
        mut links: Vec<Identity>,
    ) -> Result<Vec<Identity>, OAuthError> {
        if links.iter().all(|link| !is_stale(link, user)) {
            return Ok(links);
        }
        // The user was read before the links, which may have been written with a change of the user since.
        let Some(now) = self.core.stores.users.find_by_id(user.id()).await? else {
            return Ok(Vec::new());
        };
        for link in links.extract_if(.., |link| is_stale(link, &now)) {
            self.records()?.remove(Target::of(&link)).await?;
        }
        Ok(links)
    }

    /// The link that a column is. Nothing is known of when it began.
    pub(super) fn of_column(
        &self,
        user: &StoredUser<U>,
        provider: &str,
        subject: &str,
    ) -> Identity {
        Identity {
            id: String::new(),
            owner: user.id().to_string(),
            issuer: self.column_issuers.of(provider).to_owned(),
            subject: subject.to_owned(),
            provider: provider.to_owned(),
            linked_provider: Some(provider.to_owned()),
            email: None,
            linked_at: UNIX_EPOCH,
            last_used_at: None,
            removed_at: None,
            epoch: None,
            tokens: None,
        }
    }

    /// Whether the user has removed the identity, which somebody else has linked since then.
    pub(super) async fn has_handed_over(
        &self,
        user: &StoredUser<U>,
        profile: &Profile,
    ) -> Result<bool, OAuthError> {
        let identity = (plain_issuer(profile.issuer()), profile.subject());
        let (issuer, subject) = handed_over(&user.id().to_string(), identity);
        let memory = self.records()?.find(Identity::by_subject(issuer, &subject)).await?;
        Ok(memory.is_some_and(|memory| !is_stale(&memory, user)))
    }

    /// How the row of a removed link makes room for the link of somebody else.
    pub(super) async fn handing_over(&self, removed: Identity) -> Result<HandingOver, OAuthError> {
        let (issuer, subject) = handed_over(&removed.owner, (&removed.issuer, &removed.subject));
        let before = self.records()?.find(Identity::by_subject(issuer, &subject)).await?;
        Ok(HandingOver { removed, before })
    }

    async fn owner(&self, link: &Identity) -> Result<Option<StoredUser<U>>, StoreError> {
        let Ok(id) = U::Id::from_str(&link.owner) else { return Ok(None) };
        self.core.stores.users.find_by_id(&id).await
    }

    /// Notes the use of a link, and the address that the provider says now, unless that was noted a
    /// moment ago.
    pub(super) async fn note_use(
        &self,
        link: &Identity,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let now = self.core.clock.now();
        let due = now.checked_sub(NOTED).unwrap_or(UNIX_EPOCH);
        if link.last_used_at.is_some_and(|noted| noted >= due) {
            return Ok(());
        }
        let Some(records) = self.core.stores.records() else { return Ok(()) };
        let target = Target::of(link).only_if_below(Identity::last_used_at(), due);
        let set = [Identity::last_used_at().to(now), Identity::email().to(address(profile))];
        let _ = records.change(target, set).await?;
        Ok(())
    }

    /// The row of a new link, which is still to be [given](of_user) to its user; `None` where a column is
    /// the link.
    pub(super) fn identity(&self, provider: &str, profile: &Profile) -> Option<Identity> {
        if has_column::<U>(provider) {
            return None;
        }
        let now = self.core.clock.now();
        Some(Identity {
            id: new_id(),
            owner: String::new(),
            issuer: plain_issuer(profile.issuer()).to_owned(),
            subject: profile.subject().to_owned(),
            provider: provider.to_owned(),
            linked_provider: Some(provider.to_owned()),
            email: address(profile),
            linked_at: now,
            last_used_at: Some(now),
            removed_at: None,
            epoch: None,
            tokens: None,
        })
    }

    /// `steps`, and the row of a new link of `user`, whose epoch is `epoch` then.
    pub(super) fn insert_link(
        &self,
        steps: RecordSteps,
        (provider, profile): (&str, &Profile),
        user: &StoredUser<U>,
        epoch: Option<i64>,
    ) -> RecordSteps {
        match self.identity(provider, profile) {
            Some(link) => steps.insert(of_user(link, user, epoch)),
            None => steps,
        }
    }
}

/// The rows of crudauth's own, which every application with providers has.
pub(super) fn records<U: AuthUser>(core: &Core<U>) -> Result<&Records, OAuthError> {
    let missing = || OAuthError::Failed(RejectionKind::Internal.into());
    core.stores.records().ok_or_else(missing)
}

/// Whether the struct has a column that is the link of the provider.
pub(super) fn has_column<U: AuthUser>(provider: &str) -> bool {
    U::SCHEMA.link_column(provider).is_some()
}

/// `link` as one of `user`, whose epoch is `epoch` then.
pub(super) fn of_user<U: AuthUser>(
    link: Identity,
    user: &StoredUser<U>,
    epoch: Option<i64>,
) -> Identity {
    let linked_at = made_at(user, link.linked_at);
    Identity { owner: user.id().to_string(), linked_at, epoch, ..link }
}

/// Whether a link was that of another user, who had the id before.
pub(super) fn is_stale<U: AuthUser>(link: &Identity, user: &StoredUser<U>) -> bool {
    is_of_earlier_user(user, Some(link.linked_at), link.epoch)
}

/// The row of a link that was removed, as long as it was not linked again.
pub(super) fn as_removed(link: &Identity) -> Target<Identity> {
    Target::of(link).only_if(Identity::removed_at(), link.removed_at)
}

/// A removed link whose identity somebody else links. That its user has removed it is remembered as long
/// as that user is there, whatever becomes of the new link.
pub(super) struct HandingOver {
    removed: Identity,
    /// The row that remembers an earlier time. It may be that of another user, who had the id before.
    before: Option<Identity>,
}

impl HandingOver {
    /// `steps`, and the identity has no row.
    pub(super) fn step(&self, steps: RecordSteps) -> RecordSteps {
        let removed = &self.removed;
        let steps = match &self.before {
            Some(before) => steps.remove(Target::of(before)),
            None => steps,
        };
        let (issuer, subject) = handed_over(&removed.owner, (&removed.issuer, &removed.subject));
        let set = [Identity::issuer().to(issuer.to_owned()), Identity::subject().to(subject)];
        steps.change(as_removed(removed), set)
    }
}

/// What a removed link is found by once somebody else has linked the identity: no provider has such an
/// issuer.
fn handed_over(owner: &str, (issuer, subject): (&str, &str)) -> (&'static str, String) {
    let digest = Sha256::digest([owner, "\0", issuer, "\0", subject].concat());
    ("handed over", Base64UrlUnpadded::encode_string(&digest))
}

fn address(profile: &Profile) -> Option<String> {
    match &profile.email {
        EmailClaim::Verified(address) | EmailClaim::Unverified(address) => Some(address.clone()),
        EmailClaim::None => None,
    }
    // What has no room is not worth a refusal.
    .filter(|address| address.len() <= 320 && !address.contains('\0'))
}
