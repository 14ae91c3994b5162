//! What stands in for a user that could not be derived.
//!
//! A type without `AuthUser` would be an error at each of its uses, on top of the mistake itself.
//! The stub has every trait and the names of the payload types, so that only the mistakes are
//! left to read. It is never run: its `compile_error!`s see to that.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{DeriveInput, parse_quote};

use crate::emit::{provisioned_name, register_name};
use crate::logical::Logical;
use crate::syntax::{Field, Source, User};
use crate::types::may_identify;

/// The errors, and the stub where one is possible.
pub(crate) fn expand(
    input: &DeriveInput,
    raw: Option<&User<'_>>,
    errors: &TokenStream,
) -> TokenStream {
    let stub = input.generics.params.is_empty().then(|| stub(input, raw));
    quote_spanned! {Span::mixed_site()=>
        #errors
        #stub
    }
}

fn stub(input: &DeriveInput, raw: Option<&User<'_>>) -> TokenStream {
    let (ident, vis) = (&input.ident, &input.vis);
    let fields = raw.map_or(&[][..], |raw| &raw.fields);
    let runtime =
        raw.and_then(|raw| raw.runtime.clone()).unwrap_or_else(|| parse_quote!(::crudauth));
    let id = fields
        .iter()
        .find(|field| role(field) == Some(Logical::Id) && may_identify(field.ty))
        .map_or_else(|| parse_quote!(#runtime::__private::core::primitive::i32), |f| f.ty.clone());
    let (register, provisioned) = (register_name(ident), provisioned_name(ident));
    let sent = fields.iter().filter(|field| may_be_sent(field)).map(declaration);
    let filled = fields.iter().filter(|field| has(field, Source::Provisioned)).map(declaration);
    let capabilities = [
        "HasEmail",
        "HasUsername",
        "HasActive",
        "HasSuperuser",
        "HasEmailVerified",
        "HasEpoch",
        "HasRecovery",
    ]
    .map(|capability| Ident::new(capability, Span::mixed_site()));

    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #[automatically_derived]
            impl #runtime::user::AuthUser for #ident {
                type Id = #id;
                type Register = #register;
                type Provisioned = #provisioned;

                const SCHEMA: #runtime::user::UserSchema = #runtime::user::UserSchema {
                    user: "",
                    columns: &[],
                    login: &[],
                    recovery: #runtime::__private::Option::None,
                };

                fn id(&self) -> &Self::Id {
                    #runtime::__private::stub()
                }

                fn logical(&self) -> #runtime::user::LogicalFields<'_> {
                    #runtime::__private::stub()
                }

                fn login_value(
                    &self,
                    _: #runtime::user::LoginField,
                ) -> #runtime::__private::Option<&str> {
                    #runtime::__private::stub()
                }

                fn apply(&mut self, _: &#runtime::user::Change) {
                    #runtime::__private::stub()
                }
            }

            #(
                #[automatically_derived]
                impl #runtime::user::#capabilities for #ident {}
            )*

            #[automatically_derived]
            impl #runtime::user::RegisterFields for #register {
                fn read(_: &mut #runtime::error::Inputs) -> #runtime::__private::Option<Self> {
                    #runtime::__private::stub()
                }

                fn visit_identities(
                    &mut self,
                    _: &mut dyn #runtime::__private::core::ops::FnMut(
                        #runtime::user::LoginField,
                        &str,
                    ) -> #runtime::__private::Option<#runtime::__private::String>,
                ) {
                    #runtime::__private::stub()
                }

                fn email(&self) -> #runtime::__private::Option<&str> {
                    #runtime::__private::stub()
                }

                fn username(&self) -> #runtime::__private::Option<&str> {
                    #runtime::__private::stub()
                }
            }

            #[automatically_derived]
            impl #runtime::__private::Clone for #provisioned {
                fn clone(&self) -> Self {
                    #runtime::__private::stub()
                }
            }

            #runtime::__private::for_backends! { [every]
                #[automatically_derived]
                impl #runtime::__private::UserRow<__Backend> for #ident {
                    fn push_table(
                        _: #runtime::__private::diesel::query_builder::AstPass<'_, '_, __Backend>,
                    ) -> #runtime::__private::diesel::QueryResult<()> {
                        #runtime::__private::stub()
                    }

                    fn read<'__a>(
                        _: &impl #runtime::__private::diesel::row::Row<'__a, __Backend>,
                    ) -> #runtime::__private::diesel::deserialize::Result<Self> {
                        #runtime::__private::stub()
                    }

                    fn types(
                        _: &mut #runtime::__private::TypeLookup<__Backend>,
                    ) -> #runtime::__private::Vec<#runtime::__private::TypeIn<__Backend>> {
                        #runtime::__private::stub()
                    }

                    fn push_id<'__b>(
                        _: &'__b <Self as #runtime::user::AuthUser>::Id,
                        _: #runtime::__private::diesel::query_builder::AstPass<'_, '__b, __Backend>,
                    ) -> #runtime::__private::diesel::QueryResult<()> {
                        #runtime::__private::stub()
                    }

                    fn bind(
                        _: #runtime::__private::Value<'_>,
                    ) -> #runtime::__private::Option<#runtime::__private::Bound<__Backend>> {
                        #runtime::__private::stub()
                    }

                    fn given(
                        _: <Self as #runtime::user::AuthUser>::Register,
                        _: <Self as #runtime::user::AuthUser>::Provisioned,
                    ) -> #runtime::__private::Vec<#runtime::__private::Cell<__Backend>> {
                        #runtime::__private::stub()
                    }
                }
            }
        };

        #[doc = "A stand-in: the derive has failed."]
        #[allow(dead_code, reason = "nothing builds a stand-in")]
        #vis struct #register { #(#sent)* }

        #[doc = "A stand-in: the derive has failed."]
        #[allow(dead_code, reason = "nothing builds a stand-in")]
        #vis struct #provisioned { #(#filled)* }
    }
}

fn declaration(field: &Field<'_>) -> TokenStream {
    let (ident, ty) = (field.ident, field.ty);
    quote_spanned!(Span::mixed_site()=> #[doc = "A stand-in."] pub #ident: #ty,)
}

fn may_be_sent(field: &Field<'_>) -> bool {
    has(field, Source::Register) || role(field).is_some_and(Logical::identifies)
}

fn role(field: &Field<'_>) -> Option<Logical> {
    match &field.logical {
        Some(declared) => Logical::from_name(&declared.value.value()),
        None => Logical::from_name(&field.name()),
    }
}

fn has(field: &Field<'_>, source: Source) -> bool {
    field.sources.iter().any(|given| given.value == source)
}
