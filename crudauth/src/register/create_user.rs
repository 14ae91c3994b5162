//! The part of a sign-up that writes. It runs to its end even if the client hangs up. Otherwise a
//! name could stay claimed for no account, or a user could exist without the events and hooks of a
//! sign-up.

use std::sync::Arc;

use super::enumeration_guard::EnumerationGuard;
use super::error::{RegisterError, UniqueConflict};
use crate::chain::chain;
use crate::core::Core;
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::{HookContext, HookUser};
use crate::identity::{look_alike, spellings};
use crate::store::{InsertError, StepsOfNew, StoreError};
use crate::user::{AuthUser, ColumnSchema, LoginName, NewUser, RegisterFields, StoredUser};

/// Writes one new user, with its events, hooks and messages.
pub(super) struct UserCreation<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(super) context: HookContext,
    /// The tenant whose user it is.
    pub(super) within: U::Tenant,
}

/// The names and addresses that a sign-up submits.
pub(super) struct SubmittedIdentity {
    /// The login fields that are no secret: all but the recovery factor and the e-mail address.
    names: Vec<(&'static str, String)>,
    email: Option<String>,
    recovery: Option<String>,
}

impl SubmittedIdentity {
    pub(super) fn new<U: AuthUser>(fields: &mut U::Register) -> Self {
        let mut names = Vec::new();
        fields.visit_identities(&mut |field, text| {
            if U::SCHEMA.login.contains(&field) && is_open::<U>(field.name()) {
                names.push((field.name(), text.to_owned()));
            }
            None
        });
        let email = fields.email().map(str::to_owned);
        Self { names, email, recovery: fields.recovery().map(str::to_owned) }
    }
}

/// The column of the recovery factor, if nobody signs in by it.
fn recovery_alone<U: AuthUser>() -> Option<&'static str> {
    let factor = U::SCHEMA.recovery?;
    let signs_in = U::SCHEMA.login.iter().any(|field| field.name() == factor);
    let is_factor = |column: &&ColumnSchema| match column.logical {
        Some(logical) => logical.name() == factor,
        None => column.field == factor,
    };
    U::SCHEMA.columns.iter().find(is_factor).filter(|_| !signs_in).map(|column| column.column)
}

fn is_open<U: AuthUser>(field: &str) -> bool {
    field != "email" && U::SCHEMA.recovery != Some(field)
}

impl<U: AuthUser> UserCreation<U> {
    pub(super) async fn create(
        self,
        typed: &SubmittedIdentity,
        new: NewUser<U>,
    ) -> Result<Arc<StoredUser<U>>, RegisterError> {
        // The index checks the name itself, since only it can decide between parallel sign-ups.
        if let Some(field) = self.twin(typed, |stored, name| stored != name).await? {
            self.core.events.emit(&self.context, SecurityEvent::SignUpRefused);
            return Err(RegisterError::Conflict(UniqueConflict::on_login_field::<U>(field)));
        }
        let inserted = self.insert(new).await;
        let user = Arc::new(inserted.map_err(RegisterError::from_insert::<U>)?);
        self.core.hooks.on_after_register(HookUser::new(Arc::clone(&user)), &self.context);
        Ok(user)
    }

