//! Sign-up, without HTTP.

use std::fmt;
use std::sync::Arc;

use super::create_user::{SubmittedIdentity, UserCreation};
use super::enumeration_guard::EnumerationGuard;
use super::error::{InvalidSignUp, RegisterError, SignUpProblem};
use super::form::Form;
#[cfg(feature = "oauth")]
use crate::core::{ByProvider, Creating, NewAccounts, NotCreated};
use crate::core::{Core, CreatingByAddress, NewByAddress};
use crate::error::FieldError;
use crate::event::SecurityEvent;
use crate::hooks::{
    AnyNewUserHook, HookContext, HookUser, NewUserContext, NewUserSource, RegisterData,
};
use crate::identity::{canonical_email, canonical_username, folded_username};
use crate::password::{Password, PasswordContext, PasswordHash};
use crate::secret::random;
use crate::store::InsertError;
use crate::user::{
    AuthUser, ColumnSchema, HasTenant, LoginField, NewUser, RegisterFields, RegisterSchema,
    StoredUser, TenantId as _, UnknownTenant, UsernameCase,
};

/// Creates users.
pub struct RegisterService<U: AuthUser> {
    core: Arc<Core<U>>,
    hook: AnyNewUserHook<U>,
    guard: Option<EnumerationGuard>,
}

/// The result of a sign-up.
#[non_exhaustive]
pub enum SignedUp<U> {
    /// The user exists.
    Created(Arc<StoredUser<U>>),
    /// The answer is sent by mail: the user exists now, or another account has the address.
    CheckYourInbox,
}

/// A sign-up whose fields have been checked and brought into canonical form. Only
/// [`RegisterService::check`] makes one.
pub struct SignUp<U: AuthUser> {
    fields: U::Register,
    password: Password,
    data: Option<RegisterData>,
    tenant: Option<U::Tenant>,
}

impl<U: AuthUser> SignUp<U> {
    /// The same, as a sign-up with this tenant, for [`RegisterService::create`] and others that know no
    /// request. Default: the tenant that the request is for.
    #[must_use]
    pub fn within(mut self, tenant: U::Tenant) -> Self
    where
        U: HasTenant,
    {
        self.tenant = Some(tenant);
        self
    }

    /// The fields, in canonical form.
    pub fn fields(&self) -> &U::Register {
        &self.fields
    }

    /// The tenant: that which was given, or that of the request.
    fn tenant(&self, context: &HookContext) -> Result<U::Tenant, UnknownTenant> {
        self.tenant.clone().map_or_else(|| context.tenant(), Ok)
    }
}

impl<U: AuthUser> fmt::Debug for SignUp<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUp").field("password", &self.password).finish_non_exhaustive()
    }
}

impl<U: AuthUser> RegisterService<U> {
    pub(crate) fn new(core: Arc<Core<U>>, hook: AnyNewUserHook<U>) -> Self {
        let guard = core.mailer.clone().map(|mailer| EnumerationGuard::new(&core, mailer));
        Self { core, hook, guard }
    }

    /// Checks what a client sent: addresses and names, then the password policy. Addresses come
    /// out in their canonical form.
    ///
    /// # Errors
    ///
    /// Every mistake.
    pub fn check(
        &self,
        fields: U::Register,
        password: Password,
    ) -> Result<SignUp<U>, InvalidSignUp> {
        self.check_form(Form::from_parts(fields, password))
    }

    /// As [`check`](Self::check), of a sign-up body of the application's own: the rules of the
    /// schema come before the password policy.
    ///
    /// # Errors
    ///
    /// Every mistake.
    pub fn check_schema<S: RegisterSchema<User = U>>(
        &self,
        schema: S,
    ) -> Result<SignUp<U>, InvalidSignUp> {
        self.check_form(Form::from_schema(schema).map_err(InvalidSignUp::by_rules)?)
    }

