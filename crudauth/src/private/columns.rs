//! What the derive checks of the columns of a table, in const code.

use diesel::expression::Expression;
use diesel::query_source::Column;
use diesel::sql_types::{SqlType, is_nullable};

/// The SQL type of a column.
pub type SqlTypeOf<C> = <C as Expression>::SqlType;

/// Whether a SQL type admits NULL, as a constant.
pub trait Nullability {
    /// Whether the type admits NULL.
    const NULLABLE: bool;
}

impl Nullability for is_nullable::IsNullable {
    const NULLABLE: bool = true;
}

impl Nullability for is_nullable::NotNull {
    const NULLABLE: bool = false;
}

/// Whether the column `C` admits NULL.
#[must_use]
pub const fn admits_null<C>() -> bool
where
    C: Expression,
    C::SqlType: SqlType<IsNull: Nullability>,
{
    <<C::SqlType as SqlType>::IsNull as Nullability>::NULLABLE
}

/// The columns of a table: their SQL names, and whether each admits NULL.
#[diagnostic::on_unimplemented(
    message = "the table has more columns than crudauth was built for",
    label = "too many columns",
    note = "enable the feature `64-column-tables` of `crudauth`, and that of Diesel"
)]
pub trait TableColumns {
    /// In the order of `table!`.
    const COLUMNS: &'static [(&'static str, bool)];
}

macro_rules! tuples_of_columns {
    ($($C:ident)*) => { tuples_of_columns!(@ [] $($C)*); };
    (@ [$($done:ident)*]) => {};
    (@ [$($done:ident)*] $next:ident $($rest:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($done,)* $next> TableColumns for ($($done,)* $next,)
        where
            $($done: Column, <SqlTypeOf<$done> as SqlType>::IsNull: Nullability, SqlTypeOf<$done>: SqlType,)*
            $next: Column, <SqlTypeOf<$next> as SqlType>::IsNull: Nullability, SqlTypeOf<$next>: SqlType,
        {
            const COLUMNS: &'static [(&'static str, bool)] = &[
                $(($done::NAME, <<SqlTypeOf<$done> as SqlType>::IsNull as Nullability>::NULLABLE),)*
                ($next::NAME, <<SqlTypeOf<$next> as SqlType>::IsNull as Nullability>::NULLABLE),
            ];
        }
        tuples_of_columns!(@ [$($done)* $next] $($rest)*);
    };
}

tuples_of_columns! {
    C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16
    C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 C27 C28 C29 C30 C31 C32
}

#[cfg(feature = "64-column-tables")]
tuples_of_columns! {
    @ [C01 C02 C03 C04 C05 C06 C07 C08 C09 C10 C11 C12 C13 C14 C15 C16
    C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 C27 C28 C29 C30 C31 C32]
    C33 C34 C35 C36 C37 C38 C39 C40 C41 C42 C43 C44 C45 C46 C47 C48
    C49 C50 C51 C52 C53 C54 C55 C56 C57 C58 C59 C60 C61 C62 C63 C64
}

/// Panics, in const code and so at compile time, if a NOT NULL column of the table `table` is
/// not in `known`: nothing would fill it when a user signs up, and the INSERT would fail.
#[track_caller]
pub const fn all_filled(
    user: &str,
    table: &str,
    columns: &[(&'static str, bool)],
    known: &[&'static str],
) {
    let mut names = Message::new();
    let mut keys = Message::new();
    let mut missing = 0;
    let mut at = 0;
    while at < columns.len() {
        let (name, nullable) = columns[at];
        at += 1;
        if nullable || contains(known, name) {
            continue;
        }
        if missing > 0 {
            names.push(", ");
            keys.push(", ");
        }
        names.push("`");
        names.push(table);
        names.push(".");
        names.push(name);
        names.push("`");
        keys.push(name);
        missing += 1;
    }
    if missing == 0 {
        return;
    }
    let mut message = Message::new();
    message.push(if missing == 1 { "column " } else { "columns " });
    message.push(names.as_str());
    message.push(if missing == 1 {
        " is NOT NULL, but nothing fills it when a user signs up\n"
    } else {
        " are NOT NULL, but nothing fills them when a user signs up\n"
    });
    message.push("note: `");
    message.push(user);
    message.push(if missing == 1 {
        "` has no field for it\n"
    } else {
        "` has no fields for them\n"
    });
    message.push(if missing == 1 {
        "help: add one, or, if the column has a DEFAULT, `#[auth(db_default("
    } else {
        "help: add them, or, if the columns have a DEFAULT, `#[auth(db_default("
    });
    message.push(keys.as_str());
    message.push("))]`");
    panic!("{}", message.as_str())
}

pub(super) const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if same(names[at].as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

pub(super) const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A text put together in const code, cut off where it grows too long to be read.
pub(super) struct Message {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Message {
    const CAPACITY: usize = 2048;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], length: 0 }
    }

    /// Appends the whole of `text`, or nothing of it, so that no letter is cut in two.
    pub(super) const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > Self::CAPACITY {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length] = text[at];
            self.length += 1;
            at += 1;
        }
    }

    /// Appends each part.
    pub(super) const fn push_all(&mut self, parts: &[&str]) {
        let mut at = 0;
        while at < parts.len() {
            self.push(parts[at]);
            at += 1;
        }
    }

    pub(super) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::all_filled;

    const COLUMNS: &[(&str, bool)] = &[("id", false), ("bio", true), ("tier", false)];

    fn message(known: &[&'static str]) -> String {
        let known = known.to_vec();
        let panic = std::panic::catch_unwind(|| all_filled("User", "users", COLUMNS, &known));
        *panic.unwrap_err().downcast::<String>().unwrap()
    }

    #[test]
    fn a_table_whose_columns_are_all_filled_passes() {
        all_filled("User", "users", COLUMNS, &["tier", "id"]);
    }

    #[test]
    fn an_unfilled_column_is_named_with_the_way_out() {
        assert_eq!(
            message(&["id"]),
            "column `users.tier` is NOT NULL, but nothing fills it when a user signs up\n\
             note: `User` has no field for it\n\
             help: add one, or, if the column has a DEFAULT, `#[auth(db_default(tier))]`"
        );
    }

    #[test]
    fn several_unfilled_columns_share_one_message() {
        assert!(message(&[]).starts_with("columns `users.id`, `users.tier` are NOT NULL"));
    }
}
