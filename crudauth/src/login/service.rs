//! Sign-in by password, without HTTP.

use std::fmt;
use std::sync::Arc;

use super::NewSession;
use super::challenge::{Challenge, ChallengeError, Challenges, Finish, Lockouts, Record};
use super::device::DeviceToken;
use super::error::{LoginError, SignInError};
use crate::chain::chain;
use crate::core::Core;
use crate::error::{Rejection, RejectionKind};
use crate::event::{self, LogSafe, Needed, RequestInfo, SecurityEvent};
use crate::hooks::{FailedLogin, HookContext, HookUser, LockedOutLogin, LoginFailure, Veto};
use crate::lockout::{Attempt, Client, Failed, FailureStreak, Pending};
use crate::password::{Password, PasswordHash, Verdict};
use crate::proofs::Factor;
use crate::rate_limit::networks;
use crate::secret::{Digester, RandomError, SealError};
use crate::stamp::SecurityStamp;
use crate::store::{Changed, Step, StoreError};
use crate::transport::session::SessionId;
use crate::transport::{Admission, FirstFactor, Halted, NotAdmitted, ProviderLogin, SignedIn};
use crate::user::{AuthUser, Change, LoginField, LoginName, StoredUser};

/// Decides whether a name and a password belong to an account that may sign in.
pub struct LoginService<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    /// Names what was typed, for events.
    pub(super) names: Digester,
    /// Seals device tokens.
    devices: Digester,
    challenges: Challenges,
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

/// A sign-in by password that succeeded.
#[non_exhaustive]
pub struct LoggedIn<U: AuthUser> {
    /// Whose it is.
    pub signed_in: SignedIn<U>,
    /// The token of a device that has not signed in to this account before.
    pub new_device: Option<DeviceToken>,
}

impl<U: AuthUser> fmt::Debug for LoggedIn<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggedIn")
            .field("signed_in", &self.signed_in)
            .field("new_device", &self.new_device)
            .finish()
    }
}

/// A sign-in whose password was right. What it writes is still to be written.
pub struct Admitted<U: AuthUser> {
    logged_in: LoggedIn<U>,
    /// What the lockout has counted; `None` where it was not asked.
    pending: Option<Pending>,
    request: RequestInfo,
}

impl<U: AuthUser> Admitted<U> {
    pub(crate) fn signed_in(&self) -> &SignedIn<U> {
        &self.logged_in.signed_in
    }

    /// The same, after the guess `pending`.
    pub(super) fn after(self, pending: Option<Pending>) -> Self {
        Self { pending, ..self }
    }

    /// What is to be written of the attempts before it.
    pub(crate) fn success(&self) -> Vec<Step<'_>> {
        self.pending.as_ref().map(Pending::success).unwrap_or_default()
    }
}

/// What became of a first factor.
pub enum Entrance<U: AuthUser> {
    Admitted(Admitted<U>),
    /// A second factor is due, and can be asked for.
    Halted(HaltedLogin<U>),
}

impl<U: AuthUser> Entrance<U> {
    /// The same, after the guess `pending`.
    pub(super) fn after(self, pending: Option<Pending>) -> Self {
        match self {
            Self::Admitted(admitted) => Self::Admitted(admitted.after(pending)),
            Self::Halted(halted) => Self::Halted(HaltedLogin { pending, ..halted }),
        }
    }
}

/// A sign-in that waits for a second factor. The lockout still counts its attempt.
pub struct HaltedLogin<U: AuthUser> {
    halted: Halted<U>,
    lockouts: Lockouts,
    pending: Option<Pending>,
}

impl<U: AuthUser> LoginService<U> {
    pub(crate) fn new(core: Arc<Core<U>>) -> Self {
        let (names, devices) = (core.key.own_digester("lockout"), core.key.own_digester("device"));
        let challenges = Challenges::new(
            &core.stores.state,
            &core.clock,
            &core.key,
            &core.sessions.config().prefix,
        );
        Self { core, names, devices, challenges }
    }

