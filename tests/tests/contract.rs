//! The expansion of the derive, written out by hand.
#![allow(missing_docs, dead_code)]

mod schema {
    diesel::table! {
        accounts (account_id) {
            account_id -> Integer,
            email_address -> Text,
            username -> Text,
            pw_hash -> Nullable<Text>,
            is_admin -> Bool,
            is_active -> Bool,
            token_version -> Integer,
            full_name -> Nullable<Text>,
            tier_id -> Integer,
            updated_at -> Nullable<Timestamp>,
            legacy -> Nullable<Text>,
        }
    }
}
use schema::accounts;

struct Account {
    id: i32,
    email: String,
    username: String,
    hashed_password: Option<String>,
    is_superuser: bool,
    is_active: bool,
    token_version: i32,
    full_name: Option<String>,
    tier_id: i32,
    updated_at: Option<chrono::NaiveDateTime>,
}

const _: () = {
    #[automatically_derived]
    impl ::crudauth::user::AuthUser for Account {
        type Id = i32;
        type Register = AccountRegister;
        type Provisioned = AccountProvisioned;

        const SCHEMA: ::crudauth::user::UserSchema = ::crudauth::user::UserSchema {
            user: "Account",
            columns: &[
                ::crudauth::user::ColumnSchema {
                    field: "id",
                    column: <accounts::account_id as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(::crudauth::user::Logical::Id),
                    fill: ::crudauth::user::Fill::Database,
                },
                // .. one for each field
            ],
            login: &[::crudauth::user::LoginField::Email, ::crudauth::user::LoginField::Username],
            recovery: ::crudauth::__private::Option::None,
        };

        fn id(&self) -> &Self::Id {
            &self.id
        }

        fn logical(&self) -> ::crudauth::user::LogicalFields<'_> {
            ::crudauth::user::LogicalFields {
                email: ::crudauth::__private::read(&self.email),
                username: ::crudauth::__private::read(&self.username),
                hashed_password: ::crudauth::__private::read(&self.hashed_password),
                is_active: ::crudauth::__private::Option::Some(self.is_active),
                is_superuser: ::crudauth::__private::Option::Some(self.is_superuser),
                email_verified: ::crudauth::__private::Option::None,
                recovery_verified: ::crudauth::__private::Option::None,
                token_version: ::crudauth::__private::Option::Some(
                    ::crudauth::__private::Epoch::to_i64(self.token_version),
                ),
            }
        }

        fn login_value(
            &self,
            field: ::crudauth::user::LoginField,
        ) -> ::crudauth::__private::Option<&str> {
            match field {
                ::crudauth::user::LoginField::Email => ::crudauth::__private::read(&self.email),
                ::crudauth::user::LoginField::Username => {
                    ::crudauth::__private::read(&self.username)
                }
                _ => ::crudauth::__private::Option::None,
            }
        }

        fn apply(&mut self, change: &::crudauth::user::Change) {
            ::crudauth::__private::set(
                &mut self.hashed_password,
                change.new_password().as_stored(),
            );
            if let ::crudauth::__private::Option::Some(epoch) = change.new_epoch() {
                self.token_version = ::crudauth::__private::Epoch::from_i64(epoch);
            }
            self.updated_at = ::crudauth::user::UserTimestamp::from_system_time(change.at());
        }
    }

    #[automatically_derived]
    impl ::crudauth::user::HasEmail for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasUsername for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasSuperuser for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasActive for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasEpoch for Account {}

    #[automatically_derived]
    impl ::crudauth::user::RegisterFields for AccountRegister {
        fn read(inputs: &mut ::crudauth::error::Inputs) -> ::crudauth::__private::Option<Self> {
            // Every field is taken before any is unwrapped, so that all mistakes are reported.
            let email = inputs.take("email");
            let username = inputs.take("username");
            let full_name = inputs.take("full_name");
            ::crudauth::__private::Option::Some(Self {
                email: email?,
                username: username?,
                full_name: full_name?,
            })
        }

        fn visit_identities(
            &mut self,
            visit: &mut dyn ::crudauth::__private::core::ops::FnMut(
                ::crudauth::user::LoginField,
                &str,
            ) -> ::crudauth::__private::Option<
                ::crudauth::__private::String,
            >,
        ) {
            ::crudauth::__private::visit(
                &mut self.email,
                ::crudauth::user::LoginField::Email,
                visit,
            );
            ::crudauth::__private::visit(
                &mut self.username,
                ::crudauth::user::LoginField::Username,
                visit,
            );
        }

        fn email(&self) -> ::crudauth::__private::Option<&str> {
            ::crudauth::__private::read(&self.email)
        }

        fn username(&self) -> ::crudauth::__private::Option<&str> {
            ::crudauth::__private::read(&self.username)
        }
    }

    ::crudauth::__private::user_store! {
        user = Account,
        table = accounts::table,
        id = accounts::account_id,
        load = [
            (id, accounts::account_id, i32),
            (email, accounts::email_address, String),
            (username, accounts::username, String),
            (hashed_password, accounts::pw_hash, Option<String>),
            (is_superuser, accounts::is_admin, bool),
            (is_active, accounts::is_active, bool),
            (token_version, accounts::token_version, i32),
            (full_name, accounts::full_name, Option<String>),
            (tier_id, accounts::tier_id, i32),
            (updated_at, accounts::updated_at, Option<chrono::NaiveDateTime>),
        ],
        login = [
            (::crudauth::user::LoginField::Email, accounts::email_address, String),
            (::crudauth::user::LoginField::Username, accounts::username, String),
        ],
        insert = |new| [
            (accounts::email_address, new.register.email),
            (accounts::username, new.register.username),
            (accounts::pw_hash, ::crudauth::__private::hash::<Option<String>, _>(new.password)),
            (accounts::is_admin, false),
            (accounts::is_active, true),
            (accounts::token_version, 0),
            (accounts::full_name, new.register.full_name),
            (accounts::tier_id, new.provisioned.tier_id),
            (accounts::updated_at, <Option<chrono::NaiveDateTime> as ::crudauth::user::UserTimestamp>::from_system_time(new.created_at)),
        ],
        new_id = [(accounts::account_id, i32)],
        password = (accounts::pw_hash, Option<String>),
        epoch = [(accounts::token_version, i32)],
        updated_at = [(accounts::updated_at, Option<chrono::NaiveDateTime>)],
    }

    // Every NOT NULL column has a source.
    const _: () = {
        if let ::crudauth::__private::Option::Some(_) = ::crudauth::__private::unfilled(
            <<accounts::table as ::crudauth::__private::diesel::Table>::AllColumns
                as ::crudauth::__private::TableColumns>::COLUMNS,
            &[
                <accounts::account_id as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::email_address as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::username as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::is_admin as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::is_active as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::token_version as ::crudauth::__private::diesel::Column>::NAME,
                <accounts::tier_id as ::crudauth::__private::diesel::Column>::NAME,
            ],
        ) {
            ::crudauth::__private::core::panic!("see compile-errors C53")
        }
    };
};

