//! Second factors of the users of a struct, without HTTP: how one is set up, what it accepts, and what
//! ends it. Where they are kept is hidden here: in four columns of the users table, or in crudauth's own.
//!
//! Each change is one conditional statement, or one transaction where the credential epoch moves with
//! it. So of parallel calls with one code, one is accepted, whatever process each is in.

mod columns;
mod enrolment;
mod own_table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use self::columns::InColumns;
pub(crate) use self::enrolment::Enrolment;
use self::enrolment::Seen;
use self::own_table::InOwnTable;
use super::ServiceFailure;
use crate::clock::Clock;
use crate::error::StartupError;
use crate::factors::{Code, Digests, FernetKeys, RecoveryCodes, Setup, TotpSecret, Typed, digest};
use crate::secret::{RandomError, SecretKey};
use crate::store::records::{Record as _, SecondFactor, Table};
use crate::store::{StoreError, Stores};
use crate::user::{AuthUser, FactorPlace, StoredUser};

/// How often a recovery code is tried again where another one was used at the same time.
const TRIES: usize = 3;

/// What the application says of second factors.
#[derive(Debug, Clone)]
pub(crate) struct FactorSettings {
    /// The name of the service in an authenticator app.
    pub(crate) issuer: String,
    /// The keys of the columns. The own table needs none.
    pub(crate) keys: Option<FernetKeys>,
    /// How many recovery codes an account has at first.
    pub(crate) recovery_codes: usize,
}

/// Second factors of the users of a struct.
pub(crate) struct SecondFactors<U: AuthUser> {
    stores: Stores<U>,
    clock: Arc<dyn Clock>,
    settings: FactorSettings,
    place: Place<U>,
}

/// Where they are kept.
enum Place<U: AuthUser> {
    Columns(InColumns<U>),
    OwnTable(InOwnTable<U>),
}

/// The kind of a code that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// A code of the authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode {
        /// How many of them are left.
        left: usize,
    },
}

/// The outcome of a confirmation of an authenticator app.
pub(crate) enum Confirmation<U> {
    /// The app is confirmed, and everything that was issued before has ended.
    Confirmed {
        /// The recovery codes, which nothing shows again.
        codes: RecoveryCodes,
        /// The user after it, with the new epoch.
        user: Arc<StoredUser<U>>,
    },
    /// The code does not match the secret.
    WrongCode,
    /// The account has a second factor.
    AlreadyEnabled,
    /// No set-up is pending, or the credentials have changed since it began.
    NonePending,
}

/// What is written when an app is confirmed.
struct Confirmed<'a> {
    secret: &'a TotpSecret,
    /// The step of the confirming code, which the confirmation uses up.
    step: i64,
    digests: &'a Digests,
}

impl<U: AuthUser> SecondFactors<U> {
    /// Second factors of the users in `stores`.
    ///
    /// # Errors
    ///
    /// Where a setting cannot work.
    pub(crate) fn new(
        stores: Stores<U>,
        clock: Arc<dyn Clock>,
        key: &SecretKey,
        settings: FactorSettings,
    ) -> Result<Self, StartupError> {
        check(&settings)?;
        let place = match U::SECOND_FACTORS {
            Some(FactorPlace::Columns) => {
                let keys = settings.keys.clone().ok_or_else(no_key)?;
                if keys.any_is(|text| key.is(text)) {
                    return Err(StartupError::setting(
                        "a key of the second factors is the secret key: make another one with \
                         `openssl rand -base64 32`",
                    ));
                }
                Place::Columns(InColumns::new(stores.clone(), Arc::clone(&clock), keys))
            }
            Some(FactorPlace::OwnTable) => {
                Place::OwnTable(InOwnTable::new(stores.clone(), Arc::clone(&clock), key)?)
            }
            None => {
                let user = U::SCHEMA.user;
                return Err(StartupError::setting(format!(
                    "`{user}` has nowhere to keep a second factor: add its four columns, or \
                     `#[auth(beside(second_factor))]`"
                )));
            }
        };
        Ok(Self { stores, clock, settings, place })
    }

