//! What the application says of second factors.

use std::fmt;

use zeroize::Zeroizing;

use crate::core::Required;
use crate::core::second_factor::{FactorSettings, MOST_CODES};
use crate::error::Mistakes;
use crate::factors::FernetKeys;
use crate::secret::SecretKey;
use crate::user::{AuthUser, FactorPlace};

/// Second factors of the users `U`.
///
/// ```
/// use crudauth::mfa::{MfaConfig, Required};
/// # struct Account { is_admin: bool }
///
/// # fn key() -> String { "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned() }
/// let mfa = MfaConfig::<Account>::new("Example")
///     .encryption_key(key())
///     .required(Required::when(|account: &Account| account.is_admin));
/// # drop(mfa);
/// ```
#[must_use]
pub struct MfaConfig<U> {
    issuer: String,
    keys: Vec<Zeroizing<String>>,
    required: Required<U>,
    recovery_codes: usize,
    guards_changes: bool,
    parsed: Option<FernetKeys>,
}

impl<U> MfaConfig<U> {
    /// With the name of the service as authenticator apps show it: without a colon.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            keys: Vec::new(),
            required: Required::Nobody,
            recovery_codes: 10,
            guards_changes: false,
            parsed: None,
        }
    }

    /// The key under which secrets rest in the columns of the users table: 32 bytes in base64 (either alphabet),
    /// 44 characters, as `openssl rand -base64 32` makes them. It is another one than the secret
    /// key, and required for those columns. Where the factors are in crudauth's own table (`#[auth(beside(second_factor))]`), they
    /// are sealed under the secret key, and this one is not needed. Default: none.
    pub fn encryption_key(self, key: impl Into<String>) -> Self {
        self.encryption_keys([key.into()])
    }

    /// As [`encryption_key`](Self::encryption_key), while a key is replaced: the first encrypts, and each
    /// decrypts.
    pub fn encryption_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys = keys.into_iter().map(|key| Zeroizing::new(key.into())).collect();
        self
    }

    /// Who has to have a second factor: `true`, `false`, or [`Required::when`]. Users who need one and have
    /// none set it up at the next sign-in. Sessions from before stay; see
    /// [`CrudAuth::require_enrolment`](crate::CrudAuth::require_enrolment). Default: `false`.
    pub fn required(mut self, required: impl Into<Required<U>>) -> Self {
        self.required = required.into();
        self
    }

    /// Requires the second factor to change the password or the address: elevated rights of the [sudo
    /// mode](crate::sudo), or a `code` in the body of `POST /change-password`, `POST /set-password` and `POST /email/change-request`
    /// (ASVS 7.5.1). The functions of [`CrudAuth`](crate::CrudAuth) take elevated rights alone. The refusal is 403
    /// "A second factor is required." Default: the password is enough, as the session has proved its factor.
    pub fn guard_account_changes(mut self, guards: bool) -> Self {
        self.guards_changes = guards;
        self
    }

    /// How many recovery codes an account gets, 1 to 50. Default: 10.
    pub fn recovery_codes(mut self, count: usize) -> Self {
        self.recovery_codes = count;
        self
    }
}

impl<U: AuthUser> MfaConfig<U> {
    /// Says what is wrong, and the way out.
    pub(crate) fn check(&mut self, key: &SecretKey, mistakes: &mut Mistakes) {
        let issuer = self.issuer.trim();
        if issuer.is_empty() || issuer.contains(':') {
            mistakes.add(
                "`MfaConfig::new`: the issuer is the name of the service in authenticator apps: give it one, \
                 without a colon",
            );
        }
        if !(1..=MOST_CODES).contains(&self.recovery_codes) {
            mistakes.add(format!(
                "`MfaConfig::recovery_codes`: an account has at least 1 recovery code, and at most {MOST_CODES}: \
                 10 is the default"
            ));
        }
        let needs_key = U::SECOND_FACTORS == Some(FactorPlace::Columns);
        if self.keys.is_empty() {
            if needs_key {
                mistakes.add(
                    "secrets of second factors in the columns of the users table rest under a key of \
                     their own: make one by `openssl rand -base64 32`, and give it to \
                     `MfaConfig::encryption_key`",
                );
            }
            return;
        }
        match FernetKeys::new(self.keys.iter().map(|key| key.as_str())) {
            Ok(keys) if keys.any_is(|text| key.is(text)) => mistakes.add(
                "`MfaConfig::encryption_key` is the secret key: make another one by `openssl rand -base64 32`",
            ),
            Ok(keys) => self.parsed = Some(keys),
            Err(error) => mistakes.add(format!("`MfaConfig::encryption_key`: {error}")),
        }
    }

    /// The settings, once they were checked.
    pub(crate) fn apart(self) -> (FactorSettings, (Required<U>, bool)) {
        let Self { issuer, required, recovery_codes, guards_changes, parsed, .. } = self;
        let issuer = issuer.trim().to_owned();
        (FactorSettings { issuer, keys: parsed, recovery_codes }, (required, guards_changes))
    }
}

impl<U> fmt::Debug for MfaConfig<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaConfig")
            .field("issuer", &self.issuer)
            .field("required", &self.required)
            .field("recovery_codes", &self.recovery_codes)
            .finish_non_exhaustive()
    }
}