    pub(super) fn check_form(&self, form: Form<U>) -> Result<SignUp<U>, InvalidSignUp> {
        let Form { mut fields, password, data, broken_rules } = form;
        let InvalidSignUp { mut problems } = InvalidSignUp::by_rules(broken_rules);
        problems.extend(self.canonicalize(&mut fields));
        let context = PasswordContext { username: fields.username(), email: fields.email() };
        let checked = self.core.policy.check(&password, &context);
        problems.extend(checked.err().into_iter().flatten().map(SignUpProblem::Password));
        if problems.is_empty() {
            Ok(SignUp { fields, password, data, tenant: U::Tenant::only() })
        } else {
            Err(InvalidSignUp { problems })
        }
    }

    /// Brings addresses and names into their canonical form.
    fn canonicalize(&self, fields: &mut U::Register) -> Vec<SignUpProblem> {
        let (mut problems, mut has_name) = (Vec::new(), false);
        let case = self.core.username_case;
        fields.visit_identities(&mut |field, text| {
            has_name |= U::SCHEMA.login.contains(&field);
            match canonical::<U>(field, text, case) {
                Ok(canonical) => Some(canonical),
                Err(error) => {
                    problems.push(error);
                    None
                }
            }
        });
        // Where each may be absent: nobody could sign in to an account without any.
        if let Some(field) = U::SCHEMA.login.first().filter(|_| !has_name) {
            problems.push(SignUpProblem::Rule(FieldError::missing(sent_as::<U>(*field))));
        }
        problems
    }

    /// Signs a user up, as `POST /register` does: asks the hooks, creates the user, and where
    /// messages are sent, says in the answer nothing about the address.
    ///
    /// It has no rate limit, and events and hooks have the address that the caller gives in `context`.
    /// In a handler use [`CrudAuth::sign_up`](crate::CrudAuth::sign_up), which has both.
    ///
    /// # Errors
    ///
    /// Where a hook vetoes, the password has leaked, a unique value is taken that is no secret,
    /// hashing is at its limit, or the hook or the store fails.
    pub async fn sign_up(
        &self,
        mut sign_up: SignUp<U>,
        context: &HookContext,
    ) -> Result<SignedUp<U>, RegisterError> {
        // Of a sign-up that belongs nowhere, no hook is asked.
        sign_up.tenant(context)?;
        let asked = NewUserContext::from_sign_up(&sign_up.fields);
        if let Err(veto) = self.core.hooks.before_register(asked, context).await {
            self.core.events.emit(context, SecurityEvent::SignUpVetoed);
            return Err(RegisterError::Vetoed(veto));
        }
        let within = sign_up.tenant(context)?;
        let creation = self.creation(context, within);
        let typed = SubmittedIdentity::new::<U>(&mut sign_up.fields);
        let guard = self.guard.as_ref().map(|guard| guard.within(&creation.within));
        let Some(guard) = guard else {
            let new = self.prepare(sign_up, context).await?;
            let user = self
                .core
                .background
                .to_its_end(async move { creation.create(&typed, new).await })
                .await?;
            return Ok(SignedUp::Created(user));
        };
        let new = self.prepare(sign_up, context).await?;
        let create = async move { creation.create_without_enumeration(&guard, typed, new).await };
        self.core.background.to_its_end(create).await?;
        Ok(SignedUp::CheckYourInbox)
    }

    /// Creates the user of a checked sign-up, and nothing else: no hook but that of
    /// [`new_user_fields`](crate::Builder::new_user_fields) is asked, and no message is sent. The
    /// breach check is asked and the hash is computed before anything is asked of the store, so that
    /// a taken address and a free one cost the same; the unique index decides.
    ///
    /// # Errors
    ///
    /// Where the password has leaked, a unique value is taken, hashing is at its limit, or the hook
    /// or the store fails.
    pub async fn create(&self, sign_up: SignUp<U>) -> Result<StoredUser<U>, RegisterError> {
        let new = self.prepare(sign_up, &HookContext::default()).await?;
        self.insert(new).await
    }

