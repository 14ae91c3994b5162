//! Sign-in by password, without HTTP.

use std::fmt;
use std::sync::Arc;

use super::device::DeviceToken;
use super::error::LoginError;
use crate::chain::chain;
use crate::core::Core;
use crate::event::{self, Needed, Plain, SecurityEvent};
use crate::hooks::{FailedLogin, HookContext, HookUser, LockedOutLogin, LoginFailure};
use crate::lockout::{Attempt, Client, Failed, InARow, Pending};
use crate::password::{Password, PasswordHash, Verdict};
use crate::secret::Digester;
use crate::stamp::SecurityStamp;
use crate::store::{Changed, Step, StoreError};
use crate::throttle::networks;
use crate::user::{AuthUser, Change, LoginField, LoginName};

/// Decides whether a name and a password belong to an account that may sign in.
pub struct LoginService<U: AuthUser> {
    core: Arc<Core<U>>,
    /// Names what was typed, for events.
    names: Digester,
    /// Seals device tokens.
    devices: Digester,
    /// Whether an account whose recovery factor is not proved is refused like a disabled one.
    verified_only: bool,
}

/// One try to sign in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// Who it claims to be.
    pub name: LoginName,
    /// The proof.
    pub password: Password,
    /// Where it comes from: the [bucket](crate::ClientAddress::bucket) of the client's address.
    /// Without one, the attempt counts against the account alone.
    pub address: Option<String>,
    /// The device tokens that it carries: the first one that counts for the account is taken.
    pub devices: Vec<DeviceToken>,
}

/// A sign-in that succeeded.
pub struct SignedIn<U> {
    /// Whose it is.
    pub user: Arc<U>,
    /// The stamp of the row as it was read, or as a renewal of its hash has left it.
    pub(crate) stamp: SecurityStamp,
    /// The token of a device that has not signed in to this account before.
    pub new_device: Option<DeviceToken>,
}

impl<U: AuthUser> fmt::Debug for SignedIn<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("id", &format_args!("{}", self.user.id()))
            .field("new_device", &self.new_device)
            .finish_non_exhaustive()
    }
}

/// A sign-in whose proof was right. What it writes is still to be written.
pub(crate) struct Admitted<U> {
    pub(crate) signed_in: SignedIn<U>,
    pending: Pending,
    address: Option<String>,
}

impl<U> Admitted<U> {
    /// What is to be written of the attempts before it.
    pub(crate) fn success(&self) -> Vec<Step<'_>> {
        self.pending.success()
    }
}

impl<U: AuthUser> LoginService<U> {
    pub(crate) fn new(core: Arc<Core<U>>, verified_only: bool) -> Self {
        let (names, devices) = (core.key.own_digester("lockout"), core.key.own_digester("device"));
        Self { core, names, devices, verified_only }
    }

    /// Checks a name and a password.
    ///
    /// Unknown user, wrong password and disabled account take the same path: one query, one
    /// attempt counted, one verification of a hash, one refusal that is counted. So does an account
    /// with a second factor, which cannot be asked for yet. An attempt that could not be verified is
    /// not counted.
    ///
    /// # Errors
    ///
    /// Where the credentials are refused, the account, the address or the device is locked out,
    /// hashing is at its limit, or the store fails.
    pub async fn sign_in(&self, attempt: LoginAttempt) -> Result<SignedIn<U>, LoginError> {
        self.sign_in_under(attempt, &HookContext::default()).await
    }

    /// As [`sign_in`](Self::sign_in), and tells the hooks under which circumstances.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in), and where a hook vetoes.
    pub async fn sign_in_under(
        &self,
        attempt: LoginAttempt,
        context: &HookContext,
    ) -> Result<SignedIn<U>, LoginError> {
        let admitted = self.admit(attempt, context).await?;
        self.core.lockout.succeed(&admitted.pending).await?;
        Ok(self.welcome(admitted))
    }