    /// The sign-ins that wait for a second factor.
    pub(crate) fn challenges(&self) -> &Challenges {
        &self.challenges
    }

    /// Checks a name and a password.
    ///
    /// It begins nothing: for a session or for tokens, give
    /// [`Credentials`](super::Credentials) to [`CrudAuth::sign_in`](crate::CrudAuth::sign_in).
    ///
    /// Unknown user, wrong password and disabled account take the same path: one query, one
    /// attempt counted, one verification of a hash, one refusal that is counted. So does an account
    /// with a second factor where [`Builder::mfa`](crate::Builder::mfa) was not called, so that it
    /// cannot be asked for; where it was, the error is [`LoginError::SecondFactor`]. An attempt that could
    /// not be verified is not counted.
    ///
    /// # Errors
    ///
    /// Where the credentials are refused, the account, the address or the device is locked out,
    /// hashing is at its limit, or the store fails.
    pub async fn sign_in(&self, attempt: LoginAttempt) -> Result<LoggedIn<U>, LoginError> {
        self.sign_in_under(attempt, &HookContext::default()).await
    }

    /// As [`sign_in`](Self::sign_in), and tells the hooks under which circumstances. Where users are of
    /// tenants, these [say which](HookContext::within) is meant.
    ///
    /// # Errors
    ///
    /// As [`sign_in`](Self::sign_in), and where a hook vetoes.
    pub async fn sign_in_under(
        &self,
        attempt: LoginAttempt,
        context: &HookContext,
    ) -> Result<LoggedIn<U>, LoginError> {
        match self.admit(attempt, context).await? {
            Entrance::Admitted(admitted) => Ok(self.succeed(admitted).await?),
            Entrance::Halted(halted) => {
                self.let_go(&halted).await?;
                Err(LoginError::SecondFactor)
            }
        }
    }

    /// Asks for the second factor that is due: keeps what the sign-in is, and returns what the client
    /// answers to. The attempt that the lockout has counted is taken back, as the password is right.
    ///
    /// # Errors
    ///
    /// Where the store fails, or the system gives no random bytes.
    pub(crate) async fn challenge(
        &self,
        login: HaltedLogin<U>,
        finish: Finish,
        redirect_to: Option<String>,
        context: &HookContext,
    ) -> Result<Challenge, Rejection> {
        let HaltedLogin { halted, lockouts, .. } = &login;
        let user = halted.user();
        let (mut secret, mut setup) = (None, None);
        if let (true, Some(policy)) = (halted.enrols(), &self.core.second_factors) {
            let new = policy.factors.new_secret()?;
            setup = Some(policy.factors.otpauth(user, &new));
            secret = Some(new.to_base32().to_string());
        }
        let enrols = halted.enrols();
        let record = Record {
            parked: halted.park(),
            finish,
            redirect_to,
            lockouts: lockouts.clone(),
            secret,
            attempts: 0,
            ends: 0,
        };
        let challenge = self.challenges.keep(record, setup).await?;
        self.let_go(&login).await?;
        let user = LogSafe::from_display(user.id());
        self.core.events.emit(context, SecurityEvent::MfaChallenged { user, enrols });
        Ok(challenge)
    }

    /// Refuses a sign-in that cannot answer a challenge, such as that of a job.
    pub(crate) async fn refuse(
        &self,
        login: HaltedLogin<U>,
        context: &HookContext,
    ) -> Result<SignInError, Rejection> {
        self.let_go(&login).await?;
        let refused = NotAdmitted::SecondFactor;
        self.tell_refused(login.halted.user(), &refused, context);
        Ok(refused.into())
    }

    /// Takes back what the lockout has counted of a right password.
    async fn let_go(&self, login: &HaltedLogin<U>) -> Result<(), StoreError> {
        match &login.pending {
            Some(pending) => self.core.lockout.forgive(pending).await,
            None => Ok(()),
        }
    }

