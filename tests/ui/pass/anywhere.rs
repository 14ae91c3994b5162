//! Private structs in a function and in a module, from a macro, with names that could clash.
#![deny(warnings)]

mod schema {
    diesel::table! {
        users (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
            new -> Text,
            inputs -> Text,
            connection -> Text,
            change -> Text,
            taken -> Text,
        }
    }
}

mod inner {
    // The names of the columns are unit structs in scope here.
    #[allow(unused_imports)]
    use crate::schema::users::dsl::*;

    #[derive(crudauth::AuthUser)]
    #[diesel(table_name = crate::schema::users)]
    pub(super) struct User {
        id: i32,
        email: String,
        hashed_password: String,
        is_active: bool,
        token_version: i32,
        #[auth(register)]
        new: String,
        #[auth(register)]
        inputs: String,
        #[auth(register)]
        connection: String,
        #[auth(provisioned)]
        change: String,
        #[auth(provisioned)]
        taken: String,
    }
}

macro_rules! user {
    ($name:ident, $table:path, $id:ty, $text:ty) => {
        #[derive(crudauth::AuthUser)]
        #[diesel(table_name = $table)]
        #[auth(db_default(new, inputs, connection, change, taken))]
        struct $name {
            id: $id,
            email: $text,
            hashed_password: $text,
            is_active: bool,
            token_version: i32,
        }
    };
}

fn main() {
    use crudauth::AuthUser;

    user!(Local, crate::schema::users, i32, String);
    let _ = Local::SCHEMA;
    let _ = inner::User::SCHEMA;
    let _ = inner::UserProvisioned { change: String::new(), taken: String::new() };
}
