//! A struct that names SQLite, or says that Diesel need not check, has a store for SQLite.
#![deny(warnings)]

use crudauth::{AuthUser, CrudAuth, Sqlite};

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
user!(Several, diesel::pg::Pg, diesel::sqlite::Sqlite,);
user!(Unchecked, disable = true);

fn main() {
    let open = || Sqlite::open("users.db").unwrap();
    drop((
        CrudAuth::<Named>::builder().database(open()),
        CrudAuth::<Several>::builder().database(open()),
        CrudAuth::<Unchecked>::builder().database(open()),
    ));
    let _ = Named::SCHEMA;
}
