//! An entry of the state and its holder, by a join.

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::QueryableByName;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::row::NamedRow;
use diesel::sql_types::{BigInt, Binary, Untyped};

use super::backend::{Holds, SqlBackend};
use super::batch::Id;
use super::beside;
use super::row::UserRow;
use super::scope::push_and_counts;
use super::statement::{id_column, push_columns};
use crate::store::EntryWithUser;
use crate::user::StoredUser;

/// The names by which the two tables go in the statement.
pub(crate) const ENTRY: &str = "crudauth_entry";
const USER: &str = "crudauth_user";
const VALUE: &str = "crudauth_value";

/// Whether SQL can cast the text of an id to the id, so that the database can read it out of the
/// name of an owner. The text of an application's own type may be anything.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn is_sql_castable<Id: 'static>() -> bool {
    let id = TypeId::of::<Id>();
    #[cfg(feature = "uuid")]
    if id == TypeId::of::<uuid::Uuid>() {
        return true;
    }
    id == TypeId::of::<String>() || is_integer::<Id>()
}

/// Whether an id is an integer.
pub(crate) fn is_integer<Id: 'static>() -> bool {
    let signed =
        [TypeId::of::<i8>(), TypeId::of::<i16>(), TypeId::of::<i32>(), TypeId::of::<i64>()];
    signed.contains(&TypeId::of::<Id>())
}

/// Whether an id is an integer that is never negative.
#[cfg(feature = "mysql")]
pub(crate) fn is_unsigned<Id: 'static>() -> bool {
    let unsigned =
        [TypeId::of::<u8>(), TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>()];
    unsigned.contains(&TypeId::of::<Id>())
}

/// The id of a holder, as expressions over a row of the state.
#[derive(Debug)]
pub(crate) struct HolderId {
    /// Of the type of the primary key.
    pub(crate) id: String,
    /// As text.
    pub(crate) text: String,
    /// The name of the users table.
    pub(crate) users: String,
}

/// The live entry under a key, and its holder: no row if either is missing.
pub(crate) struct FindWithUser<U> {
    holder: Arc<HolderId>,
    /// The column of the key in the table of the state.
    column: &'static str,
    key: Id,
    now: i64,
    user: PhantomData<fn() -> U>,
}

impl<U> FindWithUser<U> {
    pub(crate) fn new(holder: &Arc<HolderId>, column: &'static str, key: Id, now: i64) -> Self {
        Self { holder: Arc::clone(holder), column, key, now, user: PhantomData }
    }
}

impl<U: UserRow<DB>, DB: SqlBackend> QueryFragment<DB> for FindWithUser<U> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("SELECT ");
        push_columns::<U, DB>(Some(USER), &mut pass)?;
        pass.push_sql(", ");
        push_of(ENTRY, "value", &mut pass)?;
        pass.push_sql(" AS ");
        pass.push_identifier(VALUE)?;
        if !U::SCHEMA.beside.is_empty() {
            beside::push_columns(&mut pass)?;
        }
        pass.push_sql(" FROM crudauth_state AS ");
        pass.push_identifier(ENTRY)?;
        pass.push_sql(" JOIN ");
        U::push_table(pass.reborrow())?;
        pass.push_sql(" AS ");
        pass.push_identifier(USER)?;
        pass.push_sql(" ON ");
        push_of(USER, id_column::<U>()?, &mut pass)?;
        pass.push_sql(" = ");
        pass.push_sql(&self.holder.id);
        if !U::SCHEMA.beside.is_empty() {
            beside::push_join(&self.holder.users, &self.holder.text, &mut pass)?;
        }
        pass.push_sql(" WHERE ");
        push_of(ENTRY, self.column, &mut pass)?;
        pass.push_sql(" = ");
        self.key.push(&mut pass)?;
        pass.push_sql(" AND ");
        push_of(ENTRY, "expires_at", &mut pass)?;
        pass.push_sql(" > ");
        Holds::<BigInt, _>::push(&mut pass, &self.now)?;
        push_and_counts::<U, DB>(Some(USER), &mut pass)
    }
}

fn push_of<DB: Backend>(
    table: &str,
    column: &str,
    pass: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    pass.push_identifier(table)?;
    pass.push_sql(".");
    pass.push_identifier(column)
}

/// The text is the same for all users of one struct in one database, and so on a connection.
impl<U: 'static> QueryId for FindWithUser<U> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<U> Query for FindWithUser<U> {
    type SqlType = Untyped;
}

impl<U: UserRow<DB>, DB: SqlBackend> QueryableByName<DB> for EntryWithUser<U> {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let user = U::read(row)?;
        let user = match U::SCHEMA.beside {
            [] => StoredUser::from(user),
            _ => StoredUser::new(user, beside::joined(row)?),
        };
        Ok(Self { value: Holds::<Binary, _>::get(row, VALUE)?, user })
    }
}
