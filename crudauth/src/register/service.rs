//! Sign-up, without HTTP.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::discretion::Discretion;
use super::form::Form;
use crate::clock::Clock;
use crate::error::FieldError;
use crate::event::{Events, Plain, SecurityEvent};
use crate::hooks::{
    AnyNewUserHook, HookContext, HookError, HookRunner, HookUser, NewUserContext, RegisterData,
    Veto,
};
use crate::http::refused_password;
use crate::identity::{canonical_email, canonical_username};
use crate::password::{
    HashError, HashingPool, Password, PasswordContext, PasswordPolicy, PasswordRefusal,
};
use crate::store::{InsertError, StoreError, UserStore};
use crate::user::{
    AuthUser, Logical, LoginField, LoginName, NewUser, RegisterFields, RegisterSchema,
};

/// Creates users.
pub struct RegisterService<U: AuthUser> {
    pub(crate) users: Arc<dyn UserStore<U>>,
    pub(crate) hashing: Arc<HashingPool>,
    pub(crate) policy: PasswordPolicy,
    pub(crate) hook: AnyNewUserHook<U>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: Events,
    pub(crate) hooks: Arc<HookRunner<U>>,
    pub(crate) discretion: Option<Discretion>,
}

/// What came of a sign-up.
pub enum SignedUp<U> {
    /// The user exists.
    Created(Arc<U>),
    /// The mailbox has the answer: the user exists now, or somebody else has the address.
    CheckYourInbox,
}

/// A sign-up whose fields have been checked and brought into canonical form. Only
/// [`RegisterService::check`] makes one.
pub struct SignUp<U: AuthUser> {
    fields: U::Register,
    password: Password,
    data: Option<RegisterData>,
    address: Option<String>,
}

impl<U: AuthUser> SignUp<U> {
    /// Notes where it comes from, for the security events: the bucket of the client's address.
    #[must_use]
    pub fn coming_from(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

impl<U: AuthUser> fmt::Debug for SignUp<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUp").field("password", &self.password).finish_non_exhaustive()
    }
}

impl<U: AuthUser> RegisterService<U> {
    /// Checks what a client sent: addresses and names, then the password policy. Addresses come
    /// out in their canonical form.
    ///
    /// # Errors
    ///
    /// Every mistake, in the wire's words.
    pub fn check(
        &self,
        fields: U::Register,
        password: Password,
    ) -> Result<SignUp<U>, Vec<FieldError>> {
        self.check_form(Form::assembled(fields, password))
    }

    /// As [`check`](Self::check), of a sign-up body of the application's own: the rules of the
    /// schema come before the password policy.
    ///
    /// # Errors
    ///
    /// Every mistake, in the wire's words.
    pub fn check_schema<S: RegisterSchema<User = U>>(
        &self,
        schema: S,
    ) -> Result<SignUp<U>, Vec<FieldError>> {
        self.check_form(Form::of_schema(schema)?)
    }

