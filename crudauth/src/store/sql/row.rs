//! What a user struct says of itself as a row.

use std::time::SystemTime;

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::TypeMetadata;

use crate::user::AuthUser;

/// A user struct as a row of its table in a database of the backend `DB`. The derive implements
/// it.
///
/// Columns are named by their index in [`UserSchema::columns`](crate::user::UserSchema::columns).
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store on `{DB}`",
    label = "needs a user with a store on this database",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait UserRow<DB: Backend>: AuthUser {
    /// Writes the table's name into a statement that is being built.
    ///
    /// # Errors
    ///
    /// Where the name cannot be written.
    fn push_table(pass: AstPass<'_, '_, DB>) -> QueryResult<()>;

    /// Reads a row that has all the columns, in their order.
    ///
    /// # Errors
    ///
    /// Where a cell does not hold what the struct says.
    fn read<'a>(row: &impl Row<'a, DB>) -> deserialize::Result<Self>;

    /// The types that the columns are declared with, in their order.
    fn types(lookup: &mut TypeLookup<DB>) -> Vec<TypeIn<DB>>;

    /// Binds an id in a statement that is being built.
    ///
    /// # Errors
    ///
    /// Where the id cannot be written.
    fn push_id<'b>(id: &'b Self::Id, pass: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// The tenant, as its column holds it; `None` for a struct without one.
    fn bind_tenant(_: &Self::Tenant) -> Option<Bound<DB>> {
        None
    }

    /// `value`, as its column holds it; `None` where the struct has no such column.
    fn bind(value: Value<'_>) -> Option<Bound<DB>>;

    /// What the client and the new-user hook gave for a new row.
    fn given(register: Self::Register, provisioned: Self::Provisioned) -> Vec<Cell<DB>>;
}

/// A value that the runtime writes to a column, or compares the column with.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// The id of a new user, where the database does not choose it.
    NewId,
    /// The stored password hash, or that there is none.
    Password(Option<&'a str>),
    /// The credential epoch.
    Epoch(i64),
    /// A text at this index: something that identifies a user.
    Text(usize, &'a str),
    /// A flag at this index, which becomes so at this moment.
    Flag(usize, bool, SystemTime),
    /// A moment at this index.
    Moment(usize, SystemTime),
    /// The step of a code at this index.
    Step(usize, i64),
}

/// A type, as a backend calls it.
pub type TypeIn<DB> = <DB as TypeMetadata>::TypeMetadata;

/// Whom a backend asks about types of the application's own.
pub type TypeLookup<DB> = <DB as TypeMetadata>::MetadataLookup;

/// A value that can be bound in a statement.
pub type Bound<DB> = Box<dyn QueryFragment<DB> + Send + Sync>;

/// A value for the column at an index.
pub type Cell<DB> = (usize, Bound<DB>);
