//! What is kept beside the users table, in a table of crudauth's own.
//!
//! A user without a row in it is as a new one: [`Beside::default`]. The row is made with the user, or
//! with the first change.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::deserialize;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::backend::{Holds, SqlBackend, rows};
use super::driver::{Connection, Driver};
use super::migrate::OwnTable;
use super::raw::{Sql, sql};
use super::row::UserRow;
use super::statement::{id_column, push_id_as};
use crate::store::StoreError;
use crate::store::migration::ACCOUNTS;
use crate::store::records::plain_name;
use crate::user::{AuthUser, Beside, Change, Logical, proved_by};

rows! {
    struct Kept {
        token_version: i64,
        is_active: bool,
        verified_email: Option<String>,
    }
}

impl From<Kept> for Beside {
    fn from(Kept { token_version, is_active, verified_email }: Kept) -> Self {
        Self { token_version, is_active, verified_email }
    }
}

/// Of whom a row is: the users table, since two tables have the same ids, and the id as text.
#[derive(Debug, Clone)]
pub(super) struct Whose {
    users: String,
    owner: String,
}

impl Whose {
    /// `users` is the name of the table as it is quoted for SQL.
    pub(super) fn new(users: &str, owner: &impl ToString) -> Self {
        Self { users: plain_name(users), owner: owner.to_string() }
    }

    /// Nobody: a look for what is kept of nobody costs what one for a user does.
    pub(super) fn nobody(users: &str) -> Self {
        Self::new(users, &"")
    }
}

impl Sql {
    fn whose(self, Whose { users, owner }: &Whose) -> Self {
        self.text(users).text(owner)
    }
}

/// The table, where `U` keeps something in it.
pub(super) fn table<U: AuthUser>() -> Option<OwnTable> {
    let columns = || vec!["users", "owner", "token_version", "is_active", "verified_email"];
    (!U::SCHEMA.beside.is_empty()).then(|| OwnTable { name: ACCOUNTS, columns: columns() })
}

fn find(whose: &Whose) -> Sql {
    sql("SELECT token_version, is_active, verified_email FROM crudauth_accounts \
        WHERE users = ? AND owner = ?")
    .whose(whose)
}

/// What is kept of a user.
pub(super) async fn read<D: Driver>(driver: &D, whose: &Whose) -> Result<Beside, StoreError> {
    let kept: Option<Kept> = driver.look_up(find(whose)).await?;
    Ok(kept.map(Beside::from).unwrap_or_default())
}

/// The same, in a transaction.
pub(super) async fn read_in<C: Connection>(
    connection: &mut C,
    whose: &Whose,
) -> QueryResult<Beside> {
    let mut kept: Vec<Kept> = connection.rows(find(whose)).await?;
    Ok(kept.pop().map(Beside::from).unwrap_or_default())
}

/// Makes the row of a new user. Where the id was that of a deleted one, the epoch goes on from there, so
/// that nothing that was issued then counts now.
pub(super) async fn begin<D: Driver>(
    connection: &mut D::Connection,
    whose: &Whose,
    new: &Beside,
) -> QueryResult<()> {
    let proved = (D::DIALECT.new)("verified_email");
    let anew = format!(
        "token_version = crudauth_accounts.token_version + 1, is_active = TRUE, \
            verified_email = {proved}"
    );
    connection.execute(insert::<D>(whose, new, &anew)).await?;
    Ok(())
}

/// Applies `change` to what is kept of a user, if that is as the change expects. Returns `false` where
/// it is not.
pub(super) async fn change<D: Driver, U: AuthUser>(
    connection: &mut D::Connection,
    whose: &Whose,
    change: &Change,
) -> QueryResult<bool> {
    let schema = U::SCHEMA;
    let (set, when) = (change.set(), change.when());
    let keeps = |field| move |_: &_| schema.beside.contains(&field);
    let epoch = |epoch: Option<i64>| epoch.filter(keeps(Logical::TokenVersion));
    let by_email = schema.recovers_by_email();
    let proves = schema.beside.contains(&Logical::EmailVerified);
    let proved = proved_by(change, by_email).filter(|_| proves);

    connection
        .execute(insert::<D>(whose, &Beside::default(), "owner = crudauth_accounts.owner"))
        .await?;
    let mut update = sql("UPDATE crudauth_accounts SET owner = owner");
    if let Some(to) = epoch(set.epoch) {
        update = update.and(", token_version = ?").integer(to);
    }
    if let Some(to) = set.active.filter(|_| schema.beside.contains(&Logical::IsActive)) {
        update = update.and(", is_active = ?").flag(to);
    }
    if let Some(address) = proved {
        update = update.and(", verified_email = ?").text(address);
    }
    update = update.and(" WHERE users = ? AND owner = ?").whose(whose);
    if let Some(is) = epoch(when.epoch) {
        update = update.and(" AND token_version = ?").integer(is);
    }
    if let Some(address) = when.recovery.as_deref()
        && when.recovery_unverified
        && proves
        && by_email
    {
        update = update.and(" AND (verified_email IS NULL OR verified_email <> ?)").text(address);
    }
    Ok(connection.execute(update).await? > 0)
}

