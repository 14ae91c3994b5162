// The expansion of a user struct, formatted.
const _: () = {
    use ::crudauth::__private as __auth;
    #[allow(unused_imports, reason = "they are for an editor")]
    use __auth::keys::user_struct::recovery as _;
    use __auth::{FieldFallback as _, Fallback as _, NameFallback as _};
    #[automatically_derived]
    impl __auth::user::AuthUser for User {
        type Id = i32;
        type Tenant = __auth::user::NoTenant;
        type Register = UserRegister;
        type Provisioned = __auth::user::NothingProvisioned;
        type OAuthFields = __auth::user::NoFormFields;
        const SCHEMA: __auth::user::UserSchema = __auth::user::UserSchema {
            user: "User",
            columns: &[
                __auth::user::ColumnSchema {
                    field: "id",
                    column: <users::id as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Id),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "email",
                    column: <users::email as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::Email),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Client("email"),
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "hashed_password",
                    column: <users::hashed_password as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::HashedPassword),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "is_active",
                    column: <users::is_active as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::IsActive),
                    when: __auth::Option::Some(__auth::user::When::True),
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
                __auth::user::ColumnSchema {
                    field: "token_version",
                    column: <users::token_version as __auth::diesel::Column>::NAME,
                    logical: __auth::Option::Some(__auth::user::Logical::TokenVersion),
                    when: __auth::Option::None,
                    fill: __auth::user::Fill::Crudauth,
                    scope: __auth::Option::None,
                },
            ],
            login: &[__auth::user::LoginField::Email],
            recovery: __auth::Option::None,
            beside: &[],
        };
        fn register_by_provider(
            __email: &str,
            __username: __auth::Option<&str>,
            __fields: Self::OAuthFields,
        ) -> Self::Register {
            UserRegister {
                email: <__auth::TextOf<
                    String,
                    __auth::Bare,
                >>::said(__auth::Option::Some(__email)),
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
                username: __auth::Option::None,
                hashed_password: <__auth::TextOf<
                    String,
                    __auth::Bare,
                >>::read(&self.hashed_password),
                is_active: __auth::Option::Some(self.is_active),
                is_superuser: __auth::Option::None,
                email_verified: __auth::Option::None,
                token_version: __auth::Option::Some(
                    __auth::Is::<i32>::to_i64(&self.token_version),
                ),
                oauth_provider: __auth::Option::None,
                google_id: __auth::Option::None,
                github_id: __auth::Option::None,
                barred_until: __auth::Option::None,
                recovery: __auth::Option::None,
                recovery_verified: __auth::Option::None,
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
            }
            if let __auth::Option::Some(__to) = &__set.active {
                self.is_active = *__to;
            }
        }
    }
    #[automatically_derived]
    impl __auth::user::HasEmail for User {}
    #[automatically_derived]
    impl __auth::user::HasActive for User {}
    #[automatically_derived]
    impl __auth::user::HasEpoch for User {}
    #[automatically_derived]
    impl __auth::user::MadeOfAddress for User {}
    #[automatically_derived]
    impl __auth::user::NothingFromForm for User {
        fn no_fields() -> __auth::user::NoFormFields {
            __auth::user::NoFormFields
        }
    }
    #[automatically_derived]
    impl __auth::user::RegisterFields for UserRegister {
        const INPUTS: &'static [__auth::user::RegisterInput] = &[
            __auth::user::RegisterInput {
                name: "email",
                required: __auth::is_required::<users::email>(),
            },
        ];
        fn read(__inputs: &mut __auth::error::Inputs) -> __auth::Option<Self> {
            let __taken = (__inputs.take("email"),);
            __auth::Option::Some(Self { email: __taken.0? })
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
        }
        fn email(&self) -> __auth::Option<&str> {
            <__auth::TextOf<String, __auth::Bare>>::read(&self.email)
        }
        fn username(&self) -> __auth::Option<&str> {
            __auth::Option::None
        }
        fn recovery(&self) -> __auth::Option<&str> {
            __auth::Option::None
        }
    }
    #[automatically_derived]
    impl __auth::Sends<{ __auth::name("email") }, String> for User {}
    type __On = __auth::backend::Every;
    const _: () = {
        type __Field = __auth::Field<i32, users::id, __On>;
        __auth::require(
            __auth::Is::<i32>::NEW_ID,
            "nothing makes a `i32` for a new user\nhelp: if the database fills it: `#[auth(default)]`\nhelp: if your new-user hook fills it: `#[auth(provisioned)]`\nhelp: or implement `crudauth::user::NewId` for `i32`",
        );
        __auth::require_readable(
            __Field::READABLE,
            "field `id` cannot be read from column `users.id` as `i32`",
            __auth::NameOf::<__auth::SqlTypeOf<users::id>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `users.id`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<String, users::email, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `email` cannot be read from column `users.email` as `String`",
            __auth::NameOf::<__auth::SqlTypeOf<users::email>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `users.email`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<String, users::hashed_password, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `hashed_password` cannot be read from column `users.hashed_password` as `String`",
            __auth::NameOf::<__auth::SqlTypeOf<users::hashed_password>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`String` cannot be written to column `users.hashed_password`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<bool, users::is_active, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `is_active` cannot be read from column `users.is_active` as `bool`",
            __auth::NameOf::<__auth::SqlTypeOf<users::is_active>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`bool` cannot be written to column `users.is_active`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        type __Field = __auth::Field<i32, users::token_version, __On>;
        __auth::require_readable(
            __Field::READABLE,
            "field `token_version` cannot be read from column `users.token_version` as `i32`",
            __auth::NameOf::<__auth::SqlTypeOf<users::token_version>>::NAME,
            false,
        );
        __auth::require(
            __Field::WRITABLE,
            "`i32` cannot be written to column `users.token_version`\nhelp: implement Diesel's `ToSql` for it",
        );
    };
    const _: () = {
        __auth::require(
            !(__auth::Is::<User>::SERIALIZABLE && __auth::Is::<String>::SERIALIZABLE),
            "`User` can be serialized, and with it `hashed_password`, which no client may see\nnote: `Json(me.user)` would send it\nhelp: write `#[serde(skip_serializing)]` on `hashed_password`, or remove `Serialize` and answer with `crudauth::answers` or a struct of your own",
        );
    };
    const _: () = {
        __auth::require(
            __auth::Both::<
                users::id,
                <users::table as __auth::diesel::Table>::PrimaryKey,
            >::SAME,
            "`id` is mapped to `users.id`, but that is not the primary key of `users`\nnote: sessions and tokens store the primary key, which must be one column",
        );
    };
    const _: () = {
        __auth::all_filled(
            "User",
            "users",
            <<users::table as __auth::diesel::Table>::AllColumns as __auth::TableColumns>::COLUMNS,
            &[
                <users::id as __auth::diesel::Column>::NAME,
                <users::email as __auth::diesel::Column>::NAME,
                <users::hashed_password as __auth::diesel::Column>::NAME,
                <users::is_active as __auth::diesel::Column>::NAME,
                <users::token_version as __auth::diesel::Column>::NAME,
            ],
        );
    };
};
///What a client may send to sign up as an [`User`], the password aside.
struct UserRegister {
    ///The logical field `email`.
    pub email: String,
}