    /// Completes a halted sign-in, after a second factor was accepted.
    pub(crate) async fn complete(
        &self,
        halted: Halted<U>,
        factor: Factor,
        (pending, device): (Pending, Option<&str>),
        context: &HookContext,
    ) -> Result<Admitted<U>, Rejection> {
        let owner = halted.user().id().to_string();
        let user = Arc::clone(halted.user());
        let signed_in = self.core.door.complete(halted, factor, &self.core.hooks, context).await;
        let signed_in = match signed_in {
            Ok(signed_in) => signed_in,
            Err(refused) => {
                self.core.lockout.forgive(&pending).await?;
                self.tell_refused(&user, &refused, context);
                return Err(refused.into());
            }
        };
        let new_device = self.new_device(device, &owner, &signed_in)?;
        let logged_in = LoggedIn { signed_in, new_device };
        Ok(Admitted { logged_in, pending: Some(pending), request: context.into() })
    }

    /// Writes what a success takes back, and tells of the sign-in.
    pub(crate) async fn succeed(&self, admitted: Admitted<U>) -> Result<LoggedIn<U>, StoreError> {
        if let Some(pending) = &admitted.pending {
            self.core.lockout.succeed(pending).await?;
        }
        Ok(self.welcome(admitted))
    }

    /// Lets a user in whom the application has authenticated itself, from a client that shows
    /// `devices`. The lockout is not asked: nothing was guessed.
    pub(crate) async fn admit_user(
        &self,
        user: &Arc<StoredUser<U>>,
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        self.admit_proof(user, FirstFactor::by_application(user), devices, context).await
    }

    /// The same, of a user whose identity a provider has proved.
    #[cfg(feature = "oauth")]
    pub(crate) async fn admit_by_provider(
        &self,
        user: &Arc<StoredUser<U>>,
        (login, second_factor): (ProviderLogin, bool),
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        self.admit_proof(
            user,
            FirstFactor::by_provider(user, login, second_factor),
            devices,
            context,
        )
        .await
    }

    pub(super) async fn admit_proof(
        &self,
        user: &Arc<StoredUser<U>>,
        proof: FirstFactor<U>,
        devices: &[DeviceToken],
        context: &HookContext,
    ) -> Result<Entrance<U>, SignInError> {
        let admitted = self.core.door.admit(proof, &self.core.hooks, context).await;
        let admitted = admitted.and_then(|admission| self.if_asked(admission));
        let admission =
            admitted.inspect_err(|refused| self.tell_refused(user, refused, context))?;
        let owner = user.id().to_string();
        let device = self.known_device(Some(user), devices, &owner).await;
        let device = device.map_err(Rejection::from)?;
        let signed_in = match admission {
            Admission::In(signed_in) => signed_in,
            Admission::Halted(halted) => {
                let keys = &self.core.subject_keys;
                let (account, networks) =
                    (keys.account(&owner), keys.networks(&context.networks()));
                let lockouts = Lockouts { account, networks, device };
                return Ok(Entrance::Halted(HaltedLogin { halted, lockouts, pending: None }));
            }
        };
        let new_device = self.new_device(device.as_deref(), &owner, &signed_in);
        let new_device = new_device.map_err(Rejection::from)?;
        let logged_in = LoggedIn { signed_in, new_device };
        Ok(Entrance::Admitted(Admitted { logged_in, pending: None, request: context.into() }))
    }

    /// Without routes that ask for it, a second factor that is due is a refusal.
    fn if_asked(&self, admission: Admission<U>) -> Result<Admission<U>, NotAdmitted> {
        match admission {
            Admission::Halted(_) if self.core.second_factors.is_none() => {
                Err(NotAdmitted::SecondFactor)
            }
            admission => Ok(admission),
        }
    }

