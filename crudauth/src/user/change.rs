//! The change command: what to write, and under which condition.

use std::time::SystemTime;

use super::{FactorChange, FactorState, LogicalFields, ProviderLink};
use crate::password::PasswordHash;

/// A change of one user's row, applied by the store as **one conditional statement**: it is
/// written if the row still is as the change expects, and not at all otherwise. Of two parallel
/// changes that expect the same row, one wins.
///
/// Changes are made by what they mean, so that one without its condition cannot be written.
#[derive(Debug, Clone)]
pub struct Change {
    set: Assignments,
    when: Conditions,
    at: SystemTime,
}

/// What a [`Change`] writes. `None` and `false` leave the column alone; a column that the struct
/// does not have is skipped.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Assignments {
    /// The hash.
    pub password: Option<PasswordHash>,
    /// The credential epoch.
    pub epoch: Option<i64>,
    /// The e-mail address, which is verified with it.
    pub email: Option<String>,
    /// The recovery factor is verified.
    pub recovery_verified: bool,
    /// Whether the account may sign in.
    pub active: Option<bool>,
    /// The row is linked to this identity: the column of its provider holds the subject,
    /// `oauth_provider` the provider, `oauth_updated_at` the moment of the change, and so does
    /// `oauth_created_at` where it is NULL.
    pub link: Option<ProviderLink>,
    /// The row is linked to this provider no more: its column is NULL.
    pub unlink: Option<Unlinked>,
    /// Nothing that an owner before has set up leads into the account: the columns of providers
    /// other than that of `link` are NULL, and so are those of the second factor.
    pub others_out: bool,
    /// The columns of providers are NULL: an owner before may have linked an identity.
    pub links_out: bool,
    /// What becomes of the columns of the second factor.
    pub factor: Option<FactorChange>,
}

/// A link that is taken from a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unlinked {
    /// The name of the provider.
    pub provider: String,
    /// The provider of a link that the user still has, for `oauth_provider`; `None`: it is NULL.
    pub still: Option<String>,
}

/// What a [`Change`] expects of the row. `None` and `false` expect nothing; so does a column that
/// the struct does not have.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Conditions {
    /// The hash is this one.
    pub password: Option<PasswordHash>,
    /// There is no hash: the column is NULL.
    pub no_password: bool,
    /// The credential epoch is this one.
    pub epoch: Option<i64>,
    /// The e-mail address is this one.
    pub email: Option<String>,
    /// The value of the recovery factor is this one.
    pub recovery: Option<String>,
    /// The recovery factor is not verified yet.
    pub recovery_unverified: bool,
    /// The column of the provider of this name is NULL.
    pub unlinked_at: Option<String>,
    /// The columns of these providers hold these subjects.
    pub links: Vec<ProviderLink>,
    /// The columns of the second factor are as it says.
    pub factor: Option<FactorState>,
}

/// The epoch after `epoch`: one more, and the least after the greatest of a column of 32 bits. So
/// it is the same whether the column has 32 bits or 64: what is computed of it before it is written
/// is right afterwards.
fn next(epoch: i64) -> i64 {
    i32::try_from(epoch).map_or(epoch.wrapping_add(1), |epoch| epoch.wrapping_add(1).into())
}

impl Change {
    /// Stores the same password under a better hash, if the stored hash still is `from`. The
    /// epoch stays: nothing that was issued ends.
    #[must_use]
    pub fn rehash(from: PasswordHash, to: PasswordHash, at: SystemTime) -> Self {
        Self {
            set: Assignments { password: Some(to), ..Assignments::default() },
            when: Conditions { password: Some(from), ..Conditions::default() },
            at,
        }
    }

    /// Stores a new password and adds one to the epoch, if the stored hash still is `from` (`None`:
    /// there still is none) and the epoch still is `epoch`. Every session and token from before
    /// ends with it.
    #[must_use]
    pub fn password(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        at: SystemTime,
    ) -> Self {
        let mut change = Self::first_password(from, to, epoch, at);
        change.set.epoch = Some(next(epoch));
        change
    }

    /// Stores the first password of an account that had none a person knows: as
    /// [`password`](Self::password), but the epoch stays and nothing that was issued ends.
    #[must_use]
    pub fn first_password(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        at: SystemTime,
    ) -> Self {
        Self {
            set: Assignments { password: Some(to), ..Assignments::default() },
            when: Conditions {
                no_password: from.is_none(),
                password: from,
                epoch: Some(epoch),
                ..Conditions::default()
            },
            at,
        }
    }

