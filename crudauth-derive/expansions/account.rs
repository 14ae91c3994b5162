// The expansion of a user struct, formatted.
const _: () = {
    use ::crudauth::__private::{Misfit as _, Otherwise as _};
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
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::Id,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "email",
                    column: <accounts::email_address as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::Email,
                    ),
                    fill: ::crudauth::user::Fill::Client("email"),
                },
                ::crudauth::user::ColumnSchema {
                    field: "username",
                    column: <accounts::username as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::Username,
                    ),
                    fill: ::crudauth::user::Fill::Client("username"),
                },
                ::crudauth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <accounts::pw_hash as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::HashedPassword,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "is_superuser",
                    column: <accounts::is_admin as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::IsSuperuser,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "is_active",
                    column: <accounts::is_active as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::IsActive,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "email_verified",
                    column: <accounts::email_verified as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::EmailVerified,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "token_version",
                    column: <accounts::token_version as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::TokenVersion,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "full_name",
                    column: <accounts::full_name as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::None,
                    fill: ::crudauth::user::Fill::Client("full_name"),
                },
                ::crudauth::user::ColumnSchema {
                    field: "tier_id",
                    column: <accounts::tier_id as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::None,
                    fill: ::crudauth::user::Fill::Provisioned,
                },
            ],
            login: &[
                ::crudauth::user::LoginField::Email,
                ::crudauth::user::LoginField::Username,
            ],
            recovery: ::crudauth::__private::Option::Some("email"),
        };
        fn id(&self) -> &Self::Id {
            &self.id
        }
        fn logical(&self) -> ::crudauth::user::LogicalFields<'_> {
            ::crudauth::user::LogicalFields {
                email: <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::read(&self.email),
                username: <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::read(&self.username),
                hashed_password: <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::read(&self.hashed_password),
                is_active: ::crudauth::__private::Option::Some(self.is_active),
                is_superuser: ::crudauth::__private::Option::Some(self.is_superuser),
                email_verified: ::crudauth::__private::Option::Some(self.email_verified),
                recovery: <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::read(&self.email),
                recovery_verified: ::crudauth::__private::Option::Some(
                    self.email_verified,
                ),
                token_version: ::crudauth::__private::Option::Some(
                    ::crudauth::__private::Is::<i32>::to_i64(&self.token_version),
                ),
            }
        }
        fn login_value(
            &self,
            __field: ::crudauth::user::LoginField,
        ) -> ::crudauth::__private::Option<&str> {
            match __field {
                ::crudauth::user::LoginField::Email => {
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::read(&self.email)
                }
                ::crudauth::user::LoginField::Username => {
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::read(&self.username)
                }
                _ => ::crudauth::__private::Option::None,
            }
        }
        fn apply(&mut self, __change: &::crudauth::user::Change) {
            let __set = __change.set();
            if let ::crudauth::__private::Option::Some(__to) = &__set.password {
                <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::set(&mut self.hashed_password, __to.as_stored());
            }
            if let ::crudauth::__private::Option::Some(__to) = __set.epoch {
                self.token_version = ::crudauth::__private::Is::<i32>::from_i64(__to);
            }
            if let ::crudauth::__private::Option::Some(__to) = &__set.email {
                <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::set(&mut self.email, __to);
                self.email_verified = true;
            }
            if __set.recovery_verified {
                self.email_verified = true;
            }
        }
    }
    #[automatically_derived]
    impl ::crudauth::user::HasEmail for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasUsername for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasActive for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasSuperuser for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasEmailVerified for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasEpoch for Account {}
    #[automatically_derived]
    impl ::crudauth::user::HasRecovery for Account {}
    #[automatically_derived]
    impl ::crudauth::user::RegisterFields for AccountRegister {
        const INPUTS: &'static [::crudauth::user::RegisterInput] = &[
            ::crudauth::user::RegisterInput {
                name: "email",
                required: ::crudauth::__private::is_required::<accounts::email_address>(),
            },
            ::crudauth::user::RegisterInput {
                name: "username",
                required: ::crudauth::__private::is_required::<accounts::username>(),
            },
            ::crudauth::user::RegisterInput {
                name: "full_name",
                required: ::crudauth::__private::is_required::<accounts::full_name>(),
            },
        ];
        fn read(
            __inputs: &mut ::crudauth::error::Inputs,
        ) -> ::crudauth::__private::Option<Self> {
            let __taken = (
                __inputs.take("email"),
                __inputs.take("username"),
                __inputs.take("full_name"),
            );
            ::crudauth::__private::Option::Some(Self {
                email: __taken.0?,
                username: __taken.1?,
                full_name: __taken.2?,
            })
        }
        fn visit_identities(
            &mut self,
            __visit: &mut dyn ::crudauth::__private::core::ops::FnMut(
                ::crudauth::user::LoginField,
                &str,
            ) -> ::crudauth::__private::Option<::crudauth::__private::String>,
        ) {
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::visit(&mut self.email, ::crudauth::user::LoginField::Email, __visit);
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::visit(
                &mut self.username,
                ::crudauth::user::LoginField::Username,
                __visit,
            );
        }
        fn email(&self) -> ::crudauth::__private::Option<&str> {
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::read(&self.email)
        }
        fn username(&self) -> ::crudauth::__private::Option<&str> {
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::read(&self.username)
        }
        fn recovery(&self) -> ::crudauth::__private::Option<&str> {
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::read(&self.email)
        }
    }
    #[automatically_derived]
    impl ::crudauth::__private::Sends<{ ::crudauth::__private::name("email") }, String>
    for Account {}
    #[automatically_derived]
    impl ::crudauth::__private::Sends<
        { ::crudauth::__private::name("username") },
        String,
    > for Account {}
    #[automatically_derived]
    impl ::crudauth::__private::Sends<
        { ::crudauth::__private::name("full_name") },
        Option<String>,
    > for Account {}
    #[automatically_derived]
    impl ::crudauth::__private::Clone for AccountProvisioned
    where
        for<'__later> i32: ::crudauth::__private::Clone,
    {
        fn clone(&self) -> Self {
            Self {
                tier_id: ::crudauth::__private::Clone::clone(&self.tier_id),
            }
        }
    }
    type __On = ::crudauth::__private::backend::Every;
    const _: () = {
        type __Field = ::crudauth::__private::Field<i32, accounts::account_id, __On>;
        ::crudauth::__private::require(
            ::crudauth::__private::Is::<i32>::NEW_ID,
            "nothing makes a `i32` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `i32`",
        );
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `id` cannot be read from column `accounts.account_id` as `i32`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.account_id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<
            String,
            accounts::email_address,
            __On,
        >;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `email` cannot be read from column `accounts.email_address` as `String`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.email_address`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<String, accounts::username, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `username` cannot be read from column `accounts.username` as `String`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.username`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<String, accounts::pw_hash, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `accounts.pw_hash` as `String`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `accounts.pw_hash`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<bool, accounts::is_admin, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `is_superuser` cannot be read from column `accounts.is_admin` as `bool`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.is_admin`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<bool, accounts::is_active, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `is_active` cannot be read from column `accounts.is_active` as `bool`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<
            bool,
            accounts::email_verified,
            __On,
        >;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `email_verified` cannot be read from column `accounts.email_verified` as `bool`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `accounts.email_verified`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<i32, accounts::token_version, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `token_version` cannot be read from column `accounts.token_version` as `i32`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<
            Option<String>,
            accounts::full_name,
            __On,
        >;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `full_name` cannot be read from column `accounts.full_name` as `Option<String>`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`Option<String>` cannot be written to column `accounts.full_name`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<i32, accounts::tier_id, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `tier_id` cannot be read from column `accounts.tier_id` as `i32`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `accounts.tier_id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        ::crudauth::__private::require(
            ::crudauth::__private::Both::<
                accounts::account_id,
                <accounts::table as ::crudauth::__private::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `accounts.account_id`, but that is not the primary key of `accounts`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = ::crudauth::__private::all_filled(
        "Account",
        "accounts",
        <<accounts::table as ::crudauth::__private::diesel::Table>::AllColumns as ::crudauth::__private::TableColumns>::COLUMNS,
        &[
            <accounts::account_id as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::email_address as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::username as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::pw_hash as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::is_admin as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::is_active as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::email_verified as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::token_version as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::full_name as ::crudauth::__private::diesel::Column>::NAME,
            <accounts::tier_id as ::crudauth::__private::diesel::Column>::NAME,
        ],
    );
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
impl ::crudauth::__private::UserRow<__Backend> for Account {
    fn push_table(
        __pass: ::crudauth::__private::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> ::crudauth::__private::diesel::QueryResult<()> {
        ::crudauth::__private::diesel::query_builder::QueryFragment::walk_ast(
            &accounts::table,
            __pass,
        )
    }
    fn read<'__a>(
        __row: &impl ::crudauth::__private::diesel::row::Row<'__a, __Backend>,
    ) -> ::crudauth::__private::diesel::deserialize::Result<Self> {
        ::crudauth::__private::Result::Ok(Self {
            id: ::crudauth::__private::Field::<
                i32,
                accounts::account_id,
                __Backend,
            >::read(__row, 0)?,
            email: ::crudauth::__private::Field::<
                String,
                accounts::email_address,
                __Backend,
            >::read(__row, 1)?,
            username: ::crudauth::__private::Field::<
                String,
                accounts::username,
                __Backend,
            >::read(__row, 2)?,
            hashed_password: ::crudauth::__private::Field::<
                String,
                accounts::pw_hash,
                __Backend,
            >::read(__row, 3)?,
            is_superuser: ::crudauth::__private::Field::<
                bool,
                accounts::is_admin,
                __Backend,
            >::read(__row, 4)?,
            is_active: ::crudauth::__private::Field::<
                bool,
                accounts::is_active,
                __Backend,
            >::read(__row, 5)?,
            email_verified: ::crudauth::__private::Field::<
                bool,
                accounts::email_verified,
                __Backend,
            >::read(__row, 6)?,
            token_version: ::crudauth::__private::Field::<
                i32,
                accounts::token_version,
                __Backend,
            >::read(__row, 7)?,
            full_name: ::crudauth::__private::Field::<
                Option<String>,
                accounts::full_name,
                __Backend,
            >::read(__row, 8)?,
            tier_id: ::crudauth::__private::Field::<
                i32,
                accounts::tier_id,
                __Backend,
            >::read(__row, 9)?,
        })
    }
    fn push_id<'__b>(
        __id: &'__b <Self as ::crudauth::user::AuthUser>::Id,
        __pass: ::crudauth::__private::diesel::query_builder::AstPass<
            '_,
            '__b,
            __Backend,
        >,
    ) -> ::crudauth::__private::diesel::QueryResult<()> {
        ::crudauth::__private::Field::<
            <Self as ::crudauth::user::AuthUser>::Id,
            accounts::account_id,
            __Backend,
        >::push(__id, __pass)
    }
    fn bind(
        __value: ::crudauth::__private::Value<'_>,
    ) -> ::crudauth::__private::Option<::crudauth::__private::Bound<__Backend>> {
        match __value {
            ::crudauth::__private::Value::NewId => {
                ::crudauth::__private::Is::<i32>::new_id()
                    .and_then(
                        ::crudauth::__private::Field::<
                            i32,
                            accounts::account_id,
                            __Backend,
                        >::bind,
                    )
            }
            ::crudauth::__private::Value::Text(1, __text) => {
                ::crudauth::__private::Field::<
                    String,
                    accounts::email_address,
                    __Backend,
                >::bind(
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::text(__text),
                )
            }
            ::crudauth::__private::Value::Text(2, __text) => {
                ::crudauth::__private::Field::<
                    String,
                    accounts::username,
                    __Backend,
                >::bind(
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::text(__text),
                )
            }
            ::crudauth::__private::Value::Password(__hash) => {
                ::crudauth::__private::Field::<
                    String,
                    accounts::pw_hash,
                    __Backend,
                >::bind(
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::hash(__hash),
                )
            }
            ::crudauth::__private::Value::Flag(4, __flag) => {
                ::crudauth::__private::Field::<
                    bool,
                    accounts::is_admin,
                    __Backend,
                >::bind(__flag)
            }
            ::crudauth::__private::Value::Flag(5, __flag) => {
                ::crudauth::__private::Field::<
                    bool,
                    accounts::is_active,
                    __Backend,
                >::bind(__flag)
            }
            ::crudauth::__private::Value::Flag(6, __flag) => {
                ::crudauth::__private::Field::<
                    bool,
                    accounts::email_verified,
                    __Backend,
                >::bind(__flag)
            }
            ::crudauth::__private::Value::Epoch(__epoch) => {
                ::crudauth::__private::Field::<
                    i32,
                    accounts::token_version,
                    __Backend,
                >::bind(::crudauth::__private::Is::<i32>::from_i64(__epoch))
            }
            _ => ::crudauth::__private::Option::None,
        }
    }
    fn given(
        __register: <Self as ::crudauth::user::AuthUser>::Register,
        __provisioned: <Self as ::crudauth::user::AuthUser>::Provisioned,
    ) -> ::crudauth::__private::Vec<::crudauth::__private::Cell<__Backend>> {
        ::crudauth::__private::cells([
            ::crudauth::__private::Field::<
                String,
                accounts::email_address,
                __Backend,
            >::cell(1, __register.email),
            ::crudauth::__private::Field::<
                String,
                accounts::username,
                __Backend,
            >::cell(2, __register.username),
            ::crudauth::__private::Field::<
                Option<String>,
                accounts::full_name,
                __Backend,
            >::cell(8, __register.full_name),
            ::crudauth::__private::Field::<
                i32,
                accounts::tier_id,
                __Backend,
            >::cell(9, __provisioned.tier_id),
        ])
    }
}