    /// Checks a name and a password, and leaves it to the caller to write what a success
    /// [takes back](Admitted::success), together with what the sign-in writes itself, and then to
    /// [`welcome`](Self::welcome) who signs in.
    pub(crate) async fn admit(
        &self,
        attempt: LoginAttempt,
        context: &HookContext,
    ) -> Result<Entrance<U>, LoginError> {
        let LoginAttempt { name, password, address, devices } = attempt;
        let name = name.under(self.core.username_case);
        let within: U::Tenant = context.tenant()?;
        let user = self.find(&name, &within).await?;

        let (owner, counted_as) = self.owner_of(user.as_ref(), &name, context);
        let account = self.core.subject_keys.account(&owner);
        let device = self.known_device(user.as_ref(), &devices, &owner).await?;
        let request =
            RequestInfo { address: address.as_deref().map(LogSafe::new), ..context.into() };
        let from = Origin {
            request: &request,
            user: user.as_ref().map(|user| LogSafe::from_display(user.id())),
            name: LogSafe::digest(&self.names.digest(counted_as.as_bytes())),
        };
        let networks = address.as_deref().map(networks).unwrap_or_default();
        let networks = self.core.subject_keys.networks(&networks);
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
        // A known device has places in the queue that a flood of strangers does not take up.
        let hashing = match client {
            Client::Unknown => self.core.hashing.clone(),
            Client::Device(_) | Client::SignedIn => self.core.hashing.with_reserved_queue(),
        };
        let verdict = match hashing.verify(password.clone(), stored.clone()).await {
            Ok(verdict) => verdict,
            Err(error) => {
                // The guess was not checked, so it is not one that failed.
                self.core.lockout.forgive(&pending).await?;
                return Err(error.into());
            }
        };
        let user = user.map(Arc::new);
        let admitted = match &user {
            Some(user) if verdict.is_match() => {
                let proof = FirstFactor::by_password(user);
                let admitted = self.core.door.admit(proof, &self.core.hooks, context).await;
                admitted.and_then(|admission| self.if_asked(admission)).map_err(Failure::of)
            }
            Some(_) => Err(Failure::wrong(event::LoginFailure::WrongPassword)),
            None => Err(Failure::wrong(event::LoginFailure::UnknownUser)),
        };
        let admission = match admitted {
            Ok(admission) => admission,
            Err(Failure::Store(error)) => {
                self.core.lockout.forgive(&pending).await?;
                return Err(error.into());
            }
            Err(Failure::Vetoed(veto)) => {
                let reason = event::LoginFailure::Vetoed;
                self.emit(&from, |user, name| SecurityEvent::LoginFailed { user, name, reason });
                self.core.lockout.forgive(&pending).await?;
                return Err(LoginError::Vetoed(veto));
            }
            Err(Failure::Refused { reason, told }) => {
                if let (event::LoginFailure::SecondFactor, Some(user)) = (reason, &user) {
                    tell_second_factor(&**user);
                }
                let failed = self.core.lockout.fail(&pending).await?;
                self.emit(&from, |user, name| SecurityEvent::LoginFailed { user, name, reason });
                self.tell_of_row(&from, failed);
                let failed = FailedLogin::new(typed(&name), user.map(HookUser::new), told);
                self.core.hooks.on_login_failed(failed, context);
                return Err(LoginError::BadCredentials);
            }
        };
        let renewed = match (verdict, stored, &user) {
            (Verdict::MatchOutdated, Some(stored), Some(user)) => {
                self.rehash(user, password, stored).await
            }
            _ => None,
        };
        let signed_in = match (admission, renewed) {
            (Admission::In(signed_in), Some(stamp)) => signed_in.with_stamp(stamp),
            (Admission::In(signed_in), None) => signed_in,
            (Admission::Halted(halted), renewed) => {
                let halted = match renewed {
                    Some(stamp) => halted.with_stamp(stamp),
                    None => halted,
                };
                let lockouts = Lockouts { account, networks, device };
                let pending = Some(pending);
                return Ok(Entrance::Halted(HaltedLogin { halted, lockouts, pending }));
            }
        };
        let new_device = self.new_device(device.as_deref(), &owner, &signed_in)?;
        let logged_in = LoggedIn { signed_in, new_device };
        Ok(Entrance::Admitted(Admitted { logged_in, pending: Some(pending), request }))
    }