    /// Checks a name and a password, and leaves it to the caller to write what a success
    /// [takes back](Admitted::success), together with what the sign-in writes itself, and then to
    /// [`welcome`](Self::welcome) who signs in.
    pub(crate) async fn admit(
        &self,
        attempt: LoginAttempt,
        context: &HookContext,
    ) -> Result<Admitted<U>, LoginError> {
        let LoginAttempt { name, password, address, devices } = attempt;
        let name = name.under(self.core.username_case);
        let user = self.find(&name).await?;

        let (kind, counted_as) = name.counted_as(U::SCHEMA.login);
        let owner = match &user {
            Some(user) if !self.awaits_verification(user) => user.id().to_string(),
            // Whose address is not proved is counted like nobody, by the name that was typed. Else
            // a lock would link the name of a sign-up to its address, and so tell that it was free.
            _ => self.core.naming.name(kind, counted_as).to_hex(),
        };
        let account = self.core.naming.account(&owner);
        let device = self.known_device(user.as_ref(), &devices, &owner).await?;
        let from = Origin {
            address: address.as_deref(),
            user: user.as_ref().map(|user| Plain::of(user.id())),
            name: Plain::digest(&self.names.digest(counted_as.as_bytes())),
        };
        let networks = address.as_deref().map(networks).unwrap_or_default();
        let networks = self.core.naming.networks(&networks);
        let client = device.as_deref().map_or(Client::Unknown, Client::Device);
        let attempt = Attempt { account: &account, networks: &networks, client };
        let begun = self.core.lockout.begin(&attempt).await;
        let pending = match begun.inspect_err(|_| self.core.events.outage(Needed::Lockout, true))? {
            Ok(pending) => pending,
            Err(locked) => {
                let retry_after = locked.retry_after;
                self.emit(&from, |user, name| SecurityEvent::LoginLockedOut {
                    user,
                    name,
                    retry_after,
                });
                self.core.hooks.on_lockout(LockedOutLogin::new(typed(&name), retry_after), context);
                return Err(LoginError::LockedOut { retry_after });
            }
        };

        let stored = user.as_ref().and_then(|user| {
            user.logical().hashed_password.map(|hash| PasswordHash::from_stored(hash.to_owned()))
        });
        // Who is known has places in the queue that a flood of strangers does not take up.
        let hashing = match client {
            Client::Unknown => self.core.hashing.clone(),
            Client::Device(_) | Client::SignedIn => self.core.hashing.with_kept_places(),
        };
        let verdict = match hashing.verify(password.clone(), stored.clone()).await {
            Ok(verdict) => verdict,
            Err(error) => {
                // The guess was not checked, so it is not one that failed.
                self.core.lockout.forgive(&pending).await?;
                return Err(error.into());
            }
        };
        let user = match user.map(Arc::new) {
            Some(user)
                if verdict.is_match()
                    && self.may_sign_in(&user)
                    && !user.logical().needs_second_factor() =>
            {
                user
            }
            user => {
                let (reason, told) = match &user {
                    None => (event::LoginFailure::UnknownUser, LoginFailure::InvalidCredentials),
                    Some(user) if verdict.is_match() && self.may_sign_in(user) => {
                        tell_second_factor(&**user);
                        (event::LoginFailure::SecondFactor, LoginFailure::SecondFactor)
                    }
                    Some(_) if verdict.is_match() => {
                        (event::LoginFailure::Inactive, LoginFailure::Inactive)
                    }
                    Some(_) => {
                        (event::LoginFailure::WrongPassword, LoginFailure::InvalidCredentials)
                    }
                };
                let failed = self.core.lockout.fail(&pending).await?;
                self.emit(&from, |user, name| SecurityEvent::LoginFailed { user, name, reason });
                self.tell_of_row(&from, failed);
                let failed = FailedLogin::new(typed(&name), user.map(HookUser::new), told);
                self.core.hooks.on_login_failed(failed, context);
                return Err(LoginError::BadCredentials);
            }
        };
        let asked = HookUser::new(Arc::clone(&user));
        if let Err(veto) = self.core.hooks.before_login(asked, context).await {
            let reason = event::LoginFailure::Vetoed;
            self.emit(&from, |user, name| SecurityEvent::LoginFailed { user, name, reason });
            self.core.lockout.forgive(&pending).await?;
            return Err(LoginError::Vetoed(veto));
        }
        // The sign-in counts for the row that it has read: should the credentials have changed
        // meanwhile, it ends with those before.
        let read = self.core.stamps.of(&*user);
        let stamp = match (verdict, stored) {
            (Verdict::MatchOutdated, Some(stored)) => {
                self.rehash(&user, password, stored).await.unwrap_or(read)
            }
            _ => read,
        };
        let new_device = match device {
            Some(_) => None,
            None => Some(DeviceToken::mint(&self.devices, &owner, stamp)?),
        };
        Ok(Admitted { signed_in: SignedIn { user, stamp, new_device }, pending, address })
    }