    /// Whether the address is free or taken, these are the same operations: the names are looked
    /// up and claimed, one row is written or what stands in for it, the claims are settled, the
    /// address is looked up, the message is counted and queued.
    pub(super) async fn create_without_enumeration(
        self,
        guard: &EnumerationGuard,
        typed: SubmittedIdentity,
        new: NewUser<U>,
    ) -> Result<(), RegisterError> {
        // All of it is asked for in each case: by which of them a name is taken says whether an
        // earlier sign-up with it has made a row.
        let mut taken = None;
        for (field, name) in &typed.names {
            let name = LoginName::new(name.as_str()).under(self.core.username_case);
            let found = self.core.stores.users.find_by_login(&name, &self.within).await?;
            taken = taken.or(found.map(|_| *field));
        }
        taken = taken.or(self.twin(&typed, |_, _| true).await?);
        taken = taken.or(guard.claimed(&typed.names).await?);
        if let Some(field) = taken {
            return Err(RegisterError::Conflict(UniqueConflict::on_login_field::<U>(field)));
        }
        let SubmittedIdentity { names, email, recovery } = typed;
        let claims = match guard.claim(&names).await? {
            Ok(claims) => claims,
            Err(field) => {
                return Err(RegisterError::Conflict(UniqueConflict::on_login_field::<U>(field)));
            }
        };

        let (created, taken) = match self.insert(new).await {
            Ok(user) => (Some(user), None),
            Err(error) => match RegisterError::from_insert::<U>(error) {
                RegisterError::Conflict(taken) if !taken.is_open::<U>() => (None, Some(taken)),
                // It is run for a free address alone, and may fail by what the client has chosen.
                RegisterError::Hook(error) => {
                    tracing::error!(
                        error = chain(&*error),
                        "the insert hook failed: no user is created"
                    );
                    (None, None)
                }
                error => {
                    claims.release().await?;
                    return Err(error);
                }
            },
        };
        let recovered_by = recovery.as_deref().unwrap_or_default();
        let may_hold = guard.may_hold(self.context.bucket().as_deref(), recovered_by).await?;
        match &created {
            Some(_) => {
                guard.pad_lookup(recovered_by).await?;
                claims.release().await?;
            }
            None => {
                guard.pad_insert(recovered_by).await?;
                if may_hold { claims.keep().await? } else { claims.release().await? }
            }
        }

        // An account that is recovered by another factor can still be found by its address.
        let by_email = taken == Some(UniqueConflict::Email) && U::SCHEMA.recovery != Some("email");
        let typed = if by_email { email.as_deref() } else { recovery.as_deref() };
        let owner = match typed {
            Some(typed) if by_email => {
                self.core.stores.users.find_by_login(&LoginName::new(typed), &self.within).await?
            }
            Some(typed) => self.core.stores.users.find_by_recovery(typed, &self.within).await?,
            None => None,
        };
        let (is_new, typed) = (created.is_some(), typed.unwrap_or_default());
        guard.write(is_new, owner.as_ref(), typed, &self.context).await;
        if let Some(user) = created {
            self.core.hooks.on_after_register(HookUser::new(Arc::new(user)), &self.context);
        }
        Ok(())
    }

    /// The field whose name looks like a stored one for which `counts` is true. Two look-alike
    /// names that sign up at the same moment may both pass.
    async fn twin(
        &self,
        typed: &SubmittedIdentity,
        counts: impl Fn(&str, &str) -> bool,
    ) -> Result<Option<&'static str>, StoreError> {
        let mut twin = None;
        for (field, name) in &typed.names {
            let Some(login) = U::SCHEMA.login.iter().find(|login| login.name() == *field) else {
                continue;
            };
            let stored =
                self.core.stores.users.stored_names(*login, &spellings(name), &self.within).await?;
            let is_twin = |stored: &String| counts(stored, name) && look_alike(stored, name);
            twin = twin.or(stored.iter().any(is_twin).then_some(*field));
        }
        Ok(twin)
    }

    /// Whether a name cannot be had: it is stored, looks like one that is, or is claimed by a sign-up
    /// of which nobody is told whether it has made a row.
    #[cfg(feature = "oauth")]
    pub(super) async fn is_name_taken(
        &self,
        typed: &SubmittedIdentity,
        guard: Option<&EnumerationGuard>,
    ) -> Result<bool, StoreError> {
        if self.twin(typed, |_, _| true).await?.is_some() {
            return Ok(true);
        }
        Ok(match guard {
            Some(guard) => guard.claimed(&typed.names).await?.is_some(),
            None => false,
        })
    }

    pub(super) async fn insert(&self, new: NewUser<U>) -> Result<StoredUser<U>, InsertError> {
        self.insert_with(new, None).await
    }

    /// The same, with the records that are written with the user.
    pub(super) async fn insert_with(
        &self,
        new: NewUser<U>,
        with: Option<StepsOfNew<U>>,
    ) -> Result<StoredUser<U>, InsertError> {
        let inserted = self.insert_if_free(new, with).await;
        match &inserted {
            Ok(user) => {
                let user = LogSafe::from_display(user.id());
                self.core.events.emit(&self.context, SecurityEvent::SignedUp { user });
            }
            Err(InsertError::Duplicate(_)) => {
                self.core.events.emit(&self.context, SecurityEvent::SignUpRefused);
            }
            Err(InsertError::Unfit { cause, .. }) => {
                tracing::warn!(cause = chain(cause), "the table is stricter than the sign-up form");
            }
            Err(InsertError::RecordTaken | InsertError::Hook(_) | InsertError::Store(_)) => {}
        }
        inserted
    }

    /// The index decides whether an address is taken, if users sign in by it. Otherwise there may be
    /// none, and it is looked up before: two sign-ups at the same moment may then both get it.
    async fn insert_if_free(
        &self,
        new: NewUser<U>,
        with: Option<StepsOfNew<U>>,
    ) -> Result<StoredUser<U>, InsertError> {
        let users = &self.core.stores.users;
        if let (Some(column), Some(value)) = (recovery_alone::<U>(), new.register.recovery())
            && users.find_by_recovery(value, &self.within).await?.is_some()
        {
            return Err(InsertError::Duplicate(Some(column.to_owned())));
        }
        self.core.stores.insert_user(new, move |user| Some(with.as_ref()?(user))).await
    }
}
