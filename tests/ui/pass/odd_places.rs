//! Attributes that come by conditions, comments in odd places, and fields that are not there.
#![deny(warnings, missing_docs)]

use crudauth::AuthUser;

mod schema {
    #![allow(missing_docs)]
    diesel::table! {
        /// A table.
        users (id) {
            /// A column.
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
            full_name -> Nullable<Text>,
            r#type -> Nullable<Text>,
        }
    }
}

/// Before.
#[derive(AuthUser)]
/// Between.
#[cfg_attr(all(), diesel(table_name = schema::users))]
#[cfg_attr(any(), auth(crate = ::nowhere))]
/** After. */
pub struct User {
    /// The key.
    pub id: i32,
    #[doc = "An address."]
    email: String,
    hashed_password: String,
    /* not a doc comment */ is_active: bool,
    #[allow(dead_code)] token_version: i32,
    /// On top,
    #[cfg_attr(all(), auth(register))]
    /// and below.
    full_name: Option<String>,
    #[cfg(any())]
    #[auth(no_such_key)]
    is_gone: bool,
    #[auth(register,)]
    r#type: Option<String>,
}

fn main() {
    assert_eq!(User::SCHEMA.columns.len(), 7);
    let _ = UserRegister { email: String::new(), full_name: None, r#type: None };
}
