//! The application's users table on PostgreSQL.

use super::Postgres;
use crate::store::SqlUsers;
use crate::store::sql::UserRow;

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
pub type PostgresUsers<U> = SqlUsers<Postgres, U>;

/// Reads `Key (email)=(ada@example.com) already exists.`, in whatever language the rest is. A key
/// over several columns, or over an expression, names no single one.
pub(super) fn violated_column(details: &str) -> Option<String> {
    let (_, rest) = details.split_once('(')?;
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
    use super::violated_column as column;

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let mail = |name: &str| Some(name.to_owned());
        assert_eq!(column("Key (mail)=(a@example.com) already exists."), mail("mail"));
        assert_eq!(column("Schlüssel »(mail)=(a)=(b)« existiert bereits."), mail("mail"));
        assert_eq!(column("Key (\"e-mail\")=(a) already exists."), mail("e-mail"));
        assert_eq!(column("Key (x, y)=(1, 2) already exists."), None);
        assert_eq!(column("Key (lower(mail))=(a) already exists."), None);
        assert_eq!(column("something else"), None);
    }
}
