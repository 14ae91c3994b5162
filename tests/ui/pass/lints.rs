//! The expansion is no noise under the strictest lints.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, non_local_definitions)]
#![deny(missing_debug_implementations, missing_copy_implementations, single_use_lifetimes)]
#![deny(trivial_casts, unused_results, let_underscore_drop, unnameable_types, private_interfaces)]
#![forbid(unsafe_code)]

use crudauth::AuthUser;

mod schema {
    #![allow(missing_docs)]
    diesel::table! {
        users (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
            full_name -> Nullable<Text>,
            tier -> Integer,
        }
    }
}

/// A user of the old kind.
#[derive(AuthUser, Debug)]
#[deprecated(note = "use another one")]
#[diesel(table_name = schema::users)]
pub struct User {
    /// The key.
    pub id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register, rename = "fullName")]
    full_name: Option<String>,
    #[auth(provisioned)]
    tier: i32,
}

fn main() {}