    /// The tables that they need.
    pub(crate) fn tables() -> &'static [&'static Table] {
        match U::SECOND_FACTORS {
            Some(FactorPlace::OwnTable) => &[SecondFactor::TABLE],
            Some(FactorPlace::Columns) | None => &[],
        }
    }

    /// The second factor of `user`. Columns are in the row that was read; the own table is asked.
    pub(crate) async fn of(&self, user: &StoredUser<U>) -> Result<Enrolment, StoreError> {
        match &self.place {
            Place::Columns(columns) => Ok(columns.of(user)),
            Place::OwnTable(table) => table.of(user).await,
        }
    }

    /// A new secret, of 160 random bits.
    #[expect(clippy::unused_self, reason = "the secrets are those of these factors")]
    pub(crate) fn new_secret(&self) -> Result<TotpSecret, RandomError> {
        TotpSecret::random()
    }

    /// What the app of `user` is set up with.
    pub(crate) fn otpauth(&self, user: &StoredUser<U>, secret: &TotpSecret) -> Setup {
        let logical = user.logical();
        let name = logical.email.or(logical.username).map(str::to_owned);
        let account = name.unwrap_or_else(|| user.id().to_string());
        Setup::new(&self.settings.issuer, &account, secret)
    }

    /// Begins a set-up, and replaces a pending one. `false` if the account has a second factor; then
    /// nothing is written.
    pub(crate) async fn start_setup(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
    ) -> Result<bool, ServiceFailure> {
        match &self.place {
            Place::Columns(columns) => columns.begin(user, secret).await,
            Place::OwnTable(table) => table.begin(user, secret).await,
        }
    }

    /// Confirms the pending secret of `user` by a code of it.
    pub(crate) async fn confirm(
        &self,
        user: &StoredUser<U>,
        code: &Code,
    ) -> Result<Confirmation<U>, ServiceFailure> {
        self.confirm_secret(user, None, code).await
    }

    /// Confirms a secret that rests elsewhere, in a challenge, by a code of it.
    pub(crate) async fn enrol(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
        code: &Code,
    ) -> Result<Confirmation<U>, ServiceFailure> {
        self.confirm_secret(user, Some(secret), code).await
    }

    /// Reads the row again and returns it as it is after the change. Nothing is written unless the
    /// credentials are still those of `user`.
    async fn confirm_secret(
        &self,
        user: &StoredUser<U>,
        other: Option<&TotpSecret>,
        code: &Code,
    ) -> Result<Confirmation<U>, ServiceFailure> {
        let Some(mut now) = self.again(user).await? else { return Ok(Confirmation::NonePending) };
        let seen = self.of(&now).await?;
        if seen.is_enabled() {
            return Ok(Confirmation::AlreadyEnabled);
        }
        let Some(secret) = other.or_else(|| seen.pending()) else {
            return Ok(Confirmation::NonePending);
        };
        let Some(step) = step_of(secret, code, &*self.clock) else {
            return Ok(Confirmation::WrongCode);
        };
        let (codes, digests) = self.new_codes(user, secret)?;
        let confirmed = Confirmed { secret, step, digests: &digests };
        let pending = other.is_none().then_some(&seen);
        let applied = match &self.place {
            Place::Columns(columns) => columns.confirm(&now, pending, &confirmed).await?,
            Place::OwnTable(table) => table.confirm(&now, pending, &confirmed).await?,
        };
        let Some(change) = applied else {
            let seen = match self.again(user).await? {
                Some(now) => self.of(&now).await?,
                None => return Ok(Confirmation::NonePending),
            };
            return Ok(match seen.is_enabled() {
                true => Confirmation::AlreadyEnabled,
                false => Confirmation::NonePending,
            });
        };
        now.apply(&change);
        Ok(Confirmation::Confirmed { codes, user: Arc::new(now) })
    }

    /// Reads the row of `user` again. `None` if the credentials have changed since.
    async fn again(&self, user: &StoredUser<U>) -> Result<Option<StoredUser<U>>, StoreError> {
        let now = self.stores.users.find_by_id(user.id()).await?;
        Ok(now.filter(|now| now.logical().token_version == user.logical().token_version))
    }

    /// Accepts a code once. `None` if the code is wrong or was used before.
    pub(crate) async fn accept(
        &self,
        user: &StoredUser<U>,
        seen: &Enrolment,
        code: &Code,
    ) -> Result<Option<Accepted>, ServiceFailure> {
        Ok(self.claim(user, seen, code).await?.map(|(accepted, _)| accepted))
    }

    /// Accepts a code, and returns the second factor after it.
    async fn claim(
        &self,
        user: &StoredUser<U>,
        seen: &Enrolment,
        code: &Code,
    ) -> Result<Option<(Accepted, Enrolment)>, ServiceFailure> {
        let Some(secret) = seen.enabled() else { return Ok(None) };
        let typed = match code.typed() {
            Typed::Totp(digits) => {
                let Some(step) = secret.step_of(digits, self.clock.now()) else { return Ok(None) };
                let accepted = match (&self.place, seen.seen()) {
                    (Place::Columns(columns), Seen::Columns(seen)) => {
                        columns.accept_step(user, seen, step).await?
                    }
                    (Place::OwnTable(table), Seen::Row(row)) => {
                        table.accept_step(row, step).await?
                    }
                    _ => false,
                };
                return Ok(accepted.then(|| (Accepted::Totp, seen.clone())));
            }
            Typed::Recovery(typed) => typed,
            Typed::Nothing => return Ok(None),
        };
        let digest = self.digest(user, secret, typed);
        let mut seen = seen.clone();
        for _ in 0..TRIES {
            let Some(left) = seen.codes().without(&digest) else { return Ok(None) };
            if let Some(after) = self.replace_codes(user, &seen, &left).await? {
                return Ok(Some((Accepted::RecoveryCode { left: left.len() }, after)));
            }
            // Another code was used meanwhile, or the second factor is another one.
            let Some(now) = self.stores.users.find_by_id(user.id()).await? else {
                return Ok(None);
            };
            let again = self.of(&now).await?;
            if !again.is_same_as(&seen) {
                return Ok(None);
            }
            seen = again;
        }
        Ok(None)
    }

    /// Replaces the recovery codes if `code` is accepted. `None` if it is not, or if another call was
    /// faster.
    pub(crate) async fn regenerate(
        &self,
        user: &StoredUser<U>,
        seen: &Enrolment,
        code: &Code,
    ) -> Result<Option<(Accepted, RecoveryCodes)>, ServiceFailure> {
        let Some(secret) = seen.enabled() else { return Ok(None) };
        let Some((accepted, seen)) = self.claim(user, seen, code).await? else { return Ok(None) };
        let (codes, digests) = self.new_codes(user, secret)?;
        let replaced = self.replace_codes(user, &seen, &digests).await?;
        Ok(replaced.map(|_| (accepted, codes)))
    }

    /// Removes the second factor, after a code was [accepted](Self::accept). `false` if it is no longer the
    /// one in `seen`.
    pub(crate) async fn disable(
        &self,
        user: &StoredUser<U>,
        seen: &Enrolment,
    ) -> Result<bool, ServiceFailure> {
        if !seen.is_enabled() {
            return Ok(false);
        }
        Ok(match (&self.place, seen.seen()) {
            (Place::Columns(columns), Seen::Columns(seen)) => columns.remove(user, seen).await?,
            (Place::OwnTable(table), Seen::Row(row)) => table.remove(row).await?,
            _ => false,
        })
    }

    /// Removes the second factor for an administrator, also a pending one. `false` if the account has no
    /// factor.
    pub(crate) async fn reset(&self, user: &StoredUser<U>) -> Result<bool, ServiceFailure> {
        match &self.place {
            Place::Columns(columns) => columns.reset(user).await,
            Place::OwnTable(table) => table.reset(user).await,
        }
    }

    /// New recovery codes of `user`, and what is kept of them.
    fn new_codes(
        &self,
        user: &StoredUser<U>,
        secret: &TotpSecret,
    ) -> Result<(RecoveryCodes, Digests), RandomError> {
        let codes = RecoveryCodes::random(self.settings.recovery_codes)?;
        let digests = codes.digests(|code| self.digest(user, secret, code));
        Ok((codes, digests))
    }

    /// What is kept of a recovery code.
    fn digest(&self, user: &StoredUser<U>, secret: &TotpSecret, code: &str) -> String {
        match &self.place {
            Place::Columns(_) => digest(code),
            Place::OwnTable(table) => table.digest(user, secret, code),
        }
    }

    /// Replaces the digests if they are still those of `seen`, and returns the factor after that. `None` if
    /// they have changed.
    async fn replace_codes(
        &self,
        user: &StoredUser<U>,
        seen: &Enrolment,
        to: &Digests,
    ) -> Result<Option<Enrolment>, StoreError> {
        let after = match (&self.place, seen.seen()) {
            (Place::Columns(columns), Seen::Columns(seen)) => {
                columns.replace_codes(user, seen, to).await?.map(Seen::Columns)
            }
            (Place::OwnTable(table), Seen::Row(row)) => {
                table.replace_codes(row, to).await?.map(Seen::Row)
            }
            _ => None,
        };
        Ok(after.map(|after| seen.with_codes(after, to.clone())))
    }
}

