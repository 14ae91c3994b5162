use std::collections::HashMap;
use std::fmt;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::{
    Changed, InsertError, InsertFuture, StoreFuture, UserStore, linked, preferred, recovered,
};
use crate::user::{
    AuthUser, Beside, Change, LoginField, LoginName, NewUser, ProviderLink, StoredUser,
};

/// Users in the memory of the process: for tests.
///
/// A function of the application makes what a database would add to a new row: its id and defaults.
pub struct MemoryUsers<U: AuthUser> {
    make: Box<dyn Fn(NewUser<U>, i64) -> U + Send + Sync>,
    rows: Mutex<Rows<U>>,
}

struct Rows<U> {
    by_id: HashMap<String, StoredUser<U>>,
    inserted: i64,
}

impl<U: AuthUser> Rows<U> {
    /// Whether a row other than `but` is linked to this account at the provider.
    fn is_linked(&self, provider: &str, subject: &str, but: Option<&str>) -> bool {
        self.by_id.iter().any(|(id, row)| {
            let is_other = but != Some(id.as_str()) && !row.is_deleted();
            is_other && row.logical().subject_at(provider) == Some(subject)
        })
    }
}

impl<U: AuthUser + Clone> MemoryUsers<U> {
    /// An empty table. `make` builds a row from the command and a number that counts from one.
    pub fn new(make: impl Fn(NewUser<U>, i64) -> U + Send + Sync + 'static) -> Self {
        let rows = Rows { by_id: HashMap::new(), inserted: 0 };
        Self { make: Box::new(make), rows: Mutex::new(rows) }
    }

    /// Changes a row as the application's own code would, past crudauth. `false` if there is no
    /// such row.
    pub fn update(&self, id: &U::Id, update: impl FnOnce(&mut U)) -> bool {
        self.rows().by_id.get_mut(&id.to_string()).map(StoredUser::row_mut).map(update).is_some()
    }

    /// The user whose id is `id` as text.
    pub(super) fn named(&self, id: &str) -> Option<StoredUser<U>> {
        self.rows().by_id.get(id).filter(|row| !row.is_deleted()).cloned()
    }

    fn rows(&self) -> MutexGuard<'_, Rows<U>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<U: AuthUser + Clone> UserStore<U> for MemoryUsers<U> {
    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(ready(Ok(self.named(&id.to_string()))))
    }

    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        let matches = |row: &&StoredUser<U>| {
            let mut fields = U::SCHEMA.login.iter();
            let is_it =
                |field: &LoginField| row.login_value(*field).is_some_and(|is| name.is(*field, is));
            counts(row, within) && fields.any(is_it)
        };
        let found = self.rows().by_id.values().filter(matches).cloned().collect();
        Box::pin(ready(Ok(preferred(found, name))))
    }

    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        let rows = self.rows().by_id.values().filter(|row| counts(row, within)).cloned().collect();
        Box::pin(ready(Ok(recovered(rows, value))))
    }

    fn find_by_link<'a>(
        &'a self,
        link: &'a ProviderLink,
    ) -> StoreFuture<'a, Option<StoredUser<U>>> {
        let rows = self.rows().by_id.values().filter(|row| !row.is_deleted()).cloned().collect();
        Box::pin(ready(linked(rows, link)))
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        let mut rows = self.rows();
        let verified_email = new.verified_email().map(str::to_owned);
        let token_version = new.token_version;
        let beside = Beside { verified_email, token_version, ..Beside::default() };
        let row = StoredUser::new((self.make)(new, rows.inserted + 1), beside);
        let taken = U::SCHEMA.login.iter().find(|field| {
            let value = row.login_value(**field);
            let has_it = |other: &StoredUser<U>| {
                counts(other, row.tenant()) && other.login_value(**field) == value
            };
            value.is_some() && rows.by_id.values().any(has_it)
        });
        let taken =
            taken.and_then(|field| U::SCHEMA.columns.iter().find(|schema| schema.is_login(*field)));
        let taken = taken.or_else(|| {
            let mut links = U::SCHEMA.link_columns().filter(|(provider, _)| {
                row.logical()
                    .subject_at(provider)
                    .is_some_and(|it| rows.is_linked(provider, it, None))
            });
            links.next().map(|(_, schema)| schema)
        });
        let inserted = match taken {
            Some(schema) => Err(InsertError::Duplicate(Some(schema.column.to_owned()))),
            None => {
                rows.inserted += 1;
                rows.by_id.insert(row.id().to_string(), row.clone());
                Ok(row)
            }
        };
        Box::pin(ready(inserted))
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        let (mut rows, id) = (self.rows(), id.to_string());
        let email = change.set().email.as_deref();
        let within = rows.by_id.get(&id).map(|row| row.tenant().clone());
        let has_it = |row: &StoredUser<U>| row.logical().email == email;
        let taken = email.is_some()
            && rows.by_id.iter().any(|(other, row)| {
                let is_there = within.as_ref().is_some_and(|within| counts(row, within));
                *other != id && is_there && has_it(row)
            });
        let taken = taken
            || change.set().link.as_ref().is_some_and(|link| {
                U::SCHEMA.link_column(link.provider()).is_some()
                    && rows.is_linked(link.provider(), link.subject(), Some(&id))
            });
        let changed = match rows.by_id.get_mut(&id).filter(|row| !row.is_deleted()) {
            Some(row) if holds(&change, row) && taken => Changed::Taken,
            Some(row) if holds(&change, row) => {
                row.apply(&change);
                Changed::Applied
            }
            _ => Changed::Stale,
        };
        Box::pin(ready(Ok(changed)))
    }
}

/// Whether the row is there for a tenant.
fn counts<U: AuthUser>(row: &StoredUser<U>, within: &U::Tenant) -> bool {
    !row.is_deleted() && row.tenant() == within
}

/// Whether the row is in the state that the change expects. Columns that the struct lacks are not
/// compared.
fn holds<U: AuthUser>(change: &Change, row: &StoredUser<U>) -> bool {
    let (when, factor, row) = (change.when(), row.factor_columns(), row.logical());
    let text = |expected: &Option<String>, is: Option<&str>| {
        expected.is_none() || expected.as_deref() == is
    };
    when.password.as_ref().is_none_or(|hash| row.hashed_password == Some(hash.as_stored()))
        && !(when.no_password && row.hashed_password.is_some())
        && when.epoch.is_none_or(|epoch| row.token_version.is_none_or(|is| is == epoch))
        && text(&when.email, row.email)
        && text(&when.recovery, row.recovery)
        && !(when.recovery_unverified && row.recovery_verified == Some(true))
        && when.unlinked_at.as_deref().is_none_or(|provider| row.subject_at(provider).is_none())
        && when.links.iter().all(|link| {
            U::SCHEMA.link_column(link.provider()).is_none()
                || row.subject_at(link.provider()) == Some(link.subject())
        })
        && when.factor.as_ref().is_none_or(|state| state.holds(factor))
}

impl<U: AuthUser> fmt::Debug for MemoryUsers<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryUsers").finish_non_exhaustive()
    }
}
