//! What is kept beside the users table, in a table of crudauth's own.
//!
//! A user without a row in it is as a new one: [`Beside::default`]. The row is made with the user, or
//! with the first change.

use diesel::QueryResult;
use diesel::deserialize;
use diesel::query_builder::AstPass;
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Bool, Nullable};

use super::backend::{Holds, SqlBackend, rows};
use super::driver::{Connection, Driver};
use super::migrate::OwnTable;
use super::raw::{Sql, sql};
use crate::store::StoreError;
use crate::store::migration::ACCOUNTS;
use crate::user::{AuthUser, Beside, Change, Logical};

rows! {
    struct Kept {
        token_version: i64,
        is_active: bool,
        email_verified: bool,
    }
}

impl From<Kept> for Beside {
    fn from(Kept { token_version, is_active, email_verified }: Kept) -> Self {
        Self { token_version, is_active, email_verified }
    }
}

/// The table, where `U` keeps something in it.
pub(super) fn table<U: AuthUser>() -> Option<OwnTable> {
    let columns = || vec!["owner", "token_version", "is_active", "email_verified"];
    (!U::SCHEMA.beside.is_empty()).then(|| OwnTable { name: ACCOUNTS, columns: columns() })
}

fn find(owner: &str) -> Sql {
    sql("SELECT token_version, is_active, email_verified FROM crudauth_accounts WHERE owner = ?")
        .text(owner)
}

/// What is kept of `owner`.
pub(super) async fn read<D: Driver>(driver: &D, owner: &str) -> Result<Beside, StoreError> {
    let kept: Option<Kept> = driver.look_up(find(owner)).await?;
    Ok(kept.map(Beside::from).unwrap_or_default())
}

/// The same, in a transaction.
pub(super) async fn read_in<C: Connection>(connection: &mut C, owner: &str) -> QueryResult<Beside> {
    let mut kept: Vec<Kept> = connection.rows(find(owner)).await?;
    Ok(kept.pop().map(Beside::from).unwrap_or_default())
}

/// Makes the row of a new user. Where the id was that of a deleted one, the epoch goes on from there, so
/// that nothing that was issued then counts now.
pub(super) async fn begin<D: Driver>(
    connection: &mut D::Connection,
    owner: &str,
) -> QueryResult<()> {
    let anew = "token_version = crudauth_accounts.token_version + 1, is_active = TRUE, \
        email_verified = FALSE";
    connection.execute(insert::<D>(owner, anew)).await?;
    Ok(())
}

/// Applies `change` to what is kept of `owner`, if that is as the change expects. Returns `false` where
/// it is not.
pub(super) async fn change<D: Driver, U: AuthUser>(
    connection: &mut D::Connection,
    owner: &str,
    change: &Change,
) -> QueryResult<bool> {
    let schema = U::SCHEMA;
    let (set, when) = (change.set(), change.when());
    let keeps = |field| move |_: &_| schema.keeps_beside(field);
    let epoch = |epoch: Option<i64>| epoch.filter(keeps(Logical::TokenVersion));
    let verifies = schema.keeps_beside(Logical::EmailVerified) && schema.recovers_by_email();
    let verified = set.recovery_verified && verifies
        || set.email.is_some() && schema.keeps_beside(Logical::EmailVerified);

    connection.execute(insert::<D>(owner, "owner = crudauth_accounts.owner")).await?;
    let mut update = sql("UPDATE crudauth_accounts SET owner = owner");
    if let Some(to) = epoch(set.epoch) {
        update = update.and(", token_version = ?").integer(to);
    }
    if let Some(to) = set.active.filter(|_| schema.keeps_beside(Logical::IsActive)) {
        update = update.and(", is_active = ?").flag(to);
    }
    if verified {
        update = update.and(", email_verified = ?").flag(true);
    }
    update = update.and(" WHERE owner = ?").text(owner);
    if let Some(is) = epoch(when.epoch) {
        update = update.and(" AND token_version = ?").integer(is);
    }
    if when.recovery_unverified && verifies {
        update = update.and(" AND email_verified = ?").flag(false);
    }
    Ok(connection.execute(update).await? > 0)
}

/// Removes what is kept of `owner`.
pub(super) fn remove(owner: &str) -> Sql {
    sql("DELETE FROM crudauth_accounts WHERE owner = ?").text(owner)
}

/// Inserts the row of `owner`. `there` is what is set in one that is there.
fn insert<D: Driver>(owner: &str, there: &str) -> Sql {
    let upsert = D::DIALECT.upsert_owned;
    let Beside { token_version, is_active, email_verified } = Beside::default();
    sql(format!(
        "INSERT INTO crudauth_accounts (owner, token_version, is_active, email_verified) \
            VALUES (?, ?, ?, ?) {upsert} {there}"
    ))
    .text(owner)
    .integer(token_version)
    .flag(is_active)
    .flag(email_verified)
}

/// The names of the columns in a statement that joins the table, and the types of what they hold.
const TABLE: &str = "crudauth_beside";
const EPOCH: &str = "crudauth_epoch";
const ACTIVE: &str = "crudauth_active";
const VERIFIED: &str = "crudauth_verified";

/// The columns, for a statement that [joins](push_join) the table.
pub(super) fn push_columns<DB: SqlBackend>(pass: &mut AstPass<'_, '_, DB>) -> QueryResult<()> {
    let columns = [("token_version", EPOCH), ("is_active", ACTIVE), ("email_verified", VERIFIED)];
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

/// Joins the table by `owner`, an expression of the id as text.
pub(super) fn push_join<DB: SqlBackend>(
    owner: &str,
    pass: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    pass.push_sql(" LEFT JOIN crudauth_accounts AS ");
    pass.push_identifier(TABLE)?;
    pass.push_sql(" ON ");
    pass.push_identifier(TABLE)?;
    pass.push_sql(".owner = ");
    pass.push_sql(owner);
    Ok(())
}

/// Reads the columns of a join.
pub(super) fn joined<'a, DB: SqlBackend>(
    row: &impl NamedRow<'a, DB>,
) -> deserialize::Result<Beside> {
    let Some(token_version) = <DB as Holds<Nullable<BigInt>, Option<i64>>>::get(row, EPOCH)? else {
        return Ok(Beside::default());
    };
    let flag = |name| <DB as Holds<Bool, bool>>::get(row, name);
    Ok(Beside { token_version, is_active: flag(ACTIVE)?, email_verified: flag(VERIFIED)? })
}