    /// As [`create`](Self::create), with the values of the `#[auth(provisioned)]` fields from the
    /// caller, and not from the new-user hook: for a job or a command line, which know what no
    /// sign-up form says.
    ///
    /// ```
    /// # use crudauth::{AuthUser, CrudAuth, Password, user::StoredUser};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer, tenant_id -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// #     #[auth(provisioned)] tenant_id: i32,
    /// # }
    /// async fn add(
    ///     auth: &CrudAuth<Account>,
    ///     tenant_id: i32,
    ///     email: String,
    ///     password: Password,
    /// ) -> Result<StoredUser<Account>, Box<dyn std::error::Error>> {
    ///     let registration = auth.registration();
    ///     let sign_up = registration.check(AccountRegister { email }, password)?;
    ///     Ok(registration.create_with(sign_up, AccountProvisioned { tenant_id }).await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), but for the hook, which is not asked.
    pub async fn create_with(
        &self,
        sign_up: SignUp<U>,
        provisioned: U::Provisioned,
    ) -> Result<StoredUser<U>, RegisterError> {
        let within = sign_up.tenant(&HookContext::default())?;
        let SignUp { fields, password, .. } = sign_up;
        let password = self.hash(password).await?;
        self.insert(self.new_user(fields, provisioned, within, password)?).await
    }

    async fn insert(&self, new: NewUser<U>) -> Result<StoredUser<U>, RegisterError> {
        let creation = self.creation(&HookContext::default(), new.tenant.clone());
        creation.insert(new).await.map_err(RegisterError::from_insert::<U>)
    }

    fn creation(&self, context: &HookContext, within: U::Tenant) -> UserCreation<U> {
        UserCreation { core: Arc::clone(&self.core), context: context.clone(), within }
    }

    async fn prepare(
        &self,
        sign_up: SignUp<U>,
        context: &HookContext,
    ) -> Result<NewUser<U>, RegisterError> {
        let within = sign_up.tenant(context)?;
        let SignUp { fields, password, data, .. } = sign_up;
        let context = NewUserContext::from_sign_up(&fields);
        let password = self.hash(password).await?;
        let provisioned = (self.hook)(context, data)
            .await
            .map_err(|error| RegisterError::Hook(error.into_source()))?;
        self.new_user(fields, provisioned, within, password)
    }

    async fn hash(&self, password: Password) -> Result<PasswordHash, RegisterError> {
        self.core.policy.screen(&password).await.map_err(RegisterError::Refused)?;
        self.core.hashing.hash(password).await.map_err(RegisterError::Hashing)
    }

    fn new_user(
        &self,
        register: U::Register,
        provisioned: U::Provisioned,
        tenant: U::Tenant,
        password: PasswordHash,
    ) -> Result<NewUser<U>, RegisterError> {
        // In the lower half of the numbers of 32 bits, so that there is room for changes of credentials.
        let token_version = i64::from(u32::from_le_bytes(random()?) >> 2);
        let created_at = self.core.clock.now();
        let password = Some(password);
        Ok(NewUser {
            register,
            provisioned,
            tenant,
            password,
            link: None,
            email_verified: false,
            token_version,
            created_at,
        })
    }
}

impl<U: AuthUser> NewByAddress<U> for RegisterService<U> {
    fn create<'a>(
        &'a self,
        mut fields: U::Register,
        context: &'a HookContext,
    ) -> CreatingByAddress<'a, U> {
        Box::pin(async move {
            if !self.canonicalize(&mut fields).is_empty() {
                return Ok(None);
            }
            let within: U::Tenant = context.tenant().map_err(RegisterError::from)?;
            let creation = self.creation(context, within.clone());
            let source = NewUserSource::MagicLink;
            let asked = NewUserContext { source, ..NewUserContext::from_sign_up(&fields) };
            if let Err(veto) = self.core.hooks.before_register(asked.clone(), context).await {
                self.core.events.emit(context, SecurityEvent::SignUpVetoed);
                return Err(veto.into());
            }
            let provisioned = (self.hook)(asked, None).await;
            let provisioned =
                provisioned.map_err(|error| RegisterError::Hook(error.into_source()))?;
            let password = PasswordHash::unusable()?;
            let mut new = self.new_user(fields, provisioned, within, password)?;
            new.email_verified = true;
            match creation.insert(new).await {
                Ok(user) => {
                    let user = Arc::new(user);
                    let created = HookUser::new(Arc::clone(&user));
                    self.core.hooks.on_after_register(created, context);
                    Ok(Some(user))
                }
                Err(InsertError::Duplicate(_) | InsertError::Unfit { .. }) => Ok(None),
                Err(error) => Err(RegisterError::from_insert::<U>(error).into()),
            }
        })
    }
}

