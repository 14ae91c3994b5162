//! Users in a map. Another place for them, a directory or a service, has the same five operations.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crudauth::AuthUser;
use crudauth::password::PasswordHash;
use crudauth::store::{Changed, InsertError, InsertFuture, StoreFuture, UserStore};
use crudauth::user::{Change, LoginName, NewUser, NoTenant, StoredUser};

use crate::user::User;

#[derive(Debug, Default)]
pub(crate) struct Users(Mutex<BTreeMap<i64, User>>);

impl Users {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<i64, User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserStore<User> for Users {
    fn find_by_id<'a>(&'a self, id: &'a i64) -> StoreFuture<'a, Option<StoredUser<User>>> {
        Box::pin(ready(Ok(self.rows().get(id).cloned().map(StoredUser::from))))
    }

    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        _: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<User>>> {
        let rows = self.rows();
        let mut fields = User::SCHEMA.login.iter();
        let found = fields.find_map(|field| {
            rows.values().find(|row| row.login_value(*field).is_some_and(|is| name.is(*field, is)))
        });
        Box::pin(ready(Ok(found.cloned().map(StoredUser::from))))
    }

    /// No account is recovered by a message.
    fn find_by_recovery<'a>(
        &'a self,
        _: &'a str,
        _: &'a NoTenant,
    ) -> StoreFuture<'a, Option<StoredUser<User>>> {
        Box::pin(ready(Ok(None)))
    }

    fn insert(&self, new: NewUser<User>) -> InsertFuture<'_, User> {
        let mut rows = self.rows();
        let NewUser { register, password, token_version, .. } = new;
        let row = User {
            id: rows.keys().next_back().map_or(1, |last| last + 1),
            email: register.email,
            username: register.username,
            password: password.map(|hash| hash.as_stored().to_owned()),
            is_active: true,
            epoch: token_version,
        };
        let taken = if rows.values().any(|other| other.email == row.email) {
            Some("email")
        } else {
            rows.values().any(|other| other.username == row.username).then_some("username")
        };
        let inserted = match taken {
            Some(column) => Err(InsertError::Duplicate(Some(column.to_owned()))),
            None => {
                rows.insert(row.id, row.clone());
                Ok(row.into())
            }
        };
        Box::pin(ready(inserted))
    }

    /// The condition and the change are one step, since the map stays locked.
    fn change<'a>(&'a self, id: &'a i64, change: Change) -> StoreFuture<'a, Changed> {
        let mut rows = self.rows();
        let email = change.set().email.as_deref();
        let is_taken = rows.values().any(|row| row.id != *id && email == Some(&row.email));
        let changed = match rows.get_mut(id).filter(|row| holds(&change, row)) {
            None => Changed::Stale,
            Some(_) if is_taken => Changed::Taken,
            Some(row) => {
                row.apply(&change);
                Changed::Applied
            }
        };
        Box::pin(ready(Ok(changed)))
    }
}

/// Whether the row still is as the change expects.
fn holds(change: &Change, row: &User) -> bool {
    let when = change.when();
    let password = when.password.as_ref().map(PasswordHash::as_stored);
    (password.is_none() || password == row.password.as_deref())
        && !(when.no_password && row.password.is_some())
        && when.epoch.is_none_or(|epoch| epoch == row.epoch)
        && when.email.as_ref().is_none_or(|email| *email == row.email)
}