    pub(super) fn check_form(&self, form: Form<U>) -> Result<SignUp<U>, Vec<FieldError>> {
        let Form { mut fields, password, data, broken_rules: mut errors } = form;
        fields.visit_identities(&mut |field, text| match canonical(U::SCHEMA.login, field, text) {
            Ok(canonical) => Some(canonical),
            Err(error) => {
                errors.push(error);
                None
            }
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        let context = PasswordContext { username: fields.username(), email: fields.email() };
        match self.policy.check(&password, &context) {
            Ok(()) => Ok(SignUp { fields, password, data, address: None }),
            Err(rules) => Err(refused_password("password", &rules)),
        }
    }

    /// Signs somebody up, as `POST /register` does: asks the hooks, creates the user, and where
    /// messages are sent, says in the answer nothing about the address.
    ///
    /// # Errors
    ///
    /// Where a hook vetoes, the password has leaked, a unique value is taken that is no secret, hashing is at its limit,
    /// or the hook or the store fails.
    pub async fn sign_up(
        &self,
        sign_up: SignUp<U>,
        context: &HookContext,
    ) -> Result<SignedUp<U>, RegisterError> {
        let asked = NewUserContext::of_sign_up(&sign_up.fields);
        if let Err(veto) = self.hooks.before_register(asked, context).await {
            self.events.emit(sign_up.address.as_deref(), SecurityEvent::SignUpVetoed);
            return Err(RegisterError::Vetoed(veto));
        }
        let Some(discretion) = &self.discretion else {
            let user = Arc::new(self.create(sign_up).await?);
            self.hooks.on_after_register(HookUser::new(Arc::clone(&user)), context);
            return Ok(SignedUp::Created(user));
        };
        self.sign_up_discreetly(discretion, sign_up, context).await?;
        Ok(SignedUp::CheckYourInbox)
    }

    /// Creates the user of a checked sign-up, and nothing else. The breach check is asked and the
    /// hash is computed before anything is asked of the store, so that a taken address and a free
    /// one cost the same; the unique index decides.
    ///
    /// # Errors
    ///
    /// Where the password has leaked, a unique value is taken, hashing is at its limit, or the hook or the store fails.
    pub async fn create(&self, sign_up: SignUp<U>) -> Result<U, RegisterError> {
        let address = sign_up.address.clone();
        let new = self.prepare(sign_up).await?;
        self.insert(new, address.as_deref()).await.map_err(RegisterError::of_insert::<U>)
    }

    async fn insert(&self, new: NewUser<U>, address: Option<&str>) -> Result<U, InsertError> {
        let inserted = self.users.insert(new).await;
        match &inserted {
            Ok(user) => {
                let user = Plain::of(user.id());
                self.events.emit(address, SecurityEvent::SignedUp { user });
            }
            Err(InsertError::Duplicate(_)) => {
                self.events.emit(address, SecurityEvent::SignUpRefused);
            }
            Err(InsertError::Store(_)) => {}
        }
        inserted
    }

    async fn prepare(&self, sign_up: SignUp<U>) -> Result<NewUser<U>, RegisterError> {
        let SignUp { fields, password, data, address: _ } = sign_up;
        let context = NewUserContext::of_sign_up(&fields);
        self.policy.screen(&password).await.map_err(RegisterError::Refused)?;
        let password = self.hashing.hash(password).await.map_err(RegisterError::Hashing)?;
        let provisioned = (self.hook)(context, data).await.map_err(RegisterError::Hook)?;
        Ok(NewUser {
            register: fields,
            provisioned,
            password: Some(password),
            created_at: self.clock.now(),
        })
    }

    /// Whether the address is free or taken, these are the same operations: the names are looked
    /// up and claimed, one row is written or what stands in for it, the claims are settled, the
    /// address is looked up, the message is counted and queued.
    async fn sign_up_discreetly(
        &self,
        discretion: &Discretion,
        mut sign_up: SignUp<U>,
        context: &HookContext,
    ) -> Result<(), RegisterError> {
        let names = open_names::<U>(&mut sign_up.fields);
        let email = sign_up.fields.email().map(str::to_owned);
        let recovery = sign_up.fields.recovery().map(str::to_owned);
        let address = sign_up.address.clone();
        let new = self.prepare(sign_up).await?;
        for (field, name) in &names {
            let found = self.users.find_by_login(&LoginName::new(name.as_str())).await?;
            if found.is_some() {
                return Err(RegisterError::Taken(Taken::of::<U>(field)));
            }
        }
        let claims = match discretion.claim(&names).await? {
            Ok(claims) => claims,
            Err(field) => return Err(RegisterError::Taken(Taken::of::<U>(field))),
        };

        let (created, taken) = match self.insert(new, address.as_deref()).await {
            Ok(user) => (Some(user), None),
            Err(error) => match RegisterError::of_insert::<U>(error) {
                RegisterError::Taken(taken) if !taken.is_open::<U>() => (None, Some(taken)),
                error => {
                    claims.release().await?;
                    return Err(error);
                }
            },
        };
        let recovered_by = recovery.as_deref().unwrap_or_default();
        match &created {
            Some(_) => {
                discretion.stand_by(recovered_by).await?;
                claims.release().await?;
            }
            None => {
                discretion.stand_in(recovered_by).await?;
                claims.keep().await?;
            }
        }

        // An account that is recovered by another factor can still be found by its address.
        let by_email = taken == Some(Taken::Email) && U::SCHEMA.recovery != Some("email");
        let typed = if by_email { email.as_deref() } else { recovery.as_deref() };
        let owner = match typed {
            Some(typed) if by_email => self.users.find_by_login(&LoginName::new(typed)).await?,
            Some(typed) => self.users.find_by_recovery(typed).await?,
            None => None,
        };
        let (is_new, typed) = (created.is_some(), typed.unwrap_or_default());
        discretion.write(is_new, owner.as_ref(), typed, address.as_deref()).await;
        if let Some(user) = created {
            self.hooks.on_after_register(HookUser::new(Arc::new(user)), context);
        }
        Ok(())
    }
}

/// What users sign in by that is no secret: everything but the address that recovers an account,
/// and the e-mail address.
fn open_names<U: AuthUser>(fields: &mut U::Register) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    fields.visit_identities(&mut |field, text| {
        if U::SCHEMA.login.contains(&field) && is_open::<U>(field.name()) {
            names.push((field.name(), text.to_owned()));
        }
        None
    });
    names
}

fn is_open<U: AuthUser>(field: &str) -> bool {
    field != "email" && U::SCHEMA.recovery != Some(field)
}

impl<U: AuthUser> fmt::Debug for RegisterService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterService").field("policy", &self.policy).finish_non_exhaustive()
    }
}