/// What a client may send to sign up as an [`Account`], the password aside.
struct AccountRegister {
    /// The login field `email`.
    email: String,
    /// The login field `username`.
    username: String,
    /// From `Account::full_name`, `#[auth(register)]`.
    full_name: Option<String>,
}

/// What the new-user hook fills for an [`Account`].
struct AccountProvisioned {
    /// For `Account::tier_id`.
    tier_id: i32,
}

#[test]
fn runs() {
    use crudauth::store::sqlite::SqliteUser;
    use diesel::prelude::*;
    let mut conn = diesel::SqliteConnection::establish(":memory:").unwrap();
    diesel::sql_query("create table accounts (account_id integer primary key, email_address text not null unique, username text not null unique, pw_hash text, is_admin bool not null, is_active bool not null, token_version integer not null, full_name text, tier_id integer not null, updated_at timestamp, legacy text)").execute(&mut conn).unwrap();
    assert_eq!(Account::table(), "`accounts`");
    Account::probe(&mut conn).unwrap();
    let new = || crudauth::user::NewUser {
        register: AccountRegister {
            email: "a@example.com".into(),
            username: "ada".into(),
            full_name: None,
        },
        provisioned: AccountProvisioned { tier_id: 3 },
        password: Some(crudauth::password::PasswordHash::from_stored("h".into())),
        created_at: std::time::SystemTime::now(),
    };
    let a = Account::insert(&mut conn, new()).unwrap();
    assert_eq!((a.id, a.tier_id), (1, 3));
    println!("{:?}", Account::insert(&mut conn, new()).err());
    let name = crudauth::user::LoginName::new(" A@example.com");
    assert_eq!(Account::find_by_login(&mut conn, &name).unwrap().len(), 1);
    let change = crudauth::user::Change::password(
        crudauth::password::PasswordHash::from_stored("i".into()),
        0,
        std::time::SystemTime::now(),
    );
    assert_eq!(Account::change(&mut conn, &1, &change).unwrap(), 1);
    assert_eq!(Account::change(&mut conn, &1, &change).unwrap(), 0);
    let b = Account::find_by_id(&mut conn, &1).unwrap().unwrap();
    assert_eq!((b.token_version, b.hashed_password.as_deref()), (1, Some("i")));
}