/// The step of a code of an app; `None` for one that is wrong, and for a recovery code.
fn step_of(secret: &TotpSecret, code: &Code, clock: &dyn Clock) -> Option<i64> {
    match code.typed() {
        Typed::Totp(digits) => secret.step_of(digits, clock.now()),
        Typed::Recovery(_) | Typed::Nothing => None,
    }
}

fn no_key() -> StartupError {
    StartupError::setting(
        "second factors in the columns of the users table need a key of their own: make one with \
         `openssl rand -base64 32`",
    )
}

/// The most recovery codes that an account may have: the column of the own table takes no more.
pub(crate) const MOST_CODES: usize = 50;

fn check(settings: &FactorSettings) -> Result<(), StartupError> {
    let issuer = settings.issuer.trim();
    if issuer.is_empty() || issuer.contains(':') {
        return Err(StartupError::setting(
            "the issuer of second factors is the name of the service in an authenticator app: give \
             it one, without a colon",
        ));
    }
    if !(1..=MOST_CODES).contains(&settings.recovery_codes) {
        return Err(StartupError::setting(format!(
            "an account has at least 1 recovery code, and at most {MOST_CODES}: 10 is the default"
        )));
    }
    Ok(())
}

impl<U: AuthUser> fmt::Debug for SecondFactors<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactors").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
