//! The application's users table on PostgreSQL.

use super::Postgres;
use crate::store::SqlUsers;
use crate::store::sql::{Lowered, UserRow};
use crate::user::AuthUser;

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

/// Reads `Key (email)=(ada@example.com) already exists.`, in whatever language the rest is; or
/// `lower(email)` in place of the column. A key over several columns, or over another expression,
/// names no single one.
pub(super) fn violated_column<U: AuthUser>(details: &str, lowered: &Lowered) -> Option<String> {
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
        let lowered = Lowered::new::<Guest>([lower]);
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