fn canonical(login: &[LoginField], field: LoginField, text: &str) -> Result<String, FieldError> {
    match field {
        LoginField::Email => canonical_email(text).map_err(|error| error.at("email")),
        LoginField::Username | LoginField::Other(_) => {
            canonical_username(text, login.contains(&LoginField::Email))
                .map_err(|error| error.at(field.name()))
        }
    }
}

/// Why a user could not be created.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegisterError {
    /// A hook of the application says no.
    Vetoed(Veto),
    /// The password is known from a data breach, or nobody could say.
    Refused(PasswordRefusal),
    /// A unique value is taken.
    Taken(Taken),
    /// The password could not be hashed now.
    Hashing(HashError),
    /// The new-user hook failed.
    Hook(HookError),
    /// The store failed.
    Store(StoreError),
}

/// Which unique value is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// The e-mail address.
    Email,
    /// The user name.
    Username,
    /// The recovery factor, where it is not the e-mail address.
    Recovery(&'static str),
    /// Another field, by its name, where the store can tell.
    Other(Option<&'static str>),
}

impl Taken {
    fn by_column<U: AuthUser>(column: Option<&str>) -> Self {
        let schema = U::SCHEMA.columns.iter().find(|schema| Some(schema.column) == column);
        match schema.and_then(|schema| schema.logical) {
            Some(Logical::Email) => Self::Email,
            Some(Logical::Username) => Self::Username,
            _ => match schema.map(|schema| schema.field) {
                Some(field) if U::SCHEMA.recovery == Some(field) => Self::Recovery(field),
                field => Self::Other(field),
            },
        }
    }

    /// That of the login field with this name on the wire.
    fn of<U: AuthUser>(name: &'static str) -> Self {
        match U::SCHEMA.login.iter().find(|field| field.name() == name) {
            Some(LoginField::Email) => Self::Email,
            Some(LoginField::Username) => Self::Username,
            _ => Self::Other(Some(name)),
        }
    }

    /// Whether it may be said in the open: users sign in by it, and it is no address.
    fn is_open<U: AuthUser>(&self) -> bool {
        let signs_in = |name: &str| {
            U::SCHEMA.login.iter().any(|field| match field {
                LoginField::Other(wire) => U::SCHEMA
                    .columns
                    .iter()
                    .any(|column| column.field == name && column.is_login(LoginField::Other(wire))),
                field => field.name() == name,
            })
        };
        match self {
            Self::Email | Self::Recovery(_) | Self::Other(None) => false,
            Self::Username => signs_in("username"),
            Self::Other(Some(field)) => signs_in(field),
        }
    }
}

impl RegisterError {
    fn of_insert<U: AuthUser>(error: InsertError) -> Self {
        match error {
            InsertError::Duplicate(column) => Self::Taken(Taken::by_column::<U>(column.as_deref())),
            InsertError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vetoed(veto) => veto.fmt(f),
            Self::Refused(_) => f.write_str("the policy refuses the password"),
            Self::Taken(Taken::Email) => f.write_str("the e-mail address is taken"),
            Self::Taken(Taken::Username) => f.write_str("the user name is taken"),
            Self::Taken(Taken::Recovery(field) | Taken::Other(Some(field))) => {
                write!(f, "the value of `{field}` is taken")
            }
            Self::Taken(Taken::Other(None)) => f.write_str("a unique value is taken"),
            Self::Hashing(error) => error.fmt(f),
            Self::Hook(error) => write!(f, "the new-user hook failed: {error}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RegisterError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Hashing(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::Vetoed(_) | Self::Refused(_) | Self::Taken(_) | Self::Hook(_) => None,
        }
    }
}
