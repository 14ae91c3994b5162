//! A user and records, written together.

use std::sync::Arc;

use super::records::{RecordStep, RecordSteps, TABLES};
use super::{Changed, InsertError, InsertFuture, StoreError, StoreFuture, Stores};
use crate::user::{AuthUser, Change, NewUser, StoredUser};

/// The steps of a new user, of the row as it was inserted. They may be asked for again, where the
/// database has rolled the transaction back.
pub(crate) type StepsOfNew<U> = Arc<dyn Fn(&StoredUser<U>) -> RecordSteps + Send + Sync>;

/// A place that writes users and records in one transaction.
pub(crate) trait OneTransaction<U: AuthUser>: Send + Sync {
    /// Inserts a user, and makes the steps. A record whose unique values are taken is
    /// [`InsertError::RecordTaken`].
    fn insert(&self, new: NewUser<U>, with: StepsOfNew<U>) -> InsertFuture<'_, U>;

    /// Changes a user, and makes the steps.
    fn change<'a>(
        &'a self,
        id: &'a U::Id,
        change: Change,
        with: Arc<[RecordStep]>,
    ) -> StoreFuture<'a, Changed>;
}

impl<U: AuthUser> Stores<U> {
    /// Inserts a user and the records of `with`, which is given the row as it was inserted: all of it or
    /// nothing. Records of an earlier user with the same id, which a database can give again, are removed
    /// with it.
    ///
    /// Where users and records are kept in stores of the application's own, there is no such transaction:
    /// the user comes first, then the removal, then the steps. What fails then leaves a user without
    /// them.
    ///
    /// # Errors
    ///
    /// As [`UserStore::insert`](super::UserStore::insert); [`InsertError::RecordTaken`] where another
    /// record has the unique values of one.
    pub async fn insert_user(
        &self,
        new: NewUser<U>,
        with: impl Fn(&StoredUser<U>) -> Option<RecordSteps> + Send + Sync + 'static,
    ) -> Result<StoredUser<U>, InsertError> {
        // Another process may keep records where this one mounts no feature that does: which tables there
        // are is for the removal to see.
        let Some(records) = self.records.clone() else {
            return self.users.insert(new).await;
        };
        let store = Arc::clone(records.store());
        let steps: StepsOfNew<U> = Arc::new(move |user| {
            let alone = records.steps().remove_all_of(&user.id().to_string(), TABLES);
            match with(user) {
                Some(steps) => alone.then(steps),
                None => alone,
            }
        });
        if let Some(one) = &self.one_transaction {
            return one.insert(new, steps).await;
        }
        let user = self.users.insert(new).await?;
        for step in &*steps(&user).checked()? {
            match step.make(&*store).await? {
                Changed::Applied => {}
                Changed::Taken | Changed::Stale => return Err(InsertError::RecordTaken),
            }
        }
        Ok(user)
    }

    /// Changes a user and makes the steps on records, all of it or nothing: the outcome is
    /// [`Changed::Applied`] only where each of them was made. While it lasts, the row of the user is
    /// locked, so that such changes of one user come one after the other.
    ///
    /// Where users and records are kept in stores of the application's own, there is no such transaction.
    /// What takes something away comes first then, before the change of the user, and what gives
    /// something last: what fails between has opened nothing.
    ///
    /// # Errors
    ///
    /// Where a value does not fit its column, or a store fails.
    pub async fn change_user(
        &self,
        id: &U::Id,
        change: Change,
        with: RecordSteps,
    ) -> Result<Changed, StoreError> {
        let Some(records) = self.records.as_ref().filter(|_| !with.is_empty()) else {
            return self.users.change(id, change).await;
        };
        let steps = with.checked()?;
        if let Some(one) = &self.one_transaction {
            return one.change(id, change, steps).await;
        }
        let store = &**records.store();
        for step in steps.iter().filter(|step| step.comes_first()) {
            match step.make(store).await? {
                Changed::Applied => {}
                outcome => return Ok(outcome),
            }
        }
        match self.users.change(id, change).await? {
            Changed::Applied => {}
            outcome => return Ok(outcome),
        }
        for step in steps.iter().filter(|step| !step.comes_first()) {
            match step.make(store).await? {
                Changed::Applied => {}
                outcome => return Ok(outcome),
            }
        }
        Ok(Changed::Applied)
    }
}
