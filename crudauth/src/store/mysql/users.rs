//! The application's users table on MySQL.

use super::Mysql;
use crate::store::SqlUsers;
use crate::store::sql::{IndexKey, UniqueIndex, UserRow};

/// A user struct that is a row of a MySQL table. The derive makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for MySQL",
    label = "needs a user with a store for MySQL",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait MysqlUser: UserRow<diesel::mysql::Mysql> {}

#[diagnostic::do_not_recommend]
impl<U: UserRow<diesel::mysql::Mysql>> MysqlUser for U {}

/// The application's users on MySQL or MariaDB.
pub type MysqlUsers<U> = SqlUsers<Mysql, U>;

/// The name of the key in `Duplicate entry 'ada' for key 'accounts.by_name'`, where MariaDB leaves
/// the table out.
pub(super) fn violated_key(message: &str) -> Option<&str> {
    message.trim_end().strip_suffix('\'')?.rsplit('\'').next()
}

/// The column of the key with this name. One over several columns names no single one.
pub(super) fn column_of_key(key: &str, indexes: &[UniqueIndex]) -> Option<String> {
    let is_key = |name: &str| {
        key == name || key.strip_suffix(name).is_some_and(|table| table.ends_with('.'))
    };
    let index = indexes.iter().find(|index| is_key(&index.name))?;
    match &*index.keys {
        [IndexKey::Column(column) | IndexKey::Generated { column, .. }] => Some(column.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{IndexKey, UniqueIndex, column_of_key, violated_key};

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let indexes = [
            ("PRIMARY", &["id"][..]),
            ("by_name", &["name"]),
            ("name", &["e-mail"]),
            ("by_both", &["name", "e-mail"]),
        ];
        let indexes = indexes.map(|(name, columns)| UniqueIndex {
            name: name.to_owned(),
            keys: columns.iter().map(|it| IndexKey::Column((*it).to_owned())).collect(),
            rows: None,
        });
        let column = |message| column_of_key(violated_key(message)?, &indexes);
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(column("Duplicate entry 'ada' for key 'by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'ada' for key 'accounts.by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'x' for key 'name' for key 'PRIMARY'"), some("id"));
        assert_eq!(column("Duplicate entry 'ada' for key 'name'"), some("e-mail"));
        assert_eq!(column("Duplicate entry 'a-b' for key 'by_both'"), None);
        assert_eq!(column("something else"), None);
    }
}