    /// Begins a session for who was let in, in the browser that shows the sessions `replaced`, and
    /// tells the events and the hooks.
    ///
    /// # Errors
    ///
    /// Where the store fails; the client then has no session.
    pub(crate) async fn begin_session(
        &self,
        admitted: Admitted<U>,
        remember: bool,
        replaced: &[SessionId],
        context: &HookContext,
    ) -> Result<NewSession<U>, Rejection> {
        let Core { sessions, cookies, hooks, .. } = &*self.core;
        let (pass, success) = (admitted.signed_in().pass(), admitted.success());
        let issued = sessions.begin(pass, remember, context, replaced, success).await?;
        let LoggedIn { signed_in, new_device } = self.welcome(admitted);
        let mut set = cookies.issued(&issued);
        set.extend(new_device.and_then(|device| cookies.known_device(&device.cookie_value())));
        let user = Arc::clone(signed_in.user());
        let context = context.clone().in_session(&*issued.handle);
        hooks.on_after_login(HookUser::new(Arc::clone(&user)), &context);
        Ok(NewSession::new(user, issued, set))
    }

    /// Tells of a sign-in that stands.
    pub(crate) fn welcome(&self, admitted: Admitted<U>) -> LoggedIn<U> {
        let Admitted { logged_in, request, .. } = admitted;
        let LoggedIn { signed_in, new_device } = &logged_in;
        let (user, known_device) =
            (LogSafe::from_display(signed_in.user().id()), new_device.is_none());
        let event = match signed_in.pass().login() {
            Some(ProviderLogin { provider, .. }) => {
                let provider = LogSafe::new(provider);
                SecurityEvent::OAuthSignedIn { user, provider, known_device }
            }
            None => SecurityEvent::LoginSucceeded { user, known_device },
        };
        self.core.events.emit(request, event);
        logged_in
    }

    /// Tells of a user whom the application has authenticated, and who may not sign in.
    fn tell_refused(&self, user: &StoredUser<U>, refused: &NotAdmitted, context: &HookContext) {
        let Some(reason) = reason_of(refused) else { return };
        if reason == event::LoginFailure::SecondFactor {
            tell_second_factor(user);
        }
        let (logical, id) = (user.logical(), user.id().to_string());
        let name = logical.username.or(logical.email).unwrap_or(&id);
        let name = LogSafe::digest(&self.names.digest(name.as_bytes()));
        let user = Some(LogSafe::new(&id));
        self.core.events.emit(context, SecurityEvent::LoginFailed { user, name, reason });
    }

    pub(super) fn tell_of_row(&self, from: &Origin<'_>, failed: Failed) {
        let Some(FailureStreak { failures, retry_after, .. }) = failed.in_a_row else { return };
        self.emit(from, |user, name| SecurityEvent::LoginFailuresInARow {
            user,
            name: Some(name),
            failures,
            retry_after,
        });
    }

