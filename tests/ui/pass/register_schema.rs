//! Sign-up bodies anywhere: in a function, of a user elsewhere, with types of the application, under
//! strict lints and with shadowed names.
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, non_local_definitions)]
#![deny(missing_debug_implementations, single_use_lifetimes, let_underscore_drop, unused_results)]
#![forbid(unsafe_code)]

pub extern crate crudauth as engine;

mod accounts {
    mod schema {
        diesel::table! {
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

mod bodies {
    use crate::{accounts, engine};

    mod core {}
    #[allow(dead_code, reason = "it is here to be in the way")]
    struct Option;
    #[allow(dead_code, reason = "it is here to be in the way")]
    struct Vec;
    #[allow(dead_code, reason = "it is here to be in the way")]
    struct String;

    type Text = ::std::string::String;
    type Optional = ::std::option::Option<Text>;

    /// A code, which cannot be cloned.
    #[derive(::serde::Deserialize)]
    pub(crate) struct Code;

    #[derive(engine::RegisterSchema)]
    #[auth(user = accounts::User, crate = crate::engine)]
    pub(crate) struct SignUp {
        email: Text,
        password: engine::Password,
        r#type: Optional,
        #[auth(input_only)]
        code: Code,
    }
}

fn main() {
    #[derive(engine::RegisterSchema)]
    #[auth(user = accounts::User)]
    #[deprecated]
    struct Local {
        password: String,
        email: String,
    }

    let (database, key) =
        (engine::Sqlite::in_memory().unwrap(), engine::SecretKey::random().unwrap());
    #[allow(deprecated)]
    let builder = engine::CrudAuth::<accounts::User>::builder(database, key)
        .new_user_defaults(accounts::UserProvisioned { tier: 1 })
        .register_schema::<Local>()
        .register_schema::<bodies::SignUp>()
        .new_user_fields(|new| async move {
            let sent: Option<bodies::SignUpData> = new.register_data;
            Ok(accounts::UserProvisioned { tier: sent.is_some().into() })
        });
    drop(builder);
}
