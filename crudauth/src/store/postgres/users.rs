//! The application's users table on PostgreSQL.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error;
use diesel_async::RunQueryDsl;

use tokio::sync::OnceCell;

use super::Postgres;
use super::columns::{compares_as_bound, id_type};
use super::fault::is_unfit;
use super::names::Names;
use crate::error::StartupError;
use crate::store::sql::{self, Loaded, Lowered, UserRow};
use crate::store::{
    Changed, InsertError, InsertFuture, NameCheck, StoreError, StoreErrorKind, StoreFuture,
    UserStore, preferred, recovered,
};
use crate::user::{AuthUser, Change, LoginField, LoginName, NewUser, UsernameCase};

/// A user struct that is a row of a PostgreSQL table. The derive makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for PostgreSQL",
    label = "needs a user with a store for PostgreSQL",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait PostgresUser: UserRow<diesel::pg::Pg> {}

#[diagnostic::do_not_recommend]
impl<U: UserRow<diesel::pg::Pg>> PostgresUser for U {}

/// The application's users on PostgreSQL.
pub struct PostgresUsers<U> {
    postgres: Postgres,
    lowered: Lowered,
    /// The type of the primary key, where a bound value must be cast to it: known from the first
    /// question on.
    id_type: OnceCell<Option<Arc<str>>>,
    table: String,
    user: PhantomData<fn() -> U>,
}

impl<U: PostgresUser> PostgresUsers<U> {
    /// The users in the table that `U` maps to.
    #[must_use]
    pub fn new(postgres: Postgres) -> Self {
        Self::over(postgres, Lowered::default())
    }

    /// The same, in a table that has these indexes over `lower(column)`.
    pub(super) fn over(postgres: Postgres, lowered: Lowered) -> Self {
        // A name that cannot be written fails with the first statement.
        let table =
            sql::table_name::<U, diesel::pg::Pg>().unwrap_or_else(|_| U::SCHEMA.user.to_owned());
        Self { postgres, lowered, id_type: OnceCell::new(), table, user: PhantomData }
    }

    async fn id_type(&self) -> Result<Option<Arc<str>>, StoreError> {
        let find = async || {
            let id_type = id_type::<U>(&self.postgres).await?;
            Ok(id_type.filter(|name| !compares_as_bound(name)).map(Arc::from))
        };
        self.id_type.get_or_try_init(find).await.cloned()
    }
}

impl<U: PostgresUser> UserStore<U> for PostgresUsers<U> {
    fn name(&self) -> &str {
        &self.table
    }

    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<U>> {
        Box::pin(async move {
            let mut rows: Vec<Loaded<U>> = match &self.id_type().await? {
                None => self.postgres.rows(|| sql::find_by_id::<U>(id)).await?,
                Some(of_type) => {
                    self.postgres.rows(|| sql::find_by_id_as::<U>(id, of_type)).await?
                }
            };
            Ok(rows.pop().map(|Loaded(user)| user))
        })
    }

    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<U>> {
        Box::pin(async move {
            let rows: Vec<Loaded<U>> = known(
                self.postgres.rows(|| sql::find_by_login::<U, Pg>(name, &self.lowered)).await,
            )?;
            Ok(preferred(rows.into_iter().map(|Loaded(user)| user).collect(), name))
        })
    }

    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<U>> {
        Box::pin(async move {
            let Some(find) = sql::find_by_recovery::<U, Pg>(value, &self.lowered) else {
                return Ok(None);
            };
            let rows: Vec<Loaded<U>> = known(self.postgres.rows(|| &find).await)?;
            Ok(recovered(rows.into_iter().map(|Loaded(user)| user).collect(), value))
        })
    }

    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
    ) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            let Some(find) = sql::find_stored::<U, Pg>(field, names, &self.lowered) else {
                return Ok(Vec::new());
            };
            let rows: Vec<Loaded<U>> = known(self.postgres.rows(|| &find).await)?;
            let stored = rows.iter().filter_map(|Loaded(user)| user.login_value(field));
            Ok(stored.map(str::to_owned).collect())
        })
    }

    fn check_names(&self, case: UsernameCase) -> NameCheck<'_> {
        Box::pin(async move {
            let table = Names::of::<U>(self.postgres.clone()).map_err(StartupError::database)?;
            sql::check(&table, self, &self.lowered, case).await
        })
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        let lowered = self.lowered.clone();
        let insert = Arc::new(sql::insert::<U, Pg>(new).returning());
        Box::pin(async move {
            let inserted = self.postgres.write(move |connection| {
                let (insert, lowered) = (Arc::clone(&insert), lowered.clone());
                Box::pin(async move {
                    let mut rows: Vec<Loaded<U>> = match (&*insert).load(connection).await {
                        Err(Error::DatabaseError(UniqueViolation, violation)) => {
                            let column = violation
                                .details()
                                .and_then(|details| violated_column::<U>(details, &lowered));
                            return Ok(Err(InsertError::Duplicate(column)));
                        }
                        Err(error) if is_unfit(&error) => {
                            return Ok(Err(InsertError::unfit(None, error)));
                        }
                        rows => rows?,
                    };
                    rows.pop().map(|Loaded(user)| Ok(user)).ok_or_else(sql::no_row)
                })
            });
            inserted.await?
        })
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        let id = id.clone();
        Box::pin(async move {
            let id_type = self.id_type().await?;
            let changed = self.postgres.write(move |connection| {
                let (id, change, id_type) = (id.clone(), change.clone(), id_type.clone());
                Box::pin(async move {
                    let mut update = sql::change::<U, Pg>(&id, &change)?;
                    update.id_type = id_type.as_deref();
                    match update.execute(connection).await {
                        Ok(0) => Ok(Changed::Stale),
                        Ok(_) => Ok(Changed::Applied),
                        Err(Error::DatabaseError(UniqueViolation, _)) => Ok(Changed::Taken),
                        Err(error) => Err(error),
                    }
                })
            });
            changed.await
        })
    }
}

