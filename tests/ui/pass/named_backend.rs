//! A struct has a store for each backend that it names, and for every one where it names none or
//! says that Diesel need not check.
#![deny(warnings)]

use crudauth::store::Database;
use crudauth::{AuthUser, Mysql, Postgres, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

macro_rules! user {
    ($name:ident, $($check:tt)*) => {
        #[derive(AuthUser)]
        #[diesel(table_name = users, check_for_backend($($check)*))]
        struct $name {
            id: i32,
            email: String,
            hashed_password: String,
            is_active: bool,
            token_version: i32,
        }
    };
}

user!(Named, diesel::sqlite::Sqlite);
user!(Several, diesel::pg::Pg, diesel::mysql::Mysql,);
user!(Unchecked, disable = true);

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct Unnamed {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn holds<D: Database<U>, U: AuthUser>() {}

fn main() {
    holds::<Sqlite, Named>();
    holds::<Postgres, Several>();
    holds::<Mysql, Several>();
    holds::<Sqlite, Unchecked>();
    holds::<Postgres, Unchecked>();
    holds::<Mysql, Unchecked>();
    holds::<Sqlite, Unnamed>();
    holds::<Postgres, Unnamed>();
    holds::<Mysql, Unnamed>();
    let _ = Named::SCHEMA;
}