    /// A [`password`](Self::password) change by somebody who has just proved the recovery factor
    /// `value`, which therefore is verified with it, if it still has that value.
    #[must_use]
    pub fn reset(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        value: String,
        at: SystemTime,
    ) -> Self {
        let mut change = Self::password(from, to, epoch, at);
        change.set.recovery_verified = true;
        change.when.recovery = Some(value);
        change
    }

    /// The same change of an account whose recovery factor is verified already: the column that says
    /// so is left alone.
    #[must_use]
    pub fn verified_before(mut self, verified: bool) -> Self {
        self.set.recovery_verified &= !verified;
        self
    }

    /// Marks the recovery factor as verified, if its value still is `value` and it has not been
    /// verified before.
    #[must_use]
    pub fn verify_recovery(value: String, at: SystemTime) -> Self {
        Self {
            set: Assignments { recovery_verified: true, ..Assignments::default() },
            when: Conditions {
                recovery: Some(value),
                recovery_unverified: true,
                ..Conditions::default()
            },
            at,
        }
    }

    /// Stores a new e-mail address as verified, if the stored one still is `from`, the stored hash
    /// still is `password` (`None`: there still is none) and the epoch still is `epoch`.
    #[must_use]
    pub fn email(
        from: String,
        to: String,
        password: Option<PasswordHash>,
        epoch: i64,
        at: SystemTime,
    ) -> Self {
        Self {
            set: Assignments { email: Some(to), ..Assignments::default() },
            when: Conditions {
                email: Some(from),
                no_password: password.is_none(),
                password,
                epoch: Some(epoch),
                ..Conditions::default()
            },
            at,
        }
    }

    /// Adds one to the epoch, if that still is `epoch`: ends what was issued before.
    #[must_use]
    pub fn end_credentials(epoch: i64, at: SystemTime) -> Self {
        Self {
            set: Assignments { epoch: Some(next(epoch)), ..Assignments::default() },
            when: Conditions { epoch: Some(epoch), ..Conditions::default() },
            at,
        }
    }

    /// Forbids the account to sign in and adds one to the epoch, if that still is `epoch`.
    #[must_use]
    pub fn deactivate(epoch: i64, at: SystemTime) -> Self {
        let mut change = Self::end_credentials(epoch, at);
        change.set.active = Some(false);
        change
    }

    /// Allows the account to sign in again. What has ended does not come back.
    #[must_use]
    pub fn reactivate(at: SystemTime) -> Self {
        Self {
            set: Assignments { active: Some(true), ..Assignments::default() },
            when: Conditions::default(),
            at,
        }
    }

    /// Links the row to `link`, if the column of the provider still is NULL. Where another row has the
    /// value, the change is [`Taken`](crate::store::Changed::Taken).
    ///
    /// A struct without the column has `oauth_provider` and the times written, as far as it has them:
    /// see [`UserSchema::names_providers`](super::UserSchema::names_providers).
    #[must_use]
    pub fn link(link: ProviderLink, at: SystemTime) -> Self {
        Self {
            when: Conditions {
                unlinked_at: Some(link.provider().to_owned()),
                ..Conditions::default()
            },
            set: Assignments { link: Some(link), ..Assignments::default() },
            at,
        }
    }

    /// Takes `link` from the row, if it still has it. `still` is a link that stays, and is what
    /// `oauth_provider` says then: if it is in a column of the row, it must still be there, so that of two
    /// changes that take the last two links one is [`Stale`](crate::store::Changed::Stale). A link without a
    /// column is one of [records](crate::store::records), which are written with the change.
    #[must_use]
    pub fn unlink(link: ProviderLink, still: Option<ProviderLink>, at: SystemTime) -> Self {
        let unlink = Unlinked {
            provider: link.provider().to_owned(),
            still: still.as_ref().map(|still| still.provider().to_owned()),
        };
        Self {
            set: Assignments { unlink: Some(unlink), ..Assignments::default() },
            when: Conditions {
                links: [Some(link), still].into_iter().flatten().collect(),
                ..Conditions::default()
            },
            at,
        }
    }

    /// The same, if the stored hash still is `password`: where that is what the user signs in by from
    /// now on.
    #[must_use]
    pub fn while_password_is(mut self, password: PasswordHash) -> Self {
        self.when.password = Some(password);
        self
    }

    /// A [`reset`](Self::reset) that gives the account to the owner of `link`. It applies while the recovery
    /// factor is not proved and the column of the provider is NULL, and it removes the links to other
    /// providers and the second factor.
    #[must_use]
    pub fn claim(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        value: String,
        link: ProviderLink,
        at: SystemTime,
    ) -> Self {
        let mut change = Self::first_proof(from, to, epoch, value, at);
        change.when.unlinked_at = Some(link.provider().to_owned());
        change.set.link = Some(link);
        change
    }