#[cfg(feature = "oauth")]
impl<U: AuthUser> NewAccounts<U> for RegisterService<U> {
    fn create<'a>(&'a self, by: ByProvider<U>, context: &'a HookContext) -> Creating<'a, U> {
        let ByProvider { mut fields, link, email_verified, profile, with } = by;
        Box::pin(async move {
            if !self.canonicalize(&mut fields).is_empty() {
                return Err(NotCreated::Unfit);
            }
            let failed = |error: RegisterError| NotCreated::Failed(error.into());
            let within: U::Tenant = context.tenant().map_err(|unknown| failed(unknown.into()))?;
            let creation = self.creation(context, within.clone());
            let typed = SubmittedIdentity::new::<U>(&mut fields);
            let guard = self.guard.as_ref().map(|guard| guard.within(&within));
            let taken = creation.is_name_taken(&typed, guard.as_ref()).await;
            if taken.map_err(|error| failed(error.into()))? {
                return Err(NotCreated::NameTaken);
            }
            let asked = NewUserContext {
                source: NewUserSource::OAuth,
                oauth: Some(profile),
                ..NewUserContext::from_sign_up(&fields)
            };
            if self.core.hooks.before_register(asked.clone(), context).await.is_err() {
                self.core.events.emit(context, SecurityEvent::SignUpVetoed);
                return Err(NotCreated::Vetoed);
            }
            let provisioned = (self.hook)(asked, None).await;
            let provisioned =
                provisioned.map_err(|error| failed(RegisterError::Hook(error.into_source())))?;
            let password = PasswordHash::unusable();
            let password = password.map_err(|error| NotCreated::Failed(error.into()))?;
            let new = self.new_user(fields, provisioned, within, password);
            let mut new = new.map_err(failed)?;
            (new.link, new.email_verified) = (Some(link), email_verified);
            match creation.insert_with(new, Some(with)).await {
                Ok(user) => {
                    let user = Arc::new(user);
                    let created = HookUser::new(Arc::clone(&user));
                    self.core.hooks.on_after_register(created, context);
                    Ok(user)
                }
                Err(InsertError::RecordTaken) => Err(NotCreated::IdentityTaken),
                Err(InsertError::Duplicate(_)) => Err(NotCreated::Taken),
                Err(InsertError::Unfit { .. }) => Err(NotCreated::NoRoom),
                Err(error) => Err(failed(RegisterError::from_insert::<U>(error))),
            }
        })
    }
}

impl<U: AuthUser> fmt::Debug for RegisterService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterService").field("policy", &self.core.policy).finish_non_exhaustive()
    }
}

/// The name of a login field on the wire.
fn sent_as<U: AuthUser>(field: LoginField) -> &'static str {
    let column = U::SCHEMA.columns.iter().find(|column| column.is_login(field));
    column.map_or(field.name(), ColumnSchema::wire_name)
}

fn canonical<U: AuthUser>(
    field: LoginField,
    text: &str,
    case: UsernameCase,
) -> Result<String, SignUpProblem> {
    match field {
        LoginField::Email => canonical_email(text)
            .map_err(|error| SignUpProblem::Email { field: sent_as::<U>(field), error }),
        LoginField::Username | LoginField::Other(_) => {
            let name = canonical_username(text, U::SCHEMA.login.contains(&LoginField::Email))
                .map_err(|error| SignUpProblem::Name { field: sent_as::<U>(field), error })?;
            Ok(match case {
                UsernameCase::Counts => name,
                UsernameCase::Ignored => folded_username(&name),
            })
        }
    }
}
