//! Implements every trait for a struct whose derive has failed, so that its uses report no errors.

/// The body of what a stub implements: it is never run, because the derive has failed.
pub fn stub() -> ! {
    unreachable!("the derive of this struct failed to compile")
}

/// Implements all that `AuthUser` implements for the struct and its payloads.
#[doc(hidden)]
#[macro_export]
macro_rules! __stub_user {
    ($User:ident, $Id:ty, $Tenant:ty, $Register:ident, $Provisioned:ident, $OAuthFields:ident, [$($Capability:ident)*]) => {
        const _: () = {
            use $crate::__private as __auth;

            #[automatically_derived]
            impl __auth::user::AuthUser for $User {
                type Id = $Id;
                type Tenant = $Tenant;
                type Register = $Register;
                type Provisioned = $Provisioned;
                type OAuthFields = $OAuthFields;

                const SCHEMA: __auth::user::UserSchema = __auth::user::UserSchema {
                    user: "",
                    columns: &[],
                    login: &[],
                    recovery: __auth::Option::None,
                    beside: &[],
                };

                fn register_by_provider(
                    _: &str,
                    _: __auth::Option<&str>,
                    _: Self::OAuthFields,
                ) -> Self::Register {
                    __auth::stub()
                }

                fn id(&self) -> &Self::Id {
                    __auth::stub()
                }

                fn tenant(&self) -> &Self::Tenant {
                    __auth::stub()
                }

                fn mapped(&self) -> __auth::user::LogicalFields<'_> {
                    __auth::stub()
                }

                fn login_value(&self, _: __auth::user::LoginField) -> __auth::Option<&str> {
                    __auth::stub()
                }

                fn apply(&mut self, _: &__auth::user::Change) {
                    __auth::stub()
                }
            }

            $(
                #[automatically_derived]
                impl __auth::user::$Capability for $User {}
            )*

            #[automatically_derived]
            impl __auth::user::NothingFromForm for $User {
                fn no_fields() -> $OAuthFields {
                    __auth::stub()
                }
            }

            #[automatically_derived]
            impl __auth::user::RegisterFields for $Register {
                fn read(_: &mut __auth::error::Inputs) -> __auth::Option<Self> {
                    __auth::stub()
                }

                fn visit_identities(
                    &mut self,
                    _: &mut dyn __auth::core::ops::FnMut(
                        __auth::user::LoginField,
                        &str,
                    ) -> __auth::Option<__auth::String>,
                ) {
                    __auth::stub()
                }

                fn email(&self) -> __auth::Option<&str> {
                    __auth::stub()
                }

                fn username(&self) -> __auth::Option<&str> {
                    __auth::stub()
                }
            }

            #[automatically_derived]
            impl __auth::Clone for $Provisioned {
                fn clone(&self) -> Self {
                    __auth::stub()
                }
            }

            #[automatically_derived]
            impl __auth::user::Nothing for $Provisioned {
                fn nothing() -> Self {
                    __auth::stub()
                }
            }

            #[automatically_derived]
            impl __auth::Clone for $OAuthFields {
                fn clone(&self) -> Self {
                    __auth::stub()
                }
            }

            __auth::for_backends! { [every]
                #[automatically_derived]
                impl __auth::UserRow<__Backend> for $User {
                    fn push_table(
                        _: __auth::diesel::query_builder::AstPass<'_, '_, __Backend>,
                    ) -> __auth::diesel::QueryResult<()> {
                        __auth::stub()
                    }

                    fn read<'__a>(
                        _: &impl __auth::diesel::row::Row<'__a, __Backend>,
                    ) -> __auth::diesel::deserialize::Result<Self> {
                        __auth::stub()
                    }

                    fn types(
                        _: &mut __auth::TypeLookup<__Backend>,
                    ) -> __auth::Vec<__auth::TypeIn<__Backend>> {
                        __auth::stub()
                    }

                    fn push_id<'__b>(
                        _: &'__b <Self as __auth::user::AuthUser>::Id,
                        _: __auth::diesel::query_builder::AstPass<'_, '__b, __Backend>,
                    ) -> __auth::diesel::QueryResult<()> {
                        __auth::stub()
                    }

                    fn bind(_: __auth::Value<'_>) -> __auth::Option<__auth::Bound<__Backend>> {
                        __auth::stub()
                    }

                    fn given(
                        _: <Self as __auth::user::AuthUser>::Register,
                        _: <Self as __auth::user::AuthUser>::Provisioned,
                    ) -> __auth::Vec<__auth::Cell<__Backend>> {
                        __auth::stub()
                    }
                }
            }
        };
    };
}

/// Implements `RegisterSchema` for a sign-up body.
#[doc(hidden)]
#[macro_export]
macro_rules! __stub_schema {
    ($Schema:ident, $User:ty, $Data:ident) => {
        const _: () = {
            use $crate::__private as __auth;

            #[automatically_derived]
            impl __auth::user::RegisterSchema for $Schema {
                type User = $User;
                type Data = $Data;

                fn read(_: &mut __auth::error::Inputs) -> __auth::Option<Self> {
                    __auth::stub()
                }

                fn broken_rules(&self) -> __auth::Vec<__auth::error::FieldError> {
                    __auth::stub()
                }

                fn split(self, _: &mut __auth::error::Inputs) -> (__auth::Password, Self::Data) {
                    __auth::stub()
                }
            }
        };
    };
}
