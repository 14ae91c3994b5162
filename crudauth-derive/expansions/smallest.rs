// The expansion of a user struct, formatted.
const _: () = {
    use ::crudauth::__private::{Misfit as _, Otherwise as _};
    #[automatically_derived]
    impl ::crudauth::user::AuthUser for User {
        type Id = i32;
        type Register = UserRegister;
        type Provisioned = ::crudauth::user::NothingProvisioned;
        const SCHEMA: ::crudauth::user::UserSchema = ::crudauth::user::UserSchema {
            user: "User",
            columns: &[
                ::crudauth::user::ColumnSchema {
                    field: "id",
                    column: <users::id as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::Id,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "email",
                    column: <users::email as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::Email,
                    ),
                    fill: ::crudauth::user::Fill::Client("email"),
                },
                ::crudauth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <users::hashed_password as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::HashedPassword,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "is_active",
                    column: <users::is_active as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::IsActive,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
                ::crudauth::user::ColumnSchema {
                    field: "token_version",
                    column: <users::token_version as ::crudauth::__private::diesel::Column>::NAME,
                    logical: ::crudauth::__private::Option::Some(
                        ::crudauth::user::Logical::TokenVersion,
                    ),
                    fill: ::crudauth::user::Fill::Crudauth,
                },
            ],
            login: &[::crudauth::user::LoginField::Email],
            recovery: ::crudauth::__private::Option::None,
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
                username: ::crudauth::__private::Option::None,
                hashed_password: <::crudauth::__private::TextOf<
                    String,
                    ::crudauth::__private::Bare,
                >>::read(&self.hashed_password),
                is_active: ::crudauth::__private::Option::Some(self.is_active),
                is_superuser: ::crudauth::__private::Option::None,
                email_verified: ::crudauth::__private::Option::None,
                recovery: ::crudauth::__private::Option::None,
                recovery_verified: ::crudauth::__private::Option::None,
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
            }
        }
    }
    #[automatically_derived]
    impl ::crudauth::user::HasEmail for User {}
    #[automatically_derived]
    impl ::crudauth::user::HasActive for User {}
    #[automatically_derived]
    impl ::crudauth::user::HasEpoch for User {}
    #[automatically_derived]
    impl ::crudauth::user::RegisterFields for UserRegister {
        const INPUTS: &'static [::crudauth::user::RegisterInput] = &[
            ::crudauth::user::RegisterInput {
                name: "email",
                required: ::crudauth::__private::is_required::<users::email>(),
            },
        ];
        fn read(
            __inputs: &mut ::crudauth::error::Inputs,
        ) -> ::crudauth::__private::Option<Self> {
            let __taken = (__inputs.take("email"),);
            ::crudauth::__private::Option::Some(Self { email: __taken.0? })
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
        }
        fn email(&self) -> ::crudauth::__private::Option<&str> {
            <::crudauth::__private::TextOf<
                String,
                ::crudauth::__private::Bare,
            >>::read(&self.email)
        }
        fn username(&self) -> ::crudauth::__private::Option<&str> {
            ::crudauth::__private::Option::None
        }
        fn recovery(&self) -> ::crudauth::__private::Option<&str> {
            ::crudauth::__private::Option::None
        }
    }
    #[automatically_derived]
    impl ::crudauth::__private::Sends<{ ::crudauth::__private::name("email") }, String>
    for User {}
    type __On = ::crudauth::__private::backend::Every;
    const _: () = {
        type __Field = ::crudauth::__private::Field<i32, users::id, __On>;
        ::crudauth::__private::require(
            ::crudauth::__private::Is::<i32>::NEW_ID,
            "nothing makes a `i32` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `i32`",
        );
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `id` cannot be read from column `users.id` as `i32`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `users.id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<String, users::email, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `email` cannot be read from column `users.email` as `String`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `users.email`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<
            String,
            users::hashed_password,
            __On,
        >;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `users.hashed_password` as `String`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `users.hashed_password`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<bool, users::is_active, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `is_active` cannot be read from column `users.is_active` as `bool`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `users.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::crudauth::__private::Field<i32, users::token_version, __On>;
        ::crudauth::__private::require(
            __Field::READABLE,
            "field `token_version` cannot be read from column `users.token_version` as `i32`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::crudauth::__private::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `users.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        ::crudauth::__private::require(
            ::crudauth::__private::Both::<
                users::id,
                <users::table as ::crudauth::__private::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `users.id`, but that is not the primary key of `users`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = ::crudauth::__private::all_filled(
        "User",
        "users",
        <<users::table as ::crudauth::__private::diesel::Table>::AllColumns as ::crudauth::__private::TableColumns>::COLUMNS,
        &[
            <users::id as ::crudauth::__private::diesel::Column>::NAME,
            <users::email as ::crudauth::__private::diesel::Column>::NAME,
            <users::hashed_password as ::crudauth::__private::diesel::Column>::NAME,
            <users::is_active as ::crudauth::__private::diesel::Column>::NAME,
            <users::token_version as ::crudauth::__private::diesel::Column>::NAME,
        ],
    );
};
///What a client may send to sign up as an [`User`], the password aside.
struct UserRegister {
    ///The logical field `email`.
    pub email: String,
}

// For each backend of [every]:
#[automatically_derived]
impl ::crudauth::__private::UserRow<__Backend> for User {
    fn push_table(
        __pass: ::crudauth::__private::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> ::crudauth::__private::diesel::QueryResult<()> {
        ::crudauth::__private::diesel::query_builder::QueryFragment::walk_ast(
            &users::table,
            __pass,
        )
    }
    fn read<'__a>(
        __row: &impl ::crudauth::__private::diesel::row::Row<'__a, __Backend>,
    ) -> ::crudauth::__private::diesel::deserialize::Result<Self> {
        ::crudauth::__private::Result::Ok(Self {
            id: ::crudauth::__private::Field::<
                i32,
                users::id,
                __Backend,
            >::read(__row, 0)?,
            email: ::crudauth::__private::Field::<
                String,
                users::email,
                __Backend,
            >::read(__row, 1)?,
            hashed_password: ::crudauth::__private::Field::<
                String,
                users::hashed_password,
                __Backend,
            >::read(__row, 2)?,
            is_active: ::crudauth::__private::Field::<
                bool,
                users::is_active,
                __Backend,
            >::read(__row, 3)?,
            token_version: ::crudauth::__private::Field::<
                i32,
                users::token_version,
                __Backend,
            >::read(__row, 4)?,
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
            users::id,
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
                        ::crudauth::__private::Field::<i32, users::id, __Backend>::bind,
                    )
            }
            ::crudauth::__private::Value::Text(1, __text) => {
                ::crudauth::__private::Field::<
                    String,
                    users::email,
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
                    users::hashed_password,
                    __Backend,
                >::bind(
                    <::crudauth::__private::TextOf<
                        String,
                        ::crudauth::__private::Bare,
                    >>::hash(__hash),
                )
            }
            ::crudauth::__private::Value::Flag(3, __flag) => {
                ::crudauth::__private::Field::<
                    bool,
                    users::is_active,
                    __Backend,
                >::bind(__flag)
            }
            ::crudauth::__private::Value::Epoch(__epoch) => {
                ::crudauth::__private::Field::<
                    i32,
                    users::token_version,
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
                users::email,
                __Backend,
            >::cell(1, __register.email),
        ])
    }
}
