//! A sign-up body without a prelude, through a re-export, where every name that an expansion could
//! be tempted by means something else.
#![deny(warnings, missing_docs, unused_qualifications)]
#![deny(clippy::pedantic, clippy::nursery)]

pub extern crate crudauth as engine;

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
            tags -> Text,
        }
    }
}

mod framework {
    pub(crate) use crate::engine as auth;
}

mod accounts {
    /// A user.
    #[derive(crate::engine::AuthUser)]
    #[auth(crate = crate::framework::auth)]
    #[diesel(table_name = super::schema::users)]
    pub(crate) struct User {
        id: i32,
        email: String,
        hashed_password: String,
        is_active: bool,
        token_version: i32,
        #[auth(register)]
        full_name: Option<String>,
        #[auth(register)]
        tags: String,
    }
}

mod bare {
    #![no_implicit_prelude]

    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct String;
    pub(crate) struct Vec;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Ok;
    pub(crate) mod core {}
    pub(crate) mod std {}
    pub(crate) mod diesel {}
    pub(crate) mod crudauth {}
    pub(crate) trait Clone {}

    type Text = ::std::string::String;
    type Optional = ::std::option::Option<Text>;

    /// A code, which cannot be cloned.
    #[derive(::serde::Deserialize)]
    pub(crate) struct Code;

    /// A body.
    #[derive(crate::engine::RegisterSchema)]
    #[auth(user = crate::accounts::User, crate = crate::framework::auth)]
    pub(crate) struct SignUp {
        email: Text,
        password: Text,
        full_name: Optional,
        tags: ::std::string::String,
        #[auth(input_only)]
        code: Code,
        #[auth(input_only, rename = "isFair")]
        is_fair: bool,
    }
}

fn main() {
    use engine::user::RegisterSchema;

    fn data<S: RegisterSchema>(_: S) -> Option<S::Data> {
        None
    }
    let data: fn(bare::SignUp) -> Option<bare::SignUpData> = data;
    let _ = data;
    let _ = (bare::Option, bare::Result, bare::String, bare::Vec, bare::Some, bare::None, bare::Ok);
}