    /// A [`reset`](Self::reset) that gives the account to the person who has just proved the mailbox
    /// `value` for the first time: it applies while the recovery factor is not proved. It removes
    /// the links to providers and the second factor.
    #[must_use]
    pub fn claim_by_mailbox(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        value: String,
        at: SystemTime,
    ) -> Self {
        Self::first_proof(from, to, epoch, value, at).without_links()
    }

    fn first_proof(
        from: Option<PasswordHash>,
        to: PasswordHash,
        epoch: i64,
        value: String,
        at: SystemTime,
    ) -> Self {
        let mut change = Self::reset(from, to, epoch, value, at);
        change.when.recovery_unverified = true;
        change.set.others_out = true;
        change
    }

    /// The same, if hash, epoch and address still are those of a row that was read before.
    #[must_use]
    pub fn while_credentials_are(mut self, row: &LogicalFields<'_>) -> Self {
        let hash = row.hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()));
        self.when.no_password = hash.is_none();
        self.when.password = hash;
        self.when.epoch = row.token_version;
        self.when.email = row.email.map(str::to_owned);
        self
    }

    /// The same, as the first proof of the mailbox: it sets the columns of providers to NULL.
    #[must_use]
    pub fn without_links(mut self) -> Self {
        self.set.links_out = true;
        self
    }

    /// Begins the set-up of an authenticator app with this encrypted secret, if none is confirmed. What
    /// was pending before is replaced.
    #[must_use]
    pub fn begin_factor(secret: String, at: SystemTime) -> Self {
        Self::of_factor(FactorChange::Begun { secret }, FactorState::unconfirmed(), at)
    }

    /// Confirms an authenticator app by a code of the step `step`, and adds one to the epoch, if none is
    /// confirmed and the pending encrypted secret still is `pending` (`None`: whatever it is). `secret` is
    /// the secret encrypted anew, and `codes` the digests of the recovery codes.
    #[must_use]
    pub fn confirm_factor(
        pending: Option<String>,
        secret: String,
        step: i64,
        codes: String,
        epoch: i64,
        at: SystemTime,
    ) -> Self {
        let set = FactorChange::Confirmed { secret, step, codes };
        let when = FactorState { secret: pending, ..FactorState::unconfirmed() };
        let (mut change, after) = (Self::of_factor(set, when, at), next(epoch));
        change.set.epoch = Some(after);
        change.when.epoch = Some(epoch);
        change
    }

    /// Notes that a code of the step `step` was accepted, if the confirmed encrypted secret still is
    /// `secret` and no code of this or a later step was.
    #[must_use]
    pub fn accept_factor_step(secret: String, step: i64, at: SystemTime) -> Self {
        let when = FactorState { step_below: Some(step), ..FactorState::confirmed(secret) };
        Self::of_factor(FactorChange::Step(step), when, at)
    }

    /// Replaces the digests of the recovery codes by `to`, if the confirmed encrypted secret still is
    /// `secret`, and the digests still are `from`: after one was used, or as a new set.
    #[must_use]
    pub fn recovery_codes(
        secret: String,
        from: Option<String>,
        to: String,
        at: SystemTime,
    ) -> Self {
        let when = FactorState { codes: Some(from), ..FactorState::confirmed(secret) };
        Self::of_factor(FactorChange::Codes(to), when, at)
    }

    /// Removes the second factor, if the confirmed encrypted secret still is `secret`.
    #[must_use]
    pub fn remove_factor(secret: String, at: SystemTime) -> Self {
        Self::of_factor(FactorChange::Removed, FactorState::confirmed(secret), at)
    }

    /// Removes the second factor, whatever it is.
    #[must_use]
    pub fn reset_factor(at: SystemTime) -> Self {
        Self {
            set: Assignments { factor: Some(FactorChange::Removed), ..Assignments::default() },
            when: Conditions::default(),
            at,
        }
    }

    fn of_factor(set: FactorChange, when: FactorState, at: SystemTime) -> Self {
        Self {
            set: Assignments { factor: Some(set), ..Assignments::default() },
            when: Conditions { factor: Some(when), ..Conditions::default() },
            at,
        }
    }

    /// What to write.
    #[must_use]
    pub fn set(&self) -> &Assignments {
        &self.set
    }

    /// What the row must be.
    #[must_use]
    pub fn when(&self) -> &Conditions {
        &self.when
    }

    /// The moment of the change, for `updated_at`.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.at
    }
}