// For each backend of [every]:
#[automatically_derived]
impl __auth::UserRow<__Backend> for User {
    fn push_table(
        __pass: __auth::diesel::query_builder::AstPass<'_, '_, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::diesel::query_builder::QueryFragment::walk_ast(&users::table, __pass)
    }
    fn read<'__a>(
        __row: &impl __auth::diesel::row::Row<'__a, __Backend>,
    ) -> __auth::diesel::deserialize::Result<Self> {
        __auth::Result::Ok(Self {
            id: __auth::Field::<i32, users::id, __Backend>::read(__row, 0)?,
            email: __auth::Field::<String, users::email, __Backend>::read(__row, 1)?,
            hashed_password: __auth::Field::<
                String,
                users::hashed_password,
                __Backend,
            >::read(__row, 2)?,
            is_active: __auth::Field::<
                bool,
                users::is_active,
                __Backend,
            >::read(__row, 3)?,
            token_version: __auth::Field::<
                i32,
                users::token_version,
                __Backend,
            >::read(__row, 4)?,
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
            __auth::Field::<i32, users::id, __Backend>::kind(__lookup),
            __auth::Field::<String, users::email, __Backend>::kind(__lookup),
            __auth::Field::<String, users::hashed_password, __Backend>::kind(__lookup),
            __auth::Field::<bool, users::is_active, __Backend>::kind(__lookup),
            __auth::Field::<i32, users::token_version, __Backend>::kind(__lookup),
        ])
    }
    fn push_id<'__b>(
        __id: &'__b <Self as __auth::user::AuthUser>::Id,
        __pass: __auth::diesel::query_builder::AstPass<'_, '__b, __Backend>,
    ) -> __auth::diesel::QueryResult<()> {
        __auth::Field::<
            <Self as __auth::user::AuthUser>::Id,
            users::id,
            __Backend,
        >::push(__id, __pass)
    }
    fn bind(__value: __auth::Value<'_>) -> __auth::Option<__auth::Bound<__Backend>> {
        match __value {
            __auth::Value::NewId => {
                __auth::Is::<i32>::new_id()
                    .and_then(__auth::Field::<i32, users::id, __Backend>::bind)
            }
            __auth::Value::Text(1, __text) => {
                __auth::Field::<
                    String,
                    users::email,
                    __Backend,
                >::bind(<__auth::TextOf<String, __auth::Bare>>::text(__text))
            }
            __auth::Value::Password(__hash) => {
                __auth::Field::<
                    String,
                    users::hashed_password,
                    __Backend,
                >::bind(<__auth::TextOf<String, __auth::Bare>>::hash(__hash))
            }
            __auth::Value::Flag(3, __flag, _) => {
                __auth::Field::<bool, users::is_active, __Backend>::bind(__flag)
            }
            __auth::Value::Epoch(__epoch) => {
                __auth::Field::<
                    i32,
                    users::token_version,
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
            __auth::Field::<String, users::email, __Backend>::cell(1, __register.email),
        ])
    }
}
