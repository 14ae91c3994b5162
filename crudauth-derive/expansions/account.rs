// The expansion of a user struct, formatted.
const _: () = {
    use ::crudauth::__private as __auth;
    #[allow(unused_imports, reason = "they are for an editor")]
    use __auth::keys::{
        user_field::column as _, user_field::column as _, user_field::column as _,
        user_field::column as _, user_field::register as _, user_field::provisioned as _,
    };
    use __auth::{FieldFallback as _, Fallback as _, NameFallback as _};
    #[automatically_derived]
    impl __auth::user::AuthUser for Account {
        type Id = i32;
        type Tenant = __auth::user::NoTenant;
        type Register = AccountRegister;
        type Provisioned = AccountProvisioned;
        type OAuthFields = __auth::user::NoFormFields;
        const SCHEMA: __auth::user::UserSchema = __auth::user::UserSchema {
            user: "Account",
            columns: &[
                __auth::user::ColumnSchema {
                    field: "id",
                    column: <accounts::account_id as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Id),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "email",
                    column: <accounts::email_address as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Email),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Client("email"),
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "username",
                    column: <accounts::username as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Username),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Client("username"),
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <accounts::pw_hash as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::HashedPassword),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "is_superuser",
                    column: <accounts::is_admin as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::IsSuperuser),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "is_active",
                    column: <accounts::is_active as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::IsActive),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "email_verified",
                    column: <accounts::email_verified as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::EmailVerified),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "token_version",
                    column: <accounts::token_version as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::TokenVersion),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "full_name",
                    column: <accounts::full_name as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::None,
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Client("full_name"),
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "tier_id",
                    column: <accounts::tier_id as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::None,
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Provisioned,
                    scope: __auth::Option::None,
                },
            ],
            login: &[
                __auth::user::LoginField::Email,
                __auth::user::LoginField::Username,
            ],
            recovery: __auth::Option::Some("email"),
            beside: &[],
        };
        fn register_by_provider(
            __email: &str,
            __username: __auth::Option<&str>,
            __fields: Self::OAuthFields,
        ) -> Self::Register {
            AccountRegister {
                email: <__auth::TextOf<
                    String,
                    __auth::Bare,
                >>::said(__auth::Option::Some(__email)),
                username: <__auth::TextOf<String, __auth::Bare>>::said(__username),
                full_name: __auth::Option::None,
            }
        }
        fn id(&self) -> &Self::Id {
            &self.id
        }
        fn tenant(&self) -> &Self::Tenant {
            &__auth::user::NoTenant
        }
        fn mapped(&self) -> __auth::user::LogicalFields<'_> {
            __auth::user::LogicalFields {
                email: <__auth::TextOf<String, __auth::Bare>>::read(&self.email),
                username: <__auth::TextOf<String, __auth::Bare>>::read(&self.username),
                hashed_password: <__auth::TextOf<
                    String,
                    __auth::Bare,
                >>::read(&self.hashed_password),
                is_active: __auth::Option::Some(self.is_active),
                is_superuser: __auth::Option::Some(self.is_superuser),
                email_verified: __auth::Option::Some(self.email_verified),
                token_version: __auth::Option::Some(
                    __auth::Is::<i32>::to_i64(&self.token_version),
                ),
                oauth_provider: __auth::Option::None,
                google_id: __auth::Option::None,
                github_id: __auth::Option::None,
                barred_until: __auth::Option::None,
                recovery: <__auth::TextOf<String, __auth::Bare>>::read(&self.email),
                recovery_verified: __auth::Option::Some(self.email_verified),
                second_factor: __auth::Option::None,
            }
        }
        fn login_value(
            &self,
            __field: __auth::user::LoginField,
        ) -> __auth::Option<&str> {
            match __field {
                __auth::user::LoginField::Email => {
                    <__auth::TextOf<String, __auth::Bare>>::read(&self.email)
                }
                __auth::user::LoginField::Username => {
                    <__auth::TextOf<String, __auth::Bare>>::read(&self.username)
                }
                _ => __auth::Option::None,
            }
        }
        fn apply(&mut self, __change: &__auth::user::Change) {
            let __set = __change.set();
            if let __auth::Option::Some(__to) = &__set.password {
                <__auth::TextOf<
                    String,
                    __auth::Bare,
                >>::set(&mut self.hashed_password, __to.as_stored());
            }
            if let __auth::Option::Some(__to) = &__set.epoch {
                self.token_version = __auth::Is::<i32>::from_i64(*__to);
            }
            if let __auth::Option::Some(__to) = &__set.email {
                <__auth::TextOf<String, __auth::Bare>>::set(&mut self.email, __to);
                self.email_verified = true;
            }
            if __set.recovery_verified {
                self.email_verified = true;
            }
            if let __auth::Option::Some(__to) = &__set.active {
                self.is_active = *__to;
            }
        }
    }
    #[automatically_derived]
    impl __auth::user::HasEmail for Account {}
    #[automatically_derived]
    impl __auth::user::HasUsername for Account {}
    #[automatically_derived]
    impl __auth::user::HasActive for Account {}
    #[automatically_derived]
    impl __auth::user::HasSuperuser for Account {}
    #[automatically_derived]
    impl __auth::user::HasEmailVerified for Account {}
    #[automatically_derived]
    impl __auth::user::HasEpoch for Account {}
    #[automatically_derived]
    impl __auth::user::HasRecovery for Account {}
    #[automatically_derived]
    impl __auth::user::SignsInByProviders for Account {}
    #[automatically_derived]
    impl __auth::user::NothingFromForm for Account {
        fn no_fields() -> __auth::user::NoFormFields {
            __auth::user::NoFormFields
        }
    }
    #[automatically_derived]
    impl __auth::user::RegisterFields for AccountRegister {
        const INPUTS: &'static [__auth::user::RegisterInput] = &[
            __auth::user::RegisterInput {
                name: "email",
                required: __auth::is_required::<accounts::email_address>(),
            },
            __auth::user::RegisterInput {
                name: "username",
                required: __auth::is_required::<accounts::username>(),
            },
            __auth::user::RegisterInput {
                name: "full_name",
                required: __auth::is_required::<accounts::full_name>(),
            },
        ];
        fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
            let __taken = (
                __inputs.take("email"),
                __inputs.take("username"),
                __inputs.take("full_name"),
            );
            __auth::Option::Some(Self {
                email: __taken.0?,
                username: __taken.1?,
                full_name: __taken.2?,
            })
        }
        fn visit_identities(
            &mut self,
            __visit: &mut dyn __auth::core::ops::FnMut(
                __auth::user::LoginField,
                &str,
            ) -> __auth::Option<__auth::String>,
        ) {
            <__auth::TextOf<
                String,
                __auth::Bare,
            >>::visit(&mut self.email, __auth::user::LoginField::Email, __visit);
            <__auth::TextOf<
                String,
                __auth::Bare,
            >>::visit(&mut self.username, __auth::user::LoginField::Username, __visit);
        }
        fn email(&self) -> __auth::Option<&str> {
            <__auth::TextOf<String, __auth::Bare>>::read(&self.email)
        }
        fn username(&self) -> __auth::Option<&str> {
            <__auth::TextOf<String, __auth::Bare>>::read(&self.username)
        }
        fn recovery(&self) -> __auth::Option<&str> {
            <__auth::TextOf<String, __auth::Bare>>::read(&self.email)
        }
    }
    #[automatically_derived]
    impl __auth::Sends<{ __auth::name("email") }, String> for Account {}
    #[automatically_derived]
    impl __auth::Sends<{ __auth::name("username") }, String> for Account {}
    #[automatically_derived]
    impl __auth::Sends<{ __auth::name("full_name") }, Option<String>> for Account {}
    #[automatically_derived]
    impl __auth::Clone for AccountProvisioned
    where
        for<'__later> i32: __auth::Clone,
    {
        fn clone(&self) -> Self {
            Self {
                tier_id: __auth::Clone::clone(&self.tier_id),
            }
        }
    }
    type __On = __auth::backend::Every;
    const _: () = {
        type __Field = __auth::Field<i32, accounts::account_id, __On>;
        __auth::require(
            __auth::Is::<i32>::NEW_ID,
            "nothing makes a `i32` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `i32`",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `id` cannot be read from column `accounts.account_id` as `i32`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::account_id>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.account_id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<String, accounts::email_address, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `email` cannot be read from column `accounts.email_address` as `String`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::email_address>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.email_address`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<String, accounts::username, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `username` cannot be read from column `accounts.username` as `String`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::username>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.username`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<String, accounts::pw_hash, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `accounts.pw_hash` as `String`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::pw_hash>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.pw_hash`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<bool, accounts::is_admin, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `is_superuser` cannot be read from column `accounts.is_admin` as `bool`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::is_admin>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.is_admin`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<bool, accounts::is_active, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `is_active` cannot be read from column `accounts.is_active` as `bool`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::is_active>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<bool, accounts::email_verified, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `email_verified` cannot be read from column `accounts.email_verified` as `bool`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::email_verified>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.email_verified`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<i32, accounts::token_version, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `token_version` cannot be read from column `accounts.token_version` as `i32`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::token_version>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Option<String>, accounts::full_name, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `full_name` cannot be read from column `accounts.full_name` as `Option<String>`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::full_name>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Option<String>` cannot be written to column `accounts.full_name`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<i32, accounts::tier_id, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `tier_id` cannot be read from column `accounts.tier_id` as `i32`",
            __auth::NameOf::<__auth::SqlTypeOf<accounts::tier_id>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.tier_id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        __auth::require(
            !(__auth::Is::<Account>::SERIALIZABLE && __auth::Is::<String>::SERIALIZABLE),
            "`Account` can be serialized, and with it `hashed_password`, which no client may see\nnote: `Json(me.user)` would send it\nhelp: write `#[serde(skip_serializing)]` on `hashed_password`, or remove `Serialize` and answer with `crudauth::answers` or a struct of your own",
        );
    };
    const _: () = {
        __auth::require(
            __auth::Both::<
                accounts::account_id,
                <accounts::table as __auth::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `accounts.account_id`, but that is not the primary key of `accounts`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = {
        __auth::all_filled(
            "Account",
            "accounts",
            <<accounts::table as __auth::diesel::Table>::AllColumns as __auth::TableColumns>::COLUMNS,
            &[
                <accounts::account_id as __auth::diesel::Column>::NAME,
                <accounts::email_address as __auth::diesel::Column>::NAME,
                <accounts::username as __auth::diesel::Column>::NAME,
                <accounts::pw_hash as __auth::diesel::Column>::NAME,
                <accounts::is_admin as __auth::diesel::Column>::NAME,
                <accounts::is_active as __auth::diesel::Column>::NAME,
                <accounts::email_verified as __auth::diesel::Column>::NAME,
                <accounts::token_version as __auth::diesel::Column>::NAME,
                <accounts::full_name as __auth::diesel::Column>::NAME,
                <accounts::tier_id as __auth::diesel::Column>::NAME,
            ],
        );
    };
};
///What a client may send to sign up as an [`Account`], the password aside.
struct AccountRegister {
    ///The logical field `email`.
    pub email: String,
    ///The logical field `username`.
    pub username: String,
    ///`Account::full_name`, sent as `full_name`.
    pub full_name: Option<String>,
}
///What the new-user hook chooses for a new [`Account`].
struct AccountProvisioned {
    ///`Account::tier_id`.
    pub tier_id: i32,
}

// For each backend of [every]:
#[automatically_derived]
impl __auth::UserRow<__Backend> for Account {
    fn push_table(
        __pass: __auth::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::diesel::query_builder::QueryFragment::walk_ast(&accounts::table, __pass)
    }
    fn read<'__a>(
        __row: &impl __auth::diesel::row::Row<'__a, __Backend>,
    ) -> __auth::diesel::deserialize::Result<Self> {
        __auth::Result::Ok(Self {
            id: __auth::Field::<i32, accounts::account_id, __Backend>::read(__row, 0)?,
            email: __auth::Field::<
                String,
                accounts::email_address,
                __Backend,
            >::read(__row, 1)?,
            username: __auth::Field::<
                String,
                accounts::username,
                __Backend,
            >::read(__row, 2)?,
            hashed_password: __auth::Field::<
                String,
                accounts::pw_hash,
                __Backend,
            >::read(__row, 3)?,
            is_superuser: __auth::Field::<
                bool,
                accounts::is_admin,
                __Backend,
            >::read(__row, 4)?,
            is_active: __auth::Field::<
                bool,
                accounts::is_active,
                __Backend,
            >::read(__row, 5)?,
            email_verified: __auth::Field::<
                bool,
                accounts::email_verified,
                __Backend,
            >::read(__row, 6)?,
            token_version: __auth::Field::<
                i32,
                accounts::token_version,
                __Backend,
            >::read(__row, 7)?,
            full_name: __auth::Field::<
                Option<String>,
                accounts::full_name,
                __Backend,
            >::read(__row, 8)?,
            tier_id: __auth::Field::<i32, accounts::tier_id, __Backend>::read(__row, 9)?,
        })
    }
    fn types(
        __lookup: &mut __auth::TypeLookup<__Backend>,
    ) -> __auth::Vec<__auth::TypeIn<__Backend>> {
        <__auth::Vec<
            _,
        > as __auth::core::convert::From<
            _,
        >>::from([
            __auth::Field::<i32, accounts::account_id, __Backend>::kind(__lookup),
            __auth::Field::<String, accounts::email_address, __Backend>::kind(__lookup),
            __auth::Field::<String, accounts::username, __Backend>::kind(__lookup),
            __auth::Field::<String, accounts::pw_hash, __Backend>::kind(__lookup),
            __auth::Field::<bool, accounts::is_admin, __Backend>::kind(__lookup),
            __auth::Field::<bool, accounts::is_active, __Backend>::kind(__lookup),
            __auth::Field::<bool, accounts::email_verified, __Backend>::kind(__lookup),
            __auth::Field::<i32, accounts::token_version, __Backend>::kind(__lookup),
            __auth::Field::<
                Option<String>,
                accounts::full_name,
                __Backend,
            >::kind(__lookup),
            __auth::Field::<i32, accounts::tier_id, __Backend>::kind(__lookup),
        ])
    }
    fn push_id<'__b>(
        __id: &'__b <Self as __auth::user::AuthUser>::Id,
        __pass: __auth::diesel::query_builder::AstPass<'_, '__b, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::Field::<
            <Self as __auth::user::AuthUser>::Id,
            accounts::account_id,
            __Backend,
        >::push(__id, __pass)
    }
    fn bind(__value: __auth::Value<'_>) -> __auth::Option<__auth::Bound<__Backend>> {
        match __value {
            __auth::Value::NewId => {
                __auth::Is::<i32>::new_id()
                    .and_then(
                        __auth::Field::<i32, accounts::account_id, __Backend>::bind,
                    )
            }
            __auth::Value::Text(1, __text) => {
                __auth::Field::<
                    String,
                    accounts::email_address,
                    __Backend,
                >::bind(<__auth::TextOf<String, __auth::Bare>>::text(__text))
            }
            __auth::Value::Text(2, __text) => {
                __auth::Field::<
                    String,
                    accounts::username,
                    __Backend,
                >::bind(<__auth::TextOf<String, __auth::Bare>>::text(__text))
            }
            __auth::Value::Password(__hash) => {
                __auth::Field::<
                    String,
                    accounts::pw_hash,
                    __Backend,
                >::bind(<__auth::TextOf<String, __auth::Bare>>::hash(__hash))
            }
            __auth::Value::Flag(4, __flag, _) => {
                __auth::Field::<bool, accounts::is_admin, __Backend>::bind(__flag)
            }
            __auth::Value::Flag(5, __flag, _) => {
                __auth::Field::<bool, accounts::is_active, __Backend>::bind(__flag)
            }
            __auth::Value::Flag(6, __flag, _) => {
                __auth::Field::<bool, accounts::email_verified, __Backend>::bind(__flag)
            }
            __auth::Value::Epoch(__epoch) => {
                __auth::Field::<
                    i32,
                    accounts::token_version,
                    __Backend,
                >::bind(__auth::Is::<i32>::from_i64(__epoch))
            }
            _ => __auth::Option::None,
        }
    }
    fn given(
        __register: <Self as __auth::user::AuthUser>::Register,
        __provisioned: <Self as __auth::user::AuthUser>::Provisioned,
    ) -> __auth::Vec<__auth::Cell<__Backend>> {
        __auth::cells([
            __auth::Field::<
                String,
                accounts::email_address,
                __Backend,
            >::cell(1, __register.email),
            __auth::Field::<
                String,
                accounts::username,
                __Backend,
            >::cell(2, __register.username),
            __auth::Field::<
                Option<String>,
                accounts::full_name,
                __Backend,
            >::cell(8, __register.full_name),
            __auth::Field::<
                i32,
                accounts::tier_id,
                __Backend,
            >::cell(9, __provisioned.tier_id),
        ])
    }
}
