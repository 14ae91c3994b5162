// The expansion of a user struct, formatted.
const _: () = {
    use ::web::auth::__private::{Misfit as _, Otherwise as _};
    #[automatically_derived]
    impl ::web::auth::user::AuthUser for Person {
        type Id = <::web::auth::__private::Id<
            { ::web::auth::__private::Is::<PersonId>::ID },
        > as ::web::auth::__private::InPlaceOf<PersonId>>::Id;
        type Register = PersonRegister;
        type Provisioned = ::web::auth::user::NothingProvisioned;
        const SCHEMA: ::web::auth::user::UserSchema = ::web::auth::user::UserSchema {
            user: "Person",
            columns: &[
                ::web::auth::user::ColumnSchema {
                    field: "id",
                    column: <schema::people::id as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::Id,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
                ::web::auth::user::ColumnSchema {
                    field: "handle",
                    column: <schema::people::handle as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::None,
                    fill: ::web::auth::user::Fill::Client("handle"),
                },
                ::web::auth::user::ColumnSchema {
                    field: "phone",
                    column: <schema::people::phone as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::None,
                    fill: ::web::auth::user::Fill::Null,
                },
                ::web::auth::user::ColumnSchema {
                    field: "phone_verified",
                    column: <schema::people::phone_verified as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::FactorVerified,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
                ::web::auth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <schema::people::hashed_password as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::HashedPassword,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
                ::web::auth::user::ColumnSchema {
                    field: "is_active",
                    column: <schema::people::is_active as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::IsActive,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
                ::web::auth::user::ColumnSchema {
                    field: "token_version",
                    column: <schema::people::token_version as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::TokenVersion,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
                ::web::auth::user::ColumnSchema {
                    field: "updated_at",
                    column: <schema::people::updated_at as ::web::auth::__private::diesel::Column>::NAME,
                    logical: ::web::auth::__private::Option::Some(
                        ::web::auth::user::Logical::UpdatedAt,
                    ),
                    fill: ::web::auth::user::Fill::Crudauth,
                },
            ],
            login: &[::web::auth::user::LoginField::Other("handle")],
            recovery: ::web::auth::__private::Option::Some("phone"),
        };
        fn id(&self) -> &Self::Id {
            ::web::auth::__private::Is::<PersonId>::id(&self.id)
        }
        fn logical(&self) -> ::web::auth::user::LogicalFields<'_> {
            ::web::auth::user::LogicalFields {
                email: ::web::auth::__private::Option::None,
                username: ::web::auth::__private::Option::None,
                hashed_password: <::web::auth::__private::TextOf<
                    Hash,
                    <::web::auth::__private::Form<
                        { ::web::auth::__private::Is::<Hash>::OPTIONAL_TEXT },
                    > as ::web::auth::__private::Chosen>::Form,
                >>::read(&self.hashed_password),
                is_active: ::web::auth::__private::Option::Some(
                    ::web::auth::__private::Is::<Flag>::is_set(&self.is_active),
                ),
                is_superuser: ::web::auth::__private::Option::None,
                email_verified: ::web::auth::__private::Option::None,
                recovery: <::web::auth::__private::TextOf<
                    Option<Phone>,
                    <::web::auth::__private::Form<
                        { ::web::auth::__private::Is::<Option<Phone>>::OPTIONAL_TEXT },
                    > as ::web::auth::__private::Chosen>::Form,
                >>::read(&self.phone),
                recovery_verified: ::web::auth::__private::Option::Some(
                    ::web::auth::__private::Is::<Flag>::is_set(&self.phone_verified),
                ),
                token_version: ::web::auth::__private::Option::Some(
                    ::web::auth::__private::Is::<Version>::to_i64(&self.token_version),
                ),
            }
        }
        fn login_value(
            &self,
            __field: ::web::auth::user::LoginField,
        ) -> ::web::auth::__private::Option<&str> {
            match __field {
                ::web::auth::user::LoginField::Other("handle") => {
                    <::web::auth::__private::TextOf<
                        Handle,
                        <::web::auth::__private::Form<
                            { ::web::auth::__private::Is::<Handle>::OPTIONAL_TEXT },
                        > as ::web::auth::__private::Chosen>::Form,
                    >>::read(&self.handle)
                }
                _ => ::web::auth::__private::Option::None,
            }
        }
        fn apply(&mut self, __change: &::web::auth::user::Change) {
            let __set = __change.set();
            if let ::web::auth::__private::Option::Some(__to) = &__set.password {
                <::web::auth::__private::TextOf<
                    Hash,
                    <::web::auth::__private::Form<
                        { ::web::auth::__private::Is::<Hash>::OPTIONAL_TEXT },
                    > as ::web::auth::__private::Chosen>::Form,
                >>::set(&mut self.hashed_password, __to.as_stored());
            }
            if let ::web::auth::__private::Option::Some(__to) = __set.epoch {
                self.token_version = ::web::auth::__private::Is::<
                    Version,
                >::from_i64(__to);
            }
            if __set.recovery_verified {
                self.phone_verified = ::web::auth::__private::Is::<Flag>::flag(true);
            }
            self.updated_at = ::web::auth::user::UserTimestamp::from_system_time(
                __change.at(),
            );
        }
    }
    #[automatically_derived]
    impl ::web::auth::user::HasActive for Person {}
    #[automatically_derived]
    impl ::web::auth::user::HasEpoch for Person {}
    #[automatically_derived]
    impl ::web::auth::user::HasRecovery for Person {}
    #[automatically_derived]
    impl ::web::auth::user::RegisterFields for PersonRegister {
        const INPUTS: &'static [::web::auth::user::RegisterInput] = &[
            ::web::auth::user::RegisterInput {
                name: "handle",
                required: ::web::auth::__private::is_required::<schema::people::handle>(),
            },
        ];
        fn read(
            __inputs: &mut ::web::auth::error::Inputs,
        ) -> ::web::auth::__private::Option<Self> {
            let __taken = (
                ::web::auth::__private::Is::<Handle>::take(__inputs, "handle"),
            );
            ::web::auth::__private::Option::Some(Self { handle: __taken.0? })
        }
        fn visit_identities(
            &mut self,
            __visit: &mut dyn ::web::auth::__private::core::ops::FnMut(
                ::web::auth::user::LoginField,
                &str,
            ) -> ::web::auth::__private::Option<::web::auth::__private::String>,
        ) {
            <::web::auth::__private::TextOf<
                Handle,
                <::web::auth::__private::Form<
                    { ::web::auth::__private::Is::<Handle>::OPTIONAL_TEXT },
                > as ::web::auth::__private::Chosen>::Form,
            >>::visit(
                &mut self.handle,
                ::web::auth::user::LoginField::Other("handle"),
                __visit,
            );
        }
        fn email(&self) -> ::web::auth::__private::Option<&str> {
            ::web::auth::__private::Option::None
        }
        fn username(&self) -> ::web::auth::__private::Option<&str> {
            ::web::auth::__private::Option::None
        }
        fn recovery(&self) -> ::web::auth::__private::Option<&str> {
            ::web::auth::__private::Option::None
        }
    }
    #[automatically_derived]
    impl ::web::auth::__private::Sends<
        { ::web::auth::__private::name("handle") },
        Handle,
    > for Person {}
    type __On = (::web::auth::__private::backend::Postgres, ());
    const _: () = {
        type __Field = ::web::auth::__private::Field<PersonId, schema::people::id, __On>;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<PersonId>::ID,
            "`PersonId` cannot identify a user\nhelp: it needs `Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync`\nnote: the id travels in sessions and tokens; enable the `serde` feature of its crate",
        );
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<PersonId>::NEW_ID,
            "nothing makes a `PersonId` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `PersonId`",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `id` cannot be read from column `people.id` as `PersonId`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`PersonId` cannot be written to column `people.id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Handle,
            schema::people::handle,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Handle>::TEXT
                || ::web::auth::__private::Is::<Handle>::OPTIONAL_TEXT,
            "`handle` does not identify anyone, as it is of type `Handle`\nhelp: log in by a unique text column",
        );
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Handle>::TEXT,
            "users cannot log in by `handle` when it may be absent\nhelp: make it `String` and the column NOT NULL, or name other fields in `#[auth(login(..))]`",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `handle` cannot be read from column `people.handle` as `Handle`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Handle` cannot be written to column `people.handle`\nhelp: implement Diesel's `ToSql` for it",
        );
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Handle>::SENDABLE,
            "`handle` is sent at sign-up, but `Handle` cannot be deserialized\nhelp: add `#[derive(serde::Deserialize)]` to `Handle`",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Option<Phone>,
            schema::people::phone,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Option<Phone>>::TEXT
                || ::web::auth::__private::Is::<Option<Phone>>::OPTIONAL_TEXT,
            "recovery by `phone` needs text, but `phone` is of type `Option<Phone>`\nhelp: make it `String` or `Option<String>`",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `phone` cannot be read from column `people.phone` as `Option<Phone>`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            ::web::auth::__private::admits_null::<schema::people::phone>(),
            "column `people.phone` is NOT NULL, but nothing fills it when a user signs up\nhelp: let the client send it: `#[auth(register)]`\nhelp: or leave it to the column's DEFAULT: `#[auth(default)]`\nhelp: or fill it in your new-user hook: `#[auth(provisioned)]`\nhelp: or make the column nullable and the field an `Option`",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Option<Phone>` cannot be written to column `people.phone`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Flag,
            schema::people::phone_verified,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Flag>::FLAG,
            "the logical field `phone_verified` cannot be of type `Flag`\nhelp: expected `bool`\nnote: what is unknown must never count as granted; make the column NOT NULL",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `phone_verified` cannot be read from column `people.phone_verified` as `Flag`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Flag` cannot be written to column `people.phone_verified`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Hash,
            schema::people::hashed_password,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Hash>::TEXT
                || ::web::auth::__private::Is::<Hash>::OPTIONAL_TEXT,
            "the logical field `hashed_password` cannot be of type `Hash`\nhelp: expected `String` or `Option<String>`\nnote: it is stored and compared as text",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `people.hashed_password` as `Hash`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Hash` cannot be written to column `people.hashed_password`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Flag,
            schema::people::is_active,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Flag>::FLAG,
            "the logical field `is_active` cannot be of type `Flag`\nhelp: expected `bool`\nnote: what is unknown must never count as granted; make the column NOT NULL",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `is_active` cannot be read from column `people.is_active` as `Flag`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Flag` cannot be written to column `people.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Version,
            schema::people::token_version,
            __On,
        >;
        ::web::auth::__private::require(
            ::web::auth::__private::Is::<Version>::EPOCH,
            "the logical field `token_version` cannot be of type `Version`\nhelp: expected `i32` or `i64`\nnote: a reset adds 1 to end every older token",
        );
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `token_version` cannot be read from column `people.token_version` as `Version`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Version` cannot be written to column `people.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = ::web::auth::__private::Field<
            Moment,
            schema::people::updated_at,
            __On,
        >;
        ::web::auth::__private::require(
            __Field::READABLE,
            "field `updated_at` cannot be read from column `people.updated_at` as `Moment`\nnote: a nullable column needs `Option<_>`, a NOT NULL column the bare type\nnote: a type of some backends only needs `#[diesel(check_for_backend(..))]` on the struct",
        );
        ::web::auth::__private::require(
            __Field::WRITABLE,
            "`Moment` cannot be written to column `people.updated_at`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        ::web::auth::__private::require(
            ::web::auth::__private::Both::<
                schema::people::id,
                <schema::people::table as ::web::auth::__private::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `people.id`, but that is not the primary key of `people`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = ::web::auth::__private::all_filled(
        "Person",
        "people",
        <<schema::people::table as ::web::auth::__private::diesel::Table>::AllColumns as ::web::auth::__private::TableColumns>::COLUMNS,
        &[
            <schema::people::id as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::handle as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::phone as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::phone_verified as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::hashed_password as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::is_active as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::token_version as ::web::auth::__private::diesel::Column>::NAME,
            <schema::people::updated_at as ::web::auth::__private::diesel::Column>::NAME,
        ],
    );
};
///What a client may send to sign up as an [`Person`], the password aside.
pub(crate) struct PersonRegister {
    ///`Person::handle`, sent as `handle`.
    pub handle: Handle,
}

// For each backend of [postgres]:
#[automatically_derived]
impl ::web::auth::__private::UserRow<__Backend> for Person {
    fn push_table(
        __pass: ::web::auth::__private::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> ::web::auth::__private::diesel::QueryResult<()> {
        ::web::auth::__private::diesel::query_builder::QueryFragment::walk_ast(
            &schema::people::table,
            __pass,
        )
    }
    fn read<'__a>(
        __row: &impl ::web::auth::__private::diesel::row::Row<'__a, __Backend>,
    ) -> ::web::auth::__private::diesel::deserialize::Result<Self> {
        ::web::auth::__private::Result::Ok(Self {
            id: ::web::auth::__private::Field::<
                PersonId,
                schema::people::id,
                __Backend,
            >::read(__row, 0)?,
            handle: ::web::auth::__private::Field::<
                Handle,
                schema::people::handle,
                __Backend,
            >::read(__row, 1)?,
            phone: ::web::auth::__private::Field::<
                Option<Phone>,
                schema::people::phone,
                __Backend,
            >::read(__row, 2)?,
            phone_verified: ::web::auth::__private::Field::<
                Flag,
                schema::people::phone_verified,
                __Backend,
            >::read(__row, 3)?,
            hashed_password: ::web::auth::__private::Field::<
                Hash,
                schema::people::hashed_password,
                __Backend,
            >::read(__row, 4)?,
            is_active: ::web::auth::__private::Field::<
                Flag,
                schema::people::is_active,
                __Backend,
            >::read(__row, 5)?,
            token_version: ::web::auth::__private::Field::<
                Version,
                schema::people::token_version,
                __Backend,
            >::read(__row, 6)?,
            updated_at: ::web::auth::__private::Field::<
                Moment,
                schema::people::updated_at,
                __Backend,
            >::read(__row, 7)?,
        })
    }
    fn push_id<'__b>(
        __id: &'__b <Self as ::web::auth::user::AuthUser>::Id,
        __pass: ::web::auth::__private::diesel::query_builder::AstPass<
            '_,
            '__b,
            __Backend,
        >,
    ) -> ::web::auth::__private::diesel::QueryResult<()> {
        ::web::auth::__private::Field::<
            <Self as ::web::auth::user::AuthUser>::Id,
            schema::people::id,
            __Backend,
        >::push(__id, __pass)
    }
    fn bind(
        __value: ::web::auth::__private::Value<'_>,
    ) -> ::web::auth::__private::Option<::web::auth::__private::Bound<__Backend>> {
        match __value {
            ::web::auth::__private::Value::NewId => {
                ::web::auth::__private::Is::<PersonId>::new_id()
                    .and_then(
                        ::web::auth::__private::Field::<
                            PersonId,
                            schema::people::id,
                            __Backend,
                        >::bind,
                    )
            }
            ::web::auth::__private::Value::Text(1, __text) => {
                ::web::auth::__private::Field::<
                    Handle,
                    schema::people::handle,
                    __Backend,
                >::bind(
                    <::web::auth::__private::TextOf<
                        Handle,
                        <::web::auth::__private::Form<
                            { ::web::auth::__private::Is::<Handle>::OPTIONAL_TEXT },
                        > as ::web::auth::__private::Chosen>::Form,
                    >>::text(__text),
                )
            }
            ::web::auth::__private::Value::Text(2, __text) => {
                ::web::auth::__private::Field::<
                    Option<Phone>,
                    schema::people::phone,
                    __Backend,
                >::bind(
                    <::web::auth::__private::TextOf<
                        Option<Phone>,
                        <::web::auth::__private::Form<
                            {
                                ::web::auth::__private::Is::<Option<Phone>>::OPTIONAL_TEXT
                            },
                        > as ::web::auth::__private::Chosen>::Form,
                    >>::text(__text),
                )
            }
            ::web::auth::__private::Value::Flag(3, __flag) => {
                ::web::auth::__private::Field::<
                    Flag,
                    schema::people::phone_verified,
                    __Backend,
                >::bind(::web::auth::__private::Is::<Flag>::flag(__flag))
            }
            ::web::auth::__private::Value::Password(__hash) => {
                ::web::auth::__private::Field::<
                    Hash,
                    schema::people::hashed_password,
                    __Backend,
                >::bind(
                    <::web::auth::__private::TextOf<
                        Hash,
                        <::web::auth::__private::Form<
                            { ::web::auth::__private::Is::<Hash>::OPTIONAL_TEXT },
                        > as ::web::auth::__private::Chosen>::Form,
                    >>::hash(__hash),
                )
            }
            ::web::auth::__private::Value::Flag(5, __flag) => {
                ::web::auth::__private::Field::<
                    Flag,
                    schema::people::is_active,
                    __Backend,
                >::bind(::web::auth::__private::Is::<Flag>::flag(__flag))
            }
            ::web::auth::__private::Value::Epoch(__epoch) => {
                ::web::auth::__private::Field::<
                    Version,
                    schema::people::token_version,
                    __Backend,
                >::bind(::web::auth::__private::Is::<Version>::from_i64(__epoch))
            }
            ::web::auth::__private::Value::Moment(7, __at) => {
                ::web::auth::__private::Field::<
                    Moment,
                    schema::people::updated_at,
                    __Backend,
                >::bind(
                    <Moment as ::web::auth::user::UserTimestamp>::from_system_time(__at),
                )
            }
            _ => ::web::auth::__private::Option::None,
        }
    }
    fn given(
        __register: <Self as ::web::auth::user::AuthUser>::Register,
        __provisioned: <Self as ::web::auth::user::AuthUser>::Provisioned,
    ) -> ::web::auth::__private::Vec<::web::auth::__private::Cell<__Backend>> {
        ::web::auth::__private::cells([
            ::web::auth::__private::Field::<
                Handle,
                schema::people::handle,
                __Backend,
            >::cell(1, __register.handle),
        ])
    }
}
