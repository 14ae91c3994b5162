//! The SQL types that a message can name, each with the type of Rust that fits it.

use std::marker::PhantomData;

use diesel::sql_types as sql;

use super::columns::Message;

/// A SQL type, as a message names it.
#[derive(Debug, Clone, Copy)]
pub struct SqlTypeName {
    name: &'static str,
    nullable: bool,
    /// The types of Rust that it is read as.
    fits: &'static [&'static str],
    /// The backend that alone has it, as it is named in `check_for_backend(..)`.
    only: Option<&'static str>,
}

/// A SQL type that a message can name.
pub trait Nameable {
    /// How.
    const NAME: SqlTypeName;
}

impl<ST: Nameable + sql::SqlType<IsNull = sql::is_nullable::NotNull>> Nameable
    for sql::Nullable<ST>
{
    const NAME: SqlTypeName = SqlTypeName { nullable: true, ..ST::NAME };
}

macro_rules! named {
    ($($ST:ty, $name:literal: $($fits:literal)|+ $(on $only:literal)?;)*) => {$(
        impl Nameable for $ST {
            const NAME: SqlTypeName = SqlTypeName {
                name: $name,
                nullable: false,
                fits: &[$($fits),+],
                only: [$(Some($only),)? None][0],
            };
        }
    )*};
}

named! {
    sql::Bool, "Bool": "bool";
    sql::SmallInt, "SmallInt": "i16";
    sql::Integer, "Integer": "i32";
    sql::BigInt, "BigInt": "i64";
    sql::Float, "Float": "f32";
    sql::Double, "Double": "f64";
    sql::Text, "Text": "String";
    sql::Binary, "Binary": "Vec<u8>";
    sql::Date, "Date": "chrono::NaiveDate" | "time::Date";
    sql::Time, "Time": "chrono::NaiveTime" | "time::Time";
    sql::Timestamp, "Timestamp": "chrono::NaiveDateTime" | "time::PrimitiveDateTime";
}

#[cfg(feature = "uuid")]
named! {
    crate::store::UuidText, "UuidText": "uuid::Uuid";
    crate::store::UuidBlob, "UuidBlob": "uuid::Uuid";
}

#[cfg(all(feature = "uuid", feature = "postgres"))]
named! {
    sql::Uuid, "Uuid": "uuid::Uuid" on "diesel::pg::Pg";
}

#[cfg(feature = "postgres")]
named! {
    sql::Timestamptz, "Timestamptz":
        "chrono::DateTime<Utc>" | "time::OffsetDateTime" on "diesel::pg::Pg";
}

#[cfg(feature = "mysql")]
named! {
    sql::TinyInt, "TinyInt": "i8" on "diesel::mysql::Mysql";
    sql::Unsigned<sql::TinyInt>, "Unsigned<TinyInt>": "u8" on "diesel::mysql::Mysql";
    sql::Unsigned<sql::SmallInt>, "Unsigned<SmallInt>": "u16" on "diesel::mysql::Mysql";
    sql::Unsigned<sql::Integer>, "Unsigned<Integer>": "u32" on "diesel::mysql::Mysql";
    sql::Unsigned<sql::BigInt>, "Unsigned<BigInt>": "u64" on "diesel::mysql::Mysql";
    sql::Datetime, "Datetime":
        "chrono::NaiveDateTime" | "time::PrimitiveDateTime" on "diesel::mysql::Mysql";
}

/// Asks for the name of a SQL type. As in `probe`, an inherent item hides that of the
/// fallback where there is one.
pub struct NameOf<ST>(PhantomData<ST>);

impl<ST: Nameable> NameOf<ST> {
    /// The name.
    pub const NAME: Option<SqlTypeName> = Some(ST::NAME);
}

/// The answer for every other type.
pub trait NameFallback {
    /// No message can name the type.
    const NAME: Option<SqlTypeName> = None;
}

impl<ST> NameFallback for NameOf<ST> {}

/// Panics, in const code and so at compile time, if a field cannot be read from its column: with the
/// fact, with what the column is, and with the type that fits. `is_uuid` says that the field is a
/// `Uuid`, as far as the name of its type tells.
#[track_caller]
pub const fn require_readable(
    answer: bool,
    mistake: &str,
    column: Option<SqlTypeName>,
    is_uuid: bool,
) {
    if answer {
        return;
    }
    let mut message = Message::new();
    message.push(mistake);
    match column {
        Some(column) => column.tell(is_uuid, &mut message),
        None => message.push(
            "\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\n\
             note: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the \
             struct",
        ),
    }
    panic!("{}", message.as_str())
}

impl SqlTypeName {
    const fn tell(self, is_uuid: bool, message: &mut Message) {
        let (before, after) = if self.nullable { ("Nullable<", ">") } else { ("", "") };
        message.push_all(&["\nhelp: the column is `", before, self.name, after, "`: use "]);
        let (before, after) = if self.nullable { ("Option<", ">") } else { ("", "") };
        let mut at = 0;
        while at < self.fits.len() {
            message.push(if at > 0 { " or " } else { "" });
            message.push_all(&["`", before, self.fits[at], after, "`"]);
            at += 1;
        }
        let instead = match self.name.as_bytes() {
            b"Text" => Some("UuidText"),
            b"Binary" => Some("UuidBlob"),
            _ => None,
        };
        if let Some(instead) = instead
            && is_uuid
        {
            message.push_all(&[
                "\nhelp: or, where it holds UUIDs, write `crudauth::store::",
                instead,
                "` in its place in `table!`",
            ]);
        }
        if let Some(backend) = self.only {
            message.push_all(&[
                ", and `#[diesel(check_for_backend(",
                backend,
                "))]` on the struct, since no other backend has the type",
            ]);
        }
    }
}
