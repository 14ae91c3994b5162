//! What the derive checks of the columns of a table, in const code.

use diesel::expression::Expression;
use diesel::query_source::Column;
use diesel::sql_types::{SqlType, is_nullable};

/// The SQL type of a column.
pub type SqlTypeOf<C> = <C as Expression>::SqlType;

/// A SQL type that admits NULL.
pub trait Nullable {}

impl<T: SqlType<IsNull = is_nullable::IsNullable>> Nullable for T {}

/// Whether a SQL type admits NULL, as a constant.
pub trait Nullability {
    /// Whether it does.
    const NULLABLE: bool;
}

impl Nullability for is_nullable::IsNullable {
    const NULLABLE: bool = true;
}

impl Nullability for is_nullable::NotNull {
    const NULLABLE: bool = false;
}

/// The columns of a table: their SQL names, and whether each admits NULL.
pub trait TableColumns {
    /// In the order of `table!`.
    const COLUMNS: &'static [(&'static str, bool)];
}

macro_rules! tuples_of_columns {
    ($($C:ident)*) => { tuples_of_columns!(@ [] $($C)*); };
    (@ [$($done:ident)*]) => {};
    (@ [$($done:ident)*] $next:ident $($rest:ident)*) => {
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

/// The first NOT NULL column of `table` that is not in `known`.
pub const fn unfilled(
    table: &'static [(&'static str, bool)],
    known: &[&'static str],
) -> Option<&'static str> {
    let mut at = 0;
    while at < table.len() {
        let (name, nullable) = table[at];
        if !nullable && !is_filled(name, known) {
            return Some(name);
        }
        at += 1;
    }
    None
}

/// Whether `name` is in `known`.
pub const fn is_filled(name: &str, known: &[&str]) -> bool {
    let mut at = 0;
    while at < known.len() {
        if same(name.as_bytes(), known[at].as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(left: &[u8], right: &[u8]) -> bool {
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
