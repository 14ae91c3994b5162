//! The application's users table on SQLite.

use super::Sqlite;
use crate::store::SqlUsers;
use crate::store::sql::{LoginIndexes, UserRow};
use crate::user::AuthUser;

/// A user struct that is a row of a SQLite table. The derive makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for SQLite",
    label = "needs a user with a store for SQLite",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait SqliteUser: UserRow<diesel::sqlite::Sqlite> {}

#[diagnostic::do_not_recommend]
impl<U: UserRow<diesel::sqlite::Sqlite>> SqliteUser for U {}

/// The application's users on SQLite.
pub type SqliteUsers<U> = SqlUsers<Sqlite, U>;

/// Reads `UNIQUE constraint failed: accounts.email_address`, or `index 'by_lower_mail'` in place of
/// the column. A violated index over several columns, or over another expression, names no single
/// one.
pub(super) fn violated_column<U: AuthUser>(
    message: &str,
    indexes: &LoginIndexes,
) -> Option<String> {
    let (_, columns) = message.split_once(": ")?;
    if let Some(index) = columns.strip_prefix("index '").and_then(|it| it.strip_suffix('\'')) {
        return indexes.column_of::<U>(index).map(str::to_owned);
    }
    let of_tenant = |column: &&str| U::SCHEMA.tenant().is_some_and(|it| it.column == *column);
    let columns = columns.split(", ").filter_map(|column| Some(column.rsplit_once('.')?.1));
    let mut columns = columns.filter(|column| !of_tenant(column));
    let (column, another) = (columns.next()?, columns.next());
    another.is_none().then(|| column.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{LoginIndexes, violated_column};
    use crate::store::sql::{IndexKey, UniqueIndex};

    diesel::table! {
        guests (id) {
            id -> Integer,
            username -> Text,
            hashed_password -> Text,
        }
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = guests)]
    #[auth(crate = crate, recovery(none), without(is_active, token_version))]
    struct Guest {
        id: i32,
        username: String,
        hashed_password: String,
    }

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let keys = vec![IndexKey::Lower("username".to_owned())];
        let by_name = UniqueIndex { name: "by_name".to_owned(), keys, rows: None };
        let indexes = LoginIndexes::new::<Guest>(&[by_name]);
        let column = |message| violated_column::<Guest>(message, &indexes);
        let by_lower = "UNIQUE constraint failed: index 'by_name'";
        assert_eq!(column(by_lower), Some("username".to_owned()));
        assert_eq!(column("UNIQUE constraint failed: a.mail"), Some("mail".to_owned()));
        assert_eq!(column("UNIQUE constraint failed: a.x, a.y"), None);
        assert_eq!(column("UNIQUE constraint failed: index 'by_lower_mail'"), None);
    }
}