/// Removes what is kept of a user who is in the table no more, deleted rows included: as long as the row
/// is there, what is kept says whether it may sign in.
pub(super) struct Forget<U: AuthUser> {
    pub(super) remove: Sql,
    pub(super) id: U::Id,
    pub(super) id_type: Option<Arc<str>>,
}

impl<U: AuthUser> Forget<U> {
    pub(super) fn new(whose: &Whose, id: U::Id, id_type: Option<Arc<str>>) -> Self {
        let remove = sql("DELETE FROM crudauth_accounts WHERE users = ? AND owner = ? AND ");
        Self { remove: remove.whose(whose), id, id_type }
    }
}

impl<U: UserRow<DB>, DB: SqlBackend> QueryFragment<DB> for Forget<U> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.remove.walk_ast(pass.reborrow())?;
        pass.push_sql("NOT EXISTS (SELECT 1 FROM ");
        U::push_table(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        pass.push_identifier(id_column::<U>()?)?;
        pass.push_sql(" = ");
        push_id_as::<U, DB>(&self.id, self.id_type.as_deref(), pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}

impl<U: AuthUser> QueryId for Forget<U> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Inserts the row of a user. `there` is what is set in one that is there.
fn insert<D: Driver>(whose: &Whose, beside: &Beside, there: &str) -> Sql {
    let upsert = D::DIALECT.upsert_owned;
    sql(format!(
        "INSERT INTO crudauth_accounts (users, owner, token_version, is_active, verified_email) \
            VALUES (?, ?, ?, ?, ?) {upsert} {there}"
    ))
    .whose(whose)
    .integer(beside.token_version)
    .flag(beside.is_active)
    .maybe_text(beside.verified_email.as_deref())
}

/// The names of the columns in a statement that joins the table, and the types of what they hold.
const TABLE: &str = "crudauth_beside";
const EPOCH: &str = "crudauth_epoch";
const ACTIVE: &str = "crudauth_active";
const VERIFIED: &str = "crudauth_verified_email";

/// The columns, for a statement that [joins](push_join) the table.
pub(super) fn push_columns<DB: SqlBackend>(pass: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
    let columns = [("token_version", EPOCH), ("is_active", ACTIVE), ("verified_email", VERIFIED)];
    for (column, name) in columns {
        pass.push_sql(", ");
        pass.push_identifier(TABLE)?;
        pass.push_sql(".");
        pass.push_identifier(column)?;
        pass.push_sql(" AS ");
        pass.push_identifier(name)?;
    }
    Ok(())
}

/// Joins the table by the name of the users table, and by `owner`, an expression of the id as text.
pub(super) fn push_join<DB: SqlBackend>(
    users: &str,
    owner: &str,
    pass: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    pass.push_sql(" LEFT JOIN crudauth_accounts AS ");
    pass.push_identifier(TABLE)?;
    pass.push_sql(" ON ");
    pass.push_identifier(TABLE)?;
    pass.push_sql(".owner = ");
    pass.push_sql(owner);
    pass.push_sql(" AND ");
    pass.push_identifier(TABLE)?;
    // A literal, as the statement has one text for each table.
    pass.push_sql(&format!(".users = '{}'", users.replace('\'', "''")));
    Ok(())
}

/// Reads the columns of a join.
pub(super) fn joined<'a, DB: SqlBackend>(
    row: &impl NamedRow<'a, DB>,
) -> deserialize::Result<Beside> {
    let Some(token_version) = <DB as Holds<Nullable<BigInt>, Option<i64>>>::get(row, EPOCH)? else {
        return Ok(Beside::default());
    };
    let verified_email = <DB as Holds<Nullable<Text>, Option<String>>>::get(row, VERIFIED)?;
    let is_active = <DB as Holds<Bool, bool>>::get(row, ACTIVE)?;
    Ok(Beside { token_version, is_active, verified_email })
}
