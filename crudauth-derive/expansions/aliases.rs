// The expansion of a user struct, formatted.
const _: () = {
    use ::web::auth::__private as __auth;
    #[allow(unused_imports, reason = "they are for an editor")]
    use __auth::keys::{
        user_struct::login as _, user_struct::recovery as _, user_struct::crate_ as _,
    };
    use __auth::{FieldFallback as _, Fallback as _, NameFallback as _};
    #[automatically_derived]
    impl __auth::user::AuthUser for Person {
        type Id = <__auth::Id<
            { __auth::Is::<PersonId>::ID },
        > as __auth::InPlaceOf<PersonId>>::Id;
        type Tenant = __auth::user::NoTenant;
        type Register = PersonRegister;
        type Provisioned = __auth::user::NothingProvisioned;
        type OAuthFields = PersonOAuthFields;
        const SCHEMA: __auth::user::UserSchema = __auth::user::UserSchema {
            user: "Person",
            columns: &[
                __auth::user::ColumnSchema {
                    field: "id",
                    column: <schema::people::id as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Id),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "handle",
                    column: <schema::people::handle as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::None,
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Client("handle"),
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "phone",
                    column: <schema::people::phone as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::None,
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Null,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "phone_verified",
                    column: <schema::people::phone_verified as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::FactorVerified),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <schema::people::hashed_password as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::HashedPassword),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "is_active",
                    column: <schema::people::is_active as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::IsActive),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "token_version",
                    column: <schema::people::token_version as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::TokenVersion),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "updated_at",
                    column: <schema::people::updated_at as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::UpdatedAt),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
            ],
            login: &[__auth::user::LoginField::Other("handle")],
            recovery: __auth::Option::Some("phone"),
            beside: &[],
        };
        fn register_by_provider(
            __email: &str,
            __username: __auth::Option<&str>,
            __fields: Self::OAuthFields,
        ) -> Self::Register {
            PersonRegister {
                handle: __fields.handle,
            }
        }
        fn id(&self) -> &Self::Id {
            __auth::Is::<PersonId>::id(&self.id)
        }
        fn tenant(&self) -> &Self::Tenant {
            &__auth::user::NoTenant
        }
        fn mapped(&self) -> __auth::user::LogicalFields<'_> {
            __auth::user::LogicalFields {
                email: __auth::Option::None,
                username: __auth::Option::None,
                hashed_password: <__auth::TextOf<
                    Hash,
                    <__auth::Form<
                        { __auth::Is::<Hash>::OPTIONAL_TEXT },
                    > as __auth::Chosen>::Form,
                >>::read(&self.hashed_password),
                is_active: __auth::Option::Some(
                    __auth::Is::<Flag>::is_true(&self.is_active),
                ),
                is_superuser: __auth::Option::None,
                email_verified: __auth::Option::None,
                token_version: __auth::Option::Some(
                    __auth::Is::<Version>::to_i64(&self.token_version),
                ),
                oauth_provider: __auth::Option::None,
                google_id: __auth::Option::None,
                github_id: __auth::Option::None,
                barred_until: __auth::Option::None,
                recovery: <__auth::TextOf<
                    Option<Phone>,
                    <__auth::Form<
                        { __auth::Is::<Option<Phone>>::OPTIONAL_TEXT },
                    > as __auth::Chosen>::Form,
                >>::read(&self.phone),
                recovery_verified: __auth::Option::Some(
                    __auth::Is::<Flag>::is_true(&self.phone_verified),
                ),
                second_factor: __auth::Option::None,
            }
        }
        fn login_value(
            &self,
            __field: __auth::user::LoginField,
        ) -> __auth::Option<&str> {
            match __field {
                __auth::user::LoginField::Other("handle") => {
                    <__auth::TextOf<
                        Handle,
                        <__auth::Form<
                            { __auth::Is::<Handle>::OPTIONAL_TEXT },
                        > as __auth::Chosen>::Form,
                    >>::read(&self.handle)
                }
                _ => __auth::Option::None,
            }
        }
        fn apply(&mut self, __change: &__auth::user::Change) {
            let __set = __change.set();
            if let __auth::Option::Some(__to) = &__set.password {
                <__auth::TextOf<
                    Hash,
                    <__auth::Form<
                        { __auth::Is::<Hash>::OPTIONAL_TEXT },
                    > as __auth::Chosen>::Form,
                >>::set(&mut self.hashed_password, __to.as_stored());
            }
            if let __auth::Option::Some(__to) = &__set.epoch {
                self.token_version = __auth::Is::<Version>::from_i64(*__to);
            }
            if __set.recovery_verified {
                self.phone_verified = __auth::Is::<Flag>::flag(true);
            }
            if let __auth::Option::Some(__to) = &__set.active {
                self.is_active = __auth::Is::<Flag>::flag(*__to);
            }
            self.updated_at = __auth::user::UserTimestamp::from_system_time(
                __change.at(),
            );
        }
    }
    #[automatically_derived]
    impl __auth::user::HasActive for Person {}
    #[automatically_derived]
    impl __auth::user::HasEpoch for Person {}
    #[automatically_derived]
    impl __auth::user::HasRecovery for Person {}
    #[automatically_derived]
    impl __auth::user::RegisterFields for PersonRegister {
        const INPUTS: &'static [__auth::user::RegisterInput] = &[
            __auth::user::RegisterInput {
                name: "handle",
                required: __auth::is_required::<schema::people::handle>(),
            },
        ];
        fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
            let __taken = (__auth::Is::<Handle>::take(__inputs, "handle"),);
            __auth::Option::Some(Self { handle: __taken.0? })
        }
        fn visit_identities(
            &mut self,
            __visit: &mut dyn __auth::core::ops::FnMut(
                __auth::user::LoginField,
                &str,
            ) -> __auth::Option<__auth::String>,
        ) {
            <__auth::TextOf<
                Handle,
                <__auth::Form<
                    { __auth::Is::<Handle>::OPTIONAL_TEXT },
                > as __auth::Chosen>::Form,
            >>::visit(
                &mut self.handle,
                __auth::user::LoginField::Other("handle"),
                __visit,
            );
        }
        fn email(&self) -> __auth::Option<&str> {
            __auth::Option::None
        }
        fn username(&self) -> __auth::Option<&str> {
            __auth::Option::None
        }
        fn recovery(&self) -> __auth::Option<&str> {
            __auth::Option::None
        }
    }
    #[automatically_derived]
    impl __auth::Sends<{ __auth::name("handle") }, Handle> for Person {}
    #[automatically_derived]
    impl __auth::Clone for PersonOAuthFields
    where
        for<'__later> Handle: __auth::Clone,
    {
        fn clone(&self) -> Self {
            Self {
                handle: __auth::Clone::clone(&self.handle),
            }
        }
    }
    type __On = (__auth::backend::Postgres, ());
    const _: () = {
        type __Field = __auth::Field<PersonId, schema::people::id, __On>;
        __auth::require(
            __auth::Is::<PersonId>::ID,
            "`PersonId` cannot identify a user\nhelp: it needs `Clone + Display + FromStr + Serialize + DeserializeOwned + Send + Sync`\nnote: the id travels in sessions and tokens; enable the `serde` feature of its crate",
        );
        __auth::require(
            __auth::Is::<PersonId>::NEW_ID,
            "nothing makes a `PersonId` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `PersonId`",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `id` cannot be read from column `people.id` as `PersonId`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::id>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`PersonId` cannot be written to column `people.id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Handle, schema::people::handle, __On>;
        __auth::require(
            __auth::Is::<Handle>::TEXT || __auth::Is::<Handle>::OPTIONAL_TEXT,
            "`handle` does not identify anyone, as it is of type `Handle`\nhelp: log in by a unique text column",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `handle` cannot be read from column `people.handle` as `Handle`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::handle>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Handle` cannot be written to column `people.handle`\nhelp: implement Diesel's `ToSql` for it",
        );
        __auth::require(
            __auth::Is::<Handle>::SENDABLE,
            "`handle` is sent at sign-up, but `Handle` cannot be deserialized\nhelp: add `#[derive(serde::Deserialize)]` to `Handle`",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Option<Phone>, schema::people::phone, __On>;
        __auth::require(
            __auth::Is::<Option<Phone>>::TEXT
                || __auth::Is::<Option<Phone>>::OPTIONAL_TEXT,
            "recovery by `phone` needs text, but `phone` is of type `Option<Phone>`\nhelp: make it `String` or `Option<String>`",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `phone` cannot be read from column `people.phone` as `Option<Phone>`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::phone>>::NAME,
            false,
        );
        __auth::require(
            __auth::admits_null::<schema::people::phone>(),
            "column `people.phone` is NOT NULL, but nothing fills it when a user signs up\nhelp: fill it in your new-user hook: `#[auth(provisioned)]`\nhelp: or leave it to the column's DEFAULT: `#[auth(default)]`\nhelp: or make the column nullable and the field an `Option`\nhelp: or let the client choose it, if anybody may: `#[auth(register)]`",
        );
        __auth::require(
            __Field::WRITABLE,
            "`Option<Phone>` cannot be written to column `people.phone`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Flag, schema::people::phone_verified, __On>;
        __auth::require(
            __auth::Is::<Flag>::FLAG,
            "the logical field `phone_verified` cannot be of type `Flag`\nhelp: expected `bool`, a type that implements `crudauth::user::UserFlag`, or with `when(..)` a moment\nnote: what is unknown must never count as granted; make the column NOT NULL",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `phone_verified` cannot be read from column `people.phone_verified` as `Flag`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::phone_verified>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Flag` cannot be written to column `people.phone_verified`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Hash, schema::people::hashed_password, __On>;
        __auth::require(
            __auth::Is::<Hash>::TEXT || __auth::Is::<Hash>::OPTIONAL_TEXT,
            "the logical field `hashed_password` cannot be of type `Hash`\nhelp: expected `String` or `Option<String>`\nnote: it is stored and compared as text",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `people.hashed_password` as `Hash`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::hashed_password>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Hash` cannot be written to column `people.hashed_password`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Flag, schema::people::is_active, __On>;
        __auth::require(
            __auth::Is::<Flag>::FLAG,
            "the logical field `is_active` cannot be of type `Flag`\nhelp: expected `bool`, a type that implements `crudauth::user::UserFlag`, or with `when(..)` a moment\nnote: what is unknown must never count as granted; make the column NOT NULL",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `is_active` cannot be read from column `people.is_active` as `Flag`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::is_active>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Flag` cannot be written to column `people.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Version, schema::people::token_version, __On>;
        __auth::require(
            __auth::Is::<Version>::EPOCH,
            "the logical field `token_version` cannot be of type `Version`\nhelp: expected `i32` or `i64`\nnote: a reset adds 1 to end every older token",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `token_version` cannot be read from column `people.token_version` as `Version`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::token_version>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Version` cannot be written to column `people.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<Moment, schema::people::updated_at, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `updated_at` cannot be read from column `people.updated_at` as `Moment`",
            __auth::NameOf::<__auth::SqlTypeOf<schema::people::updated_at>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`Moment` cannot be written to column `people.updated_at`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        __auth::require(
            !(__auth::Is::<Person>::SERIALIZABLE && __auth::Is::<Hash>::SERIALIZABLE),
            "`Person` can be serialized, and with it `hashed_password`, which no client may see\nnote: `Json(me.user)` would send it\nhelp: write `#[serde(skip_serializing)]` on `hashed_password`, or remove `Serialize` and answer with `crudauth::answers` or a struct of your own",
        );
    };
    const _: () = {
        __auth::require(
            __auth::Both::<
                schema::people::id,
                <schema::people::table as __auth::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `people.id`, but that is not the primary key of `people`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = {
        __auth::all_filled(
            "Person",
            "people",
            <<schema::people::table as __auth::diesel::Table>::AllColumns as __auth::TableColumns>::COLUMNS,
            &[
                <schema::people::id as __auth::diesel::Column>::NAME,
                <schema::people::handle as __auth::diesel::Column>::NAME,
                <schema::people::phone as __auth::diesel::Column>::NAME,
                <schema::people::phone_verified as __auth::diesel::Column>::NAME,
                <schema::people::hashed_password as __auth::diesel::Column>::NAME,
                <schema::people::is_active as __auth::diesel::Column>::NAME,
                <schema::people::token_version as __auth::diesel::Column>::NAME,
                <schema::people::updated_at as __auth::diesel::Column>::NAME,
            ],
        );
    };
};
///What a client may send to sign up as an [`Person`], the password aside.
pub(crate) struct PersonRegister {
    ///`Person::handle`, sent as `handle`.
    pub handle: Handle,
}
///What a new [`Person`] needs and no provider says, where somebody signs up by one.
pub(crate) struct PersonOAuthFields {
    ///`Person::handle`.
    pub handle: Handle,
}

// For each backend of [postgres]:
#[automatically_derived]
impl __auth::UserRow<__Backend> for Person {
    fn push_table(
        __pass: __auth::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::diesel::query_builder::QueryFragment::walk_ast(
            &schema::people::table,
            __pass,
        )
    }
    fn read<'__a>(
        __row: &impl __auth::diesel::row::Row<'__a, __Backend>,
    ) -> __auth::diesel::deserialize::Result<Self> {
        __auth::Result::Ok(Self {
            id: __auth::Field::<
                PersonId,
                schema::people::id,
                __Backend,
            >::read(__row, 0)?,
            handle: __auth::Field::<
                Handle,
                schema::people::handle,
                __Backend,
            >::read(__row, 1)?,
            phone: __auth::Field::<
                Option<Phone>,
                schema::people::phone,
                __Backend,
            >::read(__row, 2)?,
            phone_verified: __auth::Field::<
                Flag,
                schema::people::phone_verified,
                __Backend,
            >::read(__row, 3)?,
            hashed_password: __auth::Field::<
                Hash,
                schema::people::hashed_password,
                __Backend,
            >::read(__row, 4)?,
            is_active: __auth::Field::<
                Flag,
                schema::people::is_active,
                __Backend,
            >::read(__row, 5)?,
            token_version: __auth::Field::<
                Version,
                schema::people::token_version,
                __Backend,
            >::read(__row, 6)?,
            updated_at: __auth::Field::<
                Moment,
                schema::people::updated_at,
                __Backend,
            >::read(__row, 7)?,
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
            __auth::Field::<PersonId, schema::people::id, __Backend>::kind(__lookup),
            __auth::Field::<Handle, schema::people::handle, __Backend>::kind(__lookup),
            __auth::Field::<
                Option<Phone>,
                schema::people::phone,
                __Backend,
            >::kind(__lookup),
            __auth::Field::<
                Flag,
                schema::people::phone_verified,
                __Backend,
            >::kind(__lookup),
            __auth::Field::<
                Hash,
                schema::people::hashed_password,
                __Backend,
            >::kind(__lookup),
            __auth::Field::<Flag, schema::people::is_active, __Backend>::kind(__lookup),
            __auth::Field::<
                Version,
                schema::people::token_version,
                __Backend,
            >::kind(__lookup),
            __auth::Field::<
                Moment,
                schema::people::updated_at,
                __Backend,
            >::kind(__lookup),
        ])
    }
    fn push_id<'__b>(
        __id: &'__b <Self as __auth::user::AuthUser>::Id,
        __pass: __auth::diesel::query_builder::AstPass<'_, '__b, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::Field::<
            <Self as __auth::user::AuthUser>::Id,
            schema::people::id,
            __Backend,
        >::push(__id, __pass)
    }
    fn bind(__value: __auth::Value<'_>) -> __auth::Option<__auth::Bound<__Backend>> {
        match __value {
            __auth::Value::NewId => {
                __auth::Is::<PersonId>::new_id()
                    .and_then(
                        __auth::Field::<PersonId, schema::people::id, __Backend>::bind,
                    )
            }
            __auth::Value::Text(1, __text) => {
                __auth::Field::<
                    Handle,
                    schema::people::handle,
                    __Backend,
                >::bind(
                    <__auth::TextOf<
                        Handle,
                        <__auth::Form<
                            { __auth::Is::<Handle>::OPTIONAL_TEXT },
                        > as __auth::Chosen>::Form,
                    >>::text(__text),
                )
            }
            __auth::Value::Text(2, __text) => {
                __auth::Field::<
                    Option<Phone>,
                    schema::people::phone,
                    __Backend,
                >::bind(
                    <__auth::TextOf<
                        Option<Phone>,
                        <__auth::Form<
                            { __auth::Is::<Option<Phone>>::OPTIONAL_TEXT },
                        > as __auth::Chosen>::Form,
                    >>::text(__text),
                )
            }
            __auth::Value::Flag(3, __flag, _) => {
                __auth::Field::<
                    Flag,
                    schema::people::phone_verified,
                    __Backend,
                >::bind(__auth::Is::<Flag>::flag(__flag))
            }
            __auth::Value::Password(__hash) => {
                __auth::Field::<
                    Hash,
                    schema::people::hashed_password,
                    __Backend,
                >::bind(
                    <__auth::TextOf<
                        Hash,
                        <__auth::Form<
                            { __auth::Is::<Hash>::OPTIONAL_TEXT },
                        > as __auth::Chosen>::Form,
                    >>::hash(__hash),
                )
            }
            __auth::Value::Flag(5, __flag, _) => {
                __auth::Field::<
                    Flag,
                    schema::people::is_active,
                    __Backend,
                >::bind(__auth::Is::<Flag>::flag(__flag))
            }
            __auth::Value::Epoch(__epoch) => {
                __auth::Field::<
                    Version,
                    schema::people::token_version,
                    __Backend,
                >::bind(__auth::Is::<Version>::from_i64(__epoch))
            }
            __auth::Value::Moment(7, __at) => {
                __auth::Field::<
                    Moment,
                    schema::people::updated_at,
                    __Backend,
                >::bind(<Moment as __auth::user::UserTimestamp>::from_system_time(__at))
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
                Handle,
                schema::people::handle,
                __Backend,
            >::cell(1, __register.handle),
        ])
    }
}