impl<U> fmt::Debug for PostgresUsers<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresUsers").field("postgres", &self.postgres).finish_non_exhaustive()
    }
}

/// The rows of a lookup: none where the text has a character that the database has no code for.
fn known<U>(rows: Result<Vec<U>, StoreError>) -> Result<Vec<U>, StoreError> {
    match rows {
        Err(error) if error.kind() == StoreErrorKind::Unfit => Ok(Vec::new()),
        rows => rows,
    }
}

/// Reads `Key (email)=(ada@example.com) already exists.`, in whatever language the rest is; or
/// `lower(email)` in place of the column. A key over several columns, or over another expression,
/// names no single one.
fn violated_column<U: AuthUser>(details: &str, lowered: &Lowered) -> Option<String> {
    let (_, rest) = details.split_once('(')?;
    let expression = rest.split_once(")=(").map(|(expression, _)| expression);
    if let Some(column) = expression.and_then(|it| lowered.column_of::<U>(it)) {
        return Some(column.to_owned());
    }
    let column = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once("\")=(")?.0.replace("\"\"", "\""),
        None => rest.split_once(")=(")?.0.to_owned(),
    };
    let is_quoted = rest.starts_with('"');
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    (is_quoted || column.chars().all(is_plain)).then_some(column)
}

#[cfg(test)]
mod tests {
    use super::{Lowered, violated_column};

    diesel::table! {
        guests (id) {
            id -> Integer,
            mail -> Text,
            hashed_password -> Text,
        }
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = guests)]
    #[auth(crate = crate, login(mail), recovery(none), without(is_active, token_version))]
    struct Guest {
        id: i32,
        mail: String,
        hashed_password: String,
    }

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let lower = ("lower(mail)".to_owned(), "mail".to_owned());
        let lowered = Lowered::of::<Guest>([lower]);
        let column = |details| violated_column::<Guest>(details, &lowered);
        let mail = |name: &str| Some(name.to_owned());
        assert_eq!(column("Key (mail)=(a@example.com) already exists."), mail("mail"));
        assert_eq!(column("Schlüssel »(mail)=(a)=(b)« existiert bereits."), mail("mail"));
        assert_eq!(column("Key (\"e-mail\")=(a) already exists."), mail("e-mail"));
        assert_eq!(column("Key (x, y)=(1, 2) already exists."), None);
        assert_eq!(column("Key (lower(mail))=(a) already exists."), mail("mail"));
        assert_eq!(column("Key (upper(mail))=(a) already exists."), None);
        assert_eq!(column("something else"), None);
    }
}
