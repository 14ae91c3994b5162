//! The application's users table on MySQL.

use super::Mysql;
use super::database::UniqueKey;
use crate::store::SqlUsers;
use crate::store::sql::UserRow;

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

/// Reads `Duplicate entry 'ada' for key 'accounts.by_name'`, where MariaDB leaves the table out. A
/// key over several columns names no single one.
pub(super) fn violated_column(message: &str, keys: &[UniqueKey]) -> Option<String> {
    let key = message.trim_end().strip_suffix('\'')?.rsplit('\'').next()?;
    let is_key = |name: &str| {
        key == name || key.strip_suffix(name).is_some_and(|table| table.ends_with('.'))
    };
    keys.iter().find(|unique| is_key(&unique.key)).map(|unique| unique.column.clone())
}

#[cfg(test)]
mod tests {
    use super::{UniqueKey, violated_column};

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let keys = [("PRIMARY", "id"), ("by_name", "name"), ("name", "e-mail")];
        let keys = keys.map(|(key, column)| UniqueKey { key: key.into(), column: column.into() });
        let column = |message| violated_column(message, &keys);
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(column("Duplicate entry 'ada' for key 'by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'ada' for key 'accounts.by_name'"), some("name"));
        assert_eq!(column("Duplicate entry 'x' for key 'name' for key 'PRIMARY'"), some("id"));
        assert_eq!(column("Duplicate entry 'ada' for key 'name'"), some("e-mail"));
        assert_eq!(column("Duplicate entry 'a-b' for key 'by_both'"), None);
        assert_eq!(column("something else"), None);
    }
}