    /// Tells of a sign-in that stands.
    pub(crate) fn welcome(&self, admitted: Admitted<U>) -> SignedIn<U> {
        let Admitted { signed_in, address, .. } = admitted;
        let (user, known_device) = (Plain::of(signed_in.user.id()), signed_in.new_device.is_none());
        let event = SecurityEvent::LoginSucceeded { user, known_device };
        self.core.events.emit(address.as_deref(), event);
        signed_in
    }

    fn tell_of_row(&self, from: &Origin<'_>, failed: Failed) {
        let Some(InARow { failures, retry_after, .. }) = failed.in_a_row else { return };
        self.emit(from, |user, name| SecurityEvent::LoginFailuresInARow {
            user,
            name: Some(name),
            failures,
            retry_after,
        });
    }

    /// The name of the device that an attempt comes from, if it has signed in to the account
    /// before, and that has had the same credentials since.
    async fn known_device(
        &self,
        user: Option<&U>,
        shown: &[DeviceToken],
        owner: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(user) = user else { return Ok(None) };
        for known in shown.iter().filter_map(|token| token.device_of(&self.devices, owner)) {
            if self.core.stamps.count(user, &known.stamp).await? {
                return Ok(Some(known.name));
            }
        }
        Ok(None)
    }

    fn may_sign_in(&self, user: &U) -> bool {
        user.logical().may_sign_in() && !self.awaits_verification(user)
    }

    fn awaits_verification(&self, user: &U) -> bool {
        self.verified_only && user.logical().recovery_verified == Some(false)
    }

    async fn find(&self, name: &LoginName) -> Result<Option<U>, StoreError> {
        if !name.is_storable() {
            return Ok(None);
        }
        self.core.stores.users.find_by_login(name).await
    }

    /// Stores the password under a hash of the present parameters, and returns the stamp that the
    /// row has then. The sign-in stands whether or not this succeeds: the next one tries again.
    async fn rehash(
        &self,
        user: &U,
        password: Password,
        from: PasswordHash,
    ) -> Option<SecurityStamp> {
        let renewed = async {
            let to = self.core.hashing.hash(password).await?;
            let change = Change::rehash(from, to, self.core.clock.now());
            // What was issued before counts on.
            let stamp = self.core.stamps.carry_over(user, &change).await?;
            let changed = self.core.stores.users.change(user.id(), change).await?;
            Ok::<_, LoginError>((changed == Changed::Applied).then_some(stamp))
        };
        renewed.await.unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "an outdated password hash could not be renewed");
            None
        })
    }

    fn emit(&self, from: &Origin<'_>, event: impl FnOnce(Option<Plain>, Plain) -> SecurityEvent) {
        let Origin { address, user, name } = from;
        self.core.events.emit(*address, event(user.clone(), name.clone()));
    }
}

/// What an event says of an attempt.
struct Origin<'a> {
    address: Option<&'a str>,
    user: Option<Plain>,
    name: Plain,
}

/// The client is not told, so the operator has to be: the password is right, and nothing is wrong
/// with the account.
fn tell_second_factor<U: AuthUser>(user: &U) {
    tracing::warn!(
        user = %user.id(),
        "a sign-in was refused: the account has a second factor, which crudauth cannot ask for yet. \
         Take the factor off the account, or let all accounts in by their password alone with \
         `#[auth(without(second_factor))]` on the struct"
    );
}

fn typed(name: &LoginName) -> String {
    name.for_field(LoginField::Username).to_owned()
}

impl<U: AuthUser> fmt::Debug for LoginService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginService")
            .field("verified_only", &self.verified_only)
            .finish_non_exhaustive()
    }
}
