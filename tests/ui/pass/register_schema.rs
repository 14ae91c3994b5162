//! Sign-up bodies anywhere: in a function, of a user elsewhere, with types of the application, under
//! strict lints and shadowed names.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, non_local_definitions)]
#![deny(missing_debug_implementations, single_use_lifetimes, let_underscore_drop, unused_results)]
#![forbid(unsafe_code)]

pub extern crate crudauth as engine;

mod accounts {
    use ::std::option::Option;
    use ::std::string::String;

    #[allow(missing_docs)]
    mod schema {
        ::diesel::table! {
            users (id) {
                id -> Integer,
                email -> Text,
                hashed_password -> Text,
                is_active -> Bool,
                token_version -> Integer,
                r#type -> Nullable<Text>,
                tier -> Integer,
            }
        }
    }

    #[derive(crate::engine::AuthUser)]
    #[diesel(table_name = schema::users)]
    #[auth(crate = crate::engine)]
    pub(crate) struct User {
        id: i32,
        email: String,
        hashed_password: String,
        is_active: bool,
        token_version: i32,
        #[auth(register)]
        r#type: Option<String>,
        #[auth(provisioned)]
        tier: i32,
    }
}

mod core {}
mod crudauth {}
#[allow(dead_code)]
struct Option;
#[allow(dead_code)]
struct Vec;

/// A code.
#[derive(::std::fmt::Debug)]
pub struct Code;

impl<'de> ::serde::Deserialize<'de> for Code {
    fn deserialize<D: ::serde::Deserializer<'de>>(
        deserializer: D,
    ) -> ::std::result::Result<Self, D::Error> {
        ::std::result::Result::map(
            <::std::string::String as ::serde::Deserialize>::deserialize(deserializer),
            |_| Self,
        )
    }
}

/// A body.
#[derive(engine::RegisterSchema)]
#[auth(user = crate::accounts::User, crate = crate::engine)]
struct SignUp {
    email: ::std::string::String,
    password: engine::Password,
    r#type: ::std::option::Option<::std::string::String>,
    #[auth(input_only)]
    code: Code,
}

fn main() {
    #[derive(engine::RegisterSchema)]
    #[auth(user = accounts::User, crate = crate::engine)]
    struct Local {
        password: ::std::string::String,
        email: ::std::string::String,
    }

    let builder = engine::CrudAuth::<accounts::User>::builder()
        .new_user_defaults(accounts::UserProvisioned { tier: 1 })
        .register_schema::<Local>()
        .register_schema::<SignUp>()
        .new_user_fields(|new| async move {
            let sent: ::std::option::Option<SignUpData> = new.register_data;
            ::std::result::Result::Ok(accounts::UserProvisioned {
                tier: ::std::convert::From::from(sent.is_some()),
            })
        });
    ::std::mem::drop(builder);
}
