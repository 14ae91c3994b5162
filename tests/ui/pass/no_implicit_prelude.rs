//! Without a prelude, where every name that an expansion could be tempted by means something else.
#![deny(warnings)]

mod schema {
    diesel::table! {
        users (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            updated_at -> BigInt,
            full_name -> Nullable<Text>,
            tags -> Text,
            tier -> Integer,
        }
    }
}

mod bare {
    #![no_implicit_prelude]

    pub struct Option;
    pub struct Result;
    pub struct String;
    pub struct Vec;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub mod core {}
    pub mod std {}
    pub mod diesel {}
    pub mod crudauth {}

    type Text = ::std::string::String;

    #[derive(::crudauth::AuthUser)]
    #[diesel(table_name = super::schema::users)]
    pub struct User {
        pub id: i32,
        email: Text,
        hashed_password: ::std::option::Option<Text>,
        is_active: bool,
        email_verified: bool,
        token_version: i32,
        updated_at: i64,
        #[auth(register)]
        full_name: ::std::option::Option<Text>,
        #[auth(register)]
        tags: Text,
        #[auth(provisioned)]
        tier: i32,
    }
}

fn main() {
    use crudauth::AuthUser;

    assert_eq!(bare::User::SCHEMA.columns.len(), 10);
    assert_eq!(bare::User::SCHEMA.recovery, Some("email"));
}
