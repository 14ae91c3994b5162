//! What the derive's expansion names. Not part of the public interface: it may change in any
//! release, and the derive of one release fits only the runtime of the same release.

mod columns;
mod epoch;
mod field;
mod flag;
mod probe;
#[macro_use]
mod key_table;
pub mod keys;
mod row;
#[cfg(feature = "garde")]
mod rules;
mod schema;
mod second_factor;
mod sql_types;
mod stub;
mod text;

pub use core;
pub use core::primitive::usize;
pub use diesel;
pub use serde::de::DeserializeOwned;
pub use std::clone::Clone;
pub use std::option::Option;
pub use std::result::Result;
pub use std::string::String;
pub use std::time::SystemTime;
pub use std::vec::Vec;

pub use self::columns::{SqlTypeOf, TableColumns, admits_null, all_filled};
pub use self::field::{Field, FieldFallback, cells};
pub use self::flag::later;
pub use self::probe::{Both, Fallback, Id, InPlaceOf, Is, Sent, require};
pub use self::row::backend;
#[cfg(feature = "garde")]
pub use self::rules::{Ask, Ruled, Unruled};
pub use self::schema::{
    SchemaPassword, Sends, all_sent, is_input_only, is_required, is_sent, may_be_sent, name,
};
pub use self::second_factor::is_enrolled;
pub use self::sql_types::{NameFallback, NameOf, require_readable};
pub use self::stub::stub;
pub use self::text::{Bare, Chosen, Form, Optional, TextOf};
pub use crate::password::Password;
pub use crate::store::sql::{Bound, Cell, TypeIn, TypeLookup, UserRow, Value};
pub use crate::{
    __broken_rules as broken_rules, __for_backends as for_backends, __stub_schema as stub_schema,
    __stub_user as stub_user, __with_mysql as with_mysql, __with_postgres as with_postgres,
    __with_sqlite as with_sqlite,
};
pub use crate::{error, user};

/// The rules that a sign-up body breaks.
#[cfg(feature = "garde")]
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_rules {
    ($body:expr, $names:expr, $($garde:ident)?) => {{
        use $crate::__private::{Ruled as _, Unruled as _};
        (&$crate::__private::Ask::<Self>::about()).rules().broken($body, $names)
    }};
}

/// The rules that a sign-up body breaks: it can have none without the feature that reads them.
#[cfg(not(feature = "garde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_rules {
    ($body:expr, $names:expr,) => {
        $crate::__private::Vec::new()
    };
    ($body:expr, $names:expr, garde) => {
        ::core::compile_error!(
            "the rules of `garde` are not checked without the feature `garde` of `crudauth`"
        )
    };
}
