//! The part of a sign-up that writes. It is run to its end, though the client is gone: a name that
//! was claimed would else stay so for nobody, and a user would be there whom nobody has heard of.

use std::sync::Arc;

use super::discretion::Discretion;
use super::service::{RegisterError, Taken};
use crate::event::{Events, Plain, SecurityEvent};
use crate::hooks::{HookContext, HookRunner, HookUser};
use crate::store::{InsertError, UserStore};
use crate::user::{AuthUser, LoginName, NewUser, RegisterFields};

/// Writes one new user, and sees to what follows.
pub(super) struct Admission<U: AuthUser> {
    pub(super) users: Arc<dyn UserStore<U>>,
    pub(super) events: Events,
    pub(super) hooks: Arc<HookRunner<U>>,
    /// Where the sign-up comes from.
    pub(super) address: Option<String>,
    pub(super) context: HookContext,
}

/// By what somebody is to be known.
pub(super) struct Typed {
    /// What users sign in by that is no secret: everything but the address that recovers an
    /// account, and the e-mail address.
    names: Vec<(&'static str, String)>,
    email: Option<String>,
    recovery: Option<String>,
}

impl Typed {
    pub(super) fn of<U: AuthUser>(fields: &mut U::Register) -> Self {
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

fn is_open<U: AuthUser>(field: &str) -> bool {
    field != "email" && U::SCHEMA.recovery != Some(field)
}

impl<U: AuthUser> Admission<U> {
    pub(super) async fn admit(self, new: NewUser<U>) -> Result<Arc<U>, RegisterError> {
        let inserted = self.insert(new).await;
        let user = Arc::new(inserted.map_err(RegisterError::of_insert::<U>)?);
        self.hooks.on_after_register(HookUser::new(Arc::clone(&user)), &self.context);
        Ok(user)
    }

    /// Whether the address is free or taken, these are the same operations: the names are looked
    /// up and claimed, one row is written or what stands in for it, the claims are settled, the
    /// address is looked up, the message is counted and queued.
    pub(super) async fn admit_discreetly(
        self,
        discretion: &Discretion,
        typed: Typed,
        new: NewUser<U>,
    ) -> Result<(), RegisterError> {
        let Typed { names, email, recovery } = typed;
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

        let (created, taken) = match self.insert(new).await {
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
        discretion.write(is_new, owner.as_ref(), typed, self.address.as_deref()).await;
        if let Some(user) = created {
            self.hooks.on_after_register(HookUser::new(Arc::new(user)), &self.context);
        }
        Ok(())
    }

    pub(super) async fn insert(&self, new: NewUser<U>) -> Result<U, InsertError> {
        let (inserted, address) = (self.users.insert(new).await, self.address.as_deref());
        match &inserted {
            Ok(user) => {
                let user = Plain::of(user.id());
                self.events.emit(address, SecurityEvent::SignedUp { user });
            }
            Err(InsertError::Duplicate(_)) => {
                self.events.emit(address, SecurityEvent::SignUpRefused);
            }
            Err(InsertError::Unfit { cause, .. }) => {
                tracing::warn!(%cause, "the table is stricter than the sign-up form");
            }
            Err(InsertError::Store(_)) => {}
        }
        inserted
    }
}