    /// The owner that attempts at `name` are counted for, and the name as it is counted.
    pub(super) fn owner_of<'n>(
        &self,
        user: Option<&StoredUser<U>>,
        name: &'n LoginName,
        context: &HookContext,
    ) -> (String, &'n str) {
        let (kind, counted_as) = name.counted_as(U::SCHEMA.login);
        let owner = match user {
            Some(user) if !self.core.door.awaits_verification(user) => user.id().to_string(),
            // An account whose address is not proved is counted by the name that was typed, like an
            // unknown name. Else a lock would link the name of a sign-up to its address, and so tell
            // that it was free.
            _ => self.core.subject_keys.name(kind, &context.counted(counted_as)).to_hex(),
        };
        (owner, counted_as)
    }

    /// The name of the device that an attempt comes from, if it has signed in to the account
    /// before, and that has had the same credentials since.
    pub(super) async fn known_device(
        &self,
        user: Option<&StoredUser<U>>,
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

    /// A token for a device that is not `known`.
    fn new_device(
        &self,
        known: Option<&str>,
        owner: &str,
        signed_in: &SignedIn<U>,
    ) -> Result<Option<DeviceToken>, RandomError> {
        let mint = || DeviceToken::mint(&self.devices, owner, signed_in.pass().stamp());
        known.is_none().then(mint).transpose()
    }

    async fn find(
        &self,
        name: &LoginName,
        within: &U::Tenant,
    ) -> Result<Option<StoredUser<U>>, StoreError> {
        if !name.is_storable() {
            return Ok(None);
        }
        self.core.stores.users.find_by_login(name, within).await
    }

    /// Stores the password under a hash of the present parameters, and returns the stamp that the
    /// row has then. The sign-in stands whether or not this succeeds: the next one tries again.
    async fn rehash(
        &self,
        user: &StoredUser<U>,
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

    fn emit(
        &self,
        from: &Origin<'_>,
        event: impl FnOnce(Option<LogSafe>, LogSafe) -> SecurityEvent,
    ) {
        let Origin { request, user, name } = from;
        self.core.events.emit((*request).clone(), event(user.clone(), name.clone()));
    }
}

/// Why an attempt fails whose password was looked at.
enum Failure {
    /// The client is told no more than that the credentials are wrong.
    Refused {
        /// For the events.
        reason: event::LoginFailure,
        /// For the hooks.
        told: LoginFailure,
    },
    Vetoed(Veto),
    /// It could not be asked whether the account has a second factor.
    Store(StoreError),
}

impl Failure {
    fn wrong(reason: event::LoginFailure) -> Self {
        Self::Refused { reason, told: LoginFailure::InvalidCredentials }
    }

    fn of(refused: NotAdmitted) -> Self {
        let reason = reason_of(&refused).unwrap_or(event::LoginFailure::Inactive);
        let told = match refused {
            NotAdmitted::Vetoed(veto) => return Self::Vetoed(veto),
            NotAdmitted::Store(error) => return Self::Store(error),
            NotAdmitted::SecondFactor => LoginFailure::SecondFactor,
            NotAdmitted::Inactive | NotAdmitted::Unverified => LoginFailure::Inactive,
        };
        Self::Refused { reason, told }
    }
}

/// The reason that events give for a refused sign-in. `None` for a failing store, which is not a refusal.
fn reason_of(refused: &NotAdmitted) -> Option<event::LoginFailure> {
    match refused {
        NotAdmitted::Vetoed(_) => Some(event::LoginFailure::Vetoed),
        NotAdmitted::SecondFactor => Some(event::LoginFailure::SecondFactor),
        NotAdmitted::Inactive => Some(event::LoginFailure::Inactive),
        NotAdmitted::Unverified => Some(event::LoginFailure::Unverified),
        NotAdmitted::Store(_) => None,
    }
}

impl From<ChallengeError> for Rejection {
    fn from(error: ChallengeError) -> Self {
        match error {
            ChallengeError::Store(error) => error.into(),
            ChallengeError::Seal(SealError::Random(error)) => error.into(),
            ChallengeError::Seal(SealError::TooLong) => RejectionKind::Internal.into(),
        }
    }
}

/// What an event says of an attempt.
pub(super) struct Origin<'a> {
    pub(super) request: &'a RequestInfo,
    pub(super) user: Option<LogSafe>,
    pub(super) name: LogSafe,
}

/// The client is not told, so the operator has to be: the password is right, and nothing is wrong
/// with the account.
fn tell_second_factor<U: AuthUser>(user: &StoredUser<U>) {
    tracing::warn!(
        user = %user.id(),
        "a sign-in was refused: the account has a second factor, and nothing asks for it. Call \
         `Builder::mfa`, take the factor off the account, or let all accounts in by their password alone with \
         `#[auth(without(second_factor))]` on the struct"
    );
}

fn typed(name: &LoginName) -> String {
    name.for_field(LoginField::Username).to_owned()
}

impl<U: AuthUser> fmt::Debug for LoginService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginService").field("core", &self.core).finish_non_exhaustive()
    }
}
